/**
 * In what objects differ from each other, and how each value is said to those who write and read them.
 *
 * @module
 */

import { keyrings } from './keyrings.mjs'

/** S3 takes no shorter part, but for the last one. */
export const partLength = 5 * 1024 * 1024

/** Bytes of plaintext: around a block, a part and one byte more, more than two parts. */
const lengths = new Map([
  ['0', 0],
  ['1', 1],
  ['15', 15],
  ['16', 16],
  ['17', 17],
  ['1000', 1000],
  ['5 MiB + 17', partLength + 17],
  ['11 MiB', 11 * 1024 * 1024],
])

/** No object has more plaintext. */
export const longestObject = 11 * 1024 * 1024

/** Encryption context with AWS KMS, material description with other keys. */
const contexts = new Map([
  ['none', []],
  ['one pair', [['purpose', 'interop']]],
  ['many pairs', Array.from({ length: 9 }, (_, i) => [`key ${(i * 7) % 9}`, `value ${i}`])],
  [
    'characters of JSON',
    [
      ['"quotes"', '{"a":"b"}'],
      ['back\\slash', "it's a/b, \\u0041"],
    ],
  ],
  ['an empty value', [['empty', '']]],
  [
    'not ASCII',
    [
      ['Schlüssel', 'clé'],
      ['鍵', '\u{1f511}'],
    ],
  ],
])

/** Asked for, of a plaintext that is long enough: the header, and which bytes are meant. */
const ranges = new Map([
  ['whole object', undefined],
  ['first byte', { least: 1, of: () => [0, 0] }],
  ['two blocks', { least: 17, of: () => [15, 16] }],
  ['a part of it', { least: 1000, of: () => [123, 456] }],
  ['over two parts', { least: partLength + 17, of: () => [partLength - 20, partLength + 10] }],
  ['the last byte', { least: 1, of: (length) => [length - 1, length - 1] }],
  ['to its end', { least: 15, of: (length) => [10, length - 1], header: () => 'bytes=10-' }],
  ['past its end', { least: 15, of: (length) => [10, length - 1], header: (end) => `bytes=10-${end + 1000}` }],
])

const formats = {
  V3: { committing: true },
  V2: {},
  'V2, wrapped as before': { legacyWrapping: true },
  'V2 CBC': { legacyWrapping: true, cbc: true },
  V1: { legacyWrapping: true, cbc: true },
}

/** What each peer writes and reads. The first way to read or write is the usual one. */
const peers = {
  's3-java': {
    formats: { write: ['V3', 'V2'], read: ['V3', 'V2'] },
    write: ['put', 'async put', 'put in parts', 'parts'],
    read: ['get', 'delayed get', 'async get', 'async delayed get'],
  },
  's3-java-1': {
    formats: { write: ['V2', 'V2, wrapped as before', 'V1', 'V2 CBC'], read: ['V2'] },
    write: ['put', 'parts'],
    read: ['get'],
  },
  's3-python': {
    formats: { write: ['V3', 'V2'], read: ['V3', 'V2'] },
    write: ['put', 'upload', 'parts'],
    read: ['get', 'delayed get'],
  },
  's3-aioboto3': {
    formats: { write: ['V1', 'V2 CBC', 'V2, wrapped as before'], read: ['V3', 'V2'] },
    write: ['put'],
    read: ['get'],
  },
}

export const formatsOf = (peer, direction) => peers[peer].formats[direction]

const ours = {
  write: ['put', 'put a stream', 'parts', 'parts in another order', 'Upload'],
  read: ['buffered', 'two-pass', 'delayed'],
}

/** A keyring of each kind. */
const few = ['KMS', 'AES 256', 'RSA 2048']

/** @param direction `write`: the peer writes; `read`: the peer reads */
export function dimensionsOf(peer, direction, { quick }) {
  const [writes, reads] = direction === 'write' ? [peers[peer], ours] : [ours, peers[peer]]
  return {
    format: formatsOf(peer, direction),
    keyring: quick ? few : [...keyrings.keys()],
    context: [...contexts.keys()],
    length: [...lengths.keys()],
    'data key in': ['metadata', 'instruction file'],
    written: writes.write,
    read: reads.read,
    range: [...ranges.keys()],
    found: ['directly', 'by description'],
    name: ['plain', 'not ASCII'],
    backend: ['node:crypto', 'WebCrypto'],
  }
}

const isRsa = (keyring) => keyring?.startsWith('RSA')
const isKms = (keyring) => keyring?.startsWith('KMS')

/** Which values can go together, whoever writes and reads. The row may leave dimensions open. */
export function isMeaningful({ format, keyring, context, length, range, found, backend }) {
  const { legacyWrapping } = formats[format ?? 'V3']
  if (isKms(keyring) && (found === 'by description' || format === 'V1')) return false
  if (isKms(keyring) === false && format === 'V2 CBC') return false
  // A key without a description is the one that is used directly.
  if (context === 'none' && found === 'by description') return false
  // WebCrypto has neither PKCS #1 v1.5 nor OAEP with two hashes.
  if (isRsa(keyring) && legacyWrapping && backend === 'WebCrypto') return false
  if (range === undefined || range === 'whole object' || length === undefined) return true
  return lengths.get(length) >= ranges.get(range).least
}

/** What a row of values stands for. */
export function meaningOf(row) {
  const { format, context, range } = row
  const { committing = false, legacyWrapping = false, cbc = false } = formats[format]
  const length = lengths.get(row.length)
  return {
    format: format.slice(0, 2),
    committing,
    legacyWrapping,
    cbc,
    keyring: keyrings.get(row.keyring),
    isKms: isKms(row.keyring),
    context: contexts.get(context),
    length,
    inFile: row['data key in'] === 'instruction file',
    range: range === 'whole object' ? undefined : rangeOf(ranges.get(range), length),
    byDescription: row.found === 'by description',
    backend: row.backend,
  }
}

/** The header, and the bytes that it stands for: from `start` to before `end`. */
function rangeOf({ of, header }, length) {
  const [first, last] = of(length)
  return { header: header?.(last) ?? `bytes=${first}-${last}`, start: first, end: last + 1 }
}
