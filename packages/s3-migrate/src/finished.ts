/**
 * Is an object as a task would leave it?
 *
 * Format and place are in its envelope. For the key, the new keyring is asked for the data key: V3 commits to it, and the
 * formats before it wrap it with a tag or a padding of its own.
 *
 * @module
 */

import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { type ClientSideEncryption, S3EncryptionClient } from '@esdk/s3-cse'
import { saysOtherKey } from './failure.ts'
import type { FoundObject } from './look.ts'
import type { MigrationObject } from './outcome.ts'
import { contextOf, type RewritingTask } from './task.ts'

type IsFinished = (object: MigrationObject, found: FoundObject, signal: AbortSignal) => Promise<boolean>

export function finishedBy(plain: S3Client, task: RewritingTask): IsFinished {
  const { encryption, newKeyring, newEncryptionContext } = task
  const changesKey = newKeyring !== undefined || newEncryptionContext !== undefined
  const { keyring, cmm, backend, bodyBackend, instructionFile } = encryption
  // Old ways to wrap are not what a task leaves, so they are not allowed.
  const opening = S3EncryptionClient.from(plain, {
    ...(newKeyring === undefined ? { keyring, cmm } : { keyring: newKeyring }),
    backend,
    bodyBackend,
    instructionFile,
    commitmentPolicy: 'require-encrypt-allow-decrypt',
    rangedGet: 'unauthenticated',
    release: { mode: 'delayed' },
  })
  return async (object, found, signal) => {
    if (!hasForm(task, found.encryption)) return false
    return !changesKey || opens(opening, task, object, found, signal)
  }
}

function hasForm(task: RewritingTask, { contentAlgorithm, dataKeyIn }: ClientSideEncryption): boolean {
  if (task.kind === 'rewrap') {
    const wanted = task.target === 'metadata' ? 'object' : task.target
    return !contentAlgorithm.startsWith('AES/CBC') && (wanted === undefined || wanted === dataKeyIn)
  }
  const { commitmentPolicy, instructionFile } = task.encryption
  const written = commitmentPolicy === 'forbid-encrypt-allow-decrypt' ? 'AES/GCM/NoPadding' : '115'
  return contentAlgorithm === written && (instructionFile?.write !== true || dataKeyIn === 'instruction-file')
}

async function opens(
  client: S3EncryptionClient,
  { encryptionContext, newEncryptionContext }: RewritingTask,
  object: MigrationObject,
  { ETag, ContentLength = 0 }: FoundObject,
  signal: AbortSignal,
): Promise<boolean> {
  const command = new GetObjectCommand({
    Bucket: object.bucket,
    Key: object.key,
    IfMatch: ETag,
    EncryptionContext: contextOf(newEncryptionContext ?? encryptionContext, object),
    // One byte is enough, and an object without any has none to ask for.
    ...(ContentLength > 0 && { Range: 'bytes=0-0' }),
  })
  try {
    const { Body } = await client.send(command, { abortSignal: signal })
    await Body?.transformToByteArray()
    return true
  } catch (error) {
    if (saysOtherKey(error)) return false
    throw error
  }
}
