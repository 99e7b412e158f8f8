/**
 * A bucket on one machine: an outcome for each object, as it comes.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { neverAborted, Running } from './abort.ts'
import { listObjects } from './list-objects.ts'
import { type MigrateObject, objectMigrator } from './migrate-object.ts'
import type { MigrationOutcome } from './outcome.ts'
import type { MigrationTask } from './task.ts'

export interface MigrateOptions {
  /** One that does not encrypt. */
  readonly client: S3Client
  readonly bucket: string
  /** What keys begin with. Default: all objects. */
  readonly prefix?: string | undefined
  readonly task: MigrationTask
  /** Objects that are worked on at the same time. Default: 8. */
  readonly concurrency?: number | undefined
  /** Write nothing; the new keyring is asked only whether it opens an object already. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** The last key of an earlier run. Default: from the beginning. */
  readonly resumeFrom?: string | undefined
}

/**
 * Gives the outcomes in the order of the keys, so that the key of the last one is where a later run resumes.
 *
 * What is wrong with one object is its outcome. What makes the rest impossible, such as a list that S3 refuses or an abort,
 * is thrown. Whoever stops early ends the objects that are under way; each stays as it was, or is finished.
 *
 * @throws TypeError, RangeError - before anything is asked for
 */
export function migrate(options: MigrateOptions): AsyncGenerator<MigrationOutcome, void, undefined> {
  const { client, bucket, task, concurrency = 8 } = options
  if (typeof bucket !== 'string' || bucket === '') throw new TypeError('migrate needs the name of a bucket')
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency: a number of objects from 1 is expected, found ${String(concurrency)}`)
  }
  return outcomes(options, concurrency, objectMigrator(client, task))
}

async function* outcomes(
  { client, bucket, prefix, resumeFrom, dryRun, signal = neverAborted() }: MigrateOptions,
  concurrency: number,
  migrateObject: MigrateObject,
): AsyncGenerator<MigrationOutcome, void, undefined> {
  const running = new Running()
  const stop = () => running.abort(signal.reason)
  signal.addEventListener('abort', stop)
  const pending: Promise<MigrationOutcome>[] = []
  try {
    for await (const { key } of listObjects({ client, bucket, prefix, after: resumeFrom, signal })) {
      signal.throwIfAborted()
      const outcome = running.run((own) => migrateObject({ bucket, key }, { dryRun, signal: own }))
      // Whoever stops early does not ask for it any more.
      outcome.catch(() => {})
      pending.push(outcome)
      if (pending.length >= concurrency) yield await (pending.shift() as Promise<MigrationOutcome>)
    }
    for (const outcome of pending) yield await outcome
  } finally {
    signal.removeEventListener('abort', stop)
    running.abort(new Error('nobody asks for the outcome any more'))
    await Promise.allSettled(pending)
  }
}
