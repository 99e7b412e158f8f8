/**
 * Mutants of messages, decrypted whole and as streams, and what must never happen to any of them.
 *
 * | finding             | what must never happen                                                       |
 * | ------------------- | ---------------------------------------------------------------------------- |
 * | accepted            | a message that nobody has written is decrypted                               |
 * | other plaintext     | the plaintext is not the one that was sealed, or was released before it ends |
 * | refused             | a message that the specification allows is not decrypted                     |
 * | native error        | an error is not one of esdk                                                  |
 * | secret in error     | an error shows plaintext or a key                                            |
 * | whole, not streamed | a message has one outcome in one piece and another in many                   |
 * | hang                | one message takes more than two seconds                                      |
 * | prototype           | `Object.prototype` has changed                                               |
 *
 * @module
 */

import { commitmentPolicy, readCorpus } from './corpus.mjs'
import { insiderMessage } from './insider.mjs'
import { mutate } from './outsider.mjs'
import { seeded } from './random.mjs'
import { formsOf, secretIn } from './secrets.mjs'

/**
 * @typedef {object} FuzzOptions
 * @property {number} mutants how many
 * @property {number} seed
 * @property {number} [first] number of the first mutant; 0 when not given
 * @property {readonly import('./corpus.mjs').Sample[]} [corpus] what mutants are made of; read when not given
 * @property {(tried: Tried) => void} [onMutant] called after each mutant
 */

/**
 * @typedef {object} Tried
 * @property {number} index
 * @property {string} made how
 * @property {Uint8Array} bytes
 * @property {string} outcome error code, or `accepted`
 */

/**
 * @typedef {object} Finding
 * @property {string} what
 * @property {number} mutant
 * @property {string} details
 */

/**
 * @typedef {object} FuzzReport
 * @property {readonly Finding[]} findings
 * @property {Readonly<Record<string, number>>} outcomes how often each error code, and `accepted`
 * @property {number} outsiders
 * @property {number} insiders
 * @property {number} allowed of the insiders: messages that are to be decrypted
 * @property {number} unchanged of the outsiders: mutants that are the message they were made of
 * @property {number} slowestMs
 */

/** @typedef {import('./corpus.mjs').Library} Library */

const hangMs = 2000
const mostFindings = 20

/**
 * @param {Library} library
 * @param {FuzzOptions} options
 * @returns {Promise<FuzzReport>}
 */
export async function fuzz(library, { mutants, seed, first = 0, corpus: given, onMutant = () => {} }) {
  const corpus = given ?? (await readCorpus(library))
  const client = library.client.createClient({ commitmentPolicy })
  const { isEsdkError } = library.client
  const makers = [outsiderMaker(corpus), outsiderMaker(corpus), (random) => insiderMutant(library, random)]
  const prototypes = () => [Object, Array, Uint8Array].map(({ prototype }) => Reflect.ownKeys(prototype).length).join()
  const before = prototypes()
  const report = { findings: [], outcomes: {}, outsiders: 0, insiders: 0, allowed: 0, unchanged: 0, slowestMs: 0 }

  for (let index = first; index < first + mutants && report.findings.length < mostFindings; index++) {
    const random = seeded(seed, index)
    const mutant = makers[index % makers.length](random)
    report[mutant.by]++
    if (mutant.expected !== undefined) report[mutant.by === 'insiders' ? 'allowed' : 'unchanged']++
    const start = performance.now()
    const whole = await decryptWhole(client, mutant)
    const streamed = await decryptStreamed(client, mutant, random)
    const elapsed = performance.now() - start
    report.slowestMs = Math.max(report.slowestMs, elapsed)
    const code = codeOf(whole)
    report.outcomes[code] = (report.outcomes[code] ?? 0) + 1
    for (const [what, text] of judge(mutant, whole, streamed, isEsdkError)) {
      report.findings.push({ what, mutant: index, details: `${mutant.made}: ${text}` })
    }
    if (elapsed > hangMs) report.findings.push({ what: 'hang', mutant: index, details: `${elapsed.toFixed()} ms` })
    onMutant({ index, made: mutant.made, bytes: mutant.bytes, outcome: code })
  }
  if (prototypes() !== before) report.findings.push({ what: 'prototype', mutant: -1, details: 'it has another key' })
  return report
}

/**
 * @typedef {object} Mutant
 * @property {'outsiders' | 'insiders'} by
 * @property {Uint8Array} bytes
 * @property {string} made how
 * @property {Parameters<import('@esdk/client').Client['decrypt']>[1]} options
 * @property {Uint8Array} [expected] the plaintext, if it is to be decrypted
 * @property {readonly Uint8Array[]} released what a stream may release before it fails: one of these, or its beginning
 * @property {readonly string[]} secrets
 */

