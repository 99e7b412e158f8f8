/**
 * Decryption, step by step: header, materials, commitment, header tag, frames, footer, and nothing behind.
 *
 * Spec: client-apis/decrypt.md
 *
 * @module
 */

import {
  checkDecryptionMaterials,
  checkSuiteToDecrypt,
  type DecryptionMaterialsRequest,
  type ReadyDecryptionMaterials,
} from '@esdk/cmm'
import { type AesGcmKey, type Awaitable, andThen, equalInConstantTime, type Verifier, zero } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  algorithmSuite,
  checkMessageStart,
  type EncryptedDataKey,
  type EncryptionContext,
  type HeaderTag,
  headerAad,
  LimitError,
  MessageFormatError,
  type MessageHeader,
  parseSignature,
  readFooter,
  readHeader,
  readHeaderTag,
  recognisedLength,
} from '@esdk/serialize'
import { type ByteReader, closeOnAbort } from './byte-reader.ts'
import { finallyDo } from './clean-up.ts'
import { NotAuthenticError, SignedMessageError } from './errors.ts'
import { Breaks } from './event-loop.ts'
import { failureOf, fromPlugIn } from './failure.ts'
import { deriveMessageKeys } from './message-keys.ts'
import { type BodyToOpen, bodyOpener } from './open-frames.ts'
import type { DecryptSettings } from './options.ts'
import { guarded, noRoom, type Room, report, type Step, type Steps } from './parts.ts'

/** A message whose header is authentic, and whose plaintext comes as it is asked for. */
export interface DecryptedMessage {
  readonly header: MessageHeader
  /** The pairs of the header, and those that had to be given again. */
  readonly encryptionContext: EncryptionContext
  /** Which of the header's keys was unwrapped, where the keyring says so. */
  readonly encryptedDataKey?: EncryptedDataKey
  /** The plaintext in parts; of a signed message, the last part only when the signature is right. */
  steps(room?: Room): Steps
}

/** Read the header, get its data key, and prove the header authentic. Reads no further. */
export async function beginDecryption(settings: DecryptSettings, reader: ByteReader): Promise<DecryptedMessage> {
  const stopListening = closeOnAbort(reader, settings.signal)
  try {
    const start = readHeaderOf(settings, reader)
    const { header, raw } = start instanceof Promise ? await start : start
    const suite = algorithmSuite(header.suite)
    const materials = await decryptionMaterials(settings, header, suite)
    const derived = contentKeyOf(settings, header, suite, materials)
    const contentKey = derived instanceof Promise ? await derived : derived
    const read = reader.decode(readHeaderTag(suite))
    const { value: tag, raw: rawTag } = read instanceof Promise ? await read : read
    const checked = checkHeader(contentKey, raw, tag, materials)
    if (checked instanceof Promise) await checked
    const verifier = materials.verificationKey?.verifier()
    if (verifier !== undefined) {
      await verifier.update(raw)
      await verifier.update(rawTag)
    }
    const { encryptionContext, encryptedDataKey } = materials
    const { limits } = settings.client
    return {
      header,
      encryptionContext,
      ...(encryptedDataKey && { encryptedDataKey }),
      steps: (room = noRoom) =>
        openMessage(
          settings,
          { header, contentKey, limits, room, onRead: (bytes) => verifier?.update(bytes) },
          reader,
          verifier,
        ),
    }
  } catch (error) {
    const failure = failureOf(error, settings.signal, reader)
    reader.close(failure)
    throw failure
  } finally {
    stopListening()
  }
}

interface ReadHeader {
  readonly header: MessageHeader
  readonly raw: Uint8Array
}

function readHeaderOf({ client, unsignedOnly, signal }: DecryptSettings, reader: ByteReader): Awaitable<ReadHeader> {
  const { limits, commitmentPolicy } = client
  signal?.throwIfAborted()
  return andThen(reader.fill(recognisedLength), () => {
    checkMessageStart(reader.contiguous(Math.min(recognisedLength, reader.available)))
    return andThen(reader.decode(readHeader(limits), limits.maxHeaderLength), ({ value: header, raw }) => {
      const suite = algorithmSuite(header.suite)
      checkSuiteToDecrypt(commitmentPolicy, suite)
      if (unsignedOnly && suite.signature.kind !== 'none') throw new SignedMessageError(suite.name)
      if (header.frameLength > limits.maxFrameLength) {
        throw new LimitError('maxFrameLength', limits.maxFrameLength, header.frameLength, 'the frames are too long')
      }
      return { header, raw }
    })
  })
}

