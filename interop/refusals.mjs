/**
 * Messages that a reader has to refuse, because they are not for it; the right reader opens the same ones.
 *
 * @module
 */

import { readFile } from 'node:fs/promises'
import { apisOf, meaningOf } from './dimensions.mjs'
import {
  discovery,
  hierarchical,
  mrkDiscovery,
  multiRegion,
  needsTable,
  ownAccount,
  stores,
  strictWithout,
} from './kms-keyrings.mjs'
import { regions } from './kms-keys.mjs'
import { limitOf } from './limits.mjs'
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

const others = { partition: 'aws', accountIds: ['444455556666'] }
const otherPartition = { ...ownAccount, partition: 'aws-cn' }
const notStored = 'some pairs not stored'

/** By what is wrong: a keyring, and with what it is read in place of its own, or which pairs are said to be there. */
const wrongs = [
  ['discovery in another account', { keyring: 'KMS', decrypt: discovery([regions.west], others) }],
  ['discovery in another partition', { keyring: 'KMS', decrypt: discovery([regions.west], otherPartition) }],
  ['another key', { keyring: 'KMS', decrypt: strictWithout('kms-europe') }],
  [
    'a replica, named strictly',
    { keyring: 'KMS MRK, named strictly, read by its replica', decrypt: strictWithout('mrk-europe') },
  ],
  ['another multi-Region key', { keyring: 'KMS MRK', decrypt: multiRegion('other-mrk-west') }],
  [
    'discovery of multi-Region keys in another account',
    { keyring: 'KMS MRK', decrypt: mrkDiscovery([regions.west], others) },
  ],
  [
    'discovery in another Region',
    { keyring: 'KMS', decrypt: discovery([regions.tokyo], ownAccount), apis: ['keyring'] },
  ],
  [
    'another padding',
    {
      keyring: 'KMS RSA-2048 RSAES_OAEP_SHA_256',
      decrypt: { kind: 'kms-rsa', key: 'kms-rsa-2048', algorithm: 'RSAES_OAEP_SHA_1' },
    },
  ],
  [
    'another RSA key',
    {
      keyring: 'KMS RSA-2048 RSAES_OAEP_SHA_256',
      decrypt: { kind: 'kms-rsa', key: 'kms-rsa-4096', algorithm: 'RSAES_OAEP_SHA_256' },
    },
  ],
  [
    'the sender, as the recipient',
    {
      keyring: 'KMS ECDH P-256, read by discovery',
      decrypt: { kind: 'kms-ecdh', curve: 'P-256', schema: 'discovery', recipient: 'kms-sender-P-256' },
    },
  ],
  ['the branch key of another', { keyring: 'branch key of ours', decrypt: hierarchical('branch-ours-named') }],
  [
    'the branch key of another tenant',
    {
      keyring: 'branch key of ours',
      context: notStored,
      encrypt: byTenant('branch-ours'),
      right: byTenant('branch-ours'),
      decrypt: byTenant('branch-ours-named'),
    },
  ],
  [
    'a store of another name',
    { keyring: 'branch key of ours', decrypt: hierarchical('branch-ours', { ...stores.own, logicalName: 'another' }) },
  ],
  [
    'a store over another key',
    {
      keyring: 'branch key of ours',
      decrypt: hierarchical('branch-ours', {
        ...stores.own,
        region: regions.europe,
        kms: { kind: 'single-region', key: 'kms-europe' },
      }),
    },
  ],
  ...['KMS', 'KMS RSA-2048 RSAES_OAEP_SHA_256', 'KMS ECDH P-256', 'branch key of ours'].flatMap((keyring) => [
    ['another value of a pair that is not stored', { keyring, context: notStored, changes: { tenant: '43' } }],
    ['another value of a pair that is stored', { keyring, context: notStored, changes: { stored: 'no' } }],
  ]),
]

function byTenant(branchKey) {
  return { kind: 'hierarchical', tenants: { 42: branchKey }, store: stores.own }
}

/** Both sides are offered each. */
export async function exchangeRefusals(setting, { hasTable }) {
  const { peer, plaintext, keys, ask, tell } = setting
  const sent = casesOf('read', setting, hasTable)
  const received = casesOf('write', setting, hasTable)
  for (const one of sent) one.fault = await sealOurs(one.right, { plaintext, keys })
  const answers = await ask([
    ...sent.flatMap(({ right, wrong }) => [openingJob(right), openingJob(wrong)]),
    ...received.map(({ right }) => sealingJob(right, plaintext)),
  ])
  for (const { right, wrong, fault } of sent) {
    tell(directions.read, right.row, fault ?? faultOfOpening(peer, right, answers.get(right.id), plaintext))
    tell(directions.notForTheirs, wrong.row, faultOfRefusal(answers.get(wrong.id)))
  }
  for (const { right, wrong } of received) {
    const fault = await faultOfTheirs(right, answers.get(right.id), { plaintext, keys })
    tell(directions.write, right.row, fault)
    if (fault !== undefined) continue
    const bytes = await readFile(right.path)
    tell(directions.notForOurs, wrong.row, await faultOfOurRefusal(wrong, bytes, keys, 'a message that is not for us'))
  }
}

/** What a peer's own program gets wrong refuses nothing. */
const mistakes = /^(Key|Type|Name|Attribute|Value|Reference)Error|^(NullPointer|ClassCast|IllegalArgument)Exception/

function faultOfRefusal({ error }) {
  if (error === undefined) return 'it opens a message that is not for it'
  return mistakes.test(error) ? `it fails, and does not refuse: ${error}` : undefined
}

function casesOf(direction, { peer, place, skip }, hasTable) {
  const tried = wrongs.filter(([, { keyring }]) => hasTable || !needsTable(keyring))
  return tried.flatMap(([name, wrong]) =>
    (wrong.apis ?? apisOf(peer)).flatMap((api) => {
      const row = rowOf(name, wrong, api)
      const limit = limitOf(peer, direction, row)
      if (limit === undefined) return [caseOf(row, wrong, `${direction}-for-another-${name} ${row.keyring} ${api}`)]
      skip(directions[direction], limit.reason)
      return []
    }),
  )

  function caseOf(row, { encrypt, right, decrypt, changes = {} }, id) {
    const meaning = meaningOf(row)
    if (encrypt !== undefined) meaning.keyrings = { encrypt, decrypt: right }
    const file = id.replace(/\W+/g, '-')
    const message = messageOf(row, meaning, file, place)
    const reproduced = Object.entries({ ...Object.fromEntries(meaning.reproduced), ...changes })
    const wrongMeaning = { ...meaning, reproduced, keyrings: { ...meaning.keyrings, ...(decrypt && { decrypt }) } }
    return { right: message, wrong: { ...message, id: `${file}-wrong`, meaning: wrongMeaning } }
  }
}

function rowOf(wrong, { keyring, context = 'one pair' }, api) {
  return {
    wrong,
    suite: '0478',
    keyring,
    context,
    frame: '4096',
    length: 'several frames',
    api,
    theirs: 'whole',
    ours: 'whole',
    backend: 'node:crypto',
  }
}
