/**
 * What RSA decryption gives, without its padding, for platforms that do not remove it themselves.
 *
 * Nothing here branches on, or indexes by, a byte that an attacker should not learn, but for the length of what comes
 * out; a failure is one and the same whatever was wrong.
 *
 * @module
 */

import type { CryptoBackend, HashName } from './backend.ts'
import { hashLength } from './hkdf.ts'

type Hmac = Pick<CryptoBackend, 'hmac'>
type Digest = Pick<CryptoBackend, 'digest'>

/** 0xff when `a` is less than `b`, else 0. Both below 2^30. */
function maskLess(a: number, b: number): number {
  return ((a - b) >> 31) & 0xff
}

/** 0xff when `a` is zero, else 0. Below 2^30. */
function maskZero(a: number): number {
  return maskLess(a, 1)
}

function select(mask: number, yes: number, no: number): number {
  return (yes & mask) | (no & ~mask & 0xff)
}

/** `select` for numbers of up to 30 bits. */
function selectNumber(mask: number, yes: number, no: number): number {
  const wide = -(mask & 1)
  return (yes & wide) | (no & ~wide)
}

/**
 * The message of a PKCS #1 v1.5 block, or, when the padding is wrong, bytes that only the key and the ciphertext
 * decide. They have the same spread of lengths, so that whoever sees the outcome cannot tell which it was.
 *
 * This is the implicit rejection of OpenSSL 3.2 and of draft-irtf-cfrg-rsa-guidance, bit for bit: a message behaves
 * the same on platforms that do it themselves.
 *
 * @param privateExponent - big-endian, of any length up to that of the block
 * @param block - what the private key made of `ciphertext`, as long as the modulus
 */
export async function removePkcs1Padding(
  backend: Hmac & Digest,
  privateExponent: Uint8Array,
  ciphertext: Uint8Array,
  block: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const substitute = await rejectionMessage(backend, privateExponent, ciphertext, block.length)
  let good = maskZero(block[0] as number) & maskZero((block[1] as number) ^ 2)
  let zeroAt = 0
  let found = 0
  for (let i = 2; i < block.length; i++) {
    const isZero = maskZero(block[i] as number)
    zeroAt = selectNumber(isZero & ~found & 0xff, i, zeroAt)
    found |= isZero
  }
  good &= found & ~maskLess(zeroAt, 10)
  const length = selectNumber(good, block.length - zeroAt - 1, substitute.length)
  const message = new Uint8Array(length)
  for (let i = 1; i <= length; i++) {
    const ours = block[block.length - i] as number
    message[length - i] = select(good, ours, substitute.bytes[block.length - i] as number)
  }
  substitute.bytes.fill(0)
  return message
}

/** The last `length` bytes of `bytes` stand for the message when the padding is wrong. */
interface RejectionMessage {
  readonly bytes: Uint8Array
  readonly length: number
}

async function rejectionMessage(
  backend: Hmac & Digest,
  privateExponent: Uint8Array,
  ciphertext: Uint8Array,
  size: number,
): Promise<RejectionMessage> {
  const keyHash = await backend.digest('SHA-256', padLeft(privateExponent, size))
  const seed = await backend.hmac('SHA-256', keyHash, padLeft(ciphertext, size))
  keyHash.fill(0)
  const candidates = await expandSeed(backend, seed, 'length', 256)
  const bytes = await expandSeed(backend, seed, 'message', size)
  seed.fill(0)
  const longest = size - 2 - 8
  const bits = 2 ** Math.ceil(Math.log2(longest + 1)) - 1
  let length = 0
  for (let i = 0; i < candidates.length; i += 2) {
    const candidate = (((candidates[i] as number) << 8) | (candidates[i + 1] as number)) & bits
    length = selectNumber(maskLess(candidate, longest), candidate, length)
  }
  return { bytes, length }
}

async function expandSeed(backend: Hmac, seed: Uint8Array, label: string, length: number): Promise<Uint8Array> {
  const output = new Uint8Array(length)
  const text = new TextEncoder().encode(label)
  const input = new Uint8Array(4 + text.length)
  const view = new DataView(input.buffer)
  input.set(text, 2)
  view.setUint16(2 + text.length, length * 8)
  for (let counter = 0, offset = 0; offset < length; counter++, offset += 32) {
    view.setUint16(0, counter)
    const block = await backend.hmac('SHA-256', seed, input)
    output.set(block.subarray(0, length - offset), offset)
    block.fill(0)
  }
  return output
}

/**
 * The message of an OAEP block with an empty label, `undefined` when the padding is wrong.
 *
 * For the pair of hashes that Java calls `OAEPWithSHA-256AndMGF1Padding`: the hash of the label and that of the mask
 * generation are not the same.
 *
 * Spec: RFC 8017, section 7.1.2
 */
export async function removeOaepPadding(
  backend: Digest,
  hash: HashName,
  mgf1Hash: HashName,
  block: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const length = hashLength[hash]
  if (block.length < 2 * length + 2) return undefined
  const seed = block.slice(1, 1 + length)
  const data = block.slice(1 + length)
  xorInto(seed, await mgf1(backend, mgf1Hash, data, seed.length))
  xorInto(data, await mgf1(backend, mgf1Hash, seed, data.length))
  const labelHash = await backend.digest(hash, new Uint8Array(0))
  let bad = block[0] as number
  for (let i = 0; i < length; i++) bad |= (data[i] as number) ^ (labelHash[i] as number)
  let oneAt = 0
  let found = 0
  for (let i = length; i < data.length; i++) {
    const byte = data[i] as number
    const isOne = maskZero(byte ^ 1)
    oneAt = selectNumber(isOne & ~found & 0xff, i, oneAt)
    bad |= byte & ~isOne & ~found & 0xff
    found |= isOne
  }
  bad |= ~found & 0xff
  const message = bad === 0 ? data.slice(oneAt + 1) : undefined
  seed.fill(0)
  data.fill(0)
  return message
}

async function mgf1(backend: Digest, hash: HashName, seed: Uint8Array, length: number): Promise<Uint8Array> {
  const input = new Uint8Array(seed.length + 4)
  input.set(seed)
  const output = new Uint8Array(length)
  for (let counter = 0, offset = 0; offset < length; counter++, offset += hashLength[hash]) {
    new DataView(input.buffer).setUint32(seed.length, counter)
    output.set((await backend.digest(hash, input)).subarray(0, length - offset), offset)
  }
  input.fill(0)
  return output
}

function xorInto(target: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < target.length; i++) target[i] = (target[i] as number) ^ (mask[i] as number)
  mask.fill(0)
}

function padLeft(bytes: Uint8Array, length: number): Uint8Array {
  const skip = Math.max(0, bytes.length - length)
  const padded = new Uint8Array(length)
  padded.set(bytes.subarray(skip), length - bytes.length + skip)
  return padded
}
