/**
 * Branch keys in a DynamoDB table.
 *
 * Spec: framework/branch-key-store.md, "CreateKeyStore" and "Writing Branch Key and Beacon Key to Keystore"
 *
 * @module
 */

import { type CallOptions, quote, untilAborted } from '@esdk/cmm'
import { callService, type ServiceCallOptions } from '@esdk/cmm/services'
import { BranchKeyStoreError, failureOf } from './errors.ts'
import type { BranchKeyDynamoDb, TableDescription } from './service-clients.ts'
import type { BranchKeyStorage, ItemToPut } from './storage.ts'

const keySchema = [
  { AttributeName: 'branch-key-id', KeyType: 'HASH' },
  { AttributeName: 'type', KeyType: 'RANGE' },
] as const

/** How often a table that is being made is looked at, in milliseconds, and how many times. */
const lookEveryMs = 1000
const mostLooks = 120

/** The table, and who waits between two looks at it. */
export interface DynamoStorageOptions {
  readonly tableName: string
  readonly dynamoDb: BranchKeyDynamoDb
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
}

/**
 * A storage in that table, which is made by `createTable`. Reads are consistent.
 *
 * @throws TypeError - no name, or a client that lacks a method
 */
export function dynamoStorage({ tableName, dynamoDb, wait = sleep }: DynamoStorageOptions): BranchKeyStorage {
  checkTable(tableName, dynamoDb)
  const call = <Answer>(
    operation: string,
    options: CallOptions | undefined,
    make: (options: ServiceCallOptions) => Promise<Answer>,
  ) => callService(make, options, { failed: failureOf(`DynamoDB ${operation} of the table ${quote(tableName)}`) })
  const describe = (options: CallOptions | undefined) =>
    call('DescribeTable', options, (how) => dynamoDb.describeTable({ TableName: tableName }, how))

  return {
    async get(branchKeyId, type, options) {
      const Key = { 'branch-key-id': { S: branchKeyId }, type: { S: type } }
      const answer = await call('GetItem', options, (how) =>
        dynamoDb.getItem({ TableName: tableName, Key, ConsistentRead: true }, how),
      )
      return answer?.Item
    },
    async put(items, options) {
      const TransactItems = items.map((item) => ({ Put: putOf(tableName, item) }))
      await call('TransactWriteItems', options, (how) => dynamoDb.transactWriteItems({ TransactItems }, how))
    },
    async createTable(options) {
      let table = await describe(options).then(
        (answer) => answer?.Table,
        (error: unknown) => {
          if (!isNotFound(error)) throw error
          return undefined
        },
      )
      if (table === undefined) {
        const made = await call('CreateTable', options, (how) => dynamoDb.createTable(newTable(tableName), how))
        table = made?.TableDescription
      } else {
        checkSchema(tableName, table)
      }
      for (let look = 0; table?.TableStatus === 'CREATING'; look++) {
        if (look === mostLooks) throw new BranchKeyStoreError(`the table ${quote(tableName)} is still being made`)
        await wait(lookEveryMs, options?.signal)
        table = (await describe(options))?.Table
      }
      if (typeof table?.TableArn === 'string') return table.TableArn
      throw new BranchKeyStoreError(`DynamoDB gives no ARN for the table ${quote(tableName)}`)
    },
  }
}

function checkTable(tableName: string, dynamoDb: BranchKeyDynamoDb): void {
  if (typeof tableName !== 'string' || tableName === '') throw new TypeError('tableName must be a text, and not empty')
  for (const method of ['getItem', 'transactWriteItems', 'describeTable', 'createTable'] as const) {
    if (typeof dynamoDb?.[method] !== 'function') {
      throw new TypeError(
        `dynamoDb has no method ${method}: it must be a DynamoDB of @aws-sdk/client-dynamodb, or of that shape`,
      )
    }
  }
}

function putOf(tableName: string, { item, replaces }: ItemToPut) {
  const ExpressionAttributeNames = { '#id': 'branch-key-id' }
  const common = { TableName: tableName, Item: { ...item } }
  if (replaces === undefined) {
    return { ...common, ConditionExpression: 'attribute_not_exists(#id)', ExpressionAttributeNames }
  }
  return {
    ...common,
    ConditionExpression: 'attribute_exists(#id) AND #enc = :encOld',
    ExpressionAttributeNames: { ...ExpressionAttributeNames, '#enc': 'enc' },
    ExpressionAttributeValues: { ':encOld': { B: replaces } },
  }
}

function newTable(tableName: string) {
  return {
    TableName: tableName,
    KeySchema: keySchema.map((element) => ({ ...element })),
    AttributeDefinitions: keySchema.map(({ AttributeName }) => ({ AttributeName, AttributeType: 'S' as const })),
    BillingMode: 'PAY_PER_REQUEST' as const,
  }
}

function checkSchema(tableName: string, { KeySchema = [], AttributeDefinitions = [] }: TableDescription): void {
  const right =
    KeySchema.length === keySchema.length &&
    keySchema.every(
      ({ AttributeName, KeyType }, i) =>
        KeySchema[i]?.AttributeName === AttributeName &&
        KeySchema[i]?.KeyType === KeyType &&
        AttributeDefinitions.some((one) => one.AttributeName === AttributeName && one.AttributeType === 'S'),
    )
  if (right) return
  throw new BranchKeyStoreError(
    `the table ${quote(tableName)} is there and has other keys: a branch key store needs the partition key branch-key-id and the sort key type, both of type S`,
  )
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'ResourceNotFoundException'
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  try {
    await untilAborted(over, signal)
  } finally {
    clearTimeout(timer)
  }
}
