import { describe, expect, it } from 'vitest'
import { awsError, type FakeClient, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  oregon,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { excludeRegions, limitRegions, reuseClients } from './client-for.ts'
import { kmsDiscoveryKeyring } from './discovery-keyring.ts'
import { kmsKeyring } from './kms-keyring.ts'

const named = (region: string | undefined) => ({ region })

describe('limitRegions and excludeRegions', () => {
  it('hand on the Regions that are allowed, and no others', () => {
    const limited = limitRegions(named, ['us-west-2', 'eu-west-1'])
    expect(['us-west-2', 'eu-west-1', 'us-west-1', 'US-WEST-2'].map(limited)).toEqual([
      { region: 'us-west-2' },
      { region: 'eu-west-1' },
      undefined,
      undefined,
    ])
    const excluding = excludeRegions(named, new Set(['us-west-2']))
    expect(['us-west-2', 'eu-west-1'].map(excluding)).toEqual([undefined, { region: 'eu-west-1' }])
  })

  it('differ in the Region that the AWS SDK chooses: a limit leaves it out', () => {
    expect(limitRegions(named, ['us-west-2'])(undefined)).toBeUndefined()
    expect(excludeRegions(named, ['us-west-2'])(undefined)).toEqual({ region: undefined })
  })

  it.each([['us-west-2'], [[]], [['']], [[undefined]], [['us-west-2', 5]]])(
    'take a list of Regions, not %j',
    (regions) => {
      expect(() => limitRegions(named, regions as string[])).toThrow(TypeError)
      expect(() => excludeRegions(named, regions as string[])).toThrow(TypeError)
    },
  )

  it('keep a list of their own', () => {
    const regions = ['us-west-2']
    const limited = limitRegions(named, regions)
    regions.push('eu-west-1')
    expect(limited('eu-west-1')).toBeUndefined()
  })
})

describe('reuseClients', () => {
  it('asks once for each Region', async () => {
    const asked: unknown[] = []
    const clientFor = reuseClients(async (region) => {
      asked.push(region)
      return { region }
    })
    const first = await clientFor('us-west-2')
    expect(await clientFor('us-west-2')).toBe(first)
    expect(await clientFor('eu-west-1')).toEqual({ region: 'eu-west-1' })
    expect(await clientFor(undefined)).toEqual({ region: undefined })
    await clientFor(undefined)
    expect(asked).toEqual(['us-west-2', 'eu-west-1', undefined])
  })

  const once = [
    ['rejected', () => Promise.reject(new Error('not yet'))],
    [
      'threw',
      () => {
        throw new Error('not yet')
      },
    ],
    ['gave none', () => undefined],
    ['resolved to none', () => Promise.resolve(undefined)],
  ] as const
  it.each(once)('asks again after a clientFor that %s', async (_, fail) => {
    let calls = 0
    const clientFor = reuseClients<object>((region) => (calls++ === 0 ? fail() : { region }))
    await (async () => clientFor('us-west-2'))().catch(() => undefined)
    expect(await clientFor('us-west-2')).toEqual({ region: 'us-west-2' })
    await clientFor('us-west-2')
    expect(calls).toBe(2)
  })

  it('keeps no more clients than AWS has Regions, whatever Regions messages name', () => {
    let made = 0
    const clientFor = reuseClients((region) => ({ region, number: made++ }))
    for (let i = 0; i < 1000; i++) void clientFor(`region-${i}`)
    expect(clientFor('region-999')).toEqual({ region: 'region-999', number: 999 })
    expect(clientFor('region-936')).toEqual({ region: 'region-936', number: 936 })
    expect(clientFor('region-935')).toEqual({ region: 'region-935', number: 1000 })
  })
})

describe('the clientFor of a keyring', () => {
  it('is asked once for each Region, over many messages', async () => {
    const kms = fakeKms()
    kms.addKeys(oregon, ireland)
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland], clientFor: kms.clientFor })
    for (let i = 0; i < 3; i++) await unwrappedBy(keyring, (await wrappedBy(keyring)).edks)
    expect(kms.regions).toEqual(['us-west-2', 'eu-west-1'])
  })

  it('may fail once, and work the next time', async () => {
    const kms = fakeKms()
    kms.addKeys(oregon)
    let calls = 0
    const keyring = kmsKeyring({
      generatorKeyId: oregon,
      clientFor: async (region) => {
        if (calls++ === 0) throw new Error('the network is down')
        return kms.clientFor(region)
      },
    })
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toBe('clientFor("us-west-2") failed: "the network is down"')
    expect((await wrappedBy(keyring)).dataKey).toHaveLength(32)
  })

  it.each([undefined, null])('that gives %s leaves a key that is named without a way', async (none) => {
    const clientFor = () => none as undefined
    const keyring = kmsKeyring({ generatorKeyId: oregon, clientFor })
    const says = `clientFor gave no client for us-west-2, where the key "${oregon}" is`
    await expect(keyring.onEncrypt(toEncrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_KEYRING', message: says })
    expect((await attemptsOf(keyring, [edkOf(oregon)]))[0]?.message).toBe(says)
  })

  it('may take long: an abort ends the wait', async () => {
    const reason = new Error('enough')
    const abort = new AbortController()
    const clientFor = () => {
      abort.abort(reason)
      return new Promise<FakeClient>(() => {})
    }
    const options = { signal: abort.signal }
    const keyring = kmsKeyring({ generatorKeyId: oregon, clientFor })
    expect(await rejectionOf(keyring.onDecrypt(toDecrypt(), [edkOf(oregon)], options))).toBe(reason)
  })
})

describe('a client without methods, such as KMSClient', () => {
  /** `send` is all that it has. */
  class KMSClient {
    send() {
      return Promise.reject(awsError('never asked'))
    }
  }
  const clientFor = (() => new KMSClient()) as never

  it('is a TypeError that says what to give', async () => {
    const error = await rejectionOf(kmsKeyring({ generatorKeyId: oregon, clientFor }).onEncrypt(toEncrypt()))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('clientFor("us-west-2") gave a client without the method generateDataKey')
    expect(error.message).toContain('new KMS({ region })')
  })

  it('is told among the attempts to decrypt', async () => {
    const [attempt] = await attemptsOf(kmsDiscoveryKeyring({ clientFor }), [edkOf(oregon)])
    expect(attempt).toBeInstanceOf(TypeError)
    expect(attempt?.message).toContain('without the method decrypt')
  })
})
