/**
 * What a worker of BullMQ does with a job: `new Worker(name, migrationProcessor({ client, task }), { connection })`
 *
 * | the outcome           | the job                                       |
 * | --------------------- | --------------------------------------------- |
 * | failed for a time     | fails, and is tried again as the queue says   |
 * | failed                | fails, and is not tried again by itself       |
 * | any other             | is completed with it                          |
 *
 * A job whose worker dies is given to another by BullMQ, which finds the object as it was, or finished.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { objectMigrator } from './migrate-object.ts'
import type { MigrationJobData } from './migration-job.ts'
import type { MigrationOutcome } from './outcome.ts'
import { kindOf, type MigrationTask } from './task.ts'

export interface MigrationProcessorOptions {
  /** One that does not encrypt. */
  readonly client: S3Client
  readonly task: MigrationTask
}

export type MigrationProcessor = (
  job: { readonly data: MigrationJobData },
  token?: string,
  signal?: AbortSignal,
) => Promise<MigrationOutcome>

/** @throws TypeError - `client` encrypts; an option of the task that is not as documented */
export function migrationProcessor({ client, task }: MigrationProcessorOptions): MigrationProcessor {
  const migrateObject = objectMigrator(client, task)
  const kind = kindOf(task)
  return async ({ data: { bucket, key, task: wanted } }, _token, signal) => {
    if (wanted !== kind)
      throw unrecoverable(`TypeError: the job asks for ${String(wanted)}, and this worker does ${kind}`)
    const outcome = await migrateObject({ bucket, key }, { signal })
    if (outcome.status !== 'failed') return outcome
    const { code, message, temporary } = outcome
    throw temporary ? new Error(`${code}: ${message}`) : unrecoverable(`${code}: ${message}`)
  }
}

/** BullMQ knows such errors by their name, too. */
function unrecoverable(message: string): Error {
  return Object.assign(new Error(message), { name: 'UnrecoverableError' })
}
