/**
 * All objects that one peer reads, and all that it writes.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { MissingToolchain } from '../../scripts/toolchain.mjs'
import { directions } from '../outcome.mjs'
import { startPeer } from '../peer.mjs'
import { planRows, product } from '../plan.mjs'
import { s3Toolchains } from '../toolchains.mjs'
import { dimensionsOf, isMeaningful, meaningOf } from './dimensions.mjs'
import { limitOf } from './limits.mjs'
import { faultOfReading, faultOfTheirs, objectOf, putOurs, readingJob, writingJob } from './object.mjs'
import { plainClient } from './our-client.mjs'
import { exchangeRefusals } from './refusals.mjs'
import { exchangeRewrapped } from './rewrapping.mjs'

/**
 * Exchanges objects with one peer. Never rejects: what goes wrong is an outcome.
 *
 * @returns outcomes, what was skipped and why, and `missing` when there is no toolchain for the peer, or no server
 */
export async function exchangeObjects({ peer, folder, plaintext, keys, s3, seed, quick }) {
  const report = { peer, outcomes: [], skipped: [] }
  const tell = (direction, row, error) => report.outcomes.push({ peer, direction, row, error })
  const skip = (direction, reason) => report.skipped.push({ direction, reason })
  if (s3.missing !== undefined) return { ...report, missing: `no S3 server: ${s3.missing}` }
  // Reported once, for all peers.
  if (s3.broken !== undefined) return report
  let program
  try {
    const command = await s3Toolchains[peer]()
    const place = join(folder, peer)
    await mkdir(place)
    program = startPeer(command, place, keys)
    const setting = { peer, bucket: peer, plaintext, keys, plain: plainClient(), ask: program.ask, tell, skip }
    await setting.plain.send(new CreateBucketCommand({ Bucket: setting.bucket }))
    await exchangeAll(setting, { seed, quick })
    await exchangeRefusals(setting)
    await exchangeRewrapped(setting)
  } catch (error) {
    if (error instanceof MissingToolchain) report.missing = error.message
    else tell(directions.peer, {}, error.stack)
  } finally {
    await program?.stop()
  }
  return report
}

async function exchangeAll(setting, options) {
  const { ask, tell, plaintext } = setting
  const sent = []
  for (const object of objectsOf('read')) {
    const fault = await putOurs(object, setting)
    if (fault === undefined) sent.push(object)
    else tell(directions.objectRead, object.row, fault)
  }
  const received = objectsOf('write')
  const answers = await ask([...sent.map(readingJob), ...received.map((object) => writingJob(object, plaintext))])
  for (const object of sent) {
    tell(directions.objectRead, object.row, faultOfReading(object, answers.get(object.id), plaintext))
  }
  for (const object of received) {
    tell(directions.objectWritten, object.row, await faultOfTheirs(object, answers.get(object.id), setting))
  }

  function objectsOf(direction) {
    const { peer, bucket, skip } = setting
    const { rows, skipped } = planObjects(peer, direction, options)
    const told = direction === 'read' ? directions.objectRead : directions.objectWritten
    for (const { reason } of skipped) skip(told, reason)
    return rows.map((row, i) => objectOf(row, meaningOf(row), `${direction}-${i}`, bucket))
  }
}

/** Every format with every keyring, in either place; and every pair of values of any two dimensions. */
function planObjects(peer, direction, options) {
  const dimensions = dimensionsOf(peer, direction, options)
  return planRows({
    dimensions,
    start: product(dimensions, ['format', 'keyring', 'data key in']),
    isMeaningful,
    limitOf: (row) => limitOf(peer, direction, row),
    restartWith: ['format', 'keyring'],
    seed: `${options.seed} ${peer} ${direction}`,
  })
}
