/**
 * An object, decrypted into a file or to the standard output. Nobody sees any of it before it is authentic.
 *
 * @module
 */

import { untilAborted } from '@esdk/cmm'
import type { ClientSideEncryption, S3EncryptionOptions, S3Keyring } from '@esdk/s3-cse'
import type { S3Arguments } from './arguments.ts'
import { hasCode } from './cli-error.ts'
import { withHeldBack } from './hold-back.ts'
import { type ContentSink, replaceFile } from './replace-file.ts'
import { bodyChunks } from './s3-body.ts'
import type { S3Clients } from './s3-clients.ts'
import type { S3Location } from './s3-location.ts'
import type { Surroundings } from './surroundings.ts'
import { checkFolders, makeFolders, pathOf, type Target } from './target.ts'
import { checkTarget, copy, type ProtectedFiles, spoolOptions } from './transfer-file.ts'
import { contextPairs } from './values.ts'
import { writeTo } from './write-stream.ts'

/** Bytes of an object that is held in memory; a longer one is read twice. */
const shortLength = 8 * 1024 * 1024

export interface Downloaded {
  readonly bytes: number
  readonly encryption: ClientSideEncryption | undefined
}

export interface Download {
  readonly location: S3Location
  readonly args: Pick<S3Arguments, 'context' | 'instructionFileSuffix'>
  readonly clients: S3Clients
  readonly keyring: S3Keyring
  readonly onProgress: (done: number, total: number | undefined) => void
}

type World = Pick<Surroundings, 'signal' | 'stdout' | 'env'>

/** The file gets its name when the tag of the object is known to be right. */
export async function downloadFile(
  download: Download,
  target: Target,
  overwrite: boolean,
  protectedFiles: ProtectedFiles,
  { signal }: World,
): Promise<Downloaded> {
  const checks = { overwrite, protectedFiles }
  await checkTarget(target, checks)
  const { chunks, encryption } = await read(download, { mode: 'delayed' }, signal)
  const beforeCommit = async () => {
    signal.throwIfAborted()
    await checkFolders(target)
    await checkTarget(target, checks)
  }
  await makeFolders(target)
  const bytes = await replaceFile(pathOf(target), { shown: target.shown, overwrite, beforeCommit }, (sink) =>
    copy(chunks, sink),
  )
  return { bytes, encryption }
}

/** A short object is read into memory, a longer one twice: the first time for its tag alone. */
export async function downloadToStdout(download: Download, { signal, stdout, env }: World): Promise<Downloaded> {
  const { chunks, encryption } = await readAuthentic(download, signal)
  const sink: ContentSink = { write: (chunk) => writeTo(stdout, chunk) }
  // AES-CBC has no tag: at least all of it has to be there.
  const bytes =
    encryption?.contentAlgorithm.startsWith('AES/CBC') === true
      ? await withHeldBack(chunks, spoolOptions(env), (held) => copy(held, sink))
      : await copy(chunks, sink)
  return { bytes, encryption }
}

async function readAuthentic(download: Download, signal: AbortSignal): Promise<Reading> {
  try {
    return await read(download, { mode: 'buffered', maxBytes: shortLength }, signal)
  } catch (error) {
    if (!hasCode(error, 'ERR_ESDK_S3_BUFFER_LIMIT')) throw error
    return read(download, { mode: 'two-pass' }, signal)
  }
}

interface Reading {
  readonly chunks: AsyncGenerator<Uint8Array>
  readonly encryption: ClientSideEncryption | undefined
}

async function read(
  { location, args, clients, keyring, onProgress }: Download,
  release: NonNullable<S3EncryptionOptions['release']>,
  signal: AbortSignal,
): Promise<Reading> {
  const { GetObjectCommand } = await import('@aws-sdk/client-s3')
  const client = clients.encrypting({ keyring, release })
  const command = new GetObjectCommand({
    Bucket: location.bucket,
    Key: location.key,
    ...(args.context.length > 0 && { EncryptionContext: contextPairs(args.context) }),
    ...(args.instructionFileSuffix !== undefined && { InstructionFileSuffix: args.instructionFileSuffix }),
  })
  const answer = await untilAborted(client.send(command, { abortSignal: signal }), signal)
  const { Body, ContentLength, ClientSideEncryption: encryption } = answer
  return { chunks: counted(bodyChunks(Body, signal), (done) => onProgress(done, ContentLength)), encryption }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onRead: (done: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of chunks) {
    done += chunk.length
    onRead(done)
    yield chunk
  }
}
