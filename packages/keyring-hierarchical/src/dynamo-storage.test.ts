import { afterEach, describe, expect, it, vi } from 'vitest'
import { dynamoStorage } from './dynamo-storage.ts'
import type { BranchKeyDynamoDb, TableDescription } from './service-clients.ts'

const item = { 'branch-key-id': { S: 'tenant-1' }, type: { S: 'branch:ACTIVE' }, enc: { B: Uint8Array.of(2) } }
const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/keys'
const ready: TableDescription = {
  TableArn: arn,
  TableStatus: 'ACTIVE',
  KeySchema: [
    { AttributeName: 'branch-key-id', KeyType: 'HASH' },
    { AttributeName: 'type', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'other', AttributeType: 'N' },
    { AttributeName: 'type', AttributeType: 'S' },
    { AttributeName: 'branch-key-id', AttributeType: 'S' },
  ],
}

/** A client that notes what it is asked, and describes the table like this, in turn. */
function fakeDynamoDb(...tables: readonly (TableDescription | undefined)[]) {
  const calls: [operation: string, input: unknown][] = []
  const left = [...tables]
  const dynamoDb: BranchKeyDynamoDb = {
    async getItem(input) {
      calls.push(['GetItem', input])
      return { Item: item }
    },
    async transactWriteItems(input) {
      calls.push(['TransactWriteItems', input])
    },
    async describeTable(input) {
      calls.push(['DescribeTable', input])
      const table = left.shift()
      if (table !== undefined) return { Table: table }
      throw Object.assign(new Error('no such table'), { name: 'ResourceNotFoundException' })
    },
    async createTable(input) {
      calls.push(['CreateTable', input])
      return { TableDescription: { ...ready, TableStatus: 'CREATING' } }
    },
  }
  return { calls, dynamoDb }
}

