/**
 * Keyrings over AWS KMS, branch keys among them. Endpoints and credentials come from the environment.
 *
 * @module
 */

import {
  AwsKmsMrkAwareSymmetricDiscoveryKeyringNode,
  BranchKeyStoreNode,
  buildAwsKmsMrkAwareDiscoveryMultiKeyringNode,
  buildAwsKmsMrkAwareStrictMultiKeyringNode,
  cacheClients,
  getKmsClient,
  KmsHierarchicalKeyRingNode,
  KmsKeyringNode,
  limitRegions,
} from '@aws-crypto/client-node'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

const clientProvider = cacheClients(getKmsClient)
const dynamoDb = new Map()

const secondsToLive = 60

export function kmsKeyring(spec, keys) {
  return keyrings[spec.kind](spec, keys)
}

const keyrings = {
  kms: (spec, keys) => new KmsKeyringNode({ ...namedKeys(spec, keys), clientProvider }),
  'kms-mrk': (spec, keys) => buildAwsKmsMrkAwareStrictMultiKeyringNode({ ...namedKeys(spec, keys), clientProvider }),
  'kms-discovery': (spec) =>
    new KmsKeyringNode({
      discovery: true,
      ...filterOf(spec),
      clientProvider: limitRegions(spec.regions, clientProvider),
    }),
  'kms-mrk-discovery': (spec) =>
    spec.regions.length === 1
      ? new AwsKmsMrkAwareSymmetricDiscoveryKeyringNode({
          client: clientProvider(spec.regions[0]),
          ...filterOf(spec),
        })
      : buildAwsKmsMrkAwareDiscoveryMultiKeyringNode({ regions: spec.regions, ...filterOf(spec), clientProvider }),
}

function namedKeys({ generator, keys: others }, keys) {
  return {
    ...(generator && { generatorKeyId: keys[generator].arn }),
    keyIds: others.map((name) => keys[name].arn),
  }
}

function filterOf({ filter }) {
  return filter && { discoveryFilter: { accountIDs: filter.accountIds, partition: filter.partition } }
}

export function hierarchicalKeyring({ store, branchKey, tenants }, keys, utf8Sorting) {
  return new KmsHierarchicalKeyRingNode({
    keyStore: branchKeyStore(store, keys),
    cacheLimitTtl: secondsToLive,
    ...(tenants === undefined
      ? { branchKeyId: keys[branchKey] }
      : { branchKeyIdSupplier: { getBranchKeyId: ({ tenant }) => keys[tenants[tenant]] } }),
    ...(utf8Sorting && { utf8Sorting }),
  })
}

export function branchKeyStore({ region, logicalName, kms }, keys) {
  return new BranchKeyStoreNode({
    storage: { ddbTableName: keys.table, ddbClient: dynamoDbIn(region) },
    logicalKeyStoreName: logicalName,
    keyManagement: { kmsClient: clientProvider(region) },
    kmsConfiguration: configurations[kms.kind](kms, keys),
  })
}

const configurations = {
  'single-region': ({ key }, keys) => ({ identifier: keys[key].arn }),
  'multi-region': ({ key }, keys) => ({ mrkIdentifier: keys[key].arn }),
  discovery: () => 'discovery',
  'multi-region-discovery': ({ region }) => ({ region }),
}

function dynamoDbIn(region) {
  if (!dynamoDb.has(region)) dynamoDb.set(region, new DynamoDBClient({ region }))
  return dynamoDb.get(region)
}
