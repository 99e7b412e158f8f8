/**
 * Our keyrings, as a job names them.
 *
 * @module
 */

import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { KMS } from '@aws-sdk/client-kms'
import { multiKeyring } from '@esdk/cmm'
import { branchKeyStore, hierarchicalKeyring } from '@esdk/keyring-hierarchical'
import {
  kmsDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsMrkKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import { rawAesKeyring, rawEcdhKeyring, rawKeyring, rawRsaKeyring } from '@esdk/keyring-raw'

// Endpoints and credentials come from the environment.
const clientFor = oncePerRegion((region) => new KMS({ region }))
export const dynamoDbIn = oncePerRegion((region) => new DynamoDB({ region }))

function oncePerRegion(make) {
  const made = new Map()
  return (region) => {
    if (!made.has(region)) made.set(region, make(region))
    return made.get(region)
  }
}

/**
 * @param given the `operation`, all `keys`, the `backend`, and whether keys are `found` directly or by id
 */
export function keyringOf(spec, given) {
  if (spec.kind === 'multi') {
    const [generator, ...children] = spec.keyrings.map((part) => keyringOf(part, given))
    return multiKeyring({ generator, children })
  }
  if (Object.hasOwn(makers, spec.kind)) return makers[spec.kind](spec, given)
  const { backend } = given
  const id = { namespace: spec.namespace, name: nameOf(spec) }
  if (given.found === 'directly') {
    const make = spec.kind === 'aes' ? rawAesKeyring : rawRsaKeyring
    return make({ ...id, ...keyOf(spec, given), backend })
  }
  const { namespace, name } = id
  return rawKeyring({
    namespace,
    resolve: (wanted) => (Buffer.compare(wanted, Buffer.from(name)) === 0 ? keyOf(spec, given) : undefined),
    ...(given.operation === 'encrypt' && { encryptWith: [name] }),
    backend,
  })
}

const makers = {
  ecdh: ecdhKeyring,
  kms: (spec, { keys }) => kmsKeyring(namedKeys(spec, keys)),
  'kms-mrk': (spec, { keys }) => kmsMrkKeyring(namedKeys(spec, keys)),
  'kms-discovery': ({ regions, filter }) => kmsDiscoveryKeyring({ regions, filter, clientFor }),
  'kms-mrk-discovery': ({ regions, filter }) =>
    multiKeyring({ children: regions.map((region) => kmsMrkDiscoveryKeyring({ region, filter, clientFor })) }),
  'kms-rsa': ({ key, algorithm }, { keys, backend, operation }) =>
    kmsRsaKeyring({
      keyId: keys[key].arn,
      encryptionAlgorithm: algorithm,
      ...(operation === 'encrypt' && { publicKey: keys[key].publicKey }),
      clientFor,
      backend,
    }),
  'kms-ecdh': kmsEcdh,
  hierarchical({ store, branchKey, tenants }, { keys, backend }) {
    const chosen =
      tenants === undefined
        ? { branchKeyId: keys[branchKey] }
        : { branchKeyIdSupplier: ({ tenant }) => keys[tenants[tenant]] }
    return hierarchicalKeyring({ branchKeyStore: storeOf(store, keys), ...chosen, ttlMs: 60_000, backend })
  },
}

function namedKeys({ generator, keys: others }, keys) {
  const keyIds = others.map((name) => keys[name].arn)
  return { ...(generator && { generatorKeyId: keys[generator].arn }), keyIds, clientFor }
}

function kmsEcdh({ curve, schema, sender, recipient, givesOwnPublicKey }, { keys, backend }) {
  const common = { curve, schema, clientFor, backend }
  if (schema === 'discovery') return kmsEcdhKeyring({ ...common, recipientKeyId: keys[recipient].arn })
  return kmsEcdhKeyring({
    ...common,
    senderKeyId: keys[sender].arn,
    ...(givesOwnPublicKey && { senderPublicKey: keys[sender].publicKey }),
    recipientPublicKey: keys[recipient].publicKey,
  })
}

/** The store of branch keys that a job names. */
export function storeOf({ region, logicalName, kms }, keys) {
  const { key, ...kmsKey } = kms
  return branchKeyStore({
    tableName: keys.table,
    logicalKeyStoreName: logicalName,
    kmsKey: key === undefined ? kmsKey : { ...kmsKey, arn: keys[key].arn },
    kms: clientFor(region),
    dynamoDb: dynamoDbIn(region),
  })
}

/** As text where it is one. */
function nameOf({ name, nameHex }) {
  const bytes = Buffer.from(nameHex, 'hex')
  return Buffer.compare(Buffer.from(name), bytes) === 0 ? name : bytes
}

/** Of an RSA pair, the one key that the operation takes. */
function keyOf({ kind, key, padding }, { operation, keys }) {
  if (kind === 'aes') return { wrappingKey: Buffer.from(keys[key], 'hex') }
  const half = operation === 'encrypt' ? 'publicKey' : 'privateKey'
  return { padding, [half]: keys[key][half] }
}

function ecdhKeyring({ curve, schema, sender, recipient }, { keys, backend }) {
  const common = { curve, schema, backend }
  switch (schema) {
    case 'static':
      return rawEcdhKeyring({
        ...common,
        senderPrivateKey: keys[sender].privateKey,
        recipientPublicKey: keys[recipient].publicKey,
      })
    case 'ephemeral':
      return rawEcdhKeyring({ ...common, recipientPublicKey: keys[recipient].publicKey })
    default:
      return rawEcdhKeyring({ ...common, recipientPrivateKey: keys[recipient].privateKey })
  }
}
