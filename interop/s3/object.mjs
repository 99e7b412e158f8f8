/**
 * One object of an exchange: what it stands for, where it lies, and the jobs that write and read it.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { isEsdkError } from '@esdk/cmm'
import * as ours from './our-client.mjs'

/** How keys of objects look. */
const prefixes = { plain: 'objects/', 'not ASCII': 'Schlüssel & 鍵/a+b c=' }

/** Values of a row, what they mean, and where the object lies. */
export function objectOf(row, meaning, id, bucket) {
  // Any part of the plaintext will do, as long as no two objects are likely to have the same.
  const offset = createHash('sha256').update(id).digest().readUInt16BE() % 4096
  const place = { Bucket: bucket, Key: `${prefixes[row.name ?? 'plain']}${id}` }
  return { id, row, meaning, offset, place }
}

function plaintextOf({ meaning, offset }, { bytes }) {
  return bytes.subarray(offset, offset + meaning.length)
}

/** What a reader is to get. */
function expectedOf(object, plaintext) {
  const whole = plaintextOf(object, plaintext)
  const { range } = object.meaning
  return range === undefined ? whole : whole.subarray(range.start, range.end)
}

/** Writes with ours. What is wrong, `undefined` when nothing is. */
export async function putOurs(object, setting) {
  try {
    await ours.write({ ...object, way: object.row.written }, plaintextOf(object, setting.plaintext), setting)
  } catch (error) {
    return `ours does not write: ${error.stack}`
  }
}

export function writingJob(object, plaintext) {
  const { id, row, meaning, offset } = object
  const { length } = meaning
  return {
    ...commonOf(object),
    id,
    operation: 'write',
    keyring: meaning.keyring.write,
    way: row.written,
    plaintext: { path: plaintext.path, offset, length },
  }
}

export function readingJob(object) {
  const { id, row, meaning } = object
  return {
    ...commonOf(object),
    id,
    operation: 'read',
    keyring: meaning.keyring.read,
    context: object.readContext ?? meaning.context,
    byDescription: meaning.byDescription,
    way: row.read,
    range: meaning.range?.header,
    suffix: object.suffix,
  }
}

function commonOf({ place, row, meaning }) {
  return {
    bucket: place.Bucket,
    key: place.Key,
    format: row.format,
    committing: meaning.committing,
    inFile: meaning.inFile,
    context: meaning.context,
  }
}

/** What is wrong with what the peer says of an object of ours, `undefined` when nothing is. */
export function faultOfReading(object, { error, sha256 }, plaintext) {
  if (error !== undefined) return error
  const expected = createHash('sha256').update(expectedOf(object, plaintext)).digest('hex')
  return sha256 === expected ? undefined : 'another plaintext came out'
}

/** The same of an object of the peer, read by ours. */
export async function faultOfTheirs(object, { error }, setting) {
  if (error !== undefined) return `theirs does not write: ${error}`
  try {
    return faultOfOurs(object, await readWithOurs(object, setting), setting.plaintext)
  } catch (error) {
    return `we do not read it: ${error.stack}`
  }
}

function readWithOurs(object, setting) {
  return ours.read({ ...object, way: object.row.read }, setting)
}

function faultOfOurs(object, { plaintext: found, announced, encryption, head }, plaintext) {
  const { meaning } = object
  const expected = expectedOf(object, plaintext)
  if (Buffer.compare(found, expected) !== 0) return 'another plaintext came out'
  if (announced !== undefined && announced !== expected.length) return `we announced ${announced} bytes`
  if (!meaning.cbc && head !== meaning.length) return `HeadObject says ${head} bytes`
  if (encryption.format !== meaning.format) return `we read format ${encryption.format}`
  const place = meaning.inFile ? 'instruction-file' : 'object'
  return encryption.dataKeyIn === place ? undefined : `we find the data key in ${encryption.dataKeyIn}`
}

/** Ours is to refuse this object, with an error of its own. */
export async function faultOfOurRefusal(object, setting) {
  try {
    await readWithOurs(object, setting)
    return 'we read what is to be refused'
  } catch (error) {
    return isEsdkError(error) ? undefined : `we refuse with an error of another kind: ${error.stack}`
  }
}
