/**
 * What is asked of clients of AWS KMS and DynamoDB: the shape of `KMS` in `@aws-sdk/client-kms` and of `DynamoDB` in
 * `@aws-sdk/client-dynamodb`, as far as it is used here.
 *
 * Answers are typed as they may be, not as they should be: every field is checked.
 *
 * @module
 */

import type { ServiceCallOptions } from '@esdk/cmm/services'

type Call<Input, Output> = (input: Input, options?: ServiceCallOptions) => Promise<Output>

interface WithGrants {
  GrantTokens?: string[]
}

/** AWS KMS, for branch keys. */
export interface BranchKeyKms {
  generateDataKeyWithoutPlaintext: Call<
    WithGrants & { KeyId: string; NumberOfBytes: number; EncryptionContext: Record<string, string> },
    WrappedAnswer
  >
  reEncrypt: Call<
    WithGrants & {
      CiphertextBlob: Uint8Array
      SourceKeyId: string
      SourceEncryptionContext: Record<string, string>
      DestinationKeyId: string
      DestinationEncryptionContext: Record<string, string>
    },
    WrappedAnswer & { readonly SourceKeyId?: string | undefined }
  >
  decrypt: Call<
    WithGrants & { KeyId: string; CiphertextBlob: Uint8Array; EncryptionContext: Record<string, string> },
    UnwrappedAnswer
  >
}

/** `KeyId` is the ARN of the key that was used. */
export interface WrappedAnswer {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

export interface UnwrappedAnswer {
  readonly KeyId?: string | undefined
  readonly Plaintext?: Uint8Array | undefined
}

/** An attribute as it is written. */
export type AttributeValue = { readonly S: string } | { readonly N: string } | { readonly B: Uint8Array }

/** An attribute as it may come back. */
export interface StoredAttribute {
  readonly S?: string | undefined
  readonly N?: string | undefined
  readonly B?: Uint8Array | undefined
}

interface KeyElement {
  readonly AttributeName?: string | undefined
  readonly KeyType?: string | undefined
}

/** A table, as far as it matters here. */
export interface TableDescription {
  readonly TableArn?: string | undefined
  readonly TableStatus?: string | undefined
  readonly KeySchema?: readonly KeyElement[] | undefined
  readonly AttributeDefinitions?:
    | readonly { readonly AttributeName?: string | undefined; readonly AttributeType?: string | undefined }[]
    | undefined
}

/** DynamoDB, for branch keys. */
export interface BranchKeyDynamoDb {
  getItem: Call<
    { TableName: string; Key: Record<string, AttributeValue>; ConsistentRead: boolean },
    { readonly Item?: Record<string, StoredAttribute> | undefined }
  >
  transactWriteItems: Call<{ TransactItems: { Put: PutInput }[] }, unknown>
  describeTable: Call<{ TableName: string }, { readonly Table?: TableDescription | undefined }>
  createTable: Call<
    {
      TableName: string
      KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[]
      AttributeDefinitions: { AttributeName: string; AttributeType: 'S' }[]
      BillingMode: 'PAY_PER_REQUEST'
    },
    { readonly TableDescription?: TableDescription | undefined }
  >
}

interface PutInput {
  TableName: string
  Item: Record<string, AttributeValue>
  ConditionExpression: string
  ExpressionAttributeNames: Record<string, string>
  ExpressionAttributeValues?: Record<string, AttributeValue>
}
