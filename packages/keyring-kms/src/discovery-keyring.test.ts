import type { EncryptedDataKey } from '@esdk/cmm'
import { beforeEach, describe, expect, it } from 'vitest'
import { awsError, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  mrkIreland,
  mrkOregon,
  oregon,
  rejectionOf,
  stranger,
  toDecrypt,
  toEncrypt,
  tokyo,
  toWrap,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { excludeRegions, limitRegions } from './client-for.ts'
import { kmsDiscoveryKeyring, kmsMrkDiscoveryKeyring } from './discovery-keyring.ts'
import { kmsKeyring } from './kms-keyring.ts'

const filter = { partition: 'aws', accountIds: ['111122223333'] }

let kms: FakeKms
let dataKey: Uint8Array
let edks: readonly EncryptedDataKey[]
beforeEach(async () => {
  kms = fakeKms()
  kms.addKeys(oregon, ireland, tokyo, mrkOregon, mrkIreland, stranger)
  const writer = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor: kms.clientFor })
  ;({ dataKey, edks } = await wrappedBy(writer))
  kms.calls.length = 0
  kms.regions.length = 0
})

const asked = () => kms.calls.map(({ region, input }) => [region, input.KeyId])
const failing = () => {
  kms.answering = async () => {
    throw awsError('TimeoutError')
  }
}

describe('discovery', () => {
  it('asks for the keys that the message names, in its order, in their Regions, until one opens', async () => {
    kms.answering = async ({ region }, honest) => {
      if (region === 'us-west-2') throw awsError('TimeoutError')
      return honest()
    }
    expect(await unwrappedBy(kmsDiscoveryKeyring({ clientFor: kms.clientFor }), edks)).toEqual(dataKey)
    expect(asked()).toEqual([
      ['us-west-2', oregon],
      ['eu-west-1', ireland],
    ])
  })

  it('sends the encryption context and the grant tokens', async () => {
    await unwrappedBy(kmsDiscoveryKeyring({ grantTokens: ['token'], clientFor: kms.clientFor }), edks)
    expect(kms.calls[0]?.input).toMatchObject({
      GrantTokens: ['token'],
      EncryptionContext: { purpose: 'backup', tenant: '42' },
    })
  })

  it.each([
    ['another account', { partition: 'aws', accountIds: ['999999999999'] }],
    ['another partition', { partition: 'aws-cn', accountIds: ['111122223333'] }],
    ['part of the account', { partition: 'aws', accountIds: ['11112222333'] }],
  ])('makes no call for keys of %s than the filter has (M2)', async (_, other) => {
    const keyring = kmsDiscoveryKeyring({ filter: other, clientFor: kms.clientFor })
    expect(await attemptsOf(keyring, edks)).toEqual([])
    expect(kms.calls).toEqual([])
    expect(kms.regions).toEqual([])
  })

  it('passes over keys of other accounts, and opens with the one that the filter has (M2)', async () => {
    const keyring = kmsDiscoveryKeyring({ filter, clientFor: kms.clientFor })
    expect(await unwrappedBy(keyring, [edkOf(stranger), ...edks])).toEqual(dataKey)
    expect(asked()).toEqual([['us-west-2', oregon]])
  })

  it('takes several accounts', async () => {
    const both = { partition: 'aws', accountIds: new Set(['999999999999', '111122223333']) }
    failing()
    await attemptsOf(kmsDiscoveryKeyring({ filter: both, clientFor: kms.clientFor }), [edkOf(stranger), ...edks])
    expect(asked().map(([, arn]) => arn)).toEqual([stranger, oregon, ireland, tokyo])
  })

  it('names the accounts of its filter, also where their list can be read once', async () => {
    const accountIds = new Set(['999999999999', '888888888888']).values()
    const keyring = kmsDiscoveryKeyring({ filter: { partition: 'aws', accountIds }, clientFor: kms.clientFor })
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(), edks))
    expect(error.message).toContain('filtered by the accounts "999999999999", "888888888888" of partition "aws"')
  })

  it('goes through the Regions that it is given, in their order, and through no other', async () => {
    failing()
    const keyring = kmsDiscoveryKeyring({ regions: ['ap-northeast-1', 'us-west-2'], clientFor: kms.clientFor })
    expect(await attemptsOf(keyring, edks)).toHaveLength(2)
    expect(asked()).toEqual([
      ['ap-northeast-1', tokyo],
      ['us-west-2', oregon],
    ])
  })

  it('passes over Regions without a client, and asks nobody there', async () => {
    const clientFor = excludeRegions(kms.clientFor, ['us-west-2'])
    expect(await unwrappedBy(kmsDiscoveryKeyring({ clientFor }), edks)).toEqual(dataKey)
    expect(asked()).toEqual([['eu-west-1', ireland]])
    const none = limitRegions(kms.clientFor, ['sa-east-1'])
    expect(await attemptsOf(kmsDiscoveryKeyring({ clientFor: none }), edks)).toEqual([])
    expect(asked()).toHaveLength(1)
  })

  it.each(['evil.example/', 'us-west-2.evil.example', '-', 'a b', '@evil', 'x'.repeat(64), 'é'])(
    'asks for no client of a Region that can be none: %s (M2)',
    async (region) => {
      const forged = edkOf(oregon.replace('us-west-2', region))
      const keyring = kmsDiscoveryKeyring({ clientFor: kms.clientFor })
      const [attempt] = await attemptsOf(keyring, [forged])
      expect(attempt).toMatchObject({ code: 'ERR_ESDK_UNWRAP' })
      expect(attempt?.message).toContain('can be no Region')
      expect(kms.regions).toEqual([])
      expect(await unwrappedBy(keyring, [forged, ...edks])).toEqual(dataKey)
    },
  )

  it('cannot encrypt, and says what can', async () => {
    for (const keyring of [
      kmsDiscoveryKeyring({ clientFor: kms.clientFor }),
      kmsMrkDiscoveryKeyring({ region: 'us-west-2', clientFor: kms.clientFor }),
    ]) {
      for (const materials of [toEncrypt(), toWrap()]) {
        const error = await rejectionOf(keyring.onEncrypt(materials))
        expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
        expect(error.message).toContain('kmsKeyring')
      }
    }
    expect(kms.calls).toEqual([])
  })

  it('fails at once when an encrypted data key of AWS KMS names no key', async () => {
    const keyring = kmsDiscoveryKeyring({ clientFor: kms.clientFor })
    const error = await rejectionOf(keyring.onDecrypt(toDecrypt(), [...edks, edkOf('alias/mine')]))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(kms.calls).toEqual([])
  })

  it('asks for a multi-Region key where it was wrapped', async () => {
    failing()
    await attemptsOf(kmsDiscoveryKeyring({ clientFor: kms.clientFor }), [edkOf(mrkOregon)])
    expect(asked()).toEqual([['us-west-2', mrkOregon]])
  })
})