async function decryptionMaterials(
  { client, cmm, reproducedContext, signal }: DecryptSettings,
  { encryptedDataKeys, encryptionContext }: MessageHeader,
  suite: AlgorithmSuite,
): Promise<ReadyDecryptionMaterials> {
  const request: DecryptionMaterialsRequest = Object.freeze({
    commitmentPolicy: client.commitmentPolicy,
    suite,
    encryptedDataKeys,
    encryptionContext,
    reproducedContext,
    ...(signal && { signal }),
  })
  const given = await fromPlugIn(() => cmm.decryptMaterials(request), signal, zeroMaterials)
  return checkDecryptionMaterials(request, given)
}

function zeroMaterials(materials: ReadyDecryptionMaterials): void {
  materials?.dataKey?.zero()
}

/** The commitment comes first: nothing else is done with a key that the message does not commit to. */
function contentKeyOf(
  { client: { backend } }: DecryptSettings,
  header: MessageHeader,
  suite: AlgorithmSuite,
  { dataKey }: ReadyDecryptionMaterials,
): Awaitable<AesGcmKey> {
  return finallyDo(
    () =>
      andThen(deriveMessageKeys(backend, suite, dataKey, header.messageId), ({ contentKey, commitment }) =>
        finallyDo(
          () => {
            if (header.version === 2 && !equalInConstantTime(commitment ?? new Uint8Array(0), header.commitment)) {
              throw new NotAuthenticError('commitment')
            }
            return backend.importAesGcmKey(contentKey)
          },
          () => zero(contentKey),
        ),
      ),
    () => dataKey.zero(),
  )
}

function checkHeader(
  contentKey: AesGcmKey,
  rawHeader: Uint8Array,
  { iv, tag }: HeaderTag,
  { encryptionContext, requiredContextKeys }: ReadyDecryptionMaterials,
): Awaitable<void> {
  const aad = headerAad(rawHeader, encryptionContext, requiredContextKeys)
  return andThen(contentKey.open(iv, aad, tag), (opened) => {
    if (opened === undefined) throw new NotAuthenticError('header')
  })
}

function openMessage(
  { signal, onProgress }: DecryptSettings,
  body: BodyToOpen,
  reader: ByteReader,
  verifier: Verifier | undefined,
): Steps {
  const breaks = new Breaks()
  const nextRun = bodyOpener(body, reader)
  let plaintextBytes = 0
  let bodyEnded = false

  async function account({ parts, done }: Step): Promise<Step> {
    bodyEnded = done
    if (done && verifier !== undefined) await checkSignature(body.header, reader, verifier)
    for (const part of parts) plaintextBytes += part.length
    report(onProgress, { plaintextBytes, ciphertextBytes: reader.consumed }, reader)
    const pause = breaks.take()
    if (pause !== undefined) await pause
    return { parts, done: done && reader.spent }
  }

  function next(): Awaitable<Step> {
    if (!bodyEnded) return andThen(nextRun(), account)
    // The last frame was released before the source is asked whether it has ended: it may take its time.
    return andThen(reader.fill(1), (more) => {
      if (more) throw trailingBytes()
      return { parts: [], done: true }
    })
  }

  return guarded(next, reader, signal)
}

async function checkSignature(header: MessageHeader, reader: ByteReader, verifier: Verifier): Promise<void> {
  const { value: der } = await reader.decode(readFooter())
  // A frame behind the final one begins with zeros, which would read as an empty signature.
  if (der.length === 0 && (await reader.fill(1))) throw trailingBytes()
  const signature = parseSignature(header.suite === 0x0214 ? 'P-256' : 'P-384', der)
  if (signature === undefined || !(await verifier.verify(signature))) throw new NotAuthenticError('signature')
}

function trailingBytes(): MessageFormatError {
  return new MessageFormatError(
    'ERR_ESDK_TRAILING_BYTES',
    'bytes follow the end of the message: it was appended to, or it is two messages in one file',
  )
}
