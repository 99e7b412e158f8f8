/**
 * The client: encrypts and decrypts messages of the AWS Encryption SDK, whole or as streams.
 *
 * Spec: client-apis/client.md
 *
 * @module
 */

import {
  ciphertextLength,
  type EncryptedDataKey,
  type EncryptionContext,
  type MessageHeader,
  plaintextLength,
} from '@esdk/serialize'
import { ByteReader } from './byte-reader.ts'
import { type ByteInput, byteSource } from './byte-source.ts'
import { checkBytes } from './check-bytes.ts'
import { Collector, collect } from './collect.ts'
import { beginDecryption, type DecryptedMessage } from './decrypt-message.ts'
import { beginEncryption } from './encrypt-message.ts'
import { type MessageTransform, transformOf } from './message-transform.ts'
import {
  type ClientOptions,
  checkClientOptions,
  checkDecryptOptions,
  checkEncryptOptions,
  type DecryptOptions,
  type DecryptStreamOptions,
  type EncryptOptions,
} from './options.ts'
import { streamOf } from './web-stream.ts'

/** A whole encrypted message, and its header. */
export interface EncryptResult {
  readonly ciphertext: Uint8Array<ArrayBuffer>
  readonly header: MessageHeader
}

/** A message that is encrypted as it is read. */
export interface EncryptStreamResult {
  readonly ciphertext: ReadableStream<Uint8Array>
  readonly header: MessageHeader
  /** Bytes of the whole message, where the length of the plaintext is known: for a `Content-Length`. */
  readonly ciphertextLength?: number
}

/** What a message says once its header is authentic. */
interface Decrypted {
  readonly header: MessageHeader
  /** The pairs of the header, and those that were given again because the message does not store them. */
  readonly encryptionContext: EncryptionContext
  /** Which key opened the message, where the keyring says so. */
  readonly encryptedDataKey?: EncryptedDataKey
}

/** A whole plaintext, and what was authenticated with it. */
export interface DecryptResult extends Decrypted {
  readonly plaintext: Uint8Array<ArrayBuffer>
}

/** A plaintext that is released as it proves authentic. */
export interface DecryptStreamResult extends Decrypted {
  readonly plaintext: ReadableStream<Uint8Array>
}

/** Encrypts and decrypts. Has no state: use one for everything, at the same time too. */
export interface Client {
  /**
   * Encrypt bytes that are all there. They are copied at the call.
   *
   * @throws EsdkError - keyring, materials or limits; see `code`
   * @throws TypeError, RangeError - an option that is not as documented
   */
  encrypt(plaintext: Uint8Array, options: EncryptOptions): Promise<EncryptResult>

  /**
   * Decrypt a message that is all there. Nothing is released before the last byte, the signature included, has proved
   * authentic.
   *
   * @throws EsdkError - the message, its keys, its context, limits; see `code`
   * @throws TypeError, RangeError - an option that is not as documented
   */
  decrypt(ciphertext: Uint8Array, options: DecryptOptions): Promise<DecryptResult>

  /**
   * Encrypt a stream. Resolves when the keyring has answered, before any plaintext is read; then reads as much as is
   * asked for. A `Uint8Array` is not copied: leave it alone until the stream has ended.
   */
  encryptStream(plaintext: ByteInput, options: EncryptOptions): Promise<EncryptStreamResult>

  /**
   * Decrypt a stream. Resolves when the header has proved authentic.
   *
   * Each frame is released when its tag has proved right, before later frames are known. Of a signed message the last
   * frame is held back until the signature has proved right; what came before it must be thrown away, and what was done
   * with it undone, if the stream fails. `unsignedOnly` refuses signed messages. A stream that ends has been proved
   * whole; one that fails never ends.
   */
  decryptStream(ciphertext: ByteInput, options: DecryptStreamOptions): Promise<DecryptStreamResult>

  /** {@link Client.encryptStream} for `pipeThrough` and `stream.pipeline`. Good for one message. */
  encryptTransform(options: EncryptOptions): MessageTransform

