/**
 * AES-GCM taken apart, as far as it takes to find one block that makes a tag right under two keys.
 *
 * GHASH is a polynomial over GF(2^128) in a key H that depends on the AES key, so a tag is, under each key, a known
 * number plus the free block times a power of H. Two keys give two such sums; the block that makes them equal solves a
 * linear equation.
 *
 * Spec: NIST SP 800-38D
 *
 * @module
 */

import { concat, u32 } from '@esdk/serialize'

/** What a tag is made of. */
export interface GcmInput {
  readonly iv: Uint8Array
  readonly aad: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Where the free block is: 16 bytes, at a multiple of 16. */
export interface FreeBlock {
  readonly part: 'aad' | 'ciphertext'
  readonly offset: number
}

/** 16 bytes for the free block, such that the tag is the same under both keys. */
export async function collidingBlock(
  keys: readonly [Uint8Array, Uint8Array],
  input: GcmInput,
  free: FreeBlock,
): Promise<Uint8Array> {
  const cleared = { ...input, [free.part]: withBlock(input[free.part], free.offset, new Uint8Array(16)) }
  const [one, other] = (await Promise.all(keys.map((key) => equationOf(key, cleared, free)))) as [Equation, Equation]
  return toBlock(multiply(one.constant ^ other.constant, inverse(one.factor ^ other.factor)))
}

interface Equation {
  /** The tag, if the free block were zero. */
  readonly constant: bigint
  /** What the free block is multiplied with in the tag. */
  readonly factor: bigint
}

async function equationOf(key: Uint8Array, input: GcmInput, { part, offset }: FreeBlock): Promise<Equation> {
  const blocks = blocksOf(input)
  const position = offset / 16 + (part === 'ciphertext' ? Math.ceil(input.aad.length / 16) : 0)
  const h = toNumber(await encryptBlock(key, new Uint8Array(16)))
  let factor = h
  for (let i = position + 1; i < blocks.length; i++) factor = multiply(factor, h)
  return { constant: toNumber(await gcmTag(key, input)), factor }
}

/** The tag of AES-GCM. */
export async function gcmTag(key: Uint8Array, input: GcmInput): Promise<Uint8Array> {
  const h = toNumber(await encryptBlock(key, new Uint8Array(16)))
  let hash = 0n
  for (const block of blocksOf(input)) hash = multiply(hash ^ toNumber(block), h)
  return toBlock(hash ^ toNumber(await encryptBlock(key, concat(input.iv, u32(1)))))
}

/** What the ciphertext decrypts to, whatever its tag. */
export async function decryptCounterMode(key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
  return counterMode(key, concat(iv, u32(2)), ciphertext)
}

/** AAD and ciphertext, each filled up to whole blocks, then their lengths in bits. */
function blocksOf({ aad, ciphertext }: GcmInput): Uint8Array[] {
  const filled = (bytes: Uint8Array) => concat(bytes, new Uint8Array((16 - (bytes.length % 16)) % 16))
  const lengths = concat(u32(0), u32(8 * aad.length), u32(0), u32(8 * ciphertext.length))
  const all = concat(filled(aad), filled(ciphertext), lengths)
  return Array.from({ length: all.length / 16 }, (_, i) => all.subarray(16 * i, 16 * i + 16))
}

function withBlock(bytes: Uint8Array, offset: number, block: Uint8Array): Uint8Array {
  const changed = bytes.slice()
  changed.set(block, offset)
  return changed
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Promise<Uint8Array> {
  return counterMode(key, block, new Uint8Array(16))
}

/** Counter mode over zeros is the block cipher itself. */
async function counterMode(key: Uint8Array, counter: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key as BufferSource, 'AES-CTR', false, ['encrypt'])
  const parameters = { name: 'AES-CTR', counter: counter as BufferSource, length: 32 }
  return new Uint8Array(await crypto.subtle.encrypt(parameters, imported, bytes as BufferSource))
}

/** x^128 + x^7 + x^2 + x + 1, in the order of bits of GCM: the first bit is the constant term. */
const reduction = 0xe1n << 120n
const one = 1n << 127n

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n
  for (let bit = 127n, shifted = b; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ reduction : shifted >> 1n
  }
  return product
}

/** a^(2^128 - 2), which is 1/a. */
function inverse(a: bigint): bigint {
  let result = one
  let square = a
  for (let i = 1; i < 128; i++) {
    square = multiply(square, square)
    result = multiply(result, square)
  }
  return result
}

function toNumber(block: Uint8Array): bigint {
  return block.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

function toBlock(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 0xffn))
}
