/**
 * One object, into whatever takes its plaintext: in parts where its body can be decrypted in parts.
 *
 * What has been written is authentic when this ends, and not when it throws.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext, type EncryptionContext, untilAborted } from '@esdk/cmm'
import { checkPlaintextLength, openBody } from '../body.ts'
import { answerStream } from '../body-stream.ts'
import { type ContentRange, parseContentRange } from '../byte-range.ts'
import { type Chunks, chunksOf, discard, once } from '../chunks.ts'
import type { ClientParts } from '../client-parts.ts'
import type { ContentKey } from '../content-key.ts'
import type { Envelope } from '../envelope.ts'
import { notEncrypted, UnexpectedAnswerError } from '../errors.ts'
import { findEnvelope, locationOf, needsInstructionFile } from '../find-envelope.ts'
import { freeConnection } from '../free-connection.ts'
import { plainAnswer } from '../plain-answer.ts'
import { plaintextLength } from '../plaintext-length.ts'
import { checkAllowed, unwrapContentKey } from '../unwrap-content-key.ts'
import { downloadInParts, firstRange, type PlaintextSink } from './download-in-parts.ts'
import type { DownloadedObject, EncryptedDownloadParams } from './encrypted-download.ts'
import { gettingUnreplaced, type PinnedObject } from './fetch-part.ts'
import { progressOf, type TransferOptions } from './transfer-options.ts'

/** Takes plaintext that is not authentic yet, which is told by others. */
export interface ObjectSink extends PlaintextSink {
  /** @param most - bytes that come at most */
  begin(most: number): void
}

export interface ObjectPlan {
  readonly partSize: number
  readonly queueSize: number
  readonly stop: AbortController
  readonly onProgress: TransferOptions['onProgress']
}

/** The first answer: of the part of the body that it has, or of all of it. */
interface FirstAnswer {
  /** Without a body, if that was given up. */
  readonly answer: GetObjectCommandOutput
  /** Not there where S3 gave the whole body. */
  readonly range: ContentRange | undefined
  /** Bytes of the whole body. */
  readonly size: number
}

type Get = PinnedObject['get']

/**
 * @throws EnvelopeError, NotAllowedError, CommitmentPolicyError - before any key is asked for
 * @throws DataKeyError, EncryptionContextError, ObjectNotAuthenticError - the object cannot be opened
 */
export async function downloadObject(
  client: ClientParts,
  params: EncryptedDownloadParams,
  sink: ObjectSink,
  plan: ObjectPlan,
): Promise<DownloadedObject> {
  const { EncryptionContext, InstructionFileSuffix: suffix, ...input } = params
  const context = EncryptionContext && copyContext(EncryptionContext, 'EncryptionContext')
  const { signal } = plan.stop
  signal.throwIfAborted()
  const get: Get = (request, until) => client.others.getObject(request, until)
  let first = await firstAnswer(input, plan.partSize, (request) => get(request, signal))
  const { answer } = first
  const close = () => discardQuietly(answer.Body)
  signal.addEventListener('abort', close)
  try {
    const needsFile = needsInstructionFile(client.settings, answer.Metadata ?? {})
    if (needsFile) first = { ...first, answer: await withoutConnection(answer, signal) }
    const find = findEnvelope(client.settings, answer.Metadata ?? {}, input, suffix, (request) => get(request, signal))
    const envelope = await untilAborted(find, signal)
    const object = pinned(input, answer, get)
    if (envelope === undefined) return await passOn(client, first, object, sink, plan)
    const contentKey = await contentKeyOf(client, envelope, context, signal)
    const length = await download(contentKey, envelope, first, object, sink, plan)
    return described(plainAnswer(answer, envelope), length)
  } catch (error) {
    close()
    throw error
  } finally {
    signal.removeEventListener('abort', close)
  }
}

async function contentKeyOf(
  { settings }: ClientParts,
  envelope: Envelope,
  context: EncryptionContext | undefined,
  signal: AbortSignal,
): Promise<ContentKey> {
  checkAllowed(settings, envelope)
  return untilAborted(unwrapContentKey(settings, envelope, context, signal), signal)
}

async function firstAnswer(
  input: GetObjectCommandInput,
  partSize: number,
  get: (input: GetObjectCommandInput) => Promise<GetObjectCommandOutput>,
): Promise<FirstAnswer> {
  const answer = await get({ ...input, Range: firstRange(partSize) }).catch((error: unknown) => {
    // Of an object without a single byte.
    if (error instanceof Error && error.name === 'InvalidRange') return get(input)
    throw error
  })
  const { ContentRange: header, ContentLength: length } = answer
  const range = header === undefined ? undefined : parseContentRange(header)
  const size = header === undefined ? length : range?.size
  if (size !== undefined && (range === undefined || isFirst(range, partSize))) return { answer, range, size }
  discardQuietly(answer.Body)
  throw new UnexpectedAnswerError(
    `another part of the object came than was asked for: ${header ?? 'neither Content-Range nor Content-Length'}`,
  )
}

function isFirst({ first, last, size }: ContentRange, partSize: number): boolean {
  const [, end] = firstRange(partSize).split('-')
  return first === 0 && last === Math.min(size - 1, Number(end))
}

