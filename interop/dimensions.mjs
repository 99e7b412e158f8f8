/**
 * In what messages differ from each other, and how each value is said to those who write and read them.
 *
 * @module
 */

import { kmsKeyrings, needsTable, takesSuitesThatSign } from './kms-keyrings.mjs'
import { rawKeyrings } from './raw-keyrings.mjs'

/** All eleven, in the order of their number. */
const suites = ['0014', '0046', '0078', '0114', '0146', '0178', '0214', '0346', '0378', '0478', '0578']

/** Does a message of this suite end in a signature? */
export const isSigned = (suite) => ['0214', '0346', '0378', '0578'].includes(suite)

/** Does its header commit to the key? */
const isCommitting = (suite) => ['0478', '0578'].includes(suite)

/** Which pairs a message authenticates, and the keys of those it does not store. */
const contexts = new Map([
  ['none', { pairs: [] }],
  ['one pair', { pairs: [['purpose', 'interop']] }],
  ['many pairs', { pairs: many(100, (i) => [`key ${(i * 37) % 100}`, `value ${i}`]) }],
  // Bytes say 9 B Z _ a é, a locale says _ 9 a B é Z.
  [
    'keys a locale sorts otherwise',
    { pairs: ['B', 'a', 'A', '_', 'é', '10', '9', 'Z', 'z'].map((key) => [key, `of ${key}`]) },
  ],
  // UTF-8 puts U+FF5E before U+10000, UTF-16 after it; an accent is one code point or two.
  [
    'keys UTF-16 sorts otherwise',
    { pairs: ['\u{10000}', '\uff5e', 'e\u0301', '\u00e9', '\u{1f511}'].map((key) => [key, `of ${key}`]) },
  ],
  [
    'byte order marks',
    {
      pairs: [
        ['\ufeffkey', 'value'],
        ['key', '\ufeffvalue'],
        ['mark', '\ufeff'],
      ],
    },
  ],
  [
    'an empty value',
    {
      pairs: [
        ['empty', ''],
        ['full', 'value'],
      ],
    },
  ],
  [
    'an empty key',
    {
      pairs: [
        ['', 'value'],
        ['key', 'value'],
      ],
    },
  ],
  [
    'keys objects are born with',
    { pairs: ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'].map((key) => [key, `of ${key}`]) },
  ],
  ['8000 bytes', { pairs: many(4, (i) => [`key ${i}`, 'ä'.repeat(990)]) }],
  ['30000 bytes', { pairs: many(15, (i) => [`key ${i}`, 'ä'.repeat(990)]) }],
  ['60000 bytes', { pairs: many(30, (i) => [`key ${i}`, 'ä'.repeat(990)]) }],
  [
    'some pairs not stored',
    {
      pairs: [
        ['tenant', '42'],
        ['é', 'accent'],
        ['stored', 'yes'],
      ],
      required: ['tenant', 'é'],
    },
  ],
  [
    'no pair stored',
    {
      pairs: [
        ['tenant', '42'],
        ['a', 'b'],
      ],
      required: ['tenant', 'a'],
    },
  ],
])

/** The keys of a context, in the order in which they are given. */
export const keysOf = (context) => contexts.get(context).pairs.map(([key]) => key)

function many(count, pair) {
  return Array.from({ length: count }, (_, i) => pair(i))
}

/** How ids of keys look. ECDH keys have none. */
const names = new Map([
  ['plain', { namespace: 'interop', name: Buffer.from('wrapping key') }],
  ['not ASCII', { namespace: 'Schlüssel 鍵', name: Buffer.from('clé \u{1f511}') }],
  ['not text', { namespace: 'interop', name: Buffer.from('ff00fe80c1', 'hex') }],
])

const frames = ['1', '16', '17', '128', '4096', '65536', '1048576']

/** Bytes of plaintext for a frame length; what has no frames is as long as if it had the usual ones. */
const lengths = new Map([
  ['0', () => 0],
  ['1', () => 1],
  ['frame - 1', (frame) => frame - 1],
  ['frame', (frame) => frame],
  ['frame + 1', (frame) => frame + 1],
  ['several frames', (frame) => 3 * frame + 5],
])

/** No message has more plaintext. */
export const longestPlaintext = 3 * 1048576 + 5

/** How the peers are told where keys come from; the first is their present way. */
const apis = {
  python: ['keyring', 'master key'],
  java: ['keyring', 'master key'],
  javascript: ['keyring', 'keyring, byte order'],
}

export const apisOf = (peer) => apis[peer]

/** A keyring of each kind. */
const few = {
  raw: ['aes-256', 'rsa-2048-oaep-sha256', 'ecdh-P-256-ephemeral, read by discovery', 'multi'],
  kms: [
    'KMS',
    'KMS MRK, read by its replica',
    'KMS RSA-2048 RSAES_OAEP_SHA_256',
    'KMS ECDH P-256, read by discovery',
    'KMS and AES',
    'branch key of ours',
    'branch key of theirs',
  ],
}

/**
 * The dimensions for messages to or from a peer, with keys of one's own (`raw`) or in AWS KMS (`kms`).
 *
 * @param direction `write`: the peer encrypts; `read`: the peer decrypts
 * @param hasTable is there one for branch keys?
 */
export function dimensionsOf(peer, direction, area, { quick, hasTable }) {
  const common = {
    suite: suites,
    context: [...contexts.keys()],
    frame: direction === 'write' ? ['none', ...frames] : frames,
    length: [...lengths.keys()],
    api: apis[peer],
    theirs: ['whole', 'streamed'],
    ours: ['whole', 'web stream', 'node stream', 'small chunks', 'transform'],
    backend: ['node:crypto', 'WebCrypto'],
  }
  if (area === 'raw') {
    const keyring = quick ? few.raw : [...rawKeyrings.keys()]
    return { ...common, keyring, name: [...names.keys()], found: ['directly', 'by id'] }
  }
  const keyring = quick ? few.kms : [...kmsKeyrings.keys()]
  // AWS KMS takes a context of at most 8192 bytes.
  const context = common.context.filter((name) => !/^[36]0000 bytes$/.test(name))
  return { ...common, context, keyring: keyring.filter((name) => hasTable || !needsTable(name)) }
}

/**
 * ECDH keys have no id: there is one way to name them, and one to find them. WebCrypto has no PKCS #1 v1.5 encryption.
 * Keyrings over RSA keys of AWS KMS take no suites that sign.
 */
export function isMeaningful({ keyring = '', name = 'plain', found = 'directly', backend, suite = '' }) {
  if (kmsKeyrings.has(keyring)) return takesSuitesThatSign(keyring) || !isSigned(suite)
  if (keyring.startsWith('ecdh')) return name === 'plain' && found === 'directly'
  return !(keyring.endsWith('pkcs1') && backend === 'WebCrypto')
}

/** What a row of values stands for, in numbers, bytes and pairs. */
export function meaningOf(row) {
  const frameLength = row.frame === 'none' ? 0 : Number(row.frame)
  const { pairs, required = [] } = contexts.get(row.context)
  const { encrypt, decrypt } = rawKeyrings.get(row.keyring) ?? kmsKeyrings.get(row.keyring)
  const id = names.get(row.name ?? 'plain')
  return {
    suite: Number.parseInt(row.suite, 16),
    signed: isSigned(row.suite),
    committing: isCommitting(row.suite),
    keyrings: { encrypt: withNames(encrypt, id), decrypt: withNames(decrypt, id) },
    context: pairs,
    required,
    reproduced: pairs.filter(([key]) => required.includes(key)),
    frameLength,
    length: lengths.get(row.length)(frameLength || 4096),
  }
}

/** Of AES and RSA keys. The parts of a multi-keyring have names of their own. */
function withNames(spec, id) {
  if (spec.kind === 'multi') return { ...spec, keyrings: spec.keyrings.map((part) => withNames(part, id)) }
  if (spec.kind !== 'aes' && spec.kind !== 'rsa') return spec
  const { part, ...rest } = spec
  const name = part === undefined ? id.name : Buffer.concat([id.name, Buffer.from(`/${part}`)])
  return { ...rest, namespace: id.namespace, name: name.toString('utf8'), nameHex: name.toString('hex') }
}
