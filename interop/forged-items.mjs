/**
 * What somebody may write who has the table and no key: neither side takes it for a branch key.
 *
 * @module
 */

import { isEsdkError } from '@esdk/cmm'
import { stores } from './kms-keyrings.mjs'
import { dynamoDbIn, storeOf } from './our-keyrings.mjs'
import { directions } from './outcome.mjs'

const active = 'branch:ACTIVE'

/** By what is wrong: the active item, made of a true one and of the one that has its version. */
const forgeries = {
  'the item of another branch key': (item) => item,
  'the wrapped key of the version, as the active one': (item, versioned) => ({ ...item, enc: versioned.enc }),
  'another context': (item) => ({ ...item, 'aws-crypto-ec:tenant': { S: 'somebody else' } }),
  'an attribute more': (item) => ({ ...item, owner: { S: 'somebody else' } }),
  'another time': (item) => ({ ...item, 'create-time': { S: '2020-01-01T00:00:00.000000Z' } }),
  'another KMS key': (item, _, keys) => ({ ...item, 'kms-arn': { S: keys['kms-europe'].arn } }),
}

export async function refuseForgedItems({ peer, keys, ask, tell }) {
  const names = Object.keys(forgeries)
  const ids = await Promise.all(names.map((name) => forge(name, peer, keys)))
  const job = { operation: 'read branch key', store: stores.own, which: 'active' }
  const answers = await ask(names.map((id, i) => ({ ...job, id, branchKeyId: ids[i] })))
  const store = storeOf(stores.own, keys)
  for (const [i, name] of names.entries()) {
    const { error } = answers.get(name)
    tell(directions.notForTheirs, { forged: name }, error === undefined ? 'it reads a forged item' : undefined)
    tell(directions.notForOurs, { forged: name }, await faultOfOurs(store, ids[i]))
  }
}

/** A branch key of ours, with its active item replaced; or put under another id, with all that it has. */
async function forge(name, peer, keys) {
  const dynamoDb = dynamoDbIn(stores.own.region)
  const { table: TableName } = keys
  const branchKeyId = await storeOf(stores.own, keys).createKey({
    branchKeyId: `${peer}, forged: ${name}`,
    encryptionContext: { tenant: 'of the owner' },
  })
  const get = async (type) => {
    const Key = { 'branch-key-id': { S: branchKeyId }, type: { S: type } }
    return (await dynamoDb.getItem({ TableName, Key })).Item
  }
  const item = await get(active)
  const forged = forgeries[name](item, await get(item.version.S), keys)
  if (forged !== item) {
    await dynamoDb.putItem({ TableName, Item: forged })
    return branchKeyId
  }
  const other = `${branchKeyId}, elsewhere`
  await dynamoDb.putItem({ TableName, Item: { ...item, 'branch-key-id': { S: other } } })
  return other
}

async function faultOfOurs(store, branchKeyId) {
  try {
    await store.getActive(branchKeyId)
    return 'we read a forged item'
  } catch (error) {
    return isEsdkError(error) ? undefined : `we refuse with an error of another kind: ${error.stack}`
  }
}
