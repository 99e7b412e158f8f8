/**
 * `esdk s3 migrate`: all objects of a bucket, here or by workers, and a report at the end.
 *
 * @module
 */

import type { MigrationOutcome } from '@esdk/s3-migrate'
import type { S3MigrationTask } from './arguments.ts'
import { exitStatus } from './exit-status.ts'
import { formatCount, plural } from './format.ts'
import type { S3Run } from './s3-command.ts'
import { s3Failure } from './s3-failure.ts'
import { locationOf, prefixOf, type S3Location } from './s3-location.ts'
import { migrationTask } from './s3-migration-task.ts'
import { migrateByQueue } from './s3-queue.ts'

/** What became of all objects, as `@esdk/s3-migrate` counts it. */
type Report = import('@esdk/s3-migrate').MigrationReport

export async function s3MigrateCommand(task: S3MigrationTask, run: S3Run): Promise<number> {
  const place = prefixOf(task.place)
  try {
    const byQueue = task.queue !== undefined && !task.dryRun
    return await tellReport(byQueue ? await migrateByQueue(task, place, run) : await migrateHere(task, place, run), run)
  } catch (error) {
    run.world.signal.throwIfAborted()
    throw s3Failure(error)
  }
}

async function migrateHere(task: S3MigrationTask, { bucket, key: prefix }: S3Location, run: S3Run): Promise<Report> {
  const { dryRun, concurrency, resumeFrom } = task
  const { plain: client } = run.clients
  const { signal } = run.world
  const { migrate, MigrationReport } = await import('@esdk/s3-migrate')
  const what = await migrationTask(task, run)
  const report = new MigrationReport()
  const outcomes = migrate({ client, bucket, prefix, task: what, dryRun, concurrency, resumeFrom, signal })
  for await (const outcome of outcomes) {
    report.add(outcome)
    await tellOutcome(outcome, run)
  }
  return report
}

async function tellOutcome({ bucket, key, ...outcome }: MigrationOutcome, { reporter }: S3Run): Promise<void> {
  const { shown } = locationOf(bucket, key)
  await reporter.result({ object: shown, ...outcome })
  const more = outcome.status === 'skipped' ? `: ${outcome.reason}` : ''
  await reporter.detail(`${outcome.status} ${shown}${more}`)
}

async function tellReport(report: Report, { reporter }: S3Run): Promise<number> {
  const { counts, encryption, failures } = report
  await reporter.result({ report: { counts, skipped: report.skipped, encryption, failures } })
  const found = Object.entries(encryption).map(([how, count]) => `  ${plural(count, 'object')}: ${how}`)
  const good = (['done', 'planned', 'already', 'skipped'] as const).filter((status) => counts[status] > 0)
  const sentence = good.map((status) => `${formatCount(counts[status])} ${words[status]}`).join(', ') || 'no object'
  if (counts.failed === 0) {
    await reporter.say([sentence, ...found].join('\n'))
    return exitStatus.ok
  }
  const named = failures.map(
    ({ bucket, key, code, message }) => `  ${locationOf(bucket, key).shown}  ${code}: ${message}`,
  )
  await reporter.complain([`esdk: ${formatCount(counts.failed)} failed; ${sentence}`, ...found, ...named].join('\n'))
  return exitStatus.failed
}

const words = { done: 'done', planned: 'would be done', already: 'done already', skipped: 'skipped' } as const
