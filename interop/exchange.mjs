/**
 * All messages that go to one peer, and all that come from it.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { exchangeBranchKeys, makeBranchKeys } from './branch-keys.mjs'
import { meaningOf } from './dimensions.mjs'
import {
  faultOfOpening,
  faultOfOurRefusal,
  faultOfTheirs,
  messageOf,
  openingJob,
  sealingJob,
  sealOurs,
} from './message.mjs'
import { directions } from './outcome.mjs'
import { startPeer } from './peer.mjs'
import { planFor } from './plan.mjs'
import { exchangeRefusals } from './refusals.mjs'
import { toolchains } from './toolchains.mjs'

/** One of so many messages is changed and offered again: what opens everything shows nothing. */
const changedOneIn = 10

/**
 * Exchanges messages with one peer. Never rejects: what goes wrong is an outcome.
 *
 * @returns outcomes, what was skipped and why, and `missing` when there is no toolchain for the peer
 */
export async function exchange({ peer, folder, plaintext, keys: shared, seed, quick }) {
  const report = { peer, outcomes: [], skipped: [] }
  const tell = (direction, row, error) => report.outcomes.push({ peer, direction, row, error })
  const skip = (direction, reason) => report.skipped.push({ direction, reason })
  let program
  try {
    const command = await toolchains[peer]()
    const place = join(folder, peer)
    await mkdir(place)
    const keys = { ...shared }
    const hasTable = keys.table !== undefined
    program = startPeer(command, place, keys)
    const setting = { peer, place, plaintext, keys, ask: program.ask, tell, skip }
    if (hasTable) Object.assign(keys, await makeBranchKeys(setting))
    await exchangeMessages(setting, { seed, quick, hasTable })
    await exchangeRefusals(setting, { hasTable })
    if (hasTable) await exchangeBranchKeys(setting)
  } catch (error) {
    if (error instanceof MissingToolchain) report.missing = error.message
    else tell(directions.peer, {}, error.stack)
  } finally {
    await program?.stop()
  }
  return report
}

async function exchangeMessages(setting, options) {
  const { peer, place, plaintext, keys, ask, tell, skip } = setting
  const read = messagesOf('read')
  const write = messagesOf('write')
  const sent = await sealAll(read, setting)
  const toOpen = [...sent.map(openingJob), ...(await changeSome(sent)).map(openingJob)]
  const toSeal = write.map((message) => sealingJob(message, plaintext))
  const answers = await ask([...toOpen, ...toSeal])
  for (const message of sent) {
    tell(directions.read, message.row, faultOfOpening(peer, message, answers.get(message.id), plaintext))
  }
  for (const { row, changed } of sent.filter(({ changed }) => changed)) {
    tell(directions.refusedByTheirs, row, faultOfRefusal(answers.get(changed.id)))
  }
  for (const [i, message] of write.entries()) {
    const { id, row, path } = message
    tell(directions.write, row, await faultOfTheirs(message, answers.get(id), { plaintext, keys }))
    if (i % changedOneIn !== 0 || answers.get(id).error !== undefined) continue
    const bytes = withLastByteChanged(await readFile(path))
    tell(directions.refusedByOurs, row, await faultOfOurRefusal(message, bytes, keys, 'a message that was changed'))
  }

  function messagesOf(direction) {
    const { rows, skipped } = planFor(peer, direction, options)
    for (const { reason } of skipped) skip(directions[direction], reason)
    return rows.map((row, i) => messageOf(row, meaningOf(row), `${direction}-${i}`, place))
  }
}

/** Encrypts with ours; gives the messages that came out. */
async function sealAll(messages, { plaintext, keys, tell }) {
  const sealed = []
  for (const message of messages) {
    const fault = await sealOurs(message, { plaintext, keys })
    if (fault === undefined) sealed.push(message)
    else tell(directions.read, message.row, fault)
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

function faultOfRefusal({ error }) {
  return error === undefined ? 'it opens a message whose last byte was changed' : undefined
}
