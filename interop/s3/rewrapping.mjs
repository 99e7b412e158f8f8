/**
 * Objects whose data key is wrapped again, by either side, and read by both: with the new key, and no longer with the
 * old one.
 *
 * @module
 */

import { directions } from '../outcome.mjs'
import { meaningOf } from './dimensions.mjs'
import {
  faultOfOurRefusal,
  faultOfReading,
  faultOfTheirs,
  objectOf,
  putOurs,
  readingJob,
  writingJob,
} from './object.mjs'
import { rewrap } from './our-client.mjs'
import { faultOfRefusal } from './refusals.mjs'

const description = [['purpose', 'rotated']]
const aes = { kind: 'aes', key: 's3-other-aes', context: description, description: Object.fromEntries(description) }
const rsa = { kind: 'rsa', key: 's3-other-rsa', context: description, description: Object.fromEntries(description) }

/** What is rewrapped: from which keyring to which, and where the data key goes. A suffix adds a file. */
const cases = [
  { keyring: 'AES 256', to: aes, place: 'instruction file' },
  { keyring: 'AES 256', to: rsa, place: 'instruction file' },
  { keyring: 'RSA 2048', to: rsa, place: 'instruction file' },
  { keyring: 'RSA 2048', to: rsa, place: 'instruction file', suffix: '.partner' },
  { keyring: 'AES 256', to: aes, place: 'metadata' },
  { keyring: 'RSA 2048', to: aes, place: 'metadata' },
]

/** Only Java rewraps; what ours rewraps, it reads. */
export async function exchangeRewrapped(setting) {
  if (setting.peer !== 's3-java') return
  for (const writer of ['ours', 'theirs']) {
    for (const rewrapper of ['ours', 'theirs']) {
      for (const [i, one] of cases.entries()) {
        // Java has files to rewrap only.
        if (rewrapper === 'theirs' && one.place === 'metadata') continue
        for (const format of ['V3', 'V2']) await tryOne({ writer, rewrapper, format, i, ...one }, setting)
      }
    }
  }
}

async function tryOne({ writer, rewrapper, format, i, keyring, to, place, suffix }, setting) {
  const { bucket, tell, ask, plaintext } = setting
  const row = rowOf(format, keyring, place)
  const told = { writer, rewrapper, to: to.kind, ...(suffix && { suffix }), ...row }
  const object = objectOf(row, meaningOf(row), `rewrapped-${writer}-${rewrapper}-${i}-${format}`, bucket)
  // Java puts a point before the suffix of the files that it writes, and not before that of those that it reads.
  const files = suffix && { [suffix]: suffix }
  const answerTo = async (job) => (await ask([job])).get(job.id)
  const writeFault = await write()
  if (writeFault !== undefined) return tell(directions.rewrapped, told, writeFault)
  const rewrapFault = await rewrapIt()
  if (rewrapFault !== undefined) return tell(directions.rewrapped, told, rewrapFault)

  const meaning = { ...object.meaning, context: to.context, keyring: { write: to, read: to } }
  const right = { ...object, id: `${object.id}-right`, meaning, ...(files && { suffix }) }
  const wrong = { ...object, id: `${object.id}-wrong`, ...(files && { suffix }) }
  const reader = { ...right, row: { ...row, read: 'buffered' } }
  tell(directions.rewrapped, { ...told, reader: 'ours' }, await faultOfTheirs(reader, {}, setting))
  tell(
    directions.rewrapped,
    { ...told, reader: 'theirs' },
    faultOfReading(right, await answerTo(readingJob(right)), plaintext),
  )
  const old = { ...wrong, row: { ...row, read: 'buffered' } }
  tell(directions.objectRefusedByOurs, { wrong: 'the key from before', ...told }, await faultOfOurRefusal(old, setting))
  const fault = faultOfRefusal(await answerTo(readingJob(wrong)))
  tell(directions.objectRefusedByTheirs, { wrong: 'the key from before', ...told }, fault)

  async function write() {
    if (writer === 'ours') return putOurs(object, setting)
    return (await answerTo(writingJob(object, plaintext))).error
  }

  async function rewrapIt() {
    if (rewrapper === 'theirs') {
      const job = {
        ...readingJob(object),
        id: `${object.id}-rewrap`,
        operation: 'rewrap',
        to,
        suffix: suffix?.slice(1),
      }
      return (await answerTo(job)).error
    }
    try {
      await rewrap(object, to, setting, suffix && { NewInstructionFileSuffix: suffix })
    } catch (error) {
      return `ours does not rewrap: ${error.stack}`
    }
  }
}

function rowOf(format, keyring, place) {
  return {
    format,
    keyring,
    context: 'one pair',
    length: '1000',
    'data key in': place,
    written: 'put',
    read: 'get',
    range: 'whole object',
    found: 'directly',
    name: 'plain',
    backend: 'node:crypto',
  }
}
