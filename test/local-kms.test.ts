import { KMS } from '@aws-sdk/client-kms'
import { createClient } from '@esdk/client'
import { type Keyring, multiKeyring } from '@esdk/cmm'
import {
  type ClientFor,
  kmsDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsMrkKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import { type KmsCall, type LocalKms, localKms, startLocalKms } from '@esdk/local-kms'
import { afterAll, describe, expect, it } from 'vitest'

/** What every keyring of AWS KMS takes. */
type AnyClientFor = NonNullable<Parameters<typeof kmsKeyring>[0]['clientFor']> &
  NonNullable<Parameters<typeof kmsRsaKeyring>[0]['clientFor']> &
  NonNullable<Parameters<typeof kmsEcdhKeyring>[0]['clientFor']>

interface Way {
  readonly kms: LocalKms
  readonly calls: KmsCall[]
  readonly clientFor: AnyClientFor
  close(): Promise<void>
}

function recorded() {
  const calls: KmsCall[] = []
  return { calls, kms: localKms({ onCall: (call) => calls.push(call) }) }
}

async function inProcess(): Promise<Way> {
  const { kms, calls } = recorded()
  return { kms, calls, clientFor: kms.clientFor, async close() {} }
}

async function overHttp(): Promise<Way> {
  const { kms, calls } = recorded()
  const { endpoint, close } = await startLocalKms({ kms })
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const clientFor = ((region) =>
    new KMS({ endpoint, region: region ?? 'us-east-1', maxAttempts: 1, credentials })) satisfies ClientFor<KMS>
  return { kms, calls, clientFor, close }
}

const plaintext = new TextEncoder().encode('under a local KMS')
const encryptionContext = { tenant: '42', purpose: 'test' }
const unsigned = 0x0478
const client = createClient()

async function roundTrip(writer: Keyring, reader: Keyring, suite?: typeof unsigned): Promise<Uint8Array> {
  const options = { keyring: writer, encryptionContext, ...(suite !== undefined && { suite }) }
  const { ciphertext } = await client.encrypt(plaintext, options)
  const opened = await client.decrypt(ciphertext, { keyring: reader, encryptionContext })
  return opened.plaintext
}

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
}

