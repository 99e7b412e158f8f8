/**
 * What somebody without a key can do to a message: anything, but make a tag.
 *
 * @module
 */

import { joined } from './message-fields.mjs'

/**
 * @typedef {import('./message-fields.mjs').Field} Field
 * @typedef {import('./random.mjs').Random} Random
 */

/**
 * @typedef {object} Changes what a mutation works on
 * @property {Field[]} fields of the message; may be changed
 * @property {() => readonly Field[]} another gives the fields of another message
 * @property {Random} random
 */

/** The mutations, by name. @type {Readonly<Record<string, (changes: Changes) => void>>} */
export const mutations = {
  'flip a bit': ({ fields, random }) => {
    const { bytes } = random.pick(fields.filter((field) => field.bytes.length > 0))
    const offset = random.below(bytes.length)
    bytes[offset] = /** @type {number} */ (bytes[offset]) ^ (1 << random.below(8))
  },
  'set an extreme': ({ fields, random }) => {
    const numbers = fields.filter(({ name }) => /length|count|number|marker|type|version|suite|reserved/.test(name))
    const { bytes } = random.pick(numbers)
    const kind = random.below(6)
    if (kind === 0) bytes.fill(0)
    else if (kind === 1) bytes.fill(0xff)
    else if (kind === 2) bytes.set([0x80, ...new Uint8Array(bytes.length - 1)])
    else if (kind === 3) bytes.set([0x7f, ...new Uint8Array(bytes.length - 1).fill(0xff)])
    else addTo(bytes, kind === 4 ? 1 : -1)
  },
  'set another suite': ({ fields, random }) => {
    const suites = [0x14, 0x46, 0x78, 0x114, 0x146, 0x178, 0x214, 0x346, 0x378, 0x478, 0x578, 0, 0x73, 0x6701]
    const suite = random.pick(suites)
    find(fields, 'suite')?.bytes.set([suite >>> 8, suite & 0xff])
  },
  'splice a field': ({ fields, another, random }) => {
    const field = random.pick(fields)
    const same = another().filter(({ name }) => name === field.name)
    if (same.length > 0) field.bytes = random.pick(same).bytes.slice()
  },
  'splice a frame': ({ fields, another, random }) => {
    const others = another()
    const frame = others.filter(({ part }) => part === 1 + random.below(frameCount(others)))
    const from = 1 + random.below(frameCount(fields))
    const at = fields.findIndex(({ part }) => part === from)
    const count = fields.filter(({ part }) => part === from).length
    fields.splice(at, random.pick([0, count]), ...frame.map(copy))
  },
  'splice a header': ({ fields, another }) => {
    const count = fields.filter(({ part }) => part === 0).length
    fields.splice(
      0,
      count,
      ...another()
        .filter(({ part }) => part === 0)
        .map(copy),
    )
  },
  'splice a footer': ({ fields, another }) => {
    const at = fields.findIndex(({ part }) => part === -1)
    const footer = another().filter(({ part }) => part === -1)
    fields.splice(at === -1 ? fields.length : at, at === -1 ? 0 : 2, ...footer.map(copy))
  },
  'drop a field': ({ fields, random }) => void fields.splice(random.below(fields.length), 1),
  'repeat a field': ({ fields, random }) => {
    const at = random.below(fields.length)
    fields.splice(at, 0, copy(/** @type {Field} */ (fields[at])))
  },
  'exchange two fields': ({ fields, random }) => {
    const [a, b] = [random.below(fields.length), random.below(fields.length)]
    ;[fields[a], fields[b]] = [/** @type {Field} */ (fields[b]), /** @type {Field} */ (fields[a])]
  },
  'drop a frame': ({ fields, random }) => {
    const frame = 1 + random.below(frameCount(fields))
    fields.splice(0, fields.length, ...fields.filter(({ part }) => part !== frame))
  },
  'repeat a frame': ({ fields, random }) => {
    const frame = 1 + random.below(frameCount(fields))
    const at = fields.findLastIndex(({ part }) => part === frame)
    fields.splice(at + 1, 0, ...fields.filter(({ part }) => part === frame).map(copy))
  },
  'exchange two frames': ({ fields, random }) => {
    const count = frameCount(fields)
    const [a, b] = [1 + random.below(count), 1 + random.below(count)]
    const order = (part) => (part === a ? b : part === b ? a : part === -1 ? count + 1 : part)
    fields.sort((one, other) => order(one.part) - order(other.part))
  },
  'change a length and its field': ({ fields, random }) => {
    const at = fields.findIndex(({ name }, i) => i > 0 && fields[i - 1]?.name === `${name} length` && random.oneIn(3))
    if (at === -1) return
    const [lengthField, field] = /** @type {[Field, Field]} */ (fields.slice(at - 1, at + 1))
    const length = random.pick([0, 1, field.bytes.length + 1, random.below(600)])
    setNumber(lengthField.bytes, length)
    field.bytes = random.bytes(length)
  },
  'cut the end': ({ fields, random }) => {
    const whole = joined(fields.map(({ bytes }) => bytes))
    fields.splice(0, fields.length, { name: 'rest', part: 0, bytes: whole.slice(0, random.below(whole.length)) })
  },
  'append bytes': ({ fields, random }) => {
    fields.push({ name: 'rest', part: -1, bytes: random.bytes(1 + random.below(40)) })
  },
  'append a frame or a message': ({ fields, another, random }) => {
    const others = another()
    fields.push(...(random.oneIn(2) ? others : others.filter(({ part }) => part > 0)).map(copy))
  },
  'insert bytes': ({ fields, random }) => {
    fields.splice(random.below(fields.length), 0, { name: 'extra', part: 0, bytes: random.bytes(1 + random.below(20)) })
  },
  'fill a field': ({ fields, random }) => {
    const { bytes } = random.pick(fields)
    if (random.oneIn(2)) bytes.fill(random.below(256))
    else bytes.set(random.bytes(bytes.length))
  },
}

const names = Object.keys(mutations)

/**
 * A message with one change or a few, and what they were.
 *
 * @param {readonly Field[]} fields
 * @param {readonly (readonly Field[])[]} corpus
 * @param {Random} random
 */
export function mutate(fields, corpus, random) {
  const changed = fields.map(copy)
  const used = []
  for (let count = random.oneIn(3) ? 1 + random.below(3) : 1; count > 0 && changed.length > 1; count--) {
    const name = random.pick(names)
    used.push(name)
    mutations[name]?.({ fields: changed, another: () => random.pick(corpus), random })
  }
  return { bytes: joined(changed.map(({ bytes }) => bytes)), used }
}

/** @param {Field} field @returns {Field} */
function copy({ name, part, bytes }) {
  return { name, part, bytes: bytes.slice() }
}

/** @param {readonly Field[]} fields @param {string} wanted */
function find(fields, wanted) {
  return fields.find(({ name }) => name === wanted)
}

/** @param {readonly Field[]} fields */
function frameCount(fields) {
  return fields.reduce((most, { part }) => Math.max(most, part), 1)
}

/** @param {Uint8Array} bytes @param {1 | -1} step */
function addTo(bytes, step) {
  for (let i = bytes.length - 1; i >= 0; i--) {
    bytes[i] = /** @type {number} */ (bytes[i]) + step
    if (bytes[i] !== (step === 1 ? 0 : 0xff)) return
  }
}

/** @param {Uint8Array} bytes @param {number} value */
function setNumber(bytes, value) {
  for (let i = 0; i < bytes.length; i++) bytes[bytes.length - 1 - i] = i < 4 ? value >>> (8 * i) : 0
}
