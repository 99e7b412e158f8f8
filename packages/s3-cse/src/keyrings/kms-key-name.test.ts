import { describe, expect, it } from 'vitest'
import { ireland, oregon, stranger } from '../../test/key-materials.ts'
import { checkKmsKeyName, mayAnswerFor, parseKmsKeyArn } from './kms-key-name.ts'

const id = '11111111-1111-4111-8111-111111111111'
const aliasArn = 'arn:aws:kms:us-west-2:111122223333:alias/mine'

describe('the ARN of a key', () => {
  it('has a partition, a Region, an account and a type', () => {
    expect(parseKmsKeyArn('arn:aws-cn:kms:cn-north-1:111122223333:alias/app/one')).toEqual({
      partition: 'aws-cn',
      region: 'cn-north-1',
      account: '111122223333',
      type: 'alias',
    })
  })

  it.each([
    '',
    'arn',
    id,
    `arn:aws:kms:us-west-2:111122223333:${id}`,
    `arn:aws:s3:us-west-2:111122223333:key/${id}`,
    `arn::kms:us-west-2:111122223333:key/${id}`,
    `arn:aws:kms::111122223333:key/${id}`,
    `arn:aws:kms:us-west-2::key/${id}`,
    'arn:aws:kms:us-west-2:111122223333:key/',
    'arn:aws:kms:us-west-2:111122223333:grant/1',
    `${oregon}:1`,
    ` ${oregon}`,
    `${oregon}\n`,
    undefined,
    { toString: () => oregon },
  ])('is not %j', (text) => {
    expect(parseKmsKeyArn(text)).toBeUndefined()
  })
})

describe('the name of a key', () => {
  it.each([oregon, aliasArn, 'alias/mine', 'alias/app/one', id, 'mrk-0123456789abcdef0123456789abcdef'])(
    'may be %s',
    (text) => {
      expect(checkKmsKeyName(text).text).toBe(text)
    },
  )

  it.each(['', ' ', 'arn:aws:kms', `${oregon}:1`, 'alias/', 'key/1', 'a b', undefined, null, 5])(
    'is not %j',
    (text) => {
      expect(() => checkKmsKeyName(text as string)).toThrow(TypeError)
      expect(() => checkKmsKeyName(text as string)).toThrow('keyId must name a key of AWS KMS')
    },
  )
})

describe('the key that answers', () => {
  it.each([
    ['an ARN, itself', oregon, oregon, true],
    ['an ARN, another key', oregon, ireland, false],
    ['an ARN, another key of the same account and Region', oregon, oregon.replace(/1$/, '2'), false],
    ['an ARN, the same in other letters', oregon, oregon.toUpperCase(), false],
    ['an ARN, the id alone', oregon, id, false],
    ['a key id, the key of that id', id, oregon, true],
    ['a key id, the key of another', id, ireland, false],
    ['a key id, the id alone', id, id, false],
    ['an alias, any key', 'alias/mine', stranger, true],
    ['an alias, no ARN', 'alias/mine', 'alias/mine', false],
    ['an alias, the ARN of an alias', 'alias/mine', aliasArn, false],
    ['the ARN of an alias, a key there', aliasArn, oregon, true],
    ['the ARN of an alias, a key in another Region', aliasArn, ireland, false],
    ['the ARN of an alias, a key of another account', aliasArn, stranger, false],
    ['the ARN of an alias, a key of another partition', aliasArn, oregon.replace('aws', 'aws-cn'), false],
    ['the ARN of an alias, itself', aliasArn, aliasArn, false],
  ])('for %s: %#', (_, named, answered, may) => {
    expect(mayAnswerFor(checkKmsKeyName(named), answered)).toBe(may)
  })
})
