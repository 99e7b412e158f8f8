/**
 * Another key, or another format, for one object.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import {
  type ClientSideEncryption,
  ReencryptObjectCommand,
  RewrapObjectCommand,
  S3EncryptionClient,
} from '@esdk/s3-cse'
import { failureOf } from './failure.ts'
import { finishingClient, progressBy } from './finished.ts'
import { type FoundObject, type Look, look, skipped } from './look.ts'
import type { UseObject, UseOptions } from './migrate-object.ts'
import type { MigrationObject } from './outcome.ts'
import { contextOf, type RewritingTask } from './task.ts'

/** @throws TypeError - `plain` encrypts; an option of `encryption` that is not as documented */
export function rewriterOf(plain: S3Client, task: RewritingTask): UseObject {
  // Two-pass: no object is too long to be looked at, and bodies that are written anew are streamed anyway.
  const encrypting = S3EncryptionClient.from(plain, { ...task.encryption, release: { mode: 'two-pass' } })
  const clients = { plain, encrypting }
  const finishing = finishingClient(plain, task)
  const progressOf = progressBy(finishing, task)
  const rewrite = async (object: MigrationObject, found: FoundObject, { dryRun, signal }: UseOptions) => {
    const { encryption } = found
    const progress = await progressOf(object, found, signal)
    if (progress === 'finished') return { ...object, status: 'already', encryption } as const
    if (task.kind === 'rewrap' && encryption.contentAlgorithm.startsWith('AES/CBC')) {
      return { ...object, status: 'failed', ...cbcHasNoNewKey } as const
    }
    if (dryRun) return { ...object, status: 'planned', encryption } as const
    const written =
      progress === 'in-metadata'
        ? await moveToFile(finishing, task, object, found, signal)
        : await write(encrypting, task, object, found, signal)
    return { ...object, status: 'done', encryption: written } as const
  }
  return async (object, options) => {
    const { signal } = options
    const seen = await lookAtCurrent(clients, object, signal)
    if (seen.kind === 'ended') return seen.outcome
    try {
      return await rewrite(object, seen.found, options)
    } catch (error) {
      if (signal.aborted || failureOf(error).temporary) throw error
      // Who reads an object while another writes it may have the body of one and the instruction file of the other.
      const now = await lookAtCurrent(clients, object, signal)
      if (now.kind === 'ended') return now.outcome
      const { ETag, encryption } = now.found
      const progress = await progressOf(object, now.found, signal)
      if (progress === 'finished') return { ...object, status: 'already', encryption }
      if (progress === 'not-begun' && ETag === seen.found.ETag) throw error
      return { ...object, status: 'failed', ...replacedMeanwhile }
    }
  }
}

/** As S3 says it to whoever writes. */
const replacedMeanwhile = {
  code: 'PreconditionFailed',
  message: 'the object was replaced while it was read',
  temporary: true,
} as const

/** What a rewrapping ends with; a dry run says it as well. */
const cbcHasNoNewKey = {
  code: 'ERR_ESDK_S3_REWRAP',
  message: 'the body is encrypted with AES-CBC, for which no data key is wrapped any more: the task reencrypt takes it',
  temporary: false,
} as const

async function lookAtCurrent(
  clients: Parameters<typeof look>[0],
  object: MigrationObject,
  signal: AbortSignal,
): Promise<Look> {
  const { versionId, ...current } = object
  const seen = await lookTwice(clients, current, signal)
  if (versionId === undefined) return seen
  if (seen.kind === 'ended') return { ...seen, outcome: { ...seen.outcome, versionId } }
  return seen.found.VersionId === versionId ? seen : skipped(object, 'older-version')
}

/** An object and its file are seen one after the other: what does not fit may be of two, until it is seen again. */
async function lookTwice(...seeing: Parameters<typeof look>): Promise<Look> {
  const seen = await look(...seeing)
  return seen.kind === 'ended' && seen.outcome.status === 'failed' ? look(...seeing) : seen
}

async function write(
  client: S3EncryptionClient,
  task: RewritingTask,
  object: MigrationObject,
  { ETag: IfMatch }: FoundObject,
  signal: AbortSignal,
): Promise<ClientSideEncryption> {
  const input = {
    Bucket: object.bucket,
    Key: object.key,
    IfMatch,
    keyring: task.newKeyring,
    EncryptionContext: contextOf(task.encryptionContext, object),
    NewEncryptionContext: contextOf(task.newEncryptionContext, object),
  }
  const abort = { abortSignal: signal }
  if (task.kind === 'reencrypt') {
    return (await client.send(new ReencryptObjectCommand(input), abort)).ClientSideEncryption
  }
  const { target: Target, rotationRequired: RotationRequired } = task
  return (await client.send(new RewrapObjectCommand({ ...input, Target, RotationRequired }), abort))
    .ClientSideEncryption
}

/** The last step of a reencryption that ended before it, or of one that is about to take it. */
async function moveToFile(
  client: S3EncryptionClient,
  { encryptionContext, newEncryptionContext }: RewritingTask,
  object: MigrationObject,
  { ETag: IfMatch }: FoundObject,
  signal: AbortSignal,
): Promise<ClientSideEncryption> {
  const input = {
    Bucket: object.bucket,
    Key: object.key,
    IfMatch,
    EncryptionContext: contextOf(newEncryptionContext ?? encryptionContext, object),
    Target: 'instruction-file',
  } as const
  return (await client.send(new RewrapObjectCommand(input), { abortSignal: signal })).ClientSideEncryption
}
