/**
 * A queue in Redis, between `esdk s3 migrate` and its workers. BullMQ is loaded when it is needed.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { quote } from '@esdk/cmm'
import type { MigrationReport } from '@esdk/s3-migrate'
import type { Queue } from 'bullmq'
import type { S3MigrationTask } from './arguments.ts'
import { hasCode, systemCode, UsageError } from './cli-error.ts'
import { plural } from './format.ts'
import type { S3Run } from './s3-command.ts'
import type { S3Location } from './s3-location.ts'
import { queueVariable } from './s3-migrate-options.ts'
import type { Surroundings } from './surroundings.ts'

/** Milliseconds between two looks at the queue. */
const lookEvery = 1000

/** Fills the queue, and waits until the workers have done all of it. */
export async function migrateByQueue(
  task: S3MigrationTask,
  { bucket, key: prefix }: S3Location,
  { clients: { plain: client }, reporter, world: { env, signal } }: S3Run,
): Promise<MigrationReport> {
  const { url, name } = queueOf(task, env)
  const { migration = randomUUID() } = task
  const { Queue } = await bullMq()
  const { enqueueMigration, queueReport, remainingJobs } = await import('@esdk/s3-migrate')
  const queue = new Queue(name, { connection: { url } })
  try {
    await reach(queue)
    const count = await enqueueMigration({ queue, client, bucket, prefix, task: task.job, migration, signal })
    await reporter.result({ queue: name, migration, objects: count })
    await reporter.say(
      `${plural(count, 'object')} in the queue ${name}, for the migration ${migration}; waiting for \`esdk s3 worker\``,
    )
    for (let left = await remainingJobs(queue); left > 0; left = await remainingJobs(queue)) {
      await reporter.detail(`${left} left`)
      await wait(lookEvery, undefined, { signal })
    }
    return await queueReport(queue)
  } catch (error) {
    if (signal.aborted)
      await reporter.complain(`esdk: the workers go on; --migration ${migration} waits for them again`)
    throw isInUse(error) ? inUse(error, name) : error
  } finally {
    await queue.close()
  }
}

type QueueInUse = import('@esdk/s3-migrate').QueueInUseError

function isInUse(error: unknown): error is QueueInUse {
  return hasCode(error, 'ERR_ESDK_S3_QUEUE_IN_USE')
}

function inUse({ migration, task }: QueueInUse, name: string): UsageError {
  const goOn = `To go on with it: --migration ${migration} --job ${task}. `
  return new UsageError(
    `the queue ${name} has jobs of another migration${migration === undefined ? '' : `, ${quote(migration)}`}`,
    `${migration === undefined ? '' : goOn}A new one takes a queue of its own: --queue-name NAME, for its workers, too.`,
  )
}

/** @throws UsageError - no Redis answers. Later, BullMQ tries for ever to reach it. */
export async function reach(queue: Queue): Promise<void> {
  const failure = new Promise<Error>((resolve) => {
    queue.on('error', resolve)
  })
  const failed = await Promise.race([failure, queue.waitUntilReady().then(() => undefined)])
  if (failed === undefined) return
  throw new UsageError(
    `no Redis answers where --queue says: ${systemCode(failed) ?? failed.message}`,
    'Look at the URL, and at the password in it: redis://:PASSWORD@HOST:6379',
  )
}

/** @throws UsageError - there is no URL, or one of something else */
export function queueOf(
  { queue }: S3MigrationTask,
  env: Surroundings['env'],
): { readonly url: string; readonly name: string } {
  const url = queue?.url ?? env[queueVariable]
  if (url === undefined || !/^rediss?:\/\/[^/]/.test(url)) {
    throw new UsageError(
      url === undefined ? '--queue has no URL' : 'the URL of --queue is none of Redis',
      `Give one, --queue redis://HOST:6379 for example, or set ${queueVariable}.`,
    )
  }
  return { url, name: queue?.name ?? '' }
}

/** @throws UsageError - it is not installed */
export async function bullMq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq')
  } catch {
    throw new UsageError('--queue needs BullMQ, which is not installed', 'Run `npm i -g bullmq ioredis`.')
  }
}
