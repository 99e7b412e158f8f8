import { describe, expect, it } from 'vitest'
import { mrkIreland, mrkOregon, oregon } from '../test/materials.ts'
import {
  checkKeyIdentifier,
  inRegion,
  isMultiRegionArn,
  isSameKey,
  isSameMultiRegionKey,
  parseKeyArn,
} from './key-arn.ts'

const id = '1234abcd-12ab-34cd-56ef-1234567890ab'

/** 5 partitions and Regions, 2 accounts, 10 resources: 100 ARNs, and what their parts are. */
const places = [
  ['aws', 'us-east-1'],
  ['aws', 'ap-southeast-5'],
  ['aws-cn', 'cn-north-1'],
  ['aws-us-gov', 'us-gov-west-1'],
  ['aws-iso-b', 'us-isob-east-1'],
] as const
const accounts = ['111122223333', '2222222222222']
const resources = [
  ['key', id],
  ['key', 'mrk-4321abcd12ab34cd56ef1234567890ab'],
  ['key', 'a'],
  ['key', 'with/one/more'],
  ['key', '/begins/with/a/slash'],
  ['key', 'Ключ'],
  ['alias', 'test-key'],
  ['alias', 'mrk-an-alias-named-like-a-key'],
  ['alias', 'aws/s3'],
  ['alias', `key/${id}`],
] as const

const good = places.flatMap(([partition, region]) =>
  accounts.flatMap((account) => resources.map(([type, name]) => ({ partition, region, account, type, id: name }))),
)

const start = 'arn:aws:kms:us-east-1:111122223333'
const bad = [
  '',
  ' ',
  ':',
  ':::::',
  '/',
  'arn',
  'arn:',
  'arn:aws',
  'arn:aws:kms',
  'arn:aws:kms:us-east-1',
  start,
  `${start}:`,
  ...['key', 'alias', 'key:', 'alias:', 'key/', 'alias/', '/', '//', `/${id}`, id, `key${id}`].map(
    (end) => `${start}:${end}`,
  ),
  ...[
    'Key',
    'KEY',
    'keys',
    'ke',
    ' key',
    'key ',
    'Alias',
    'ALIAS',
    'aliases',
    'aliaskey',
    'grant',
    'role',
    'user',
    'mrk',
  ].map((type) => `${start}:${type}/${id}`),
  ...[`key:${id}`, `alias:test`, `key/${id}:`, `key/${id}:more`, `:key/${id}`, `key/a:b/c`].map(
    (end) => `${start}:${end}`,
  ),
  ...['', 'Arn', 'ARN', 'arn ', ' arn', 'rn', 'arnn', 'urn', 'http', 'ａｒｎ', '\ufeffarn', '\narn'].map(
    (prefix) => `${prefix}:aws:kms:us-east-1:111122223333:key/${id}`,
  ),
  ...['', 'KMS', 'Kms', 'kms ', ' kms', 'km', 'kmss', 's3', 'sts', 'iam', 'dynamodb', 'kms-fips', 'k ms'].map(
    (service) => `arn:aws:${service}:us-east-1:111122223333:key/${id}`,
  ),
  `arn::kms:us-east-1:111122223333:key/${id}`,
  `arn:aws:kms::111122223333:key/${id}`,
  `arn:aws:kms:us-east-1::key/${id}`,
  `arn:aws:kms:::key/${id}`,
  `arn::kms:::key/${id}`,
  `arn:::::key/${id}`,
  `arn:aws:kms:us-east-1:key/${id}`,
  `arn:aws:kms:111122223333:key/${id}`,
  `arn:kms:us-east-1:111122223333:key/${id}`,
  `aws:kms:us-east-1:111122223333:key/${id}`,
  `arn:aws:kms:us:east:1:111122223333:key/${id}`,
  `arn:aws:kms:us-east-1:1111:2222:key/${id}`,
  `arn:aws:aws:kms:us-east-1:111122223333:key/${id}`,
  `arn:arn:aws:kms:us-east-1:111122223333:key/${id}`,
  `arn:aws:kms::us-east-1:111122223333:key/${id}`,
  `arn/aws/kms/us-east-1/111122223333/key/${id}`,
  `arn;aws;kms;us-east-1;111122223333;key/${id}`,
  `arn：aws：kms：us-east-1：111122223333：key/${id}`,
  `arn:aws:kms:us-east-1:111122223333:key\\${id}`,
  `arn:aws:kms:us-east-1:111122223333:key∕${id}`,
  `arn:aws:kms:us-east-1:111122223333:key%2f${id}`,
  `"arn:aws:kms:us-east-1:111122223333:key/${id}`,
  id,
  'mrk-4321abcd12ab34cd56ef1234567890ab',
  `key/${id}`,
  'alias/test-key',
  'alias/arn:aws:kms',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  '*',
]

