import { expect, it } from 'vitest'
import { isReplica, parseKmsKeyArn, replicaIn } from './kms-arn.ts'

const plain = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const replica = 'arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab'
const other = replica.replace('cn-north-1', 'cn-northwest-1')

it('the ARN of a key is told from other texts', () => {
  expect(parseKmsKeyArn(plain)).toEqual({
    partition: 'aws',
    region: 'eu-west-1',
    account: '111122223333',
    id: '1234abcd-12ab-34cd-56ef-1234567890ab',
  })
  expect(parseKmsKeyArn(replica)).toMatchObject({ partition: 'aws-cn', region: 'cn-north-1' })
})

it.each([
  '',
  'alias/mine',
  plain.replace('key/', 'alias/'),
  plain.replace('kms', 's3'),
  plain.replace('arn:', 'urn:'),
  plain.replace('eu-west-1', ''),
  plain.replace('111122223333', ''),
  plain.replace(/key\/.*/, 'key/'),
  `${plain}:more`,
  ` ${plain}`,
])('%j is not the ARN of a key', (text) => {
  expect(parseKmsKeyArn(text)).toBeUndefined()
})

it('only multi-Region keys have replicas, and only in their account and partition', () => {
  expect(replicaIn('cn-northwest-1', replica)).toBe(other)
  expect(replicaIn('us-east-1', plain)).toBe(plain)
  expect(isReplica(replica, other)).toBe(true)
  expect(isReplica(plain, plain)).toBe(true)
  expect(isReplica(plain, plain.replace('eu-west-1', 'us-east-1'))).toBe(false)
  expect(isReplica(replica, other.replace('1111', '2222'))).toBe(false)
  expect(isReplica(replica, other.replace('aws-cn', 'aws'))).toBe(false)
})