describe('a storage in DynamoDB', () => {
  it('reads an item by its two keys, consistently', async () => {
    const { calls, dynamoDb } = fakeDynamoDb()
    expect(await dynamoStorage({ tableName: 'keys', dynamoDb }).get('tenant-1', 'branch:ACTIVE')).toEqual(item)
    const Key = { 'branch-key-id': { S: 'tenant-1' }, type: { S: 'branch:ACTIVE' } }
    expect(calls).toEqual([['GetItem', { TableName: 'keys', Key, ConsistentRead: true }]])
  })

  it('writes in one transaction: where nothing is, or where nothing has changed', async () => {
    const { calls, dynamoDb } = fakeDynamoDb()
    await dynamoStorage({ tableName: 'keys', dynamoDb }).put([{ item }, { item, replaces: Uint8Array.of(1) }])
    expect(calls).toEqual([
      [
        'TransactWriteItems',
        {
          TransactItems: [
            {
              Put: {
                TableName: 'keys',
                Item: item,
                ConditionExpression: 'attribute_not_exists(#id)',
                ExpressionAttributeNames: { '#id': 'branch-key-id' },
              },
            },
            {
              Put: {
                TableName: 'keys',
                Item: item,
                ConditionExpression: 'attribute_exists(#id) AND #enc = :encOld',
                ExpressionAttributeNames: { '#id': 'branch-key-id', '#enc': 'enc' },
                ExpressionAttributeValues: { ':encOld': { B: Uint8Array.of(1) } },
              },
            },
          ],
        },
      ],
    ])
  })

  it('leaves a table as it is that has the right keys', async () => {
    const { calls, dynamoDb } = fakeDynamoDb(ready)
    expect(await dynamoStorage({ tableName: 'keys', dynamoDb }).createTable()).toBe(arn)
    expect(calls).toEqual([['DescribeTable', { TableName: 'keys' }]])
  })

  it('makes a table where there is none, and waits for it', async () => {
    const { calls, dynamoDb } = fakeDynamoDb(undefined, { ...ready, TableStatus: 'CREATING' }, ready)
    const waits: number[] = []
    const wait = async (milliseconds: number) => {
      waits.push(milliseconds)
    }
    expect(await dynamoStorage({ tableName: 'keys', dynamoDb, wait }).createTable()).toBe(arn)
    expect(calls.map(([operation]) => operation)).toEqual([
      'DescribeTable',
      'CreateTable',
      'DescribeTable',
      'DescribeTable',
    ])
    expect(calls[1]?.[1]).toMatchObject({
      TableName: 'keys',
      KeySchema: [
        { AttributeName: 'branch-key-id', KeyType: 'HASH' },
        { AttributeName: 'type', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'branch-key-id', AttributeType: 'S' },
        { AttributeName: 'type', AttributeType: 'S' },
      ],
    })
    expect(waits.length).toBe(2)
  })

  it.each<[string, TableDescription]>([
    ['no sort key', { ...ready, KeySchema: ready.KeySchema?.slice(0, 1) }],
    ['its keys reversed', { ...ready, KeySchema: [...(ready.KeySchema ?? [])].reverse() }],
    ['no types', { ...ready, AttributeDefinitions: [] }],
  ])('refuses a table with %s', async (_, table) => {
    const { calls, dynamoDb } = fakeDynamoDb(table)
    const refused = dynamoStorage({ tableName: 'keys', dynamoDb }).createTable()
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    expect(calls.length).toBe(1)
  })

  it('makes no table when DynamoDB fails for another reason', async () => {
    const { calls, dynamoDb } = fakeDynamoDb()
    const denied = Object.assign(new Error('not you'), { name: 'AccessDeniedException' })
    const failing = { ...dynamoDb, describeTable: () => Promise.reject(denied) }
    const refused = dynamoStorage({ tableName: 'keys', dynamoDb: failing }).createTable()
    await expect(refused).rejects.toHaveProperty('cause', denied)
    expect(calls).toEqual([])
  })

  it('gives up a table that is not ready after two minutes', async () => {
    const making = { ...ready, TableStatus: 'CREATING' }
    const { dynamoDb } = fakeDynamoDb(...Array.from({ length: 200 }, () => making))
    let waited = 0
    const wait = async (milliseconds: number) => {
      waited += milliseconds
    }
    const refused = dynamoStorage({ tableName: 'keys', dynamoDb, wait }).createTable()
    await expect(refused).rejects.toThrow('the table "keys" is still being made')
    expect(waited).toBe(120_000)
  })

  it('does not make up an ARN where DynamoDB gives none', async () => {
    const { TableArn: _, ...nameless } = ready
    const { dynamoDb } = fakeDynamoDb(nameless)
    const refused = dynamoStorage({ tableName: 'keys', dynamoDb }).createTable()
    await expect(refused).rejects.toThrow('DynamoDB gives no ARN for the table "keys"')
  })

  describe('between two looks', () => {
    afterEach(() => {
      vi.useRealTimers()
    })

    it('waits a second', async () => {
      vi.useFakeTimers()
      const { calls, dynamoDb } = fakeDynamoDb({ ...ready, TableStatus: 'CREATING' }, ready)
      const made = dynamoStorage({ tableName: 'keys', dynamoDb }).createTable()
      await vi.advanceTimersByTimeAsync(999)
      expect(calls.length).toBe(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(await made).toBe(arn)
      expect(calls.length).toBe(2)
    })

    it('leaves no timer behind when it is aborted', async () => {
      vi.useFakeTimers()
      const { dynamoDb } = fakeDynamoDb({ ...ready, TableStatus: 'CREATING' })
      const controller = new AbortController()
      const ended = expect(dynamoStorage({ tableName: 'keys', dynamoDb }).createTable(controller)).rejects.toBe(
        'enough',
      )
      await vi.advanceTimersByTimeAsync(500)
      expect(vi.getTimerCount()).toBe(1)
      controller.abort('enough')
      await ended
      expect(vi.getTimerCount()).toBe(0)
    })
  })

  it('stops waiting when it is aborted', async () => {
    const { dynamoDb } = fakeDynamoDb()
    const controller = new AbortController()
    const reason = new Error('enough')
    const never = { ...dynamoDb, getItem: () => new Promise<never>(() => {}) }
    const reading = dynamoStorage({ tableName: 'keys', dynamoDb: never }).get('a', 'b', { signal: controller.signal })
    controller.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  it('needs a name and a client', () => {
    const { dynamoDb } = fakeDynamoDb()
    expect(() => dynamoStorage({ tableName: '', dynamoDb })).toThrow(TypeError)
    expect(() => dynamoStorage({ tableName: 'keys', dynamoDb: {} as never })).toThrow('no method getItem')
  })
})
