/**
 * AWS for tests: a local KMS behind HTTP, a table behind HTTP, and an environment in which the AWS SDK finds nothing else.
 *
 * @module
 */

import { createServer, type Server } from 'node:http'
import { type KmsCall, type LocalKmsServer, localKms, startLocalKms } from '@esdk/local-kms'

/** What the AWS SDK reads: any credentials, and none of those of this machine. */
export const awsEnvironment: Readonly<Record<string, string | undefined>> = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_SESSION_TOKEN: undefined,
  AWS_REGION: undefined,
  AWS_DEFAULT_REGION: undefined,
  AWS_PROFILE: undefined,
  AWS_CONFIG_FILE: 'no-such-file',
  AWS_SHARED_CREDENTIALS_FILE: 'no-such-file',
  AWS_ENDPOINT_URL: undefined,
  AWS_ENDPOINT_URL_KMS: undefined,
  AWS_EC2_METADATA_DISABLED: 'true',
}

export interface TestKms extends LocalKmsServer {
  /** All calls that were made since the start, or since they were taken. */
  takeCalls(): KmsCall[]
  /** A new key with this alias, by its ARN. */
  createKey(region: string, alias: string, input?: object): Promise<string>
}

export async function startTestKms(): Promise<TestKms> {
  const calls: KmsCall[] = []
  const kms = localKms({ onCall: (call) => calls.push(call) })
  const server = await startLocalKms({ kms })
  return {
    ...server,
    takeCalls: () => calls.splice(0),
    async createKey(region, alias, input = {}) {
      const { KeyMetadata: key } = await kms.client(region).createKey(input)
      await kms.client(region).createAlias({ AliasName: alias, TargetKeyId: key.KeyId })
      return key.Arn
    },
  }
}

type Item = Readonly<Record<string, { readonly S?: string; readonly B?: string }>>

interface Put {
  readonly Item: Item
  readonly ConditionExpression: string
  readonly ExpressionAttributeValues?: { readonly ':encOld'?: { readonly B: string } }
}

interface Request {
  readonly TableName: string
  readonly Key: Item
  readonly TransactItems: readonly { readonly Put: Put }[]
}

export interface TestDynamoDb {
  readonly endpoint: string
  /** Operations that were asked for. */
  readonly operations: string[]
  close(): Promise<void>
}

/** One table of branch keys, in the protocol of DynamoDB, as far as a branch key store uses it. */
export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  const items = new Map<string, Item>()
  const operations: string[] = []
  let table: object | undefined

  function answer(operation: string, request: Request): object {
    switch (operation) {
      case 'DescribeTable':
        return table === undefined ? refusal('ResourceNotFoundException') : { Table: table }
      case 'CreateTable':
        table = {
          ...request,
          TableArn: `arn:aws:dynamodb:eu-west-1:111122223333:table/${request.TableName}`,
          TableStatus: 'ACTIVE',
        }
        return { TableDescription: table }
      case 'GetItem':
        return table === undefined ? refusal('ResourceNotFoundException') : { Item: items.get(placeOf(request.Key)) }
      case 'TransactWriteItems':
        return write(request.TransactItems.map(({ Put }) => Put))
      default:
        return refusal('UnknownOperationException')
    }
  }

  function write(puts: readonly Put[]): object {
    const holds = puts.every(({ Item, ConditionExpression, ExpressionAttributeValues }) => {
      const before = items.get(placeOf(Item))
      return ConditionExpression.startsWith('attribute_not_exists')
        ? before === undefined
        : before?.['enc']?.B === ExpressionAttributeValues?.[':encOld']?.B
    })
    if (!holds) return refusal('TransactionCanceledException')
    for (const { Item } of puts) items.set(placeOf(Item), Item)
    return {}
  }

  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '')
      operations.push(operation)
      const result = answer(operation, JSON.parse(body) as Request)
      response.writeHead('__type' in result ? 400 : 200, { 'Content-Type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify(result))
    })
  })
  return { endpoint: `http://127.0.0.1:${await listen(server)}`, operations, close: () => stop(server) }
}

function refusal(name: string): object {
  return { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name }
}

function placeOf(item: Item): string {
  return JSON.stringify([item['branch-key-id']?.S, item['type']?.S])
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port))
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
