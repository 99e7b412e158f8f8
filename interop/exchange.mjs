/**
 * All messages that go to one peer, and all that come from it.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isEsdkError } from '@esdk/cmm'
import { meaningOf } from './dimensions.mjs'
import * as ours from './ours.mjs'
import { planFor } from './plan.mjs'
import { MissingToolchain, run, toolchains } from './toolchains.mjs'

/** What can become of a job. An outcome without `error` has passed. */
export const directions = {
  read: 'ours, opened by theirs',
  write: 'theirs, opened by ours',
  refusedByTheirs: 'ours, changed, refused by theirs',
  refusedByOurs: 'theirs, changed, refused by ours',
}

/** They show the header's pairs; the others show all that the message authenticates. */
const tellsStoredPairsOnly = new Set(['python'])

/** One of so many messages is changed and offered again: what opens everything shows nothing. */
const changedOneIn = 10

/** A peer that hangs is ended after so many milliseconds. */
const timeLimit = 10 * 60_000

/**
 * Exchanges messages with one peer. Never rejects: what goes wrong is an outcome.
 *
 * @returns outcomes, what was skipped and why, and `missing` when there is no toolchain for the peer
 */
export async function exchange({ peer, folder, plaintext, keys, seed, quick }) {
  const report = { peer, outcomes: [], skipped: [] }
  const tell = (direction, row, error) => report.outcomes.push({ peer, direction, row, error })
  try {
    const command = await toolchains[peer]()
    const place = join(folder, peer)
    await mkdir(place)
    const read = messagesOf('read')
    const write = messagesOf('write')
    const sent = await sealAll(read, { plaintext, keys, tell })
    const toOpen = [...sent.map(openingJob), ...(await changeSome(sent)).map(openingJob)]
    const toSeal = write.map((message) => sealingJob(message, plaintext))
    const answers = await ask(command, place, keys, [...toOpen, ...toSeal])
    for (const message of sent) tell(directions.read, message.row, faultOfOpening(peer, message, answers, plaintext))
    for (const message of sent.filter(({ changed }) => changed)) {
      tell(directions.refusedByTheirs, message.row, faultOfRefusal(message, answers))
    }
    await openAll(write, { answers, plaintext, keys, tell })

    function messagesOf(direction) {
      const { rows, skipped } = planFor(peer, direction, { seed, quick })
      report.skipped.push(...skipped.map(({ reason }) => ({ direction: directions[direction], reason })))
      return rows.map((row, i) => messageOf(row, `${direction}-${i}`, place))
    }
  } catch (error) {
    if (error instanceof MissingToolchain) report.missing = error.message
    else tell('the peer itself', {}, error.stack)
  }
  return report
}

/** Values of a row, what they mean, and where the message lies. */
function messageOf(row, id, place) {
  const meaning = meaningOf(row)
  // Any part of the plaintext will do, as long as no two messages are likely to have the same.
  const offset = createHash('sha256').update(id).digest().readUInt16BE() % 4096
  return { id, row, meaning, offset, path: join(place, `${id}.message`) }
}

function plaintextOf({ meaning, offset }, { bytes }) {
  return bytes.subarray(offset, offset + meaning.length)
}

/** How our side is to do it. */
function requestOf({ row, meaning }) {
  return { ...meaning, way: row.ours, found: row.found, backend: row.backend }
}

/** Encrypts with ours; gives the messages that came out. */
async function sealAll(messages, { plaintext, keys, tell }) {
  const sealed = []
  for (const message of messages) {
    try {
      const bytes = await ours.encrypt(requestOf(message), plaintextOf(message, plaintext), keys.values)
      await writeFile(message.path, bytes)
      sealed.push(message)
    } catch (error) {
      tell(directions.read, message.row, `ours does not encrypt: ${error.stack}`)
    }
  }
  return sealed
}

/** Makes changed copies of some messages, as messages of their own. */
async function changeSome(messages) {
  const copies = []
  for (const [i, message] of messages.entries()) {
    if (i % changedOneIn !== 0) continue
    message.changed = { ...message, id: `${message.id}-changed`, path: `${message.path}.changed` }
    await writeFile(message.changed.path, withLastByteChanged(await readFile(message.path)))
    copies.push(message.changed)
  }
  return copies
}

/** The last byte belongs to the signature or to the tag of the last frame. */
function withLastByteChanged(bytes) {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 1] ^= 1
  return copy
}

