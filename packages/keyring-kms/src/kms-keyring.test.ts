import { multiKeyring } from '@esdk/cmm'
import { beforeEach, describe, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  mrkIreland,
  mrkOregon,
  oregon,
  stranger,
  tokyo,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsKeyring, kmsMrkKeyring } from './kms-keyring.ts'

let kms: FakeKms
beforeEach(() => {
  kms = fakeKms()
  kms.addKeys(oregon, ireland, tokyo, mrkOregon, mrkIreland, stranger)
})

const operations = () => kms.calls.map(({ operation, region, input }) => [operation, region, input.KeyId])

describe('a keyring of multi-Region keys', () => {
  it('opens with a replica what another has wrapped, and sends the ARN that is configured (M1)', async () => {
    const { dataKey, edks } = await wrappedBy(kmsMrkKeyring({ generatorKeyId: mrkOregon, clientFor: kms.clientFor }))
    kms.calls.length = 0
    const reader = kmsMrkKeyring({ generatorKeyId: mrkIreland, clientFor: kms.clientFor })
    expect(await unwrappedBy(reader, edks)).toEqual(dataKey)
    expect(operations()).toEqual([['Decrypt', 'eu-west-1', mrkIreland]])
  })

  it('asks for no key that merely looks alike', async () => {
    const reader = kmsMrkKeyring({ generatorKeyId: mrkIreland, keyIds: [oregon], clientFor: kms.clientFor })
    const others = [
      mrkOregon.replace('111122223333', '999999999999'),
      mrkOregon.replace('arn:aws:', 'arn:aws-cn:'),
      `${mrkOregon}0`,
      oregon.replace('us-west-2', 'eu-west-1'),
    ]
    expect(
      await attemptsOf(
        reader,
        others.map((arn) => edkOf(arn)),
      ),
    ).toEqual([])
    expect(kms.calls).toEqual([])
  })

  it('takes no alias for a multi-Region key, however it is named', async () => {
    const alias = mrkOregon.replace(':key/', ':alias/')
    expect(() => kmsMrkKeyring({ generatorKeyId: alias, keyIds: [mrkIreland], clientFor: kms.clientFor })).not.toThrow()
    const reader = kmsMrkKeyring({ generatorKeyId: alias, clientFor: kms.clientFor })
    expect(await attemptsOf(reader, [edkOf(mrkIreland)])).toEqual([])
  })

  it('names all that are named twice, and none of the others', () => {
    const otherOregon = `${mrkOregon}-b`
    const otherId = otherOregon.replace(/.*key\//, '')
    const make = () => kmsMrkKeyring({ generatorKeyId: mrkOregon, keyIds: [oregon, mrkIreland, otherOregon, otherId] })
    expect(make).toThrow(TypeError)
    for (const twice of [mrkOregon, mrkIreland, otherOregon, otherId]) expect(make).toThrow(JSON.stringify(twice))
    expect(make).not.toThrow(oregon)
  })

  it('takes several keys that are no replicas of each other, however they are named', () => {
    const keyIds = [oregon, oregon.replace(/.*key\//, ''), 'alias/mrk-a', 'alias/mrk-a', mrkOregon, 'mrk-b']
    expect(() => kmsMrkKeyring({ keyIds })).not.toThrow()
  })

  it('may be named twice where every key is one of its own', () => {
    expect(() => kmsKeyring({ generatorKeyId: mrkOregon, keyIds: [mrkIreland] })).not.toThrow()
  })
})

describe('a keyring of AWS KMS is not made', () => {
  it.each([
    ['without a key', {}],
    ['with an empty list of keys', { keyIds: [] }],
    ['with a text for a list', { keyIds: oregon }],
    ['with a key that is no name', { keyIds: ['two words'] }],
    ['with an empty generator', { generatorKeyId: '' }],
    ['with one grant token for a list', { generatorKeyId: oregon, grantTokens: 'token' }],
    ['with an empty grant token', { generatorKeyId: oregon, grantTokens: [''] }],
  ])('%s', (_, options) => {
    expect(() => kmsKeyring(options as never)).toThrow(TypeError)
    expect(() => kmsMrkKeyring(options as never)).toThrow(TypeError)
  })
})

describe('keyrings with other credentials (M9)', () => {
  it('share nothing: what one may unwrap, the other is asked for anew, and refused', async () => {
    const allowed = kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })
    const { dataKey, edks } = await wrappedBy(allowed)
    const refusing = fakeKms()
    refusing.addKeys(oregon)
    refusing.answering = async () => {
      throw awsError('AccessDeniedException')
    }
    const refused = kmsKeyring({ generatorKeyId: oregon, clientFor: refusing.clientFor })
    expect(await unwrappedBy(allowed, edks)).toEqual(dataKey)
    expect(await attemptsOf(refused, edks)).toHaveLength(1)
    expect(refusing.calls).toHaveLength(1)
    expect(await attemptsOf(multiKeyring({ children: [refused] }), edks)).toHaveLength(1)
    expect(refusing.calls).toHaveLength(2)
  })
})
