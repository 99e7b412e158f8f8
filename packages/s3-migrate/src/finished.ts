/**
 * Is an object as a task would leave it, or nearly so?
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

/** `in-metadata`: all but the last step is done, by which the data key goes from the metadata to a file. */
type Progress = 'not-begun' | 'in-metadata' | 'finished'

type ProgressOf = (object: MigrationObject, found: FoundObject, signal: AbortSignal) => Promise<Progress>

/** @param finishing - a client that has the key of finished objects */
export function progressBy(finishing: S3EncryptionClient, task: RewritingTask): ProgressOf {
  const changesKey = task.newKeyring !== undefined || task.newEncryptionContext !== undefined
  return async (object, found, signal) => {
    if (hasForm(task, found.encryption)) {
      return !changesKey || (await opens(finishing, task, object, found, signal)) ? 'finished' : 'not-begun'
    }
    const misses = changesKey && lacksFile(task, found.encryption)
    return misses && (await opens(finishing, task, object, found, signal)) ? 'in-metadata' : 'not-begun'
  }
}

/** A client that opens what a task leaves. Old ways to wrap are not what it leaves, so they are not allowed. */
export function finishingClient(plain: S3Client, { encryption, newKeyring }: RewritingTask): S3EncryptionClient {
  const { keyring, cmm, backend, bodyBackend, instructionFile, commitmentPolicy } = encryption
  const forbidden = 'forbid-encrypt-allow-decrypt'
  return S3EncryptionClient.from(plain, {
    ...(newKeyring === undefined ? { keyring, cmm } : { keyring: newKeyring }),
    backend,
    bodyBackend,
    instructionFile,
    commitmentPolicy: commitmentPolicy === forbidden ? forbidden : 'require-encrypt-allow-decrypt',
    rangedGet: 'unauthenticated',
    release: { mode: 'delayed' },
  })
}

function hasForm(task: RewritingTask, { contentAlgorithm, dataKeyIn }: ClientSideEncryption): boolean {
  if (task.kind === 'rewrap') {
    const wanted = task.target === 'metadata' ? 'object' : task.target
    return !contentAlgorithm.startsWith('AES/CBC') && (wanted === undefined || wanted === dataKeyIn)
  }
  const wantsFile = task.encryption.instructionFile?.write === true
  return contentAlgorithm === writtenBy(task) && (!wantsFile || dataKeyIn === 'instruction-file')
}

/** As a reencryption leaves an object when it ends before its last step. */
function lacksFile(task: RewritingTask, { contentAlgorithm, dataKeyIn }: ClientSideEncryption): boolean {
  return task.kind === 'reencrypt' && contentAlgorithm === writtenBy(task) && dataKeyIn === 'object'
}

function writtenBy({ encryption }: RewritingTask): string {
  return encryption.commitmentPolicy === 'forbid-encrypt-allow-decrypt' ? 'AES/GCM/NoPadding' : '115'
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