function openingJob({ id, row, meaning, path }) {
  return {
    id,
    operation: 'decrypt',
    api: row.api,
    keyring: meaning.keyrings.decrypt,
    required: meaning.required,
    reproduced: meaning.context.filter(([key]) => meaning.required.includes(key)),
    streamed: row.theirs === 'streamed',
    message: path,
  }
}

function sealingJob({ id, row, meaning, offset, path }, plaintext) {
  return {
    id,
    operation: 'encrypt',
    api: row.api,
    suite: meaning.suite,
    keyring: meaning.keyrings.encrypt,
    context: meaning.context,
    required: meaning.required,
    frameLength: meaning.frameLength,
    streamed: row.theirs === 'streamed',
    plaintext: { path: plaintext.path, offset, length: meaning.length },
    message: path,
  }
}

/** Runs the peer over all jobs. Its answers, by id. */
async function ask([command, ...args], place, keys, jobs) {
  const jobsPath = join(place, 'jobs.jsonl')
  const resultsPath = join(place, 'results.jsonl')
  await writeFile(jobsPath, jobs.map((job) => `${JSON.stringify(job)}\n`).join(''), { mode: 0o600 })
  const { status, output } = await run(command, [...args, keys.path, jobsPath, resultsPath], { timeout: timeLimit })
  if (status !== 0) throw new Error(`the peer failed or took too long, status ${status}:\n${output.slice(-3000)}`)
  const lines = (await readFile(resultsPath, 'utf8')).split('\n').filter(Boolean)
  const answers = new Map(lines.map((line) => JSON.parse(line)).map((answer) => [answer.id, answer]))
  const lost = jobs.find(({ id }) => !answers.has(id))
  if (lost !== undefined) throw new Error(`the peer gave no answer to ${lost.id}`)
  return answers
}

/** What is wrong with what the peer says of a message of ours, `undefined` when nothing is. */
function faultOfOpening(peer, message, answers, plaintext) {
  const { error, sha256, suite, context } = answers.get(message.id)
  if (error !== undefined) return error
  const expected = createHash('sha256').update(plaintextOf(message, plaintext)).digest('hex')
  if (sha256 !== expected) return 'another plaintext came out'
  if (suite !== message.meaning.suite) return `it reads suite ${suite}`
  const { signed, context: pairs, required } = message.meaning
  const told = tellsStoredPairsOnly.has(peer) ? pairs.filter(([key]) => !required.includes(key)) : pairs
  return faultOfContext(signed, told, context)
}

function faultOfRefusal({ changed }, answers) {
  return answers.get(changed.id).error === undefined ? 'it opens a message whose last byte was changed' : undefined
}

/** The pairs, and the public key exactly where there is a signature. */
function faultOfContext(signed, pairs, found) {
  const wanted = signed ? [...pairs, ['aws-crypto-public-key', '...']] : pairs
  const seen = found.map(([key, value]) => [key, key === 'aws-crypto-public-key' ? '...' : value])
  const text = (pairs) => JSON.stringify(pairs.map((pair) => JSON.stringify(pair)).sort())
  return text(seen) === text(wanted) ? undefined : `another context came out: ${text(seen).slice(0, 300)}`
}

/** Opens with ours what the peer has written, and changed copies of it. */
async function openAll(messages, { answers, plaintext, keys, tell }) {
  for (const [i, message] of messages.entries()) {
    const { row } = message
    const { error } = answers.get(message.id)
    if (error !== undefined) {
      tell(directions.write, row, `theirs does not encrypt: ${error}`)
      continue
    }
    const bytes = await readFile(message.path)
    tell(directions.write, row, await faultOfTheirs(message, bytes, { plaintext, keys }))
    if (i % changedOneIn === 0) tell(directions.refusedByOurs, row, await faultOfOurRefusal(message, bytes, keys))
  }
}

async function faultOfTheirs(message, bytes, { plaintext, keys }) {
  const { meaning } = message
  try {
    const opened = await ours.decrypt(requestOf(message), bytes, keys.values)
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

async function faultOfOurRefusal(message, bytes, keys) {
  try {
    await ours.decrypt(requestOf(message), withLastByteChanged(bytes), keys.values)
    return 'we open a message whose last byte was changed'
  } catch (error) {
    return isEsdkError(error) ? undefined : `we refuse with an error of another kind: ${error.stack}`
  }
}
