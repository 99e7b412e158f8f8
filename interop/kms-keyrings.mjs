/**
 * Keyrings over AWS KMS: by name, what encrypts and what decrypts. Keys are named as `kms-keys.mjs` and `services.mjs`
 * name them.
 *
 * @module
 */

import { curves } from './keys.mjs'
import { account, kmsRsaBits, regions } from './kms-keys.mjs'
import { same } from './raw-keyrings.mjs'

/** With the account that all keys are in. */
export const ownAccount = { partition: 'aws', accountIds: [account] }

const strict = (generator, ...keys) => ({ kind: 'kms', generator, keys })
export const strictWithout = (...keys) => ({ kind: 'kms', keys })
export const multiRegion = (generator, ...keys) => ({ kind: 'kms-mrk', generator, keys })
export const discovery = (where, filter) => ({ kind: 'kms-discovery', regions: where, ...(filter && { filter }) })
export const mrkDiscovery = (where, filter) => ({
  kind: 'kms-mrk-discovery',
  regions: where,
  ...(filter && { filter }),
})

const one = strict('kms-west')
const three = strict('kms-west', 'kms-europe', 'kms-tokyo')

const symmetric = [
  ['KMS', same(one)],
  ['KMS, three Regions', same(three)],
  ['KMS, three Regions, read by the last', { encrypt: three, decrypt: strictWithout('kms-tokyo') }],
  ['KMS, an alias, read by its ARN', { encrypt: strict('kms-alias'), decrypt: one }],
  ['KMS, read by three Regions', { encrypt: one, decrypt: strictWithout('kms-tokyo', 'kms-europe', 'kms-west') }],
  ['KMS, read by discovery', { encrypt: one, decrypt: discovery([regions.west], ownAccount) }],
  ['KMS, read by discovery without filter', { encrypt: one, decrypt: discovery([regions.west]) }],
  [
    'KMS, three Regions, read by discovery in two',
    { encrypt: three, decrypt: discovery([regions.tokyo, regions.europe], ownAccount) },
  ],
]

const primary = multiRegion('mrk-west')
const replica = multiRegion('mrk-europe')
const multiRegionKeys = [
  ['KMS MRK', same(primary)],
  ['KMS MRK, read by its replica', { encrypt: primary, decrypt: replica }],
  ['KMS MRK of the replica, read by the primary', { encrypt: replica, decrypt: primary }],
  ['KMS MRK, named strictly, read by its replica', { encrypt: strict('mrk-west'), decrypt: replica }],
  ['KMS MRK, two keys', same(multiRegion('mrk-west', 'kms-tokyo'))],
  [
    'KMS MRK, read by discovery at its replica',
    { encrypt: primary, decrypt: mrkDiscovery([regions.europe], ownAccount) },
  ],
  ['KMS MRK, read by discovery without filter', { encrypt: primary, decrypt: mrkDiscovery([regions.west]) }],
  [
    'KMS MRK, read by discovery in two Regions',
    { encrypt: primary, decrypt: mrkDiscovery([regions.tokyo, regions.europe], ownAccount) },
  ],
  ['KMS MRK, a single-Region key', { encrypt: multiRegion('kms-west'), decrypt: one }],
]

const rsa = kmsRsaBits.flatMap((bits) =>
  ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'].map((algorithm) => [
    `KMS RSA-${bits} ${algorithm}`,
    same({ kind: 'kms-rsa', key: `kms-rsa-${bits}`, algorithm }),
  ]),
)

const ecdh = curves.flatMap((curve) => {
  const sender = `kms-sender-${curve}`
  const recipient = `kms-recipient-${curve}`
  const common = { kind: 'kms-ecdh', curve, schema: 'static' }
  const fromSender = { ...common, sender, recipient, givesOwnPublicKey: true }
  const fromRecipient = { ...common, sender: recipient, recipient: sender, givesOwnPublicKey: false }
  const toRaw = { ...common, sender, recipient: `recipient-${curve}`, givesOwnPublicKey: false }
  const fromRaw = { kind: 'ecdh', curve, schema: 'ephemeral', recipient }
  return [
    [`KMS ECDH ${curve}`, same(fromSender)],
    [`KMS ECDH ${curve}, read by the recipient`, { encrypt: fromSender, decrypt: fromRecipient }],
    [`KMS ECDH ${curve}, read by discovery`, { encrypt: fromSender, decrypt: discoveryOf(curve, recipient) }],
    [
      `KMS ECDH ${curve}, read by a raw key`,
      { encrypt: toRaw, decrypt: { kind: 'ecdh', curve, schema: 'discovery', recipient: `recipient-${curve}` } },
    ],
    [`ECDH ${curve}, ephemeral, read by KMS`, { encrypt: fromRaw, decrypt: discoveryOf(curve, recipient) }],
  ]
})

function discoveryOf(curve, recipient) {
  return { kind: 'kms-ecdh', curve, schema: 'discovery', recipient }
}

const both = { kind: 'multi', keyrings: [one, { kind: 'aes', key: 'aes-256' }] }
const multi = [
  ['KMS and AES', same(both)],
  ['KMS and AES, read by KMS', { encrypt: both, decrypt: one }],
  ['KMS and AES, read by its AES key', { encrypt: both, decrypt: both.keyrings[1] }],
]

const logicalName = 'interop branch keys'

/** What a branch key store is made of. */
export const stores = {
  own: { region: regions.west, logicalName, kms: { kind: 'single-region', key: 'kms-west' } },
  primary: { region: regions.west, logicalName, kms: { kind: 'multi-region', key: 'mrk-west' } },
  replica: { region: regions.europe, logicalName, kms: { kind: 'multi-region', key: 'mrk-europe' } },
  discovery: { region: regions.west, logicalName, kms: { kind: 'discovery' } },
  mrkDiscovery: {
    region: regions.europe,
    logicalName,
    kms: { kind: 'multi-region-discovery', region: regions.europe },
  },
}

export const hierarchical = (branchKey, store = stores.own) => ({ kind: 'hierarchical', branchKey, store })

const replicated = hierarchical('branch-ours-mrk', stores.primary)
const branchKeys = [
  ['branch key of ours', same(hierarchical('branch-ours'))],
  ['branch key of theirs', same(hierarchical('branch-theirs'))],
  ['branch key of ours with an id of its own', same(hierarchical('branch-ours-named'))],
  ['branch key of theirs with an id of its own', same(hierarchical('branch-theirs-named'))],
  [
    'branch key, read by discovery',
    { encrypt: hierarchical('branch-ours'), decrypt: hierarchical('branch-ours', stores.discovery) },
  ],
  [
    'branch key of theirs under an MRK, read at its replica',
    {
      encrypt: hierarchical('branch-theirs-mrk', stores.primary),
      decrypt: hierarchical('branch-theirs-mrk', stores.replica),
    },
  ],
  [
    'branch key under an MRK, read at its replica',
    { encrypt: replicated, decrypt: hierarchical('branch-ours-mrk', stores.replica) },
  ],
  [
    'branch key under an MRK, read by discovery at its replica',
    { encrypt: replicated, decrypt: hierarchical('branch-ours-mrk', stores.mrkDiscovery) },
  ],
]

export const kmsKeyrings = new Map([...symmetric, ...multiRegionKeys, ...rsa, ...ecdh, ...multi, ...branchKeys])

/** Is it one that needs a table of branch keys? */
export const needsTable = (name) => name.startsWith('branch key')

/** AWS KMS RSA keyrings take no suite that signs: whoever has the public key could sign. */
export const takesSuitesThatSign = (name) => !name.startsWith('KMS RSA')
