/**
 * A queue of BullMQ is filled with the objects of a bucket.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { neverAborted } from './abort.ts'
import { listObjects } from './list-objects.ts'
import { jobIdOf, type MigrationQueue, type NewMigrationJob } from './migration-job.ts'
import { checkQueue } from './queue-in-use.ts'
import type { TaskKind } from './task.ts'

export interface EnqueueMigrationOptions {
  readonly queue: MigrationQueue
  readonly client: S3Client
  readonly bucket: string
  /** What keys begin with. Default: all objects. */
  readonly prefix?: string | undefined
  /** What the workers do: they refuse a job of another task. */
  readonly task: TaskKind
  /** A name of this migration: a further call with it goes on with this one. Another key is another migration. */
  readonly migration: string
  /** How often an object is begun that fails for a time: after 1, 2, 4 and more seconds. Default: 8. */
  readonly attempts?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Jobs that are sent at once. */
const batchLength = 500

/**
 * Adds a job for each object, and gives how many were listed. What the queue has of this migration is not added again, whatever
 * has become of it; what has failed is tried again. So a call that ended midway is simply repeated.
 *
 * @throws TypeError - the migration has no name
 * @throws QueueInUseError - the queue has jobs of another migration
 */
export async function enqueueMigration(options: EnqueueMigrationOptions): Promise<number> {
  const { queue, client, bucket, prefix, task, migration, attempts = 8, signal = neverAborted() } = options
  if (typeof migration !== 'string' || migration === '') throw new TypeError('migration: a name is expected')
  await checkQueue(queue, { migration, task })
  await queue.retryJobs({ state: 'failed' })
  let count = 0
  let batch: NewMigrationJob[] = []
  for await (const { key } of listObjects({ client, bucket, prefix, signal })) {
    const data = { bucket, key, task, migration }
    const opts = { jobId: jobIdOf(data), attempts, backoff: { type: 'exponential', delay: 1000 } } as const
    batch.push({ name: task, data, opts })
    count++
    if (batch.length < batchLength) continue
    await queue.addBulk(batch)
    batch = []
  }
  if (batch.length > 0) await queue.addBulk(batch)
  return count
}
