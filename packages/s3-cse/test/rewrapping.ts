/**
 * What is asked of objects whose key changes, in tests.
 *
 * @module
 */

import { GetObjectCommand, type GetObjectCommandInput, PutObjectCommand } from '@aws-sdk/client-s3'
import { s3AesKeyring } from '../src/keyrings/aes-keyring.ts'
import type { S3EncryptionOptions } from '../src/options.ts'
import { Bucket, clientOf, keyring } from './clients.ts'
import type { Fault, MemoryS3 } from './memory-s3.ts'
import { type S3Answer, S3Refusal, type S3Request } from './s3/answer.ts'
import { changed, meeting } from './s3/faults.ts'

/** Another key than that of `clients.ts`. */
export const newKeyring = s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(0x5a) })

/** Reads format V2 as well. */
export const readsV2 = { commitmentPolicy: 'require-encrypt-allow-decrypt' } as const
export const writesV2 = { commitmentPolicy: 'forbid-encrypt-allow-decrypt' } as const
export const writesFiles = { instructionFile: { write: true } } as const

/** The object `k`, as a client with these options stores it. */
export async function stored(Body: Uint8Array, options: S3EncryptionOptions = {}, request: object = {}) {
  const { s3, client } = clientOf(options)
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...request }))
  s3.requests.length = 0
  return s3
}

/** The plaintext of the object `k`, as a client with these options reads it. */
export async function readBy(
  s3: MemoryS3,
  options: S3EncryptionOptions = {},
  request: Partial<GetObjectCommandInput> = {},
): Promise<Uint8Array> {
  const { client } = clientOf(options, s3)
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k', ...request }))
  return (await Body?.transformToByteArray()) ?? new Uint8Array(0)
}

/** What changes something. */
export const writes = ({ method }: S3Request): boolean => method !== 'GET' && method !== 'HEAD'

/** What can become of a write: S3 refuses it, or does it and its answer is lost. */
export const writeFaults = {
  'is refused': async () => {
    throw new S3Refusal(403, 'AccessDenied')
  },
  'is done, and the answer is lost': async (_: S3Request, next: () => Promise<unknown>) => {
    await next()
    throw new Error('the connection is lost')
  },
} satisfies Record<string, (request: S3Request, next: () => Promise<S3Answer>) => Promise<never>>

/** A fault of the write with this number, the first being 0. `missed`: there was none. */
export function faultOfWrite(s3: MemoryS3, number: number, fault: Fault): { missed: boolean } {
  const outcome = { missed: true }
  let count = 0
  s3.fault = (request, next) => {
    if (!writes(request) || count++ !== number) return next()
    outcome.missed = false
    return fault(request, next)
  }
  return outcome
}

/** Something else happens before the request with this number, the first being 0. `missed`: there was none. */
export function happeningBefore(s3: MemoryS3, number: number, event: () => Promise<unknown>): { missed: boolean } {
  const outcome = { missed: true }
  let count = 0
  s3.fault = async (_, next) => {
    if (count++ === number) {
      outcome.missed = false
      await event()
    }
    return next()
  }
  return outcome
}

/** Reads and writes with either key, the old one first. */
export const oldOrNewKeyring = {
  onEncrypt: keyring.onEncrypt,
  onDecrypt: (...given: Parameters<typeof keyring.onDecrypt>) =>
    keyring.onDecrypt(...given).catch(() => newKeyring.onDecrypt(...given)),
}

/** The object `k`, which S3 shows with these headers. */
export async function storedWith(
  headers: Record<string, string>,
  Body: Uint8Array,
  options: S3EncryptionOptions = {},
  request: object = {},
) {
  const s3 = await stored(Body, options, request)
  meeting(
    s3,
    ({ method }) => method === 'HEAD',
    changed((head) => ({ headers: { ...head.headers, ...headers } })),
  )
  return s3
}
