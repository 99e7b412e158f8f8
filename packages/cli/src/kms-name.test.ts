import { describe, expect, it } from 'vitest'
import { kmsNameKind, parseKmsKeyName } from './kms-name.ts'

describe('a name of a key of AWS KMS', () => {
  it('is taken apart where it is the ARN of a key', () => {
    const arn = 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-1234'
    expect(parseKmsKeyName(arn)).toEqual({
      arn,
      partition: 'aws-us-gov',
      region: 'us-gov-west-1',
      account: '111122223333',
      keyId: 'mrk-1234',
      multiRegion: true,
    })
  })

  it.each([
    ['arn:aws:kms:eu-west-1:111122223333:key/1', 'key ARN'],
    ['arn:aws:kms:eu-west-1:111122223333:alias/a/b', 'alias ARN'],
    ['alias/a/b-c_d', 'alias'],
    ['1234abcd-12ab-34cd-56ef-1234567890ab', 'key id'],
    ['mrk-1234abcd12ab34cd56ef1234567890ab', 'key id'],
    ['', undefined],
    ['1234abcd', undefined],
    ['alias/', undefined],
    ['alias/a b', undefined],
    ['arn:aws:kms:eu-west-1:111122223333:key/', undefined],
    ['arn:aws:kms:eu-west-1:111122223333:key/a:b', undefined],
    ['arn:aws:kms::111122223333:key/1', undefined],
    ['arn:aws:s3:eu-west-1:111122223333:key/1', undefined],
    ['x arn:aws:kms:eu-west-1:111122223333:key/1', undefined],
  ])('is one of its kinds, or none: %o', (text, kind) => {
    expect(kmsNameKind(text)).toBe(kind)
  })
})
