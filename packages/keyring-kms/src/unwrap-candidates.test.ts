import { multiKeyring } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { awsError, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  edkOf,
  ireland,
  oregon,
  rejectionOf,
  sydney,
  toDecrypt,
  tokyo,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsDiscoveryKeyring } from './discovery-keyring.ts'
import { kmsKeyring } from './kms-keyring.ts'
import { candidatesOf } from './unwrap-candidates.ts'

const all = [oregon, ireland, tokyo, sydney] as const

async function fourRegions() {
  const kms = fakeKms()
  kms.addKeys(...all)
  const named = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo, sydney], clientFor: kms.clientFor })
  const wrapped = await wrappedBy(named)
  kms.calls.length = 0
  const readers = { named, discovery: kmsDiscoveryKeyring({ clientFor: kms.clientFor }) }
  return { kms, readers, ...wrapped }
}

const kinds = ['named', 'discovery'] as const
const regionsOf = (kms: ReturnType<typeof fakeKms>) => kms.calls.map(({ region }) => region)

describe.each(kinds)('one bad key among others (M4), in a keyring of kind %s', (kind) => {
  it('is tried in vain: bad, bad, good', async () => {
    const { kms, readers, dataKey, edks } = await fourRegions()
    const bad = edks.slice(0, 2).map((edk) => ({ ...edk, ciphertext: edk.ciphertext.slice(1) }))
    expect(await unwrappedBy(readers[kind], [...bad, ...edks.slice(2)])).toEqual(dataKey)
    expect(regionsOf(kms)).toEqual(['us-west-2', 'eu-west-1', 'ap-northeast-1'])
  })

  it('three Regions down, one up: the fourth opens it', async () => {
    const { kms, readers, dataKey, edks } = await fourRegions()
    kms.answering = async ({ region }, honest) => {
      if (region === 'ap-southeast-2') return honest()
      throw awsError('TimeoutError', 'connect ETIMEDOUT')
    }
    expect(await unwrappedBy(readers[kind], edks)).toEqual(dataKey)
    expect(kms.calls).toHaveLength(4)
  })

  it('all down: one error, with one attempt for each, that names key, Region and cause', async () => {
    const { kms, readers, edks } = await fourRegions()
    const causes = ['ThrottlingException', 'TimeoutError', 'KMSInternalException', 'AccessDeniedException'].map(
      (name) => awsError(name),
    )
    kms.answering = async ({ input }) => {
      throw causes[all.indexOf(input.KeyId as (typeof all)[number])] as Error
    }
    const error = await rejectionOf(readers[kind].onDecrypt(toDecrypt(), edks))
    expect(error).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    expect(error.attempts?.map(({ cause }) => cause)).toEqual(causes)
    expect(error.attempts?.map((attempt) => (attempt as { encryptedDataKey?: unknown }).encryptedDataKey)).toEqual(edks)
    for (const [i, arn] of all.entries()) {
      const region = arn.split(':')[3]
      expect(error.attempts?.[i]?.message).toContain(
        `KMS Decrypt with "${arn}" in ${region} failed: ${causes[i]?.name}`,
      )
      expect(error.message).toContain(arn)
    }
  })

  it.each(['ExpiredTokenException', 'ExpiredToken', 'CredentialsProviderError'])(
    'no credentials: %s ends it after one call',
    async (name) => {
      const { kms, readers, edks } = await fourRegions()
      kms.answering = async () => {
        throw awsError(name)
      }
      const attempts = await attemptsOf(readers[kind], edks)
      expect(attempts.map(({ cause }) => (cause as Error).name)).toEqual([name])
      expect(kms.calls).toHaveLength(1)
    },
  )

  it.each(['UnrecognizedClientException', 'AccessDeniedException'])(
    '%s of one Region, which may say nothing of another, does not end it',
    async (name) => {
      const { kms, readers, dataKey, edks } = await fourRegions()
      kms.answering = async ({ region }, honest) => {
        if (region === 'us-west-2') throw awsError(name)
        return honest()
      }
      expect(await unwrappedBy(readers[kind], edks)).toEqual(dataKey)
    },
  )

  it('asks once for each key of the message that is its own, and no more', async () => {
    const { kms, readers } = await fourRegions()
    const many = Array.from({ length: 100 }, () => edkOf(oregon))
    expect(await attemptsOf(readers[kind], many)).toHaveLength(100)
    expect(kms.calls).toHaveLength(100)
  })

  it('reports which key has opened the message', async () => {
    const { readers, edks } = await fourRegions()
    const keys = [{ ...(edks[0] as (typeof edks)[0]), ciphertext: Uint8Array.of(1) }, ...edks.slice(1)]
    expect((await readers[kind].onDecrypt(toDecrypt(), keys)).encryptedDataKey).toBe(keys[1])
  })
})

describe('credentials that fail', () => {
  it('do not end what keyrings with other clients do', async () => {
    const { kms, dataKey, edks } = await fourRegions()
    const expired = kmsKeyring({
      generatorKeyId: oregon,
      clientFor: async () => {
        throw awsError('ExpiredTokenException')
      },
    })
    const valid = kmsKeyring({ generatorKeyId: ireland, clientFor: kms.clientFor })
    expect(await unwrappedBy(multiKeyring({ children: [expired, valid] }), edks)).toEqual(dataKey)
  })

  it('end it also when clientFor finds out', async () => {
    const { edks } = await fourRegions()
    let asked = 0
    const keyring = kmsDiscoveryKeyring({
      clientFor: async () => {
        asked++
        throw awsError('CredentialsProviderError', 'Could not load credentials')
      },
    })
    const [attempt, ...others] = await attemptsOf(keyring, edks)
    expect(attempt?.message).toContain('clientFor("us-west-2") failed: CredentialsProviderError')
    expect(attempt?.message).toContain('AWS_PROFILE')
    expect(others).toEqual([])
    expect(asked).toBe(1)
  })
})

describe('the candidates of a message', () => {
  it('are those of one provider, in message order, each with its ARN', () => {
    const edks = [
      edkOf(tokyo),
      edkOf('other', undefined, 'aws-kms-hierarchy'),
      edkOf(oregon),
      edkOf('x', undefined, ''),
    ]
    expect(candidatesOf(edks, 'aws-kms').map(({ key, arn }) => [key, arn.arn])).toEqual([
      [edks[0], tokyo],
      [edks[2], oregon],
    ])
  })
})
