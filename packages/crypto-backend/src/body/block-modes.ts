/**
 * The ways to use AES that everything here is made of, and what holds for all of them.
 *
 * @module
 */

import { type Awaitable, gcmIvLength } from '../backend.ts'

/** Bytes of a block. */
export const blockLength = 16

/** Most bytes that AES-GCM encrypts under one IV. */
export const longestGcmBody: number = 2 ** 36 - 32

/** One imported AES key. Results are in memory of their own. */
export interface BlockModes {
  /** AES-CTR, from byte `skip` of the block that `counter` encrypts to. Only the last 32 bits of it are counted. */
  ctr(counter: Uint8Array, skip: number, bytes: Uint8Array): Awaitable<Uint8Array>
  /** The tag of AES-GCM of nothing, with this AAD. */
  gmac(iv: Uint8Array, aad: Uint8Array): Awaitable<Uint8Array>
  /** Decrypt whole blocks with AES-CBC, and leave the padding where it is. */
  decryptCbc(iv: Uint8Array, blocks: Uint8Array): Awaitable<Uint8Array>
}

/** The counter block of a block of a body: 0 is the one that hides the tag, which is counted from 1. */
export function counterBlock(iv: Uint8Array, block: number): Uint8Array<ArrayBuffer> {
  const counter = new Uint8Array(blockLength)
  counter.set(iv)
  new DataView(counter.buffer).setUint32(gcmIvLength, block + 1)
  return counter
}

/** Encrypt or decrypt the bytes that stand at `offset` of a body of AES-GCM. */
export function counterMode(
  modes: Pick<BlockModes, 'ctr'>,
  iv: Uint8Array,
  offset: number,
  bytes: Uint8Array,
): Awaitable<Uint8Array> {
  const counter = counterBlock(iv, 1 + Math.floor(offset / blockLength))
  return modes.ctr(counter, offset % blockLength, bytes)
}

/**
 * @throws RangeError - `length` bytes at `offset` do not lie within the longest body of AES-GCM
 */
export function checkPlace(offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`an offset is a whole number from 0 on, found ${offset}`)
  }
  if (offset + length > longestGcmBody) {
    throw new RangeError(`AES-GCM takes ${longestGcmBody} bytes under one IV, found ${offset + length}`)
  }
}

/**
 * @throws RangeError - not 16 bytes
 */
export function checkCbcIvLength(iv: Uint8Array): void {
  if (iv.length !== blockLength) throw new RangeError(`an IV of AES-CBC has ${blockLength} bytes, found ${iv.length}`)
}
