import {
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type DecipherGCM,
  type KeyObject,
} from 'node:crypto'
import {
  type AesGcmKey,
  checkAesKeyLength,
  checkGcmIvLength,
  copyOf,
  gcmIvLength,
  gcmTagLength,
  type OpenedRun,
  type OpenRun,
  type SealRun,
  writeNumber,
} from '../backend.ts'
import { allocate, plain } from './hash.ts'

type GcmName = 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm'

interface Key {
  readonly name: GcmName
  // One KeyObject for a message: with a raw key, Node copies and checks it for each piece.
  readonly object: KeyObject
}

/** Up to this length pieces are gathered in one part; longer ones are handed on as they are, without a copy. */
const longestGatheredPiece = 16 * 1024

/** What one call of the cipher takes; OpenSSL counts in signed 32-bit integers. */
const longestUpdate = 2 ** 30

export function importAesGcmKey(bytes: Uint8Array): AesGcmKey {
  checkAesKeyLength(bytes)
  const key: Key = { name: `aes-${bytes.length * 8}-gcm` as GcmName, object: createSecretKey(bytes) }
  return {
    seal: (iv, aad, plaintext) => seal(key, iv, aad, plaintext),
    open: (iv, aad, sealed) => open(key, iv, aad, sealed),
    sealRun: (run) => (isGathered(run) ? sealGathered(key, run) : sealApart(key, run)),
    openRun: (run) => (isGathered(run) ? openGathered(key, run) : openApart(key, run)),
  }
}

function isGathered({ pieceLength, output }: Pick<SealRun, 'pieceLength' | 'output'>): boolean {
  return output !== undefined || pieceLength <= longestGatheredPiece
}

function cipherFor(key: Key, iv: Uint8Array, aad: Uint8Array): CipherGCM {
  checkGcmIvLength(iv)
  return createCipheriv(key.name, key.object, iv).setAAD(aad)
}

/** Without options, which would cost a microsecond: `tag` has 16 bytes wherever it comes from. */
function decipherFor(key: Key, iv: Uint8Array, aad: Uint8Array, tag: Uint8Array): DecipherGCM {
  checkGcmIvLength(iv)
  return createDecipheriv(key.name, key.object, iv).setAAD(aad).setAuthTag(tag)
}

function seal(key: Key, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = allocate(plaintext.length + gcmTagLength)
  const cipher = cipherFor(key, iv, aad)
  if (plaintext.length > 0) update(cipher, plaintext, 0, plaintext.length, sealed, 0)
  cipher.final()
  sealed.set(cipher.getAuthTag(), plaintext.length)
  return sealed
}

function open(key: Key, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - gcmTagLength
  if (length < 0) return undefined
  const decipher = decipherFor(key, iv, aad, sealed.subarray(length))
  const plaintext = allocate(length)
  if (length > 0) update(decipher, sealed, 0, length, plaintext, 0)
  if (isRight(decipher)) return plaintext
  plaintext.fill(0)
  return undefined
}

function sealGathered(key: Key, run: SealRun): readonly Uint8Array[] {
  const { plaintext, pieceLength, iv, aad, prefix } = run
  const output = run.output ?? allocate(run.count * (prefix.bytes.length + pieceLength + gcmTagLength))
  for (let i = 0, offset = 0; i < run.count; i++) {
    const number = run.firstNumber + i
    writeNumber(iv, number)
    writeNumber(aad, number)
    writeNumber(prefix, number)
    output.set(prefix.bytes, offset)
    offset += prefix.bytes.length
    const cipher = cipherFor(key, iv.bytes, aad.bytes)
    if (pieceLength > 0) update(cipher, plaintext, i * pieceLength, (i + 1) * pieceLength, output, offset)
    cipher.final()
    offset += pieceLength
    output.set(cipher.getAuthTag(), offset)
    offset += gcmTagLength
  }
  return [output]
}

/** Each tag is handed on together with the next prefix. */
function sealApart(key: Key, run: SealRun): readonly Uint8Array[] {
  const { plaintext, pieceLength, iv, aad, prefix } = run
  const parts: Uint8Array[] = []
  let tag: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < run.count; i++) {
    const number = run.firstNumber + i
    writeNumber(iv, number)
    writeNumber(aad, number)
    writeNumber(prefix, number)
    const between = new Uint8Array(tag.length + prefix.bytes.length)
    between.set(tag)
    between.set(prefix.bytes, tag.length)
    const cipher = cipherFor(key, iv.bytes, aad.bytes)
    const end = (i + 1) * pieceLength
    parts.push(between)
    for (let start = i * pieceLength; start < end; start += longestUpdate) {
      parts.push(plain(cipher.update(plaintext.subarray(start, Math.min(end, start + longestUpdate)))))
    }
    cipher.final()
    tag = plain(cipher.getAuthTag())
  }
  parts.push(tag)
  return parts
}

function openGathered(key: Key, run: OpenRun): OpenedRun {
  const { sealed, pieceLength } = run
  const output = run.output ?? allocate(run.count * pieceLength)
  for (let i = 0; i < run.count; i++) {
    const decipher = decipherForPiece(key, run, i)
    const start = i * (run.prefixLength + pieceLength + gcmTagLength) + run.prefixLength
    if (pieceLength > 0) update(decipher, sealed, start, start + pieceLength, output, i * pieceLength)
    if (!isRight(decipher)) {
      output.fill(0, i * pieceLength)
      // A copy: the rest of the memory held what was not authentic.
      return { plaintext: i === 0 ? [] : [copyOf(output.subarray(0, i * pieceLength))], opened: i }
    }
  }
  return { plaintext: [output], opened: run.count }
}

function openApart(key: Key, run: OpenRun): OpenedRun {
  const plaintext: Uint8Array[] = []
  for (let i = 0; i < run.count; i++) {
    const decipher = decipherForPiece(key, run, i)
    const start = i * (run.prefixLength + run.pieceLength + gcmTagLength) + run.prefixLength
    const end = start + run.pieceLength
    const parts: Uint8Array[] = []
    for (let from = start; from < end; from += longestUpdate) {
      parts.push(plain(decipher.update(run.sealed.subarray(from, Math.min(end, from + longestUpdate)))))
    }
    if (!isRight(decipher)) {
      for (const part of parts) part.fill(0)
      return { plaintext, opened: i }
    }
    plaintext.push(...parts)
  }
  return { plaintext, opened: run.count }
}

function decipherForPiece(key: Key, run: OpenRun, i: number): DecipherGCM {
  const start = i * (run.prefixLength + run.pieceLength + gcmTagLength)
  const tagAt = start + run.prefixLength + run.pieceLength
  writeNumber(run.aad, run.firstNumber + i)
  return decipherFor(
    key,
    typeof run.iv === 'number' ? run.sealed.subarray(start + run.iv, start + run.iv + gcmIvLength) : run.iv,
    run.aad.bytes,
    run.sealed.subarray(tagAt, tagAt + gcmTagLength),
  )
}

/** Runs `input` from `start` to `end` through the cipher, into `output` at `offset`. */
function update(
  cipher: CipherGCM | DecipherGCM,
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  offset: number,
): void {
  for (let from = start; from < end; from += longestUpdate) {
    const part =
      from === 0 && end === input.length && end <= longestUpdate
        ? input
        : input.subarray(from, Math.min(end, from + longestUpdate))
    output.set(cipher.update(part), offset + from - start)
  }
}

function isRight(decipher: DecipherGCM): boolean {
  try {
    decipher.final()
    return true
  } catch {
    return false
  }
}
