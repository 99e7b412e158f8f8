/**
 * Clients of an Amazon S3 in memory, with keys that are known.
 *
 * @module
 */

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { s3AesKeyring } from '../src/keyrings/aes-keyring.ts'
import type { S3EncryptionOptions } from '../src/options.ts'
import { S3EncryptionClient } from '../src/s3-encryption-client.ts'
import { MemoryS3 } from './memory-s3.ts'
import { requestHandler } from './s3/request-handler.ts'

/** Bytes 1 to 32. */
export const wrappingKey: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => i + 1)

export const keyring = s3AesKeyring({ wrappingKey })

export const Bucket = 'bucket'

/** The configuration of a client of the S3 that is there. */
export function connectionTo(endpoint: string) {
  return {
    region: 'eu-west-1',
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
  } as const
}

/** The configuration of a client that sends to `s3`. */
export function configFor(s3: MemoryS3): S3ClientConfig {
  return {
    ...connectionTo('http://s3.test'),
    requestHandler: requestHandler(s3) as NonNullable<S3ClientConfig['requestHandler']>,
  }
}

/** A fresh S3, a client that encrypts and one that does not. */
export function clientOf(encryption: S3EncryptionOptions = {}, s3: MemoryS3 = new MemoryS3()) {
  const withKeyring = encryption.cmm === undefined ? { keyring, ...encryption } : encryption
  const client = new S3EncryptionClient({ ...configFor(s3), encryption: withKeyring })
  return { s3, client, plain: new S3Client(configFor(s3)) }
}

/** Bytes that count, modulo a prime: no two blocks of them are alike. */
export function plaintext(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 7 + (i >>> 8)) % 251
  return bytes
}

/** The bytes as a stream of the web. */
export function webStream(bytes: Uint8Array, chunkLength = 999): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + chunkLength))
      else controller.close()
      at += chunkLength
    },
  })
}