describe.each([
  ['in the process', inProcess],
  ['over HTTP, by the AWS SDK', overHttp],
])('keyrings of AWS KMS on a local KMS %s', (_, open) => {
  const opened = open()
  afterAll(async () => (await opened).close())

  type Create = Parameters<ReturnType<LocalKms['client']>['createKey']>[0]
  async function newKey(options: Create = {}, region = 'us-east-1') {
    const { kms, clientFor, calls } = await opened
    const { KeyMetadata: key } = await kms.client(region).createKey(options)
    return { kms, clientFor, calls, arn: key.Arn, id: key.KeyId }
  }

  it('round-trip under one key, and under an alias of it', async () => {
    const { kms, clientFor, arn, id } = await newKey()
    const strict = kmsKeyring({ generatorKeyId: arn, clientFor })
    expect(await roundTrip(strict, strict)).toEqual(plaintext)
    const alias = `alias/${id}`
    await kms.client('us-east-1').createAlias({ AliasName: alias, TargetKeyId: id })
    const byAlias = kmsKeyring({ generatorKeyId: arn.replace(/key\/.*/, alias), clientFor })
    expect(await roundTrip(byAlias, strict)).toEqual(plaintext)
  })

  it('send the encryption context to KMS, and the ARN of the key with Decrypt', async () => {
    const { clientFor, calls, arn } = await newKey()
    const keyring = kmsKeyring({ generatorKeyId: arn, clientFor })
    await roundTrip(keyring, keyring, unsigned)
    const [generated, decrypted] = calls.slice(-2)
    expect(generated).toMatchObject({
      operation: 'GenerateDataKey',
      region: 'us-east-1',
      input: { KeyId: arn, NumberOfBytes: 32, EncryptionContext: encryptionContext },
    })
    expect(decrypted).toMatchObject({
      operation: 'Decrypt',
      input: { KeyId: arn, EncryptionContext: encryptionContext },
    })
  })

  it('open a message under three Regions with the key of each alone', async () => {
    const regions = ['us-east-1', 'eu-west-1', 'ap-south-1']
    const keys = await Promise.all(regions.map((region) => newKey({}, region)))
    const [first, ...others] = keys.map(({ arn }) => arn) as [string, ...string[]]
    const { clientFor } = await opened
    const { ciphertext } = await client.encrypt(plaintext, {
      keyring: kmsKeyring({ generatorKeyId: first, keyIds: others, clientFor }),
    })
    for (const arn of [first, ...others]) {
      const keyring = kmsKeyring({ keyIds: [arn], clientFor })
      expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
    }
  })

  it('open a message by discovery, of the accounts that are allowed', async () => {
    const { clientFor, arn, calls } = await newKey({}, 'eu-west-1')
    const writer = kmsKeyring({ generatorKeyId: arn, clientFor })
    const filter = { partition: 'aws', accountIds: ['111122223333'] }
    expect(await roundTrip(writer, kmsDiscoveryKeyring({ filter, clientFor }))).toEqual(plaintext)
    const before = calls.length
    const elsewhere = kmsDiscoveryKeyring({ filter: { ...filter, accountIds: ['444455556666'] }, clientFor })
    await expect(roundTrip(writer, elsewhere)).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    expect(calls.slice(before).map(({ operation }) => operation)).toEqual(['GenerateDataKey'])
  })

  it('open a message with a replica of its multi-Region key', async () => {
    const { kms, clientFor, arn, id, calls } = await newKey({ MultiRegion: true })
    await kms.client('us-east-1').replicateKey({ KeyId: id, ReplicaRegion: 'eu-west-1' })
    const writer = kmsMrkKeyring({ generatorKeyId: arn, clientFor })
    const reader = kmsMrkKeyring({ keyIds: [arn.replace('us-east-1', 'eu-west-1')], clientFor })
    expect(await roundTrip(writer, reader)).toEqual(plaintext)
    expect(calls.at(-1)).toMatchObject({ operation: 'Decrypt', region: 'eu-west-1' })
    const discovery = kmsMrkDiscoveryKeyring({ region: 'eu-west-1', clientFor })
    expect(await roundTrip(writer, discovery)).toEqual(plaintext)
    const strict = kmsKeyring({ keyIds: [arn.replace('us-east-1', 'eu-west-1')], clientFor })
    await expect(roundTrip(writer, strict)).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
  })

  it.each(['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const)(
    'round-trip under an RSA key by %s',
    async (algorithm) => {
      const { kms, clientFor, arn } = await newKey({ KeySpec: 'RSA_3072', KeyUsage: 'ENCRYPT_DECRYPT' })
      const { PublicKey: spki } = await kms.client('us-east-1').getPublicKey({ KeyId: arn })
      const common = { keyId: arn, encryptionAlgorithm: algorithm, clientFor }
      const writer = kmsRsaKeyring({ ...common, publicKey: pemOf(spki) })
      expect(await roundTrip(writer, kmsRsaKeyring(common), unsigned)).toEqual(plaintext)
    },
  )

  it.each([
    ['P-256', 'ECC_NIST_P256'],
    ['P-384', 'ECC_NIST_P384'],
    ['P-521', 'ECC_NIST_P521'],
  ] as const)('round-trip between two keys on %s', async (curve, KeySpec) => {
    const sender = await newKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
    const recipient = await newKey({ KeySpec, KeyUsage: 'KEY_AGREEMENT' })
    const { kms, clientFor } = sender
    const { PublicKey: spki } = await kms.client('us-east-1').getPublicKey({ KeyId: recipient.arn })
    const recipientPublicKey = pemOf(spki)
    const writer = kmsEcdhKeyring({ curve, schema: 'static', senderKeyId: sender.arn, recipientPublicKey, clientFor })
    const reader = kmsEcdhKeyring({ curve, schema: 'discovery', recipientKeyId: recipient.arn, clientFor })
    expect(await roundTrip(writer, reader)).toEqual(plaintext)
    expect(await roundTrip(writer, writer)).toEqual(plaintext)
  })

  it('open a message while one Region is unreachable and another is not', async () => {
    const here = await newKey()
    const there = await newKey({}, 'eu-west-1')
    const { kms, clientFor } = here
    const keyring = kmsKeyring({ generatorKeyId: here.arn, keyIds: [there.arn], clientFor })
    const { ciphertext } = await client.encrypt(plaintext, { keyring })
    const end = kms.inject({ kind: 'unreachable', region: 'us-east-1' })
    try {
      expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
    } finally {
      end()
    }
  })

  it('say which error KMS gave for which key', async () => {
    const { kms, clientFor, arn, id } = await newKey()
    const keyring = kmsKeyring({ generatorKeyId: arn, clientFor })
    const { ciphertext } = await client.encrypt(plaintext, { keyring })
    await kms.client('us-east-1').disableKey({ KeyId: id })
    const error: unknown = await client.decrypt(ciphertext, { keyring }).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    const [attempt] = (error as { attempts: { message: string; cause: Error }[] }).attempts
    expect(attempt?.message).toContain('DisabledException')
    expect(attempt?.message).toContain(arn)
    expect(attempt?.cause.name).toBe('DisabledException')
  })

  it('believe no answer that names another key', async () => {
    const { kms, clientFor, arn } = await newKey()
    const other = await newKey()
    const keyring = multiKeyring({ generator: kmsKeyring({ generatorKeyId: arn, clientFor }) })
    const { ciphertext } = await client.encrypt(plaintext, { keyring })
    const change = (answer: object) => ({ ...answer, KeyId: other.arn })
    const end = kms.inject({ kind: 'answer', operation: 'Decrypt', change })
    try {
      await expect(client.decrypt(ciphertext, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
    } finally {
      end()
    }
    expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
  })
})
