/**
 * Encryption, step by step: materials, header, frames, footer.
 *
 * Spec: client-apis/encrypt.md
 *
 * @module
 */

import { checkEncryptionMaterials, type EncryptionMaterialsRequest, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { type AesGcmKey, type Awaitable, andThen, type Signer, zero } from '@esdk/crypto-backend'
import {
  contextOf,
  type EncryptionContext,
  encodeFooter,
  encodeHeader,
  encodeHeaderTag,
  encodeSignature,
  headerAad,
  LimitError,
  type MessageHeader,
} from '@esdk/serialize'
import type { ByteReader } from './byte-reader.ts'
import { finallyDo } from './clean-up.ts'
import { Breaks } from './event-loop.ts'
import { failureOf, fromPlugIn } from './failure.ts'
import { deriveMessageKeys, type MessageKeys } from './message-keys.ts'
import type { EncryptSettings } from './options.ts'
import { guarded, noRoom, type Room, report, type Step, type Steps } from './parts.ts'
import { frameSealer } from './seal-frames.ts'

/** A message whose header stands, and whose bytes come as they are asked for. */
export interface EncryptedMessage {
  readonly header: MessageHeader
  /** Bytes of the header with its tag. */
  readonly headerLength: number
  /** Header, frames and footer, in parts of any length. Reads the plaintext from `reader`. */
  steps(reader: ByteReader, room?: Room): Steps
}

/**
 * Get materials, and make the header.
 *
 * @param expectedLength - bytes of plaintext, exactly or at most, for the materials manager
 * @param bound - most bytes of plaintext; more of them fail
 */
export async function beginEncryption(
  settings: EncryptSettings,
  expectedLength: number | undefined,
  bound: number = Number.POSITIVE_INFINITY,
): Promise<EncryptedMessage> {
  const materials = await encryptionMaterials(settings, expectedLength)
  try {
    const { backend, limits } = settings.client
    const { suite, dataKey, signingKey } = materials
    const messageId = backend.randomBytes(suite.messageIdLength)
    const derived = deriveMessageKeys(backend, suite, dataKey, messageId)
    const keys = derived instanceof Promise ? await derived : derived
    const imported = finallyDo(
      () => backend.importAesGcmKey(keys.contentKey),
      () => zero(keys.contentKey),
    )
    const contentKey = imported instanceof Promise ? await imported : imported
    const header = headerOf(materials, messageId, settings.frameLength, keys)
    const rawHeader = encodeHeader(header)
    const sealed = sealHeader(contentKey, rawHeader, materials)
    const tag = sealed instanceof Promise ? await sealed : sealed
    const maxPlaintextLength = Math.min(bound, limits.maxPlaintextLength)
    const signer = signingKey?.signer()
    return {
      header,
      headerLength: rawHeader.length + tag.length,
      steps: (reader, room = noRoom) =>
        sealMessage(
          { settings, header, start: [rawHeader, tag], contentKey, signer, maxPlaintextLength, room },
          reader,
        ),
    }
  } catch (error) {
    throw failureOf(error, settings.signal)
  } finally {
    materials.dataKey.zero()
  }
}

async function encryptionMaterials(
  { client, cmm, encryptionContext, suite, signal }: EncryptSettings,
  expectedLength: number | undefined,
): Promise<ReadyEncryptionMaterials> {
  const { commitmentPolicy, limits } = client
  const request: EncryptionMaterialsRequest = Object.freeze({
    commitmentPolicy,
    encryptionContext,
    ...(suite && { suite }),
    ...(expectedLength !== undefined && { maxPlaintextLength: expectedLength }),
    ...(signal && { signal }),
  })
  const given = await fromPlugIn(() => cmm.getEncryptionMaterials(request), signal, zeroMaterials)
  const materials = checkEncryptionMaterials(request, given)
  const { length } = materials.encryptedDataKeys
  if (length > limits.maxEncryptedDataKeys) {
    materials.dataKey.zero()
    throw new LimitError('maxEncryptedDataKeys', limits.maxEncryptedDataKeys, length, 'too many encrypted data keys')
  }
  return materials
}

function zeroMaterials(materials: ReadyEncryptionMaterials): void {
  materials?.dataKey?.zero()
}

function headerOf(
  { suite, encryptionContext, requiredContextKeys, encryptedDataKeys }: ReadyEncryptionMaterials,
  messageId: Uint8Array,
  frameLength: number,
  { commitment }: MessageKeys,
): MessageHeader {
  const stored = storedContext(encryptionContext, requiredContextKeys)
  if (!suite.committing) {
    return Object.freeze({
      version: 1,
      suite: suite.id,
      messageId,
      encryptionContext: stored,
      encryptedDataKeys,
      contentType: 'framed',
      frameLength,
    })
  }
  return Object.freeze({
    version: 2,
    suite: suite.id,
    messageId,
    encryptionContext: stored,
    encryptedDataKeys,
    contentType: 'framed',
    frameLength,
    commitment: commitment as Uint8Array,
  })
}

/** The pairs that stand in the message: all but the required ones. */
function storedContext(context: EncryptionContext, requiredKeys: ReadonlySet<string>): EncryptionContext {
  if (requiredKeys.size === 0) return context
  return contextOf(Object.entries(context).filter(([key]) => !requiredKeys.has(key)))
}

/** The tag behind the header, as it is written. */
function sealHeader(
  contentKey: AesGcmKey,
  rawHeader: Uint8Array,
  { suite, encryptionContext, requiredContextKeys }: ReadyEncryptionMaterials,
): Awaitable<Uint8Array> {
  const iv = new Uint8Array(suite.ivLength)
  const aad = headerAad(rawHeader, encryptionContext, requiredContextKeys)
  return andThen(contentKey.seal(iv, aad, new Uint8Array(0)), (tag) => encodeHeaderTag(suite, { iv, tag }))
}

interface MessageToSeal {
  readonly settings: EncryptSettings
  readonly header: MessageHeader
  /** What comes before the body. */
  readonly start: readonly Uint8Array[]
  readonly contentKey: AesGcmKey
  readonly signer: Signer | undefined
  readonly maxPlaintextLength: number
  readonly room: Room
}

function sealMessage(message: MessageToSeal, reader: ByteReader): Steps {
  const { settings, header, start, signer } = message
  const { signal, onProgress } = settings
  const breaks = new Breaks()
  const nextRun = frameSealer(message, reader)
  let ciphertextBytes = 0
  let started = false

  async function account({ parts, done }: Step): Promise<Step> {
    for (const part of parts) {
      ciphertextBytes += part.length
      if (signer !== undefined) await signer.update(part)
    }
    const footer = done && signer !== undefined ? encodeFooter(await sign(header, signer)) : undefined
    if (footer !== undefined) ciphertextBytes += footer.length
    report(onProgress, { plaintextBytes: reader.consumed, ciphertextBytes }, reader)
    const pause = breaks.take()
    if (pause !== undefined) await pause
    return { parts: footer === undefined ? parts : [...parts, footer], done }
  }

  function next(): Awaitable<Step> {
    if (started) return andThen(nextRun(), account)
    started = true
    return account({ parts: start, done: false })
  }

  return guarded(next, reader, signal)
}

/** Signs until the signature has the one length of its curve: see `encodeSignature`. */
async function sign(header: MessageHeader, signer: Signer): Promise<Uint8Array> {
  const curve = header.suite === 0x0214 ? 'P-256' : 'P-384'
  for (;;) {
    const signature = encodeSignature(curve, await signer.sign())
    if (signature !== undefined) return signature
  }
}