describe('discovery of multi-Region keys', () => {
  it('asks for the replica in its Region: the ARN is rewritten, and the answer must name it (M2)', async () => {
    const writer = kmsKeyring({ generatorKeyId: mrkOregon, clientFor: kms.clientFor })
    const wrapped = await wrappedBy(writer)
    kms.calls.length = 0
    const reader = kmsMrkDiscoveryKeyring({ region: 'eu-west-1', filter, clientFor: kms.clientFor })
    expect(await unwrappedBy(reader, wrapped.edks)).toEqual(wrapped.dataKey)
    expect(asked()).toEqual([['eu-west-1', mrkIreland]])
    kms.answering = async (_, honest) => ({ ...(await honest()), KeyId: mrkOregon })
    expect(await attemptsOf(reader, wrapped.edks)).toHaveLength(1)
  })

  it('asks for other keys in its own Region alone, and for nobody in any other (M2)', async () => {
    failing()
    const reader = kmsMrkDiscoveryKeyring({ region: 'eu-west-1', clientFor: kms.clientFor })
    const alias = edkOf(mrkOregon.replace('mrk-', 'MRK-'))
    expect(await attemptsOf(reader, [...edks, alias])).toHaveLength(1)
    expect(asked()).toEqual([['eu-west-1', ireland]])
    expect(new Set(kms.regions)).toEqual(new Set(['eu-west-1']))
  })

  it('holds a replica to the filter as it does any key', async () => {
    const reader = kmsMrkDiscoveryKeyring({ region: 'eu-west-1', filter, clientFor: kms.clientFor })
    expect(await attemptsOf(reader, [edkOf(mrkOregon.replace('111122223333', '999999999999'))])).toEqual([])
    expect(await attemptsOf(reader, [edkOf(mrkOregon.replace('arn:aws:', 'arn:aws-cn:'))])).toEqual([])
    expect(kms.calls).toEqual([])
  })

  it('sends the encryption context and the grant tokens', async () => {
    failing()
    const options = { region: 'eu-west-1', grantTokens: ['token'], clientFor: kms.clientFor }
    await attemptsOf(kmsMrkDiscoveryKeyring(options), [edkOf(mrkOregon)])
    expect(kms.calls[0]?.input).toMatchObject({ GrantTokens: ['token'], EncryptionContext: { tenant: '42' } })
  })
})

describe('a discovery keyring is not made', () => {
  it.each([
    ['with a filter without partition', { filter: { accountIds: ['111122223333'] } }],
    ['with a filter with an empty partition', { filter: { partition: '', accountIds: ['111122223333'] } }],
    ['with a filter without accounts', { filter: { partition: 'aws', accountIds: [] } }],
    ['with a filter with an empty account', { filter: { partition: 'aws', accountIds: [''] } }],
    ['with a filter with one account for a list', { filter: { partition: 'aws', accountIds: '111122223333' } }],
    ['with accounts that are numbers', { filter: { partition: 'aws', accountIds: [111122223333] } }],
    ['with grant tokens that are no list', { grantTokens: 'token' }],
  ])('%s', (_, options) => {
    expect(() => kmsDiscoveryKeyring(options as never)).toThrow(TypeError)
    expect(() => kmsMrkDiscoveryKeyring({ region: 'us-west-2', ...options } as never)).toThrow(TypeError)
  })

  it.each([[[]], [['']], [['us-west-2', '']], ['us-west-2'], [[undefined]]])('with the Regions %j', (regions) => {
    expect(() => kmsDiscoveryKeyring({ regions: regions as string[] })).toThrow(TypeError)
  })

  it.each([undefined, '', null, 5])('for multi-Region keys with the Region %j', (region) => {
    expect(() => kmsMrkDiscoveryKeyring({ region: region as string })).toThrow(TypeError)
  })
})
