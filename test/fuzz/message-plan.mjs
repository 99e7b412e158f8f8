/**
 * All that can be otherwise in a message, first as it should be, then changed.
 *
 * @module
 */

import { field, text, u16, u32 } from './encoded.mjs'
import { joined } from './message-fields.mjs'

/** @typedef {import('./random.mjs').Random} Random */

/**
 * @typedef {object} Suite
 * @property {number} id
 * @property {1 | 2} version
 * @property {number} keyLength
 * @property {string} [hash] of the key derivation
 * @property {'P-256' | 'P-384'} [curve]
 */

/** @type {readonly Suite[]} */
const suites = [
  { id: 0x0014, version: 1, keyLength: 16 },
  { id: 0x0046, version: 1, keyLength: 24 },
  { id: 0x0078, version: 1, keyLength: 32 },
  { id: 0x0114, version: 1, keyLength: 16, hash: 'sha256' },
  { id: 0x0146, version: 1, keyLength: 24, hash: 'sha256' },
  { id: 0x0178, version: 1, keyLength: 32, hash: 'sha256' },
  { id: 0x0478, version: 2, keyLength: 32, hash: 'sha512' },
]

/** Fewer of these are made: each signature takes as long as ten unsigned messages. @type {readonly Suite[]} */
const signedSuites = [
  { id: 0x0214, version: 1, keyLength: 16, hash: 'sha256', curve: 'P-256' },
  { id: 0x0346, version: 1, keyLength: 24, hash: 'sha384', curve: 'P-384' },
  { id: 0x0378, version: 1, keyLength: 32, hash: 'sha384', curve: 'P-384' },
  { id: 0x0578, version: 2, keyLength: 32, hash: 'sha512', curve: 'P-384' },
]

/**
 * @typedef {object} Piece
 * @property {'regular' | 'final' | 'nonframed'} kind
 * @property {number} sequenceNumber
 * @property {Uint8Array} iv
 * @property {Uint8Array} content
 */

/**
 * @typedef {object} Plan all of a message that can be otherwise
 * @property {Suite} suite
 * @property {Uint8Array} dataKey
 * @property {number} version
 * @property {number} type
 * @property {Uint8Array} messageId
 * @property {Uint8Array} context
 * @property {readonly (readonly Uint8Array[])[]} keys fields of each encrypted data key
 * @property {number} keyCount
 * @property {number} contentType
 * @property {number} reserved
 * @property {number} ivLength
 * @property {number} frameLength
 * @property {boolean} commits does the commitment belong to the key?
 * @property {Uint8Array} headerIv
 * @property {Piece[]} pieces
 * @property {'own' | 'none' | 'other'} publicKey
 * @property {'own' | 'none' | 'empty' | 'longer' | 'other'} footer
 * @property {Uint8Array} behind
 */

/**
 * A plan that is right in everything.
 *
 * @param {Random} random
 * @returns {Plan}
 */
export function soundPlan(random) {
  const suite = random.oneIn(25) ? random.pick(signedSuites) : random.pick(suites)
  const framed = !random.oneIn(6)
  const frameLength = framed ? random.pick([1, 2, 15, 16, 100]) : 0
  const plaintext = random.bytes(random.below(framed ? 5 * frameLength + 2 : 60))
  return {
    suite,
    dataKey: random.bytes(suite.keyLength),
    version: suite.version,
    type: 0x80,
    messageId: random.bytes(suite.version === 1 ? 16 : 32),
    context: new Uint8Array(0),
    keys: [[text('fuzz'), random.bytes(random.below(9)), random.bytes(random.below(9))]],
    keyCount: 1,
    contentType: framed ? 2 : 1,
    reserved: 0,
    ivLength: 12,
    frameLength,
    commits: true,
    headerIv: new Uint8Array(12),
    pieces: framed ? framesOf(plaintext, frameLength, random) : [nonframed(plaintext)],
    publicKey: suite.curve ? 'own' : 'none',
    footer: suite.curve ? 'own' : 'none',
    behind: new Uint8Array(0),
  }
}

/** @param {number} number */
const frameIv = (number) => joined([new Uint8Array(8), u32(number)])

/** @param {Uint8Array} content @returns {Piece} */
function nonframed(content) {
  return { kind: 'nonframed', sequenceNumber: 1, iv: frameIv(1), content }
}

/** @param {Uint8Array} plaintext @param {number} frameLength @param {Random} random @returns {Piece[]} */
function framesOf(plaintext, frameLength, random) {
  const pieces = []
  let offset = 0
  // A plaintext that fills its frames may end with a full one, or with an empty one.
  const last = random.oneIn(2) ? 0 : 1
  while (plaintext.length - offset >= frameLength + last) {
    pieces.push({ kind: 'regular', content: plaintext.slice(offset, offset + frameLength) })
    offset += frameLength
  }
  pieces.push({ kind: 'final', content: plaintext.slice(offset) })
  return pieces.map(({ kind, content }, i) => ({
    kind: /** @type {Piece['kind']} */ (kind),
    sequenceNumber: i + 1,
    iv: frameIv(i + 1),
    content,
  }))
}