function pinned(
  input: GetObjectCommandInput,
  { ETag: etag, VersionId }: GetObjectCommandOutput,
  get: Get,
): PinnedObject {
  if (etag === undefined) {
    throw new UnexpectedAnswerError('the answer has no ETag, without which all parts cannot be those of one object')
  }
  const version = VersionId ?? input.VersionId
  const place = locationOf(input, input.Key ?? '')
  const request = { ...place, IfMatch: etag, ...(version !== undefined && { VersionId: version }) }
  return { request, etag, get: input.IfMatch === undefined ? gettingUnreplaced(get, etag) : get }
}

/** @returns bytes of plaintext */
async function download(
  contentKey: ContentKey,
  envelope: Envelope,
  first: FirstAnswer,
  object: PinnedObject,
  sink: ObjectSink,
  plan: ObjectPlan,
): Promise<number> {
  const { answer, range, size } = first
  const length = plaintextLength(envelope, size)
  checkPlaintextLength(length ?? 0)
  const most = length ?? size
  sink.begin(most)
  if (contentKey.kind === 'cbc' || range === undefined) {
    return writeAll(openBody(contentKey, await wholeBody(first, object, plan)), length, sink, plan)
  }
  const onDone = progressOf(plan.onProgress, most)
  await downloadInParts(object, contentKey, { answer, range }, sink, { ...plan, length: most, onDone })
  return most
}

/** The answer with a short body; without a long one, or one that is lost, to be asked for again. */
async function withoutConnection(answer: GetObjectCommandOutput, signal: AbortSignal): Promise<GetObjectCommandOutput> {
  const { Body: origin, ...others } = answer
  const bytes = await shortBody(answer, signal).catch(() => undefined)
  signal.throwIfAborted()
  if (bytes === undefined) return others
  return { ...others, Body: answerStream(once(bytes), origin, () => {}) as NonNullable<typeof origin> }
}

async function shortBody(
  { Body, ContentLength: length }: GetObjectCommandOutput,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const body = chunksOf(Body)
  signal.addEventListener('abort', body.close)
  try {
    return await freeConnection(body, length)
  } finally {
    signal.removeEventListener('abort', body.close)
  }
}

/** An object without an envelope, as it is, where that is allowed. */
async function passOn(
  { settings }: ClientParts,
  first: FirstAnswer,
  object: PinnedObject,
  sink: ObjectSink,
  plan: ObjectPlan,
): Promise<DownloadedObject> {
  if (!settings.passesUnencrypted) throw notEncrypted()
  const { size, answer } = first
  sink.begin(size)
  return described(answer, await writeAll(await wholeBody(first, object, plan), size, sink, plan))
}

/**
 * The whole body as one stream: it may have come already.
 *
 * @throws UnexpectedAnswerError - at once: another object came; at the end: more bytes than S3 had said, or fewer
 */
async function wholeBody(
  { answer, range, size }: FirstAnswer,
  { request, etag, get }: PinnedObject,
  { stop }: ObjectPlan,
): Promise<Chunks> {
  const isWhole = answer.Body !== undefined && (range === undefined || range.last === size - 1)
  if (isWhole) return withLength(size, endingWith(stop.signal, chunksOf(answer.Body)))
  discardQuietly(answer.Body)
  const whole = await get(request, stop.signal)
  const body = chunksOf(whole.Body)
  if (whole.ETag === etag && whole.ContentRange === undefined) return withLength(size, endingWith(stop.signal, body))
  body.close()
  throw new UnexpectedAnswerError(
    `another object came than before, or a part of it: its ETag is ${whole.ETag ?? 'missing'}, and ${etag} was asked for`,
  )
}

async function* endingWith(signal: AbortSignal, body: ReturnType<typeof chunksOf>): AsyncGenerator<Uint8Array> {
  signal.addEventListener('abort', body.close)
  try {
    signal.throwIfAborted()
    yield* body
  } finally {
    signal.removeEventListener('abort', body.close)
  }
}

async function* withLength(size: number, body: Chunks): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > size) break
    yield chunk
  }
  if (length === size) return
  const found = length > size ? `${length} bytes or more` : `${length} bytes`
  throw new UnexpectedAnswerError(`${found} came for a body that has ${size}, as S3 had said`)
}

/** @returns how many bytes it were */
async function writeAll(
  chunks: Chunks,
  total: number | undefined,
  sink: ObjectSink,
  { stop, partSize, onProgress }: ObjectPlan,
): Promise<number> {
  const onDone = progressOf(onProgress, total)
  let [written, told, part] = [0, 0, 0]
  const tell = () => {
    part++
    onDone(part, written - told)
    told = written
  }
  for await (const chunk of chunks) {
    stop.signal.throwIfAborted()
    await sink.write(written, chunk)
    written += chunk.length
    if (written - told >= partSize) tell()
  }
  stop.signal.throwIfAborted()
  if (told < written || part === 0) tell()
  return written
}

function described(answer: GetObjectCommandOutput, length: number): DownloadedObject {
  const { Body: _body, ContentRange: _range, ...others } = answer
  return { ...others, ContentLength: length }
}

/** A body that is being read is closed by its reader. */
function discardQuietly(body: GetObjectCommandOutput['Body']): void {
  try {
    discard(body)
  } catch {
    // It has been read, or somebody reads it.
  }
}
