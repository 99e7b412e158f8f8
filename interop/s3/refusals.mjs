/**
 * Objects that a reader has to refuse: they were changed, or the reader has another key or says another context. The
 * same objects, unchanged, are read with the right ones.
 *
 * @module
 */

import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { directions } from '../outcome.mjs'
import { formatsOf, isMeaningful, meaningOf } from './dimensions.mjs'
import { limitOf } from './limits.mjs'
import {
  faultOfOurRefusal,
  faultOfReading,
  faultOfTheirs,
  objectOf,
  putOurs,
  readingJob,
  writingJob,
} from './object.mjs'

const suffix = '.instruction'

/** By what is wrong: another body, or another reading. */
const wrongs = {
  'a byte of the body changed': { body: (bytes) => withChanged(bytes, 100) },
  'a byte of the tag changed': { body: (bytes) => withChanged(bytes, bytes.length - 1) },
  'the last byte missing': { body: (bytes) => bytes.subarray(0, -1) },
  'another key': { reader: ({ meaning }) => ({ meaning: withWrongKey(meaning) }) },
  'another context': { kms: true, reader: () => ({ readContext: [['purpose', 'another']] }) },
  // What was wrapped as before is read without a context, too: that was the way.
  'no context': { kms: true, today: true, reader: () => ({ readContext: [] }) },
}

function withChanged(bytes, at) {
  const copy = Uint8Array.from(bytes)
  copy[at] ^= 1
  return copy
}

function withWrongKey(meaning) {
  return { ...meaning, keyring: { ...meaning.keyring, read: meaning.keyring.wrong } }
}

/** Both sides are offered each. */
export async function exchangeRefusals(setting) {
  const { ask, tell, plaintext } = setting
  const sent = objectsFor('read', setting)
  for (const object of sent) object.fault = await putOurs(object, setting)
  const received = objectsFor('write', setting)
  const written = await ask(received.map((object) => writingJob(object, plaintext)))
  const offered = await Promise.all(sent.map((object) => wrongsOf('read', object, setting)))
  const answers = await ask([...sent, ...offered.flat()].map(readingJob))
  for (const object of sent) {
    const fault = object.fault ?? faultOfReading(object, answers.get(object.id), plaintext)
    tell(directions.objectRead, object.row, fault)
  }
  for (const { id, row } of offered.flat()) tell(directions.objectRefusedByTheirs, row, faultOfRefusal(answers.get(id)))
  for (const object of received) {
    const fault = await faultOfTheirs(object, written.get(object.id), setting)
    tell(directions.objectWritten, object.row, fault)
    if (fault !== undefined) continue
    for (const wrong of await wrongsOf('write', object, setting)) {
      tell(directions.objectRefusedByOurs, wrong.row, await faultOfOurRefusal(wrong, setting))
    }
  }
}

/** What a peer's own program gets wrong refuses nothing. */
const mistakes =
  /^no answer|^(Type|Name|Attribute|Import|Reference)Error|^(NullPointer|ClassCast|IllegalArgument)Exception/

/** What is wrong with the answer to a job that the peer is to refuse, `undefined` when nothing is. */
export function faultOfRefusal({ error }) {
  if (error === undefined) return 'it reads what is to be refused'
  return mistakes.test(error) ? `it fails, and does not refuse: ${error}` : undefined
}

/** One object of each authenticated format, with a key of each kind, in either place. */
function objectsFor(direction, { peer, bucket, skip }) {
  const rows = formatsOf(peer, direction).flatMap((format) =>
    ['KMS', 'AES 256', 'RSA 2048'].flatMap((keyring) =>
      ['metadata', 'instruction file'].map((place) => rowOf(peer, direction, format, keyring, place)),
    ),
  )
  const told = direction === 'read' ? directions.objectRead : directions.objectWritten
  return rows.flatMap((row, i) => {
    const meaning = meaningOf(row)
    if (meaning.cbc || !isMeaningful(row)) return []
    const limit = limitOf(peer, direction, row)
    if (limit === undefined) return [objectOf(row, meaning, `${direction}-to-refuse-${i}`, bucket)]
    skip(told, limit.reason)
    return []
  })
}

function rowOf(peer, direction, format, keyring, place) {
  return {
    format,
    keyring,
    context: peer === 's3-aioboto3' && direction === 'write' ? 'none' : 'one pair',
    length: '1000',
    'data key in': place,
    written: 'put',
    read: direction === 'read' ? 'get' : 'buffered',
    range: 'whole object',
    found: 'directly',
    name: 'plain',
    backend: 'node:crypto',
  }
}

/** The object in each way that is wrong, as objects of their own. */
async function wrongsOf(direction, object, setting) {
  const { peer, skip } = setting
  const made = []
  for (const [name, wrong] of Object.entries(wrongs)) {
    if (wrong.kms && (!object.meaning.isKms || object.meaning.context.length === 0)) continue
    if (wrong.today && object.meaning.legacyWrapping) continue
    const row = { wrong: name, ...object.row }
    const limit = limitOf(peer, direction, row)
    if (limit !== undefined) {
      skip(direction === 'read' ? directions.objectRefusedByTheirs : directions.objectRefusedByOurs, limit.reason)
      continue
    }
    const id = `${object.id}-${made.length}`
    if (wrong.body === undefined) made.push({ ...object, row, id, ...wrong.reader(object) })
    else made.push({ ...object, row, id, place: await copyWith(wrong.body, object, id, setting) })
  }
  return made
}

/** A copy of the object, with its envelope, and with another body. */
async function copyWith(change, { place, meaning }, id, { plain }) {
  const { Bucket } = place
  const copy = async (from, to, changed) => {
    const { Body, Metadata } = await plain.send(new GetObjectCommand({ Bucket, Key: from }))
    const body = changed(await Body.transformToByteArray())
    await plain.send(new PutObjectCommand({ Bucket, Key: to, Body: body, Metadata }))
  }
  await copy(place.Key, id, change)
  if (meaning.inFile) await copy(place.Key + suffix, id + suffix, (bytes) => bytes)
  return { Bucket, Key: id }
}