/** @param {readonly import('./corpus.mjs').Sample[]} corpus */
function outsiderMaker(corpus) {
  const written = new Set(corpus.map(({ message }) => textOf(message)))
  const fields = corpus.map((sample) => sample.fields)
  // Header and frames of another message under the same key are right until something else follows them.
  const released = corpus.map((sample) => sample.plaintext)
  // Signed messages take ten times as long, so fewer of those.
  const unsigned = corpus.filter((sample) => !sample.fields.some(({ part }) => part === -1))
  const signed = corpus.filter((sample) => !unsigned.includes(sample))
  /** @param {import('./random.mjs').Random} random @returns {Mutant} */
  return function make(random) {
    const sample = random.pick(random.oneIn(12) ? signed : unsigned)
    const { bytes, used } = mutate(sample.fields, fields, random)
    const unchanged = same(bytes, sample.message)
    // A splice may happen to give another message that was written, which is no mutant.
    if (!unchanged && written.has(textOf(bytes))) return make(random)
    return {
      by: 'outsiders',
      bytes,
      made: `${sample.id}, ${used.join(', ')}`,
      options: sample.options,
      ...(unchanged && { expected: sample.plaintext }),
      released,
      secrets: sample.secrets,
    }
  }
}

/** Bytes as a text to compare. @param {Uint8Array} bytes */
function textOf(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** @param {Library} library @param {import('./random.mjs').Random} random @returns {Mutant} */
function insiderMutant({ cmm }, random) {
  const { bytes, dataKey, allowed, plaintext, used } = insiderMessage(random)
  const keyring = {
    onEncrypt: () => Promise.reject(new Error('decrypts only')),
    onDecrypt: async (materials, [key]) =>
      cmm.withUnwrappedDataKey(materials, new cmm.DataKey(dataKey.subarray(0, materials.suite.keyLength)), key),
  }
  return {
    by: 'insiders',
    bytes,
    made: used.join(', '),
    options: { keyring },
    ...(allowed && { expected: plaintext }),
    released: [plaintext],
    secrets: [plaintext, dataKey].flatMap(formsOf),
  }
}

/** @typedef {{ readonly plaintext: Uint8Array, readonly error?: unknown, readonly failed: boolean }} Outcome */

/** @returns {Promise<Outcome>} */
async function decryptWhole(client, { bytes, options }) {
  try {
    const { plaintext } = await client.decrypt(bytes, options)
    return { plaintext, failed: false }
  } catch (error) {
    return { plaintext: new Uint8Array(0), error, failed: true }
  }
}

/** @returns {Promise<Outcome>} */
async function decryptStreamed(client, { bytes, options }, random) {
  const sizes = random.pick([
    [bytes.length || 1],
    [1 + random.below(8)],
    [16],
    [1 + random.below(200), 1 + random.below(50)],
  ])
  const released = []
  const plaintext = () => Uint8Array.from(released.flatMap((part) => [...part]))
  try {
    const reader = (await client.decryptStream(chunksOf(bytes, sizes), options)).plaintext.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) released.push(read.value)
    return { plaintext: plaintext(), failed: false }
  } catch (error) {
    return { plaintext: plaintext(), error, failed: true }
  }
}

function* chunksOf(bytes, sizes) {
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const size = sizes[i % sizes.length]
    yield bytes.slice(offset, offset + size)
    offset += size
  }
}

/** What is wrong with the outcomes of a mutant. @returns {Generator<[what: string, text: string]>} */
function* judge({ expected, released, secrets }, whole, streamed, isEsdkError) {
  for (const outcome of [whole, streamed]) {
    if (!outcome.failed) {
      if (expected === undefined) yield ['accepted', `${outcome.plaintext.length} bytes of plaintext`]
      else if (!same(outcome.plaintext, expected)) yield ['other plaintext', `${outcome.plaintext.length} bytes`]
      continue
    }
    const { error } = outcome
    if (expected !== undefined) yield ['refused', String(error)]
    if (!isEsdkError(error)) yield ['native error', error instanceof Error ? String(error.stack) : String(error)]
    else if (secretIn(error, secrets) !== undefined) yield ['secret in error', error.code]
  }
  const { length } = streamed.plaintext
  if (streamed.failed && !released.some((whole) => same(streamed.plaintext, whole.subarray(0, length)))) {
    yield ['other plaintext', `${length} bytes were released before: ${codeOf(streamed)}`]
  }
  if (codeOf(whole) !== codeOf(streamed)) yield ['whole, not streamed', `${codeOf(whole)}, ${codeOf(streamed)}`]
}

/** @param {Outcome} outcome */
function codeOf({ failed, error }) {
  return failed ? String(/** @type {{ code?: string }} */ (error)?.code ?? error) : 'accepted'
}

function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
