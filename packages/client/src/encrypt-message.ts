/**
 * Encryption, step by step: materials, header, frames, footer.
 *
 * Spec: client-apis/encrypt.md
 *
 * @module
 */

import { type EncryptionMaterialsRequest, type ReadyEncryptionMaterials, checkEncryptionMaterials } from '@esdk/cmm'
import type { AesGcmKey, Signer } from '@esdk/crypto-backend'
import {
  type EncryptionContext,
  LimitError,
  type MessageHeader,
  concat,
  contextOf,
  encodeFooter,
  encodeHeader,
  encodeHeaderTag,
  encodeSignature,
  headerAad,
} from '@esdk/serialize'
import { type ByteReader, closeOnAbort } from './byte-reader.ts'
import { Breaks } from './event-loop.ts'
import { failureOf, fromPlugIn } from './failure.ts'
import { type MessageKeys, deriveMessageKeys } from './message-keys.ts'
import type { EncryptSettings } from './options.ts'
import { sealFrames } from './seal-frames.ts'

/** A message whose header stands, and whose bytes come as they are asked for. */
export interface EncryptedMessage {
  readonly header: MessageHeader
  /** Header, frames and footer, in parts of any length. Reads the plaintext from `reader`. */
  chunks(reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined>
}

/** Get materials, and make the header. `plaintextLength` is what is known of it: exactly, or as a bound. */
export async function beginEncryption(
  settings: EncryptSettings,
  plaintextLength: number | undefined,
): Promise<EncryptedMessage> {
  const materials = await encryptionMaterials(settings, plaintextLength)
  try {
    const { backend, frameLength } = settings
    const { suite, dataKey, signingKey } = materials
    const messageId = backend.randomBytes(suite.messageIdLength)
    const keys = await deriveMessageKeys(backend, suite, dataKey, messageId)
    const contentKey = await backend.importAesGcmKey(keys.contentKey)
    keys.contentKey.fill(0)
    const header = headerOf(materials, messageId, frameLength, keys)
    const headerBytes = await sealHeader(contentKey, header, materials)
    const signer = signingKey?.signer()
    return { header, chunks: (reader) => sealMessage({ settings, header, headerBytes, contentKey, signer }, reader) }
  } catch (error) {
    throw failureOf(error, settings.signal)
  } finally {
    materials.dataKey.zero()
  }
}

async function encryptionMaterials(
  settings: EncryptSettings,
  plaintextLength: number | undefined,
): Promise<ReadyEncryptionMaterials> {
  const { cmm, commitmentPolicy, encryptionContext, suite, limits, signal } = settings
  const request: EncryptionMaterialsRequest = Object.freeze({
    commitmentPolicy,
    encryptionContext,
    ...(suite && { suite }),
    ...(plaintextLength !== undefined && { maxPlaintextLength: plaintextLength }),
    ...(signal && { signal }),
  })
  const given = await fromPlugIn(
    () => cmm.getEncryptionMaterials(request),
    signal,
    (late) => late?.dataKey?.zero(),
  )
  const materials = checkEncryptionMaterials(request, given)
  const { length } = materials.encryptedDataKeys
  if (length > limits.maxEncryptedDataKeys) {
    materials.dataKey.zero()
    throw new LimitError('maxEncryptedDataKeys', limits.maxEncryptedDataKeys, length, 'too many encrypted data keys')
  }
  return materials
}

function headerOf(
  { suite, encryptionContext, requiredContextKeys, encryptedDataKeys }: ReadyEncryptionMaterials,
  messageId: Uint8Array,
  frameLength: number,
  { commitment }: MessageKeys,
): MessageHeader {
  const common = {
    messageId,
    encryptionContext: storedContext(encryptionContext, requiredContextKeys),
    encryptedDataKeys,
    contentType: 'framed',
    frameLength,
  } as const
  if (!suite.committing) return Object.freeze({ version: 1, suite: suite.id, ...common })
  return Object.freeze({ version: 2, suite: suite.id, ...common, commitment: commitment as Uint8Array })
}

/** The pairs that stand in the message: all but the required ones. */
function storedContext(context: EncryptionContext, requiredKeys: ReadonlySet<string>): EncryptionContext {
  if (requiredKeys.size === 0) return context
  return contextOf(Object.entries(context).filter(([key]) => !requiredKeys.has(key)))
}

async function sealHeader(
  contentKey: AesGcmKey,
  header: MessageHeader,
  { suite, encryptionContext, requiredContextKeys }: ReadyEncryptionMaterials,
): Promise<Uint8Array> {
  const raw = encodeHeader(header)
  const iv = new Uint8Array(suite.ivLength)
  const tag = await contentKey.seal(iv, headerAad(raw, encryptionContext, requiredContextKeys), new Uint8Array(0))
  return concat(raw, encodeHeaderTag(suite, { iv, tag }))
}

interface MessageToSeal {
  readonly settings: EncryptSettings
  readonly header: MessageHeader
  readonly headerBytes: Uint8Array
  readonly contentKey: AesGcmKey
  readonly signer: Signer | undefined
}

async function* sealMessage(message: MessageToSeal, reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  const { header, headerBytes, contentKey, signer } = message
  const { plaintextBound, limits, signal, onProgress } = message.settings
  const maxPlaintextLength = Math.min(plaintextBound ?? Number.POSITIVE_INFINITY, limits.maxPlaintextLength)
  const breaks = new Breaks()
  const stopListening = closeOnAbort(reader, signal)
  let ciphertextBytes = headerBytes.length
  try {
    signal?.throwIfAborted()
    await signer?.update(headerBytes)
    yield headerBytes
    for await (const parts of sealFrames({ header, contentKey, maxPlaintextLength }, reader)) {
      for (const part of parts) {
        await signer?.update(part)
        ciphertextBytes += part.length
        yield part
      }
      onProgress?.({ plaintextBytes: reader.consumed, ciphertextBytes })
      await breaks.take()
      signal?.throwIfAborted()
    }
    if (signer !== undefined) yield encodeFooter(await sign(header, signer))
  } catch (error) {
    const failure = failureOf(error, signal, reader)
    reader.close(failure)
    throw failure
  } finally {
    stopListening()
    reader.close(undefined)
  }
}

/** Signs until the signature has the one length of its curve: see `encodeSignature`. */
async function sign(header: MessageHeader, signer: Signer): Promise<Uint8Array> {
  const curve = header.suite === 0x0214 ? 'P-256' : 'P-384'
  for (;;) {
    const signature = encodeSignature(curve, await signer.sign())
    if (signature !== undefined) return signature
  }
}