/** Changes of a plan, some of which the specification allows. @type {Readonly<Record<string, (plan: Plan, random: Random) => void>>} */
export const changes = {
  nothing: () => {},
  version: (plan, random) => {
    plan.version = random.pick([0, 1, 2, 3, 0x80])
  },
  type: (plan, random) => {
    plan.type = random.pick([0, 0x7f, 0x81, 0xff])
  },
  context: (plan, random) => {
    plan.context = someContext(random)
  },
  keys: (plan, random) => {
    const key = () => [
      text(random.pick(['', 'a', 'é', 'fuzz'])),
      random.bytes(random.below(5)),
      random.bytes(random.below(5)),
    ]
    plan.keys = Array.from({ length: random.pick([0, 1, 2, 3, 300]) }, key)
    plan.keyCount = plan.keys.length
  },
  'a provider that is not UTF-8': (plan, random) => {
    plan.keys = [[Uint8Array.of(random.pick([0x80, 0xc0, 0xff])), new Uint8Array(0), new Uint8Array(0)]]
  },
  'key count': (plan, random) => {
    plan.keyCount += random.pick([-1, 1, 1000])
  },
  'content type': (plan, random) => {
    plan.contentType = random.pick([0, 1, 2, 3, 255])
  },
  reserved: (plan, random) => {
    plan.reserved = random.pick([1, 0x01000000])
  },
  'IV length': (plan, random) => {
    plan.ivLength = random.pick([0, 11, 13, 16])
  },
  'frame length': (plan, random) => {
    plan.frameLength = random.pick([0, 1, 3, 17, 0xffffffff])
  },
  commitment: (plan) => {
    plan.commits = false
  },
  'header IV': (plan, random) => {
    plan.headerIv = random.bytes(12)
  },
  'frame IVs': (plan, random) => {
    for (const piece of plan.pieces) piece.iv = random.bytes(12)
  },
  'no frames': (plan) => {
    plan.pieces = []
  },
  'drop a frame': (plan, random) => void plan.pieces.splice(random.below(plan.pieces.length), 1),
  'drop a frame and number again': (plan, random) => {
    plan.pieces.splice(random.below(plan.pieces.length), 1)
    number(plan.pieces)
  },
  'repeat a frame': (plan, random) => {
    const at = random.below(plan.pieces.length)
    plan.pieces.splice(at, 0, ...plan.pieces.slice(at, at + 1).map((piece) => ({ ...piece })))
    if (random.oneIn(2)) number(plan.pieces)
  },
  'exchange frames': (plan, random) => {
    plan.pieces.reverse()
    if (random.oneIn(2)) number(plan.pieces)
  },
  renumber: (plan, random) => {
    const first = random.pick([0, 2, 0xfffffffe, 0xffffffff])
    for (const [i, piece] of plan.pieces.entries()) piece.sequenceNumber = (first + i) >>> 0
  },
  'another kind': (plan, random) => {
    for (const piece of plan.pieces) {
      if (random.oneIn(2)) piece.kind = random.pick(/** @type {const} */ (['regular', 'final', 'nonframed']))
    }
  },
  'another content': (plan, random) => {
    for (const piece of plan.pieces) if (random.oneIn(2)) piece.content = random.bytes(random.below(40))
  },
  'public key': (plan, random) => {
    plan.publicKey = random.pick(/** @type {const} */ (['own', 'none', 'other']))
  },
  footer: (plan, random) => {
    plan.footer = random.pick(/** @type {const} */ (['own', 'none', 'empty', 'longer', 'other']))
  },
  'bytes behind': (plan, random) => {
    plan.behind = random.bytes(random.pick([1, 4, 44]))
  },
}

/** @param {Piece[]} pieces */
function number(pieces) {
  for (const [i, piece] of pieces.entries()) piece.sequenceNumber = i + 1
}

/** Pairs as bytes: sound, in another order, or not allowed. @param {Random} random */
function someContext(random) {
  const pair = () => [
    text(random.pick(['', 'a', 'b', 'ключ', '__proto__', 'toString', '\ufeffx'])),
    text(random.pick(['', '1', '\0', '\u{1F4A7}'])),
  ]
  const pairs = Array.from({ length: 1 + random.below(4) }, pair)
  const count = pairs.length + (random.oneIn(8) ? random.pick([-1, 1]) : 0)
  const bytes = joined([
    u16(count),
    ...pairs.flat().map(field),
    random.bytes(random.oneIn(10) ? 1 + random.below(4) : 0),
  ])
  if (random.oneIn(8)) bytes[random.below(bytes.length)] = random.below(256)
  return random.oneIn(20) ? u16(0) : bytes
}
