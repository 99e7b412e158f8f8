/**
 * What tests of uploads and downloads in parts ask for.
 *
 * @module
 */

import { type BodyBackend, defaultBodyBackend } from '@esdk/crypto-backend/body'
import { s3AesKeyring } from '../src/keyrings/aes-keyring.ts'
import type { S3EncryptionOptions } from '../src/options.ts'
import type { TransferProgress } from '../src/transfer/transfer-options.ts'
import { wrappingKey } from './clients.ts'
import type { Fault } from './memory-s3.ts'
import { countingBackend } from './random.ts'
import type { S3Request } from './s3/answer.ts'

export const MiB = 1024 * 1024

/** All that is random comes from here, the same each time: data key, IV of the wrapped key, message id. */
export function fixedRandomness(): S3EncryptionOptions {
  const backend = countingBackend()
  return { backend, keyring: s3AesKeyring({ wrappingKey, backend }) }
}

/**
 * A backend that tells how many bodies in parts were begun, and have not been zeroed.
 *
 * @param onOpen - gets the bytes that are opened, where they are
 */
export function watchedBodies(onOpen: (ciphertext: Uint8Array) => void = () => {}): {
  readonly backend: BodyBackend
  readonly count: () => { begun: number; left: number }
} {
  let [begun, left] = [0, 0]
  const backend: BodyBackend = {
    ...defaultBodyBackend,
    async importBodyKey(bytes) {
      const key = await defaultBodyBackend.importBodyKey(bytes)
      return {
        ...key,
        bodyInParts(iv, aad) {
          begun++
          left++
          const body = key.bodyInParts(iv, aad)
          return {
            seal: (offset, plaintext) => body.seal(offset, plaintext),
            open(offset, ciphertext) {
              onOpen(ciphertext)
              return body.open(offset, ciphertext)
            },
            tag: (length) => body.tag(length),
            isRight: (length, tag) => body.isRight(length, tag),
            zero() {
              left--
              body.zero()
            },
          }
        },
      }
    },
  }
  return { backend, count: () => ({ begun, left }) }
}

/** The lines of {@link MemoryS3.asked}, of requests for an upload. */
export const isPart = ({ method, query }: S3Request): boolean => method === 'PUT' && query['partNumber'] !== undefined
export const partNumber = ({ query }: S3Request): number => Number(query['partNumber'])

/** Holds the answers to these requests back until all of them have come; then they go in the order that is given. */
export function answeredInOrder(order: readonly number[], numberOf: (request: S3Request) => number | undefined): Fault {
  const gates = new Map(order.map((number) => [number, gate()]))
  const here = new Set<number>()
  return async (request, next) => {
    const number = numberOf(request)
    if (number === undefined || !gates.has(number)) return next()
    here.add(number)
    if (here.size === order.length) gates.get(order[0] as number)?.open()
    await gates.get(number)?.opened
    const answer = await next()
    gates.get(order[order.indexOf(number) + 1] as number)?.open()
    return answer
  }
}

function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Progress, as it is told. */
export function recordedProgress() {
  const events: TransferProgress[] = []
  return { events, onProgress: (progress: TransferProgress) => void events.push(progress) }
}

/** The connection is lost before an answer comes, as Node tells it. */
export const lost: Fault = async () => {
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}