describe('an ARN of AWS KMS (M2, ARN corpus)', () => {
  it('has a corpus of 200 texts that differ', () => {
    expect(good).toHaveLength(100)
    expect(bad).toHaveLength(100)
    expect(new Set([...good.map(arnOf), ...bad]).size).toBe(200)
  })

  it.each(good.map((parts) => [arnOf(parts), parts] as const))('is taken apart: %s', (arn, parts) => {
    expect(parseKeyArn(arn)).toEqual({ arn, ...parts })
  })

  it.each(bad.map((arn) => [JSON.stringify(arn), arn]))('is not %s', (_, arn) => {
    expect(parseKeyArn(arn)).toBeUndefined()
  })

  it('is that of a multi-Region key only if the id of a key begins with mrk-', () => {
    for (const parts of good) {
      expect(isMultiRegionArn({ arn: arnOf(parts), ...parts })).toBe(
        parts.id === 'mrk-4321abcd12ab34cd56ef1234567890ab',
      )
    }
  })
})

function arnOf({ partition, region, account, type, id: name }: (typeof good)[number]): string {
  return `arn:${partition}:kms:${region}:${account}:${type}/${name}`
}

describe('the name of a key', () => {
  it.each([
    [oregon, 'us-west-2', false],
    [oregon.replace('key/', 'alias/'), 'us-west-2', true],
    ['alias/test-key', undefined, true],
    ['alias/aws/s3', undefined, true],
    ['alias/mrk-no-key', undefined, true],
    [id, undefined, false],
    ['mrk-4321abcd12ab34cd56ef1234567890ab', undefined, false],
  ])('may be %s', (text, region, isAlias) => {
    expect(checkKeyIdentifier('keyIds', text)).toEqual({ text, region, isAlias, arn: parseKeyArn(text) })
  })

  it.each([
    '',
    ' ',
    'alias/',
    'a b',
    `key/${id}`,
    'alias/with:colon',
    '\n',
    'a\0',
    ...bad.filter((text) => text.includes(':')),
  ])('may not be %j', (text) => {
    expect(() => checkKeyIdentifier('keyIds', text)).toThrow(TypeError)
  })

  it.each([undefined, null, 5, {}, [oregon]])('may not be %j, which is no text', (value) => {
    expect(() => checkKeyIdentifier('keyIds', value as string)).toThrow(/keyIds must name a key.*; found/)
  })
})

describe('two names of keys', () => {
  const arn = (text: string) => parseKeyArn(text) as NonNullable<ReturnType<typeof parseKeyArn>>
  const named = (text: string) => checkKeyIdentifier('keyId', text)

  it('are of the same key when they are the same text', () => {
    expect(isSameKey(named(oregon), arn(oregon))).toBe(true)
    expect(isSameKey(named(mrkOregon), arn(mrkIreland))).toBe(false)
    expect(isSameMultiRegionKey(named(oregon), arn(oregon))).toBe(true)
  })

  it('are of the same multi-Region key when all but the Region is the same', () => {
    expect(isSameMultiRegionKey(named(mrkOregon), arn(mrkIreland))).toBe(true)
    expect(isSameMultiRegionKey(named(mrkIreland), arn(mrkOregon))).toBe(true)
  })

  it.each([
    ['a key of one Region', oregon, oregon.replace('us-west-2', 'eu-west-1')],
    ['another partition', mrkOregon, mrkOregon.replace('arn:aws:', 'arn:aws-cn:')],
    ['another account', mrkOregon, mrkOregon.replace('111122223333', '999999999999')],
    ['another id', mrkOregon, `${mrkIreland}0`],
    ['an alias named like it', mrkOregon.replace(':key/', ':alias/'), mrkIreland],
    ['the bare id', 'mrk-0123456789abcdef0123456789abcdef', mrkIreland],
    ['an alias', 'alias/mrk-0123456789abcdef0123456789abcdef', mrkIreland],
  ])('are of two keys: %s', (_, configured, wrappedWith) => {
    expect(isSameMultiRegionKey(named(configured), arn(wrappedWith))).toBe(false)
  })

  it('differ in the Region alone when one is made of the other', () => {
    expect(inRegion(arn(mrkOregon), 'eu-west-1')).toBe(mrkIreland)
  })
})
