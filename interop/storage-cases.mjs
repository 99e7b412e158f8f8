/**
 * What a branch key store has to do on a real table, whatever else happens to it.
 *
 * @module
 */

import assert from 'node:assert/strict'

const code = 'ERR_ESDK_BRANCH_KEY_STORE'
const unknownVersion = '00000000-0000-4000-8000-000000000000'
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

export const storageCases = {
  async 'makes the table once, and leaves it then'({ store, client, tableName }) {
    const arn = await store.createTable()
    const { Table } = await client.describeTable({ TableName: tableName })
    assert.equal(Table.TableArn, arn)
    assert.equal(Table.BillingModeSummary.BillingMode, 'PAY_PER_REQUEST')
    assert.deepEqual(Table.KeySchema, [
      { AttributeName: 'branch-key-id', KeyType: 'HASH' },
      { AttributeName: 'type', KeyType: 'RANGE' },
    ])
    assert.equal(await store.createTable(), arn)
  },

  async 'makes one table when two ask for it at once'({ store, client, tableName }) {
    const outcomes = await Promise.allSettled([store.createTable(), store.createTable()])
    const { Table } = await client.describeTable({ TableName: tableName })
    for (const { value, reason } of outcomes) {
      if (reason === undefined) assert.equal(value, Table.TableArn)
      else assert.equal(reason.cause.name, 'ResourceInUseException')
    }
    assert.equal(await store.createTable(), Table.TableArn)
  },

  async 'refuses a table with other keys'({ store, client, tableName }) {
    await client.createTable({
      TableName: tableName,
      KeySchema: [{ AttributeName: 'branch-key-id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'branch-key-id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    })
    await assert.rejects(store.createTable(), { code })
  },

  async 'says that the table is missing'({ store }) {
    for (const call of [() => store.createKey(), () => store.getActive('a'), () => store.versionKey('a')]) {
      await assert.rejects(call, (error) => {
        assert.equal(error.code, code)
        assert.match(error.message, /ResourceNotFoundException/)
        return true
      })
    }
  },

  async 'writes three items, with the attributes of the specification'({ store, itemsOf, kmsKeyArn }) {
    await store.createTable()
    const id = await store.createKey({ branchKeyId: 'tenant 鍵', encryptionContext: { purpose: 'é' } })
    assert.equal(id, 'tenant 鍵')
    const items = await itemsOf(id)
    const version = items.get('branch:ACTIVE').version.S
    assert.match(version.slice('branch:version:'.length), uuid)
    assert.deepEqual([...items.keys()].sort(), ['beacon:ACTIVE', 'branch:ACTIVE', version])
    for (const [type, { enc, 'create-time': time, ...item }] of items) {
      assert.ok(enc.B.length > 32)
      assert.match(time.S, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
      assert.deepEqual(item, {
        'branch-key-id': { S: id },
        type: { S: type },
        'kms-arn': { S: kmsKeyArn },
        'hierarchy-version': { N: '1' },
        'aws-crypto-ec:purpose': { S: 'é' },
        ...(type === 'branch:ACTIVE' && { version: { S: version } }),
      })
    }
  },

  async 'makes no second branch key with the same id, and changes nothing then'({ store, itemsOf }) {
    await store.createTable()
    const key = { branchKeyId: 'tenant', encryptionContext: { purpose: 'test' } }
    await store.createKey(key)
    const before = await itemsOf('tenant')
    await assert.rejects(store.createKey(key), isRefusedWrite)
    assert.deepEqual(await itemsOf('tenant'), before)
  },

  async 'makes one branch key when two ask for the same id at once'({ store, itemsOf }) {
    await store.createTable()
    const key = { branchKeyId: 'tenant', encryptionContext: { purpose: 'test' } }
    const outcomes = await Promise.allSettled([store.createKey(key), store.createKey(key)])
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    isRefusedWrite(outcomes.find(({ status }) => status === 'rejected').reason)
    assert.equal((await itemsOf('tenant')).size, 3)
    await activeMatches(store, 'tenant')
  },

  async 'keeps old versions and the beacon key when there is a new version'({ store, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    const old = await store.getActive(id)
    const before = await itemsOf(id)
    const version = await store.versionKey(id)
    const after = await itemsOf(id)
    assert.notEqual(version, old.branchKeyVersion)
    assert.equal(after.size, 4)
    for (const type of ['beacon:ACTIVE', `branch:version:${old.branchKeyVersion}`]) {
      assert.deepEqual(after.get(type), before.get(type))
    }
    const again = await store.getVersion(id, old.branchKeyVersion)
    assert.deepEqual(again.branchKey.expose(), old.branchKey.expose())
    assert.equal((await activeMatches(store, id)).branchKeyVersion, version)
  },

  async 'is never without an active version that matches, while three give new ones'({ store, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    let isDone = false
    const reads = (async () => {
      let count = 0
      for (; !isDone || count === 0; count++) await activeMatches(store, id)
      return count
    })()
    let versions = 1
    for (let round = 0; round < 10; round++) {
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => store.versionKey(id)))
      const made = outcomes.filter(({ status }) => status === 'fulfilled').map(({ value }) => value)
      for (const { reason } of outcomes.filter(({ status }) => status === 'rejected')) isRefusedWrite(reason)
      assert.ok(made.length > 0, 'nobody made a new version')
      versions += made.length
      assert.ok(made.includes((await activeMatches(store, id)).branchKeyVersion))
      for (const version of made) await store.getVersion(id, version)
    }
    isDone = true
    assert.ok((await reads) > 0)
    // Each version, the active one, the beacon key: those that were refused have left nothing.
    assert.equal((await itemsOf(id)).size, versions + 2)
  },

  async 'refuses a new version when another came in between'({ store, storeMeeting, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    let winner
    const { store: late } = await storeMeeting(async (operation) => {
      if (operation === 'TransactWriteItems') winner ??= await store.versionKey(id)
    })
    await assert.rejects(late.versionKey(id), isRefusedWrite)
    assert.equal((await activeMatches(store, id)).branchKeyVersion, winner)
    assert.equal((await itemsOf(id)).size, 4)
  },

  async 'says which branch key is missing, and what of it'({ store }) {
    await store.createTable()
    const id = await store.createKey()
    const missing = [
      ['nobody', () => store.getActive('nobody')],
      ['nobody', () => store.getBeacon('nobody')],
      ['nobody', () => store.versionKey('nobody')],
      [unknownVersion, () => store.getVersion(id, unknownVersion)],
    ]
    for (const [name, read] of missing) {
      await assert.rejects(read, (error) => {
        assert.equal(error.code, code)
        assert.ok(error.message.includes(name), error.message)
        return true
      })
    }
  },

  async 'outlives a few refusals for want of capacity'({ store, storeMeeting }) {
    await store.createTable()
    const id = await store.createKey()
    const left = { GetItem: 2, TransactWriteItems: 2 }
    const { store: throttled } = await storeMeeting((operation) =>
      left[operation]-- > 0 ? { status: 400, name: 'ProvisionedThroughputExceededException' } : undefined,
    )
    const version = await throttled.versionKey(id)
    assert.equal((await activeMatches(store, id)).branchKeyVersion, version)
    assert.ok(left.GetItem < 0 && left.TransactWriteItems < 0)
  },

  async 'hands on errors that do not pass, and changes nothing then'({ store, storeMeeting, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    const before = await itemsOf(id)
    for (const [status, name] of [
      [400, 'ProvisionedThroughputExceededException'],
      [400, 'ThrottlingException'],
      [400, 'RequestLimitExceeded'],
      [400, 'TransactionInProgressException'],
      [400, 'AccessDeniedException'],
      [500, 'InternalServerError'],
    ]) {
      for (const failing of ['GetItem', 'TransactWriteItems']) {
        const { store: unlucky } = await storeMeeting(
          (operation) => (operation === failing ? { status, name } : undefined),
          { maxAttempts: 2 },
        )
        await assert.rejects(unlucky.versionKey(id), (error) => {
          assert.equal(error.code, code)
          assert.ok(error.message.includes(name), error.message)
          return true
        })
      }
    }
    assert.deepEqual(await itemsOf(id), before)
  },

  async 'makes one new version when the answer to the first try is lost'({ store, storeMeeting, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    let writes = 0
    const { store: unlucky } = await storeMeeting((operation) =>
      operation === 'TransactWriteItems' && ++writes === 1 ? 'lost' : undefined,
    )
    const version = await unlucky.versionKey(id)
    assert.equal(writes, 2)
    assert.equal((await activeMatches(store, id)).branchKeyVersion, version)
    assert.equal((await itemsOf(id)).size, 4)
  },

  async 'ends at once when it is aborted, and hangs up'({ store, storeMeeting, itemsOf }) {
    await store.createTable()
    const id = await store.createKey()
    const before = await itemsOf(id)
    for (const silent of ['GetItem', 'TransactWriteItems']) {
      const controller = new AbortController()
      const reason = new Error('enough')
      const { store: waiting, gone } = await storeMeeting((operation) => {
        if (operation !== silent) return
        controller.abort(reason)
        return 'silence'
      })
      await assert.rejects(waiting.versionKey(id, { signal: controller.signal }), (error) => error === reason)
      await gone
    }
    assert.deepEqual(await itemsOf(id), before)
  },
}

/** The active version is the same key as the one that is kept under its name. */
async function activeMatches(store, id) {
  const active = await store.getActive(id)
  const kept = await store.getVersion(id, active.branchKeyVersion)
  assert.deepEqual(kept.branchKey.expose(), active.branchKey.expose())
  return active
}

/** DynamoDB found another item there than expected, or another writer at work. */
function isRefusedWrite(error) {
  assert.equal(error.code, code)
  const names = []
  for (let at = error; at !== undefined; at = at.cause) names.push(at.name)
  assert.ok(names.includes('TransactionCanceledException'), `${names.join(', ')}: ${error.message}`)
  return true
}
