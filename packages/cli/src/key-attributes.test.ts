import { describe, expect, it } from 'vitest'
import { UsageError } from './cli-error.ts'
import { parseKeyAttributes } from './key-attributes.ts'

describe('the attributes of a wrapping key', () => {
  it('describe an AES key', () => {
    expect(parseKeyAttributes('type=raw-aes,namespace=app,name=k1,file=/keys/a b.bin')).toEqual({
      type: 'raw-aes',
      namespace: 'app',
      name: 'k1',
      location: { kind: 'file', path: '/keys/a b.bin' },
    })
  })

  it('describe an RSA key', () => {
    expect(parseKeyAttributes('name=k,env=MY_KEY,padding=oaep-sha384,type=raw-rsa,namespace=n')).toEqual({
      type: 'raw-rsa',
      namespace: 'n',
      name: 'k',
      padding: 'oaep-sha384',
      location: { kind: 'env', name: 'MY_KEY' },
    })
  })

  it('describe an ECDH key', () => {
    expect(parseKeyAttributes('type=raw-ecdh,curve=P-521,file=k.pem')).toEqual({
      type: 'raw-ecdh',
      curve: 'P-521',
      location: { kind: 'file', path: 'k.pem' },
    })
  })

  it('hold commas behind a backslash, and other backslashes as they are', () => {
    expect(parseKeyAttributes('type=raw-ecdh,curve=P-256,file=C:\\keys\\a\\,b=c.pem')).toMatchObject({
      location: { kind: 'file', path: 'C:\\keys\\a,b=c.pem' },
    })
  })

  it.each([
    ['', 'lacks the attribute type'],
    ['type=aws-kms,key=arn:aws:kms', '"aws-kms" is no type of key'],
    ['type=raw-aes,name=n,file=f', 'lacks the attribute namespace'],
    ['type=raw-aes,namespace=n,file=f', 'lacks the attribute name'],
    ['type=raw-aes,namespace=n,name=n', 'lacks the attribute file (or env)'],
    ['type=raw-aes,namespace=n,name=n,file=f,env=E', 'file or env, not both'],
    ['type=raw-aes,namespace=n,name=n,file=', 'has no value'],
    ['type=raw-aes,namespace=n,name=n,name=m,file=f', 'the attribute name twice'],
    ['type=raw-aes,namespace=n,name=n,file=f,padding=pkcs1', 'no attribute padding for this type'],
    ['type=raw-aes,namespace=n,name=n,env=E,encoding=binary', 'not binary'],
    ['type=raw-aes,namespace=n,name=n,file=f,encoding=rot13', 'one of binary, hex, base64'],
    ['type=raw-rsa,namespace=n,name=n,file=f', 'lacks the attribute padding'],
    ['type=raw-ecdh,curve=P-224,file=f', 'one of P-256, P-384, P-521'],
  ])('refuse %o', (text, message) => {
    expect(() => parseKeyAttributes(text)).toThrow(UsageError)
    expect(() => parseKeyAttributes(text)).toThrow(message)
  })

  const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  const file = { kind: 'file', path: 'p.pem' }

  it.each([
    [`key=${arn}`, { type: 'kms', keys: [arn] }],
    [`type=kms,key=${arn},key=alias/a,region=eu-west-1`, { type: 'kms', keys: [arn, 'alias/a'], region: 'eu-west-1' }],
    [
      'key=1234abcd-12ab-34cd-56ef-1234567890ab,profile=work',
      { type: 'kms', keys: ['1234abcd-12ab-34cd-56ef-1234567890ab'], profile: 'work' },
    ],
    [`provider=aws-kms,key=${arn}`, { type: 'kms', keys: [arn] }],
    [`discovery=false,key=${arn}`, { type: 'kms', keys: [arn] }],
    ['discovery=true', { type: 'kms-discovery', regions: [] }],
    [
      'discovery=true,discovery-partition=aws,discovery-account=111122223333,discovery-account=444455556666',
      {
        type: 'kms-discovery',
        regions: [],
        filter: { partition: 'aws', accountIds: ['111122223333', '444455556666'] },
      },
    ],
    ['discovery=true,region=b,region=a', { type: 'kms-discovery', regions: ['b', 'a'] }],
    [
      'type=kms-mrk,key=mrk-1234abcd12ab34cd56ef1234567890ab',
      { type: 'kms-mrk', keys: ['mrk-1234abcd12ab34cd56ef1234567890ab'] },
    ],
    ['type=kms-mrk,discovery=true,region=a', { type: 'kms-mrk-discovery', region: 'a' }],
    [
      `type=kms-rsa,key=${arn},algorithm=RSAES_OAEP_SHA_1,file=p.pem`,
      { type: 'kms-rsa', key: arn, algorithm: 'RSAES_OAEP_SHA_1', publicKey: file },
    ],
    [`type=kms-ecdh,key=${arn},curve=P-384`, { type: 'kms-ecdh', key: arn, curve: 'P-384' }],
    [
      `type=kms-ecdh,key=${arn},curve=P-384,env=BOB`,
      { type: 'kms-ecdh', key: arn, curve: 'P-384', other: { kind: 'env', name: 'BOB' } },
    ],
    [`type=branch-key,table=t,key=${arn},id=i`, { type: 'branch-key', table: 't', keyStore: 't', key: arn, id: 'i' }],
    [
      `type=branch-key,table=t,key-store=s,key=${arn},id=i,region=a`,
      { type: 'branch-key', table: 't', keyStore: 's', key: arn, id: 'i', region: 'a' },
    ],
  ])('describe keys in AWS KMS: %s', (text, description) => {
    expect(parseKeyAttributes(text)).toEqual(description)
  })

  it.each([
    ['type=kms', 'lacks the attribute key (or discovery=true, to decrypt)'],
    [`discovery=true,key=${arn}`, 'key=... or discovery=true, not both'],
    ['provider=custom,key=x', 'the attribute provider of --wrapping-key must be one of aws-kms'],
    ['discovery=yes', 'must be one of true, false'],
    ['discovery=true,discovery-account=111122223333', 'needs discovery-partition'],
    ['discovery=true,discovery-partition=aws', 'needs discovery-account'],
    ['discovery=true,discovery-partition=aws,discovery-account=1234', '12 digits'],
    [`key=${arn},discovery-partition=aws,discovery-account=111122223333`, 'need discovery=true'],
    ['key=arn:aws:s3:::bucket', 'names no key of AWS KMS'],
    [`key=${arn},region=eu/west`, 'must be the name of a Region'],
    [`key=${arn},region=a,region=b`, 'the attribute region twice'],
    [`key=${arn},algorithm=RSAES_OAEP_SHA_1`, 'no attribute algorithm for this type'],
    [`type=kms-rsa,key=${arn}`, 'lacks the attribute algorithm'],
    ['type=kms-rsa,key=alias/a,algorithm=RSAES_OAEP_SHA_1', 'is named by its ARN, found alias/a'],
    [`type=kms-ecdh,key=${arn}`, 'lacks the attribute curve'],
    [`type=kms-ecdh,key=${arn},curve=P-256,file=a,env=b`, 'file or env, not both'],
    [`type=branch-key,key=${arn},id=i`, 'lacks the attribute table'],
    [`type=branch-key,key=${arn},table=t`, 'lacks the attribute id'],
  ])('refuse %o for a key in AWS KMS', (text, message) => {
    expect(() => parseKeyAttributes(text)).toThrow(UsageError)
    expect(() => parseKeyAttributes(text)).toThrow(message)
  })

  it('say where keys belong when one is given as an attribute', () => {
    for (const text of ['type=raw-aes,namespace=n,name=n,key=x', 'type=raw-aes,namespace=n,name=n,file=f,key=x']) {
      expect(() => parseKeyAttributes(text)).toThrow(
        expect.toSatisfy(
          ({ hint }: UsageError) => hint?.startsWith('Keys are never written on the command line') === true,
        ),
      )
    }
  })

  it.each([
    'type=raw-aes,namespace=n,name=n,c2VjcmV0IGtleSBieXRlcyE=',
    'c2VjcmV0IGtleSBieXRlcyE=,type=raw-aes',
    'type=raw-aes,namespace=n,name=n,wrappingkey=c2VjcmV0IGtleSBieXRlcyE',
    'key=c2VjcmV0IGtleSBieXRlcyE',
    'key=c2VjcmV0IGtleSBieXRlcyE,namespace=n,name=n',
    'type=kms-rsa,key=c2VjcmV0IGtleSBieXRlcyE,algorithm=RSAES_OAEP_SHA_1',
  ])('do not show a key that somebody wrote among them (C5, secrets on the command line): %s', (text) => {
    expect(() => parseKeyAttributes(text)).toThrow(
      expect.toSatisfy((error: UsageError) => !`${error.message}${error.hint}`.includes('c2Vjcm')),
    )
  })
})
