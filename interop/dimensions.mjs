/**
 * In what messages differ from each other, and how each value is said to those who write and read them.
 *
 * @module
 */

import { aesBits, curves, rsaBits } from './keys.mjs'

const paddings = ['pkcs1', 'oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512']

/** All eleven, in the order of their number. */
const suites = ['0014', '0046', '0078', '0114', '0146', '0178', '0214', '0346', '0378', '0478', '0578']

/** Does a message of this suite end in a signature? */
export const isSigned = (suite) => ['0214', '0346', '0378', '0578'].includes(suite)

/** Does its header commit to the key? */
const isCommitting = (suite) => ['0478', '0578'].includes(suite)

const aes = aesBits.map((bits) => [`aes-${bits}`, same({ kind: 'aes', key: `aes-${bits}` })])

const rsa = rsaBits.flatMap((bits) =>
  paddings.map((padding) => [`rsa-${bits}-${padding}`, same({ kind: 'rsa', key: `rsa-${bits}`, padding })]),
)

const ecdh = curves.flatMap((curve) => {
  const sender = `sender-${curve}`
  const recipient = `recipient-${curve}`
  const fromSender = { kind: 'ecdh', curve, schema: 'static', sender, recipient }
  const fromRecipient = { kind: 'ecdh', curve, schema: 'static', sender: recipient, recipient: sender }
  const ephemeral = { kind: 'ecdh', curve, schema: 'ephemeral', recipient }
  const discovery = { kind: 'ecdh', curve, schema: 'discovery', recipient }
  return [
    [`ecdh-${curve}-static`, same(fromSender)],
    [`ecdh-${curve}-static, read by the recipient`, { encrypt: fromSender, decrypt: fromRecipient }],
    [`ecdh-${curve}-static, read by discovery`, { encrypt: fromSender, decrypt: discovery }],
    [`ecdh-${curve}-ephemeral, read by discovery`, { encrypt: ephemeral, decrypt: discovery }],
  ]
})

const both = {
  kind: 'multi',
  keyrings: [
    { kind: 'aes', key: 'aes-256', part: 0 },
    { kind: 'rsa', key: 'rsa-2048', padding: 'oaep-sha256', part: 1 },
  ],
}
const multi = [
  ['multi', same(both)],
  ['multi, read by its AES key', { encrypt: both, decrypt: both.keyrings[0] }],
  ['multi, read by its RSA key', { encrypt: both, decrypt: both.keyrings[1] }],
]

const keyrings = new Map([...aes, ...rsa, ...ecdh, ...multi])

function same(spec) {
  return { encrypt: spec, decrypt: spec }
}

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

/**
 * The dimensions for messages to or from a peer.
 *
 * @param direction `write`: the peer encrypts; `read`: the peer decrypts
 */
export function dimensionsOf(peer, direction, { quick }) {
  const few = ['aes-256', 'rsa-2048-oaep-sha256', 'ecdh-P-256-ephemeral, read by discovery', 'multi']
  return {
    suite: suites,
    keyring: quick ? few : [...keyrings.keys()],
    context: [...contexts.keys()],
    frame: direction === 'write' ? ['none', ...frames] : frames,
    length: [...lengths.keys()],
    name: [...names.keys()],
    api: apis[peer],
    theirs: ['whole', 'streamed'],
    ours: ['whole', 'web stream', 'node stream', 'small chunks', 'transform'],
    found: ['directly', 'by id'],
    backend: ['node:crypto', 'WebCrypto'],
  }
}

/**
 * ECDH keys have no id: there is one way to name them, and one to find them. WebCrypto has no PKCS #1 v1.5 encryption.
 */
export function isMeaningful({ keyring = '', name = 'plain', found = 'directly', backend }) {
  if (keyring.startsWith('ecdh')) return name === 'plain' && found === 'directly'
  return !(keyring.endsWith('pkcs1') && backend === 'WebCrypto')
}

/** What a row of values stands for, in numbers, bytes and pairs. */
export function meaningOf(row) {
  const frameLength = row.frame === 'none' ? 0 : Number(row.frame)
  const { pairs, required = [] } = contexts.get(row.context)
  const named = (spec) => withNames(spec, names.get(row.name))
  return {
    suite: Number.parseInt(row.suite, 16),
    signed: isSigned(row.suite),
    committing: isCommitting(row.suite),
    keyrings: {
      encrypt: named(keyrings.get(row.keyring).encrypt),
      decrypt: named(keyrings.get(row.keyring).decrypt),
    },
    context: pairs,
    required,
    frameLength,
    length: lengths.get(row.length)(frameLength || 4096),
  }
}

/** The parts of a multi-keyring have names of their own. */
function withNames(spec, id) {
  if (spec.kind === 'ecdh') return spec
  if (spec.kind === 'multi') return { ...spec, keyrings: spec.keyrings.map((part) => withNames(part, id)) }
  const { part, ...rest } = spec
  const name = part === undefined ? id.name : Buffer.concat([id.name, Buffer.from(`/${part}`)])
  return { ...rest, namespace: id.namespace, name: name.toString('utf8'), nameHex: name.toString('hex') }
}
