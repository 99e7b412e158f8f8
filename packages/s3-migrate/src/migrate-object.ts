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
import { isDoubtful } from './list-objects.ts'
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
export type UseObject = (object: MigrationObject, options: UseOptions) => Promise<MigrationOutcome>

export interface UseOptions {
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

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
      if (!isGone(error)) return { ...object, status: 'failed', ...failureOf(error) }
      if (isDoubtful(key)) return { ...object, status: 'failed', ...keyNotTold }
      return { ...object, status: 'skipped', reason: 'gone' }
    }
  }
}

/** An object that would be left out without a word. */
const keyNotTold = {
  code: 'KeyNotTold',
  message:
    'there is no object of this key: the list has U+FFFD in it, maybe for a character that the server cannot list. Migrate it by its own key',
  temporary: false,
} as const
