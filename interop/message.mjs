/**
 * One message of an exchange: what it stands for, where it lies, and the jobs that make and open it.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEsdkError } from '@esdk/cmm'
import * as ours from './ours.mjs'

/** They show the header's pairs; the others show all that the message authenticates. */
const tellsStoredPairsOnly = new Set(['python'])

/** Values of a row, what they mean, and where the message lies. */
export function messageOf(row, meaning, id, place) {
  // Any part of the plaintext will do, as long as no two messages are likely to have the same.
  const offset = createHash('sha256').update(id).digest().readUInt16BE() % 4096
  return { id, row, meaning, offset, path: join(place, `${id}.message`) }
}

function plaintextOf({ meaning, offset }, { bytes }) {
  return bytes.subarray(offset, offset + meaning.length)
}

/** How our side is to do it. */
function requestOf({ row, meaning }) {
  return { ...meaning, way: row.ours, found: row.found ?? 'directly', backend: row.backend }
}

/** Encrypts with ours. What is wrong, `undefined` when nothing is. */
export async function sealOurs(message, { plaintext, keys }) {
  try {
    await writeFile(message.path, await ours.encrypt(requestOf(message), plaintextOf(message, plaintext), keys))
  } catch (error) {
    return `ours does not encrypt: ${error.stack}`
  }
}

export function sealingJob({ id, row, meaning, offset, path }, plaintext) {
  return {
    id,
    operation: 'encrypt',
    api: row.api,
    keyring: meaning.keyrings.encrypt,
    suite: meaning.suite,
    context: meaning.context,
    required: meaning.required,
    frameLength: meaning.frameLength,
    streamed: row.theirs === 'streamed',
    plaintext: { path: plaintext.path, offset, length: meaning.length },
    message: path,
  }
}

export function openingJob({ id, row, meaning, path }) {
  return {
    id,
    operation: 'decrypt',
    api: row.api,
    keyring: meaning.keyrings.decrypt,
    required: meaning.required,
    reproduced: meaning.reproduced,
    streamed: row.theirs === 'streamed',
    message: path,
  }
}

/** What is wrong with what the peer says of a message of ours, `undefined` when nothing is. */
export function faultOfOpening(peer, message, { error, sha256, suite, context }, plaintext) {
  if (error !== undefined) return error
  const expected = createHash('sha256').update(plaintextOf(message, plaintext)).digest('hex')
  if (sha256 !== expected) return 'another plaintext came out'
  if (suite !== message.meaning.suite) return `it reads suite ${suite}`
  const { signed, context: pairs, required } = message.meaning
  const told = tellsStoredPairsOnly.has(peer) ? pairs.filter(([key]) => !required.includes(key)) : pairs
  return faultOfContext(signed, told, context)
}

/** The same of a message of the peer, opened by ours. */
export async function faultOfTheirs(message, { error }, { plaintext, keys }) {
  if (error !== undefined) return `theirs does not encrypt: ${error}`
  const { meaning } = message
  try {
    const opened = await ours.decrypt(requestOf(message), await readFile(message.path), keys)
    const { header, encryptionContext } = opened
    if (Buffer.compare(opened.plaintext, plaintextOf(message, plaintext)) !== 0) return 'another plaintext came out'
    if (header.suite !== meaning.suite) return `we read suite ${header.suite}`
    const contentType = meaning.frameLength === 0 ? 'nonframed' : 'framed'
    if (header.contentType !== contentType) return `we read content type ${header.contentType}`
    if (header.frameLength !== meaning.frameLength) return `we read frame length ${header.frameLength}`
    return faultOfContext(meaning.signed, meaning.context, Object.entries(encryptionContext))
  } catch (error) {
    return error.stack
  }
}

/** Ours is to refuse these bytes, with an error of its own. */
export async function faultOfOurRefusal(message, bytes, keys, what) {
  try {
    await ours.decrypt(requestOf(message), bytes, keys)
    return `we open ${what}`
  } catch (error) {
    return isEsdkError(error) ? undefined : `we refuse with an error of another kind: ${error.stack}`
  }
}

/** The pairs, and the public key exactly where there is a signature. */
function faultOfContext(signed, pairs, found) {
  const wanted = signed ? [...pairs, ['aws-crypto-public-key', '...']] : pairs
  const seen = found.map(([key, value]) => [key, key === 'aws-crypto-public-key' ? '...' : value])
  return samePairs(seen, wanted) ? undefined : `another context came out: ${JSON.stringify(seen).slice(0, 300)}`
}

/** In whatever order. */
export function samePairs(some, others) {
  const text = (pairs) => JSON.stringify(pairs.map((pair) => JSON.stringify(pair)).sort())
  return text(some) === text(others)
}