  /** {@link Client.decryptStream} for `pipeThrough` and `stream.pipeline`. Good for one message. */
  decryptTransform(options: DecryptStreamOptions): MessageTransform
}

/**
 * A client.
 *
 * @throws TypeError, RangeError - an option that is not as documented
 */
export function createClient(options: ClientOptions = {}): Client {
  const client = checkClientOptions(options)
  return Object.freeze({
    async encrypt(plaintext: Uint8Array, options: EncryptOptions): Promise<EncryptResult> {
      checkBytes(plaintext, 'encrypt')
      const settings = checkEncryptOptions(client, options)
      const input = new Uint8Array(plaintext)
      const { header, headerLength, steps } = await beginEncryption(settings, input.length)
      const collector = new Collector(ciphertextLength(header, input.length, headerLength))
      const ciphertext = await collect(collector, steps(ByteReader.over(input), collector.room))
      return { ciphertext, header }
    },

    async decrypt(ciphertext: Uint8Array, options: DecryptOptions): Promise<DecryptResult> {
      checkBytes(ciphertext, 'decrypt')
      const settings = checkDecryptOptions(client, options)
      const input = new Uint8Array(ciphertext)
      const reader = ByteReader.over(input)
      const message = await beginDecryption(settings, reader)
      const collector = new Collector(plaintextLength(message.header, input.length, reader.consumed) ?? 0)
      const plaintext = await collect(collector, message.steps(collector.room))
      return { plaintext, ...told(message) }
    },

    async encryptStream(plaintext: ByteInput, options: EncryptOptions): Promise<EncryptStreamResult> {
      const settings = checkEncryptOptions(client, options)
      const reader = readerOf(plaintext)
      const length = lengthOf(plaintext)
      const { plaintextBound } = settings
      const { header, headerLength, steps } = await closingOnFailure(reader, () =>
        length === undefined
          ? beginEncryption(settings, plaintextBound, plaintextBound)
          : beginEncryption(settings, length),
      )
      return {
        ciphertext: streamOf(steps(reader), (reason) => reader.close(reason)),
        header,
        ...(length !== undefined && { ciphertextLength: ciphertextLength(header, length, headerLength) }),
      }
    },

    async decryptStream(ciphertext: ByteInput, options: DecryptStreamOptions): Promise<DecryptStreamResult> {
      const settings = checkDecryptOptions(client, options)
      const reader = readerOf(ciphertext)
      const message = await beginDecryption(settings, reader)
      return { plaintext: streamOf(message.steps(), (reason) => reader.close(reason)), ...told(message) }
    },

    encryptTransform(options: EncryptOptions): MessageTransform {
      const settings = checkEncryptOptions(client, options)
      return transformOf(async (reader) => {
        const { header, steps } = await beginEncryption(settings, settings.plaintextBound, settings.plaintextBound)
        return { header, steps: steps(reader) }
      })
    },

    decryptTransform(options: DecryptStreamOptions): MessageTransform {
      const settings = checkDecryptOptions(client, options)
      return transformOf(async (reader) => {
        const { header, steps } = await beginDecryption(settings, reader)
        return { header, steps: steps() }
      })
    },
  })
}

/** What the caller learns of a message besides its plaintext. */
function told({ header, encryptionContext, encryptedDataKey }: DecryptedMessage): Decrypted {
  return { header, encryptionContext, ...(encryptedDataKey && { encryptedDataKey }) }
}

function readerOf(input: ByteInput): ByteReader {
  return new ByteReader(byteSource(input))
}

/** What is known of the length before anything is read. */
function lengthOf(input: ByteInput): number | undefined {
  if (input instanceof Uint8Array) return input.length
  return typeof Blob === 'function' && input instanceof Blob ? input.size : undefined
}

async function closingOnFailure<Value>(reader: ByteReader, begin: () => Promise<Value>): Promise<Value> {
  try {
    return await begin()
  } catch (error) {
    reader.close(error)
    throw error
  }
}
