/**
 * One object: looked at, and written anew where the task wants it.
 *
 * It is written only if it is still what was looked at, and left alone if it is finished. So an object that is begun a
 * second time, because a worker died or two had it at once, ends as it would after the first.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { neverAborted } from './abort.ts'
import { failureOf, isGone } from './failure.ts'
import type { MigrationObject, MigrationOutcome } from './outcome.ts'
import { takeInventory } from './take-inventory.ts'
import type { MigrationTask } from './task.ts'
import { rewriterOf } from './write-anew.ts'

export interface MigrateObjectOptions {
  /** Write nothing. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** How a task uses one object. Rejects with whatever goes wrong. */
export type UseObject = (
  object: MigrationObject,
  options: { readonly dryRun: boolean; readonly signal: AbortSignal },
) => Promise<MigrationOutcome>

/** Never rejects for what is wrong with the object; rejects with the reason of `signal`. */
export type MigrateObject = (object: MigrationObject, options?: MigrateObjectOptions) => Promise<MigrationOutcome>

/**
 * @param client - one that does not encrypt
 * @throws TypeError - `client` encrypts; an option of the task that is not as documented
 */
export function objectMigrator(client: S3Client, task: MigrationTask): MigrateObject {
  const use = task === 'inventory' ? takeInventory(client) : rewriterOf(client, task)
  return async ({ bucket, key, versionId }, { dryRun = false, signal = neverAborted() } = {}) => {
    const object = { bucket, key, ...(versionId !== undefined && { versionId }) }
    signal.throwIfAborted()
    try {
      return await use(object, { dryRun, signal })
    } catch (error) {
      signal.throwIfAborted()
      if (isGone(error)) return { ...object, status: 'skipped', reason: 'gone' }
      return { ...object, status: 'failed', ...failureOf(error) }
    }
  }
}
