/**
 * Keyrings of AWS KMS with the AWS SDK over HTTP, where Regions are down and answers are wrong.
 */
import { KMS } from '@aws-sdk/client-kms'
import { createClient } from '@esdk/client'
import { type KmsClient, kmsDiscoveryKeyring, kmsKeyring } from '@esdk/keyring-kms'
import { type KmsCall, localKms, startLocalKms } from '@esdk/local-kms'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
const plaintext = new TextEncoder().encode('over HTTP')
const regions = ['us-east-1', 'eu-west-1', 'ap-south-1', 'sa-east-1'] as const
const client = createClient()

const calls: KmsCall[] = []
const kms = localKms({ onCall: (call) => calls.push(call) })
const server = startLocalKms({ kms })
afterAll(async () => (await server).close())
beforeEach(() => {
  calls.length = 0
})

/** Clients of the AWS SDK as it makes them, but for where they call. */
async function clientsWith(options: ConstructorParameters<typeof KMS>[0] = {}) {
  const { endpoint } = await server
  return { clientFor: (region: string = regions[0]) => new KMS({ endpoint, region, credentials, ...options }) }
}

async function newKey(region: string = regions[0], options = {}) {
  return (await kms.client(region).createKey(options)).KeyMetadata.Arn
}

/** A message under a key in each Region. */
async function inEachRegion() {
  const [generatorKeyId = '', ...keyIds] = await Promise.all(regions.map((region) => newKey(region)))
  const { clientFor } = await clientsWith()
  const { ciphertext } = await client.encrypt(plaintext, { keyring: kmsKeyring({ generatorKeyId, keyIds, clientFor }) })
  calls.length = 0
  return { arns: [generatorKeyId, ...keyIds], ciphertext }
}

describe('with Regions that are down (M4)', () => {
  const ends: (() => void)[] = []
  afterEach(() => {
    for (const end of ends.splice(0)) end()
  })

  it.each(['strict', 'discovery'])('three of four, the fourth opens the message: %s', async (kind) => {
    const { arns, ciphertext } = await inEachRegion()
    const { clientFor } = await clientsWith({ maxAttempts: 1 })
    ends.push(kms.inject({ kind: 'unreachable', region: regions[0] }))
    ends.push(kms.inject({ kind: 'throttle', region: regions[1] }))
    ends.push(kms.inject({ kind: 'refuse', name: 'KMSInternalException', region: regions[2] }))
    const keyring =
      kind === 'strict' ? kmsKeyring({ keyIds: arns, clientFor }) : kmsDiscoveryKeyring({ regions, clientFor })
    expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
    expect(calls.map(({ region }) => region)).toEqual(regions)
  })

  it('four of four, there is an attempt for each: which key, which Region, what error', async () => {
    const { arns, ciphertext } = await inEachRegion()
    const { clientFor } = await clientsWith({ maxAttempts: 1 })
    ends.push(kms.inject({ kind: 'unreachable', region: regions[0] }))
    ends.push(kms.inject({ kind: 'throttle', region: regions[1] }))
    ends.push(kms.inject({ kind: 'refuse', name: 'KMSInternalException', region: regions[2] }))
    ends.push(kms.inject({ kind: 'refuse', name: 'AccessDeniedException', region: regions[3] }))
    const error = await failureOf(client.decrypt(ciphertext, { keyring: kmsKeyring({ keyIds: arns, clientFor }) }))
    expect(error.code).toBe('ERR_ESDK_NO_DATA_KEY')
    const names = ['the connection broke', 'ThrottlingException', 'KMSInternalException', 'AccessDeniedException']
    expect(error.attempts?.map(String)).toEqual(
      regions.map((region, i) => expect.stringMatching(`${arns[i]}.*in ${region} failed: .*${names[i]}`) as unknown),
    )
  })

  it('a call is tried three times, which is what the AWS SDK does; keyrings add nothing to that', async () => {
    const { arns, ciphertext } = await inEachRegion()
    const { clientFor } = await clientsWith()
    ends.push(kms.inject({ kind: 'refuse', name: 'KMSInternalException' }))
    await failureOf(client.decrypt(ciphertext, { keyring: kmsKeyring({ keyIds: arns, clientFor }) }))
    expect(calls.map(({ region }) => region)).toEqual(regions.flatMap((region) => [region, region, region]))
  })

  it('refusals are not tried again by anybody', async () => {
    const { arns, ciphertext } = await inEachRegion()
    const { clientFor } = await clientsWith()
    ends.push(kms.inject({ kind: 'refuse', name: 'AccessDeniedException' }))
    await failureOf(client.decrypt(ciphertext, { keyring: kmsKeyring({ keyIds: arns, clientFor }) }))
    expect(calls.map(({ region }) => region)).toEqual(regions)
  })

  it('expired credentials end it at the first key', async () => {
    const { arns, ciphertext } = await inEachRegion()
    const { clientFor } = await clientsWith()
    ends.push(kms.inject({ kind: 'refuse', name: 'ExpiredTokenException' }))
    await failureOf(client.decrypt(ciphertext, { keyring: kmsKeyring({ keyIds: arns, clientFor }) }))
    expect(calls.map(({ region }) => region)).toEqual([regions[0]])
  })
})

