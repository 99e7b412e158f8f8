import { DynamoDB } from '@aws-sdk/client-dynamodb'
import { KMS } from '@aws-sdk/client-kms'
import { expect, it } from 'vitest'
import { branchKeyStore } from './branch-key-store.ts'
import type { BranchKeyDynamoDb, BranchKeyKms } from './service-clients.ts'

it('the clients of the AWS SDK have the shapes that a branch key store asks for', () => {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  const kms: BranchKeyKms = new KMS({ region: 'eu-west-1', credentials })
  const dynamoDb: BranchKeyDynamoDb = new DynamoDB({ region: 'eu-west-1', credentials })
  const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  const store = branchKeyStore({ tableName: 'keys', logicalKeyStoreName: 'keys', kmsKeyArn, kms, dynamoDb })
  expect(store.tableName).toBe('keys')
})
