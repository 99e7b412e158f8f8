/**
 * The life of branch keys in one table: made, used and given new versions by both sides.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { inspect } from '@esdk/client'
import { meaningOf } from './dimensions.mjs'
import { refuseForgedItems } from './forged-items.mjs'
import { hierarchical, stores } from './kms-keyrings.mjs'
import { limitOf } from './limits.mjs'
import { faultOfOpening, faultOfTheirs, messageOf, openingJob, samePairs, sealingJob, sealOurs } from './message.mjs'
import { storeOf } from './our-keyrings.mjs'
import { directions } from './outcome.mjs'

/** Of the branch keys that are named by those who make them. */
const ownContext = [
  ['tenant', 'Schlüssel 鍵'],
  ['\u{10000} purpose', 'interop'],
]

/** Where branch keys are made and used by ours, and where they get new versions and are used by theirs. */
const places = {
  'one key': { made: stores.own, used: stores.own },
  replicas: { made: stores.primary, used: stores.replica },
}

/** Branch keys that get new versions: who made each, and who gives it the new one. */
const lives = Object.keys(places).flatMap((place) =>
  ['ours', 'theirs'].flatMap((maker) =>
    ['ours', 'theirs'].map((versioner) => ({
      name: `branch of ${maker}, versioned by ${versioner}, ${place}`,
      maker,
      versioner,
      ...places[place],
    })),
  ),
)

/** Branch keys that keep the version they have. */
const others = ['branch-ours-named', 'branch-theirs-named'].map((name) => ({ name, ...places['one key'] }))

/** The table, and in it the branch keys of ours that messages to and from all peers use. Their ids, by name. */
export async function makeSharedBranchKeys(keys) {
  const table = { table: 'interop-branch-keys' }
  const own = storeOf(stores.own, { ...keys, ...table })
  await own.createTable()
  const named = { branchKeyId: 'ours: clé 鍵', encryptionContext: Object.fromEntries(ownContext) }
  return {
    ...table,
    'branch-ours': await own.createKey(),
    'branch-ours-named': await own.createKey(named),
    'branch-ours-mrk': await storeOf(stores.primary, { ...keys, ...table }).createKey(),
  }
}

/** The branch keys that only one peer uses: some are made by ours, some by the peer. Their ids, by name. */
export async function makeBranchKeys({ peer, keys, ask }) {
  const [mine, theirs] = ['ours', 'theirs'].map((who) => lives.filter(({ maker }) => maker === who))
  const named = { branchKeyId: `${peer}: clé 鍵`, context: ownContext }
  const wanted = [
    { id: 'branch-theirs', store: stores.own },
    { id: 'branch-theirs-named', store: stores.own, ...named },
    { id: 'branch-theirs-mrk', store: stores.primary },
    ...theirs.map(({ name, made }) => ({ id: name, store: made })),
  ]
  const answers = await ask(wanted.map((job) => ({ ...job, operation: 'create branch key' })))
  const ids = {}
  for (const { id, branchKeyId, error } of answers.values()) {
    if (error !== undefined) throw new Error(`theirs makes no branch key: ${error}`)
    ids[id] = branchKeyId
  }
  for (const { name, made } of mine) ids[name] = await storeOf(made, keys).createKey()
  return ids
}

/** Both sides read every branch key alike, and open messages from before and after it got a new version. */
export async function exchangeBranchKeys(setting) {
  await shareTables(setting)
  await compareMaterials(setting, [...lives, ...others], () => 'active')
  await compareBeacons(setting, [...lives, ...others])
  const before = await activeVersions(setting)
  const old = messagesFor(setting, 'before')
  await writeAll(setting, old)
  await giveNewVersions(setting)
  const recent = messagesFor(setting, 'after')
  await writeAll(setting, recent)
  await openAll(setting, [...old, ...recent])
  await compareMaterials(setting, lives, () => 'active')
  await compareMaterials(setting, lives, (name) => before[name])
  for (const message of old) await tellVersion(setting, message, before)
  const after = await activeVersions(setting)
  for (const message of recent) await tellVersion(setting, message, after)
  await refuseForgedItems(setting)
}

/** Each side takes the table that the other has made for its own. */
async function shareTables({ peer, keys, ask, tell, skip }) {
  const row = { 'branch key': 'table' }
  const limit = limitOf(peer, 'read', row)
  if (limit !== undefined) return skip(directions.branchKeys, limit.reason)
  const table = `interop-${peer}`
  const job = { operation: 'create table' }
  const answers = await ask([
    { ...job, id: 'of ours', store: stores.own },
    { ...job, id: 'of theirs', store: { ...stores.own, table } },
  ])
  for (const { id, error } of answers.values()) tell(directions.branchKeys, { ...row, id }, error)
  const fault = await storeOf(stores.own, { ...keys, table })
    .createTable()
    .then(
      () => undefined,
      (error) => error.stack,
    )
  tell(directions.branchKeys, { ...row, job: 'ours takes that of theirs' }, fault)
}

