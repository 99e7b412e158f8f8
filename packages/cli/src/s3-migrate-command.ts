/**
 * `esdk s3 migrate`: all objects of a bucket, here or by workers, and a report at the end.
 *
 * @module
 */

import type { MigrationOutcome } from '@esdk/s3-migrate'
import type { S3MigrationTask } from './arguments.ts'
import { OutputClosedError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { formatCount, plural } from './format.ts'
import type { S3Run } from './s3-command.ts'
import { s3Failure } from './s3-failure.ts'
import { inOurWords } from './s3-hints.ts'
import { locationOf, prefixOf, type S3Location } from './s3-location.ts'
import { migrationTask } from './s3-migration-task.ts'
import { nothingBelow } from './s3-objects.ts'
import { migrateByQueue } from './s3-queue.ts'
import { shownPath } from './visible.ts'

/** What became of all objects, as `@esdk/s3-migrate` counts it. */
type Report = import('@esdk/s3-migrate').MigrationReport

export async function s3MigrateCommand(task: S3MigrationTask, run: S3Run): Promise<number> {
  const place = prefixOf(task.place)
  try {
    const byQueue = task.queue !== undefined && !task.dryRun
    const report = byQueue ? await migrateByQueue(task, place, run) : await migrateHere(task, place, run)
    if (report.total === 0 && task.resumeFrom === undefined) throw nothingBelow(place)
    return await tellReport(report, run)
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
  let last: string | undefined
  try {
    for await (const outcome of outcomes) {
      report.add(outcome)
      last = outcome.key
      await tellOutcome(outcome, run)
    }
  } catch (error) {
    if (last !== undefined && !(error instanceof OutputClosedError)) await tellEarlyEnd(report, last, run)
    throw error
  }
  return report
}

async function tellEarlyEnd(report: Report, last: string, { reporter }: S3Run): Promise<void> {
  await reporter.result({ report: jsonOf(report), resumeFrom: last })
  const { sentence, failures } = wordsOf(report)
  const goOn = `--resume-from ${shownPath(last)} goes on behind that`
  await reporter.complain([`esdk: ended early: ${sentence}; ${goOn}`, ...failures].join('\n'))
}

async function tellOutcome({ bucket, key, ...outcome }: MigrationOutcome, { reporter }: S3Run): Promise<void> {
  const { shown } = locationOf(bucket, key)
  await reporter.result({ object: shown, ...outcome })
  const more = outcome.status === 'skipped' ? `: ${outcome.reason}` : ''
  await reporter.detail(`${outcome.status} ${shown}${more}`)
}

async function tellReport(report: Report, { reporter }: S3Run): Promise<number> {
  await reporter.result({ report: jsonOf(report) })
  const { sentence, found, failures } = wordsOf(report)
  if (report.counts.failed === 0) {
    await reporter.say([sentence, ...found].join('\n'))
    return exitStatus.ok
  }
  await reporter.complain([`esdk: ${sentence}`, ...found, ...failures].join('\n'))
  return exitStatus.failed
}

function jsonOf({ counts, skipped, encryption, failures }: Report): object {
  return { counts, skipped, encryption, failures }
}

function wordsOf({ counts, encryption, failures }: Report) {
  const good = (['done', 'planned', 'already', 'skipped'] as const).filter((status) => counts[status] > 0)
  const goodOnes = good.map((status) => `${formatCount(counts[status])} ${words[status]}`).join(', ') || 'no object'
  return {
    sentence: counts.failed === 0 ? goodOnes : `${formatCount(counts.failed)} failed; ${goodOnes}`,
    found: Object.entries(encryption).map(([how, count]) => `  ${plural(count, 'object')}: ${how}`),
    failures: failures.map(
      ({ bucket, key, code, message }) => `  ${locationOf(bucket, key).shown}  ${code}: ${inOurWords(message)}`,
    ),
  }
}

const words = { done: 'done', planned: 'would be done', already: 'done already', skipped: 'skipped' } as const
