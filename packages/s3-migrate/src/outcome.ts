/**
 * What became of one object. A plain value, fit for JSON.
 *
 * | status    | the object                                                                  |
 * | --------- | --------------------------------------------------------------------------- |
 * | `done`    | was looked at, or is as the task wants it from now on                        |
 * | `planned` | would be written: this was a dry run                                        |
 * | `already` | was as the task wants it, and stays                                         |
 * | `skipped` | is not for the task                                                         |
 * | `failed`  | stays as it was, and can be read as before; `temporary` says to try it again |
 *
 * @module
 */

import type { ClientSideEncryption } from '@esdk/s3-cse'
import type { ObjectName } from './task.ts'

/** An object, or a version of it. */
export interface MigrationObject extends ObjectName {
  readonly versionId?: string
}

/**
 * | reason             | meaning                                                          |
 * | ------------------ | ---------------------------------------------------------------- |
 * | `not-encrypted`    | no client has encrypted it                                       |
 * | `instruction-file` | it holds the data key of another object, and goes with that      |
 * | `gone`             | it was deleted after it was listed                               |
 * | `older-version`    | only the current version is rewritten, or the old would come back |
 */
export type SkipReason = 'not-encrypted' | 'instruction-file' | 'gone' | 'older-version'

export type MigrationOutcome = MigrationObject &
  (
    | {
        readonly status: 'done' | 'planned' | 'already'
        /** As it is from now on; nothing of it is authentic where the task was an inventory or the run was dry. */
        readonly encryption: ClientSideEncryption
      }
    | { readonly status: 'skipped'; readonly reason: SkipReason }
    | { readonly status: 'failed'; readonly code: string; readonly message: string; readonly temporary: boolean }
  )

export type MigrationStatus = MigrationOutcome['status']

/** Format, body and data key, as in `V3, 115, kms+context`. */
export function howEncrypted({ format, contentAlgorithm, wrappingAlgorithm }: ClientSideEncryption): string {
  return [format, contentAlgorithm, wrappingAlgorithm].filter((part) => part !== undefined).join(', ')
}