/** Asks theirs and ours for the same branch keys. */
async function compareMaterials({ keys, ask, tell }, wanted, versionOf) {
  const answers = await ask(wanted.map(({ name, used }) => readingJob(name, used, keys, versionOf(name))))
  for (const { name, made } of wanted) {
    const version = versionOf(name)
    const store = storeOf(made, keys)
    const ours = await (version === 'active' ? store.getActive(keys[name]) : store.getVersion(keys[name], version))
    const expected = { ...told(ours.branchKey, ours.encryptionContext), version: ours.branchKeyVersion }
    const row = { 'branch key': name, version: version === 'active' ? version : 'the one before' }
    tell(directions.branchKeys, row, faultOfMaterials(answers.get(name), expected))
  }
}

async function compareBeacons({ peer, keys, ask, tell, skip }, wanted) {
  const row = { 'branch key': 'beacon' }
  const limit = limitOf(peer, 'read', row)
  if (limit !== undefined) return skip(directions.branchKeys, limit.reason)
  const answers = await ask(wanted.map(({ name, used }) => readingJob(name, used, keys, 'beacon')))
  for (const { name, made } of wanted) {
    const { beaconKey, encryptionContext } = await storeOf(made, keys).getBeacon(keys[name])
    const fault = faultOfMaterials(answers.get(name), told(beaconKey, encryptionContext))
    tell(directions.branchKeys, { ...row, of: name }, fault)
  }
}

function readingJob(name, store, keys, which) {
  return { id: name, operation: 'read branch key', store, branchKeyId: keys[name], which }
}

/** As a peer tells it. */
function told(key, context) {
  return { sha256: createHash('sha256').update(key.expose()).digest('hex'), context: Object.entries(context) }
}

function faultOfMaterials({ error, sha256, version, context }, expected) {
  if (error !== undefined) return error
  if (sha256 !== expected.sha256) return 'it reads another key'
  if (version !== expected.version) return `it reads version ${version}, ours is ${expected.version}`
  if (samePairs(context, expected.context)) return undefined
  return `it reads another context: ${JSON.stringify(context).slice(0, 300)}`
}

async function activeVersions({ keys }) {
  const versions = {}
  for (const { name, made } of lives) {
    versions[name] = (await storeOf(made, keys).getActive(keys[name])).branchKeyVersion
  }
  return versions
}

/** For each branch key a message of ours and one of theirs. */
function messagesFor({ peer, place }, when) {
  const row = rowFor(peer)
  return lives.flatMap(({ name, made, used }) =>
    ['read', 'write'].map((direction) => {
      const [ours, theirs] = [hierarchical(name, made), hierarchical(name, used)]
      const keyrings = direction === 'read' ? { encrypt: ours, decrypt: theirs } : { encrypt: theirs, decrypt: ours }
      const told = { ...row, 'branch key': name, when }
      const id = `${when}-${direction}-${name}`.replace(/\W+/g, '-')
      return { name, direction, ...messageOf(told, { ...meaningOf(row), keyrings }, id, place) }
    }),
  )
}

function rowFor(peer) {
  return {
    suite: '0578',
    keyring: 'branch key of ours',
    context: 'one pair',
    frame: '4096',
    length: 'frame + 1',
    api: peer === 'javascript' ? 'keyring, byte order' : 'keyring',
    theirs: 'whole',
    ours: 'whole',
    backend: 'node:crypto',
  }
}

async function writeAll({ plaintext, keys, ask, tell }, messages) {
  for (const message of messages.filter(({ direction }) => direction === 'read')) {
    const fault = await sealOurs(message, { plaintext, keys })
    if (fault !== undefined) tell(directions.read, message.row, fault)
  }
  const theirs = messages.filter(({ direction }) => direction === 'write')
  const answers = await ask(theirs.map((message) => sealingJob(message, plaintext)))
  for (const message of theirs) message.answer = answers.get(message.id)
}

async function giveNewVersions({ keys, ask, tell }) {
  const [mine, theirs] = ['ours', 'theirs'].map((who) => lives.filter(({ versioner }) => versioner === who))
  for (const { name, used } of mine) await storeOf(used, keys).versionKey(keys[name])
  const jobs = theirs.map(({ name, used }) => ({ id: name, store: used, branchKeyId: keys[name] }))
  const answers = await ask(jobs.map((job) => ({ ...job, operation: 'version branch key' })))
  for (const { name } of theirs) {
    tell(directions.branchKeys, { 'branch key': name, job: 'a new version by theirs' }, answers.get(name).error)
  }
}

async function openAll({ peer, plaintext, keys, ask, tell }, messages) {
  const sent = messages.filter(({ direction }) => direction === 'read')
  const answers = await ask(sent.map(openingJob))
  for (const message of sent) {
    tell(directions.read, message.row, faultOfOpening(peer, message, answers.get(message.id), plaintext))
  }
  for (const message of messages.filter(({ direction }) => direction === 'write')) {
    tell(directions.write, message.row, await faultOfTheirs(message, message.answer, { plaintext, keys }))
  }
}

/** A wrapped data key says which version wrapped it: after 16 bytes of salt and 12 of IV. */
async function tellVersion({ tell }, { path, name, row }, versions) {
  const [{ ciphertext }] = inspect(await readFile(path)).encryptedDataKeys
  const found = Buffer.from(ciphertext.subarray(28, 44)).toString('hex')
  const wanted = versions[name].replaceAll('-', '')
  tell(directions.branchKeys, row, found === wanted ? undefined : `it is wrapped with version ${found}, not ${wanted}`)
}