describe('an answer that is wrong (M3)', () => {
  const bytes = (length: number) => new Uint8Array(length).fill(7)
  const other = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000'

  type Change = (answer: { readonly KeyId?: unknown; readonly Plaintext?: unknown }) => unknown

  it.each<[string, Change, number | undefined]>([
    ['null', () => null, undefined],
    ['a text', () => 'Plaintext', undefined],
    ['a list', () => [], undefined],
    ['nothing', () => ({}), undefined],
    ['no Plaintext', ({ Plaintext: _, ...rest }) => rest, undefined],
    ['a Plaintext that is null', (answer) => ({ ...answer, Plaintext: null }), undefined],
    ['a Plaintext that is no base64', (answer) => ({ ...answer, Plaintext: '#'.repeat(44) }), undefined],
    ['a Plaintext that is a number', (answer) => ({ ...answer, Plaintext: 7 }), undefined],
    ['a Plaintext that is a list', (answer) => ({ ...answer, Plaintext: [...bytes(32)] }), undefined],
    ['a Plaintext of no bytes', (answer) => ({ ...answer, Plaintext: bytes(0) }), 0],
    ['a Plaintext of 31 bytes', (answer) => ({ ...answer, Plaintext: bytes(31) }), 31],
    ['a Plaintext of 33 bytes', (answer) => ({ ...answer, Plaintext: bytes(33) }), 33],
    ['no KeyId', ({ KeyId: _, ...rest }) => rest, 32],
    ['another KeyId', (answer) => ({ ...answer, KeyId: other }), 32],
    ['a KeyId that is an alias', (answer) => ({ ...answer, KeyId: other.replace('key/', 'alias/') }), 32],
    ['a KeyId in capitals', (answer) => ({ ...answer, KeyId: String(answer.KeyId).toUpperCase() }), 32],
  ])('is refused, and its bytes are zeroed: %s', async (_, change, length) => {
    const arn = await newKey()
    const { clientFor } = await clientsWith({ maxAttempts: 1 })
    const { ciphertext } = await client.encrypt(plaintext, { keyring: kmsKeyring({ generatorKeyId: arn, clientFor }) })
    const seen: unknown[] = []
    const watched = (region: string | undefined) => {
      const one = clientFor(region)
      return {
        generateDataKey: one.generateDataKey.bind(one),
        encrypt: one.encrypt.bind(one),
        async decrypt(...given: Parameters<KmsClient['decrypt']>) {
          const answer = await one.decrypt(...given)
          seen.push(answer?.Plaintext)
          return answer
        },
      }
    }
    const end = kms.inject({ kind: 'answer', operation: 'Decrypt', change })
    const reading = client.decrypt(ciphertext, { keyring: kmsKeyring({ keyIds: [arn], clientFor: watched }) })
    const error = await failureOf(reading.finally(end))
    expect(error.code).toBe('ERR_ESDK_NO_DATA_KEY')
    expect(error.attempts?.length).toBe(1)
    if (length !== undefined) expect(seen).toEqual([new Uint8Array(length)])
  })
})

interface Failure extends Error {
  readonly code?: string
  readonly attempts?: readonly unknown[]
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  return promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (reason: unknown) => reason as Failure,
  )
}
