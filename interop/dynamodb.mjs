/**
 * Our branch key store over DynamoDB Local, with the client of the AWS SDK.
 *
 * @module
 */

import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { KMS } from '@aws-sdk/client-kms'
import { branchKeyStore } from '@esdk/keyring-hierarchical'
import { startProxy } from './dynamodb-proxy.mjs'
import { directions } from './outcome.mjs'
import { storageCases } from './storage-cases.mjs'

const region = 'us-west-2'

/** Tries each case on a table of its own. Never rejects: what goes wrong is an outcome. */
export async function tryStorage({ part, dynamoDb, keys }) {
  const report = { peer: part, outcomes: [], skipped: [], missing: dynamoDb.missing }
  if (dynamoDb.endpoint === undefined) return report
  for (const [i, [name, attempt]] of Object.entries(storageCases).entries()) {
    const setting = settingOf(`storage-${i}`, dynamoDb.endpoint, keys['kms-west'].arn)
    const error = await attempt(setting).then(
      () => undefined,
      (failure) => failure.stack,
    )
    await setting.end()
    report.outcomes.push({ peer: part, direction: directions.storage, row: { case: name }, error })
  }
  return report
}

function settingOf(tableName, endpoint, kmsKeyArn) {
  const ends = []
  const kms = new KMS({ region })
  const clientAt = (address, options) => {
    const client = new DynamoDB({ region, endpoint: address, ...options })
    ends.push(async () => client.destroy())
    return client
  }
  const storeOn = (dynamoDb) => branchKeyStore({ tableName, logicalKeyStoreName: 'storage', kmsKeyArn, kms, dynamoDb })
  const client = clientAt(endpoint)
  return {
    tableName,
    kmsKeyArn,
    client,
    store: storeOn(client),
    /** A store whose requests `meet` is asked about: see the proxy. */
    async storeMeeting(meet, options = {}) {
      const proxy = await startProxy(endpoint, meet)
      ends.push(proxy.stop)
      return { store: storeOn(clientAt(proxy.endpoint, options)), gone: proxy.gone }
    },
    /** All items of a branch key, by their type. */
    async itemsOf(branchKeyId) {
      const { Items } = await client.query({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: '#id = :id',
        ExpressionAttributeNames: { '#id': 'branch-key-id' },
        ExpressionAttributeValues: { ':id': { S: branchKeyId } },
      })
      return new Map(Items.map((item) => [item.type.S, item]))
    },
    async end() {
      for (const end of ends.reverse()) await end()
      kms.destroy()
    },
  }
}
