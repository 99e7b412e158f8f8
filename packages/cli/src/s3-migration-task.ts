/**
 * What the arguments ask to be done to each object, in the terms of `@esdk/s3-migrate`.
 *
 * @module
 */

import type { MigrationTask } from '@esdk/s3-migrate'
import type { S3MigrationTask } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import { allowedBy } from './s3-clients.ts'
import type { S3Run } from './s3-command.ts'
import { loadS3Key } from './s3-keyring.ts'
import { contextPairs } from './values.ts'

/** @throws UsageError - nothing would change, a key is missing, or is of another kind */
export async function migrationTask(task: S3MigrationTask, run: S3Run): Promise<MigrationTask> {
  const { job, newKeys, newContext, instructionFile, rotationRequired } = task
  if (job === 'inventory') return job
  if (job === 'rewrap' && newKeys.length === 0 && newContext === undefined && instructionFile === undefined) {
    throw new UsageError('the new key is missing', 'Add --new-key FILE, or --new-wrapping-key key=KEY-ARN.')
  }
  const { args } = run
  const { keyring } = await loadS3Key(args.keys, newKeys.length > 0 ? 'decrypt' : 'both', run)
  // Of the new key both halves are needed: what it opens is known to be done.
  const next = newKeys.length > 0 ? await loadS3Key(newKeys, 'both', run) : undefined
  const { reencrypt, rewrap } = await import('@esdk/s3-migrate')
  const writesFiles = job === 'reencrypt' && instructionFile === true
  const options = {
    encryption: { keyring, ...allowedBy(args), instructionFile: { write: writesFiles } },
    newKeyring: next?.keyring,
    encryptionContext: args.context.length > 0 ? contextPairs(args.context) : undefined,
    newEncryptionContext: newContext && contextPairs(newContext),
  }
  if (job === 'reencrypt') return reencrypt(options)
  const target = instructionFile === undefined ? undefined : instructionFile ? 'instruction-file' : 'metadata'
  return rewrap({ ...options, target, rotationRequired })
}
