import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Fault, type KmsCall, type LocalKmsClient, LocalKmsError, localKms } from './index.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const named = (name: string) => expect.objectContaining({ name }) as unknown

describe('a KMS in the process', () => {
  it('has one client for each Region', async () => {
    const kms = localKms()
    expect(kms.client('us-east-1')).toBe(kms.client('us-east-1'))
    expect(kms.clientFor('eu-west-1')).toBe(kms.client('eu-west-1'))
    const { KeyMetadata: key } = await kms.client('ap-southeast-2').createKey()
    expect(key.Arn).toBe(`arn:aws:kms:ap-southeast-2:111122223333:key/${key.KeyId}`)
  })

  it('has keys of no Region in its default one', () => {
    expect(localKms().clientFor(undefined)).not.toBe(undefined)
    const kms = localKms({ defaultRegion: 'eu-west-1' })
    expect(kms.clientFor(undefined)).toBe(kms.client('eu-west-1'))
  })

  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-west-2', 'aws'],
  ])('has the keys of %s in the partition %s', async (region, partition) => {
    const { KeyMetadata: key } = await localKms().client(region).createKey()
    expect(key.Arn.split(':').slice(0, 4)).toEqual(['arn', partition, 'kms', region])
  })

  it('refuses what is no Region and no account', () => {
    expect(() => localKms().client('everywhere')).toThrow(TypeError)
    expect(() => localKms().client('')).toThrow(TypeError)
    expect(() => localKms({ defaultRegion: 'nowhere' })).toThrow(TypeError)
    expect(() => localKms({ accountId: '42' })).toThrow(TypeError)
  })

  it.each(['cn-north-1', 'somewhere', ''])('has no replica of us-east-1 in %j', async (ReplicaRegion) => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey({ MultiRegion: true })
    const call = kms.replicateKey({ KeyId: key.KeyId, ReplicaRegion })
    await expect(call).rejects.toEqual(named('ValidationException'))
  })

  it('knows the Regions that have keys', async () => {
    const kms = localKms()
    expect(kms.regions()).toEqual([])
    const { KeyMetadata: key } = await kms.client('us-east-1').createKey({ MultiRegion: true })
    await kms.client('us-east-1').createKey()
    await kms.client('us-east-1').replicateKey({ KeyId: key.KeyId, ReplicaRegion: 'eu-west-1' })
    expect(kms.regions()).toEqual(['eu-west-1', 'us-east-1'])
  })

  it('does not share keys with another', async () => {
    const { KeyMetadata: key } = await localKms().client('us-east-1').createKey()
    const call = localKms().client('us-east-1').describeKey({ KeyId: key.Arn })
    await expect(call).rejects.toEqual(named('NotFoundException'))
  })

  it('refuses keys of another account', async () => {
    const { KeyMetadata: key } = await localKms({ accountId: '444455556666' }).client('us-east-1').createKey()
    const call = localKms()
      .client('us-east-1')
      .encrypt({ KeyId: key.Arn, Plaintext: utf8('x') })
    await expect(call).rejects.toEqual(named('AccessDeniedException'))
  })

  it.each([
    'arn:aws:kms:us-east-1:111122223333:key',
    'arn:aws:kms:us-east-1:111122223333:key/',
    'arn:aws:kms:us-east-1:111122223333:grant/a',
    'arn:aws:kms:us-east-1:111122223333:key/a:b',
    'arn:aws:kms:us-east-1:12345:key/a',
    'arn:aws-cn:kms:us-east-1:111122223333:key/a',
    'arn:aws:iam:us-east-1:111122223333:key/a',
  ])('refuses the ARN %s', async (KeyId) => {
    const call = localKms().client('us-east-1').describeKey({ KeyId })
    await expect(call).rejects.toEqual(named('InvalidArnException'))
  })

  it('says which Region it was asked in when the ciphertext is of a key elsewhere', async () => {
    const kms = localKms()
    const { KeyMetadata: key } = await kms.client('us-east-1').createKey()
    const sealed = await kms.client('us-east-1').encrypt({ KeyId: key.KeyId, Plaintext: utf8('x') })
    const call = kms.client('eu-west-1').decrypt({ CiphertextBlob: sealed.CiphertextBlob })
    await expect(call).rejects.toEqual(named('AccessDeniedException'))
    await expect(call).rejects.toThrow('eu-west-1')
  })

  it('refuses aliases that AWS KMS refuses, and aliases where a key itself is needed', async () => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    for (const AliasName of ['no-prefix', 'alias/', 'alias/with space', 'alias/aws/s3', `alias/${'a'.repeat(251)}`]) {
      const call = kms.createAlias({ AliasName, TargetKeyId: key.KeyId })
      await expect(call).rejects.toEqual(named('InvalidAliasNameException'))
    }
    await kms.createAlias({ AliasName: 'alias/a', TargetKeyId: key.KeyId })
    await expect(kms.disableKey({ KeyId: 'alias/a' })).rejects.toEqual(named('ValidationException'))
    const call = kms.createAlias({ AliasName: 'alias/b', TargetKeyId: 'alias/a' })
    await expect(call).rejects.toEqual(named('ValidationException'))
  })

  it.each<[string, (kms: LocalKmsClient, KeyId: string) => Promise<unknown>]>([
    ['a flag that is a text', (kms) => kms.createKey({ MultiRegion: 'true' as never })],
    ['half a byte', (kms, KeyId) => kms.generateDataKey({ KeyId, NumberOfBytes: 1.5 })],
    ['a text for bytes', (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: 5 as never })],
    [
      'a context that is a list',
      (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: Uint8Array.of(1), EncryptionContext: ['a'] as never }),
    ],
    [
      'a number in a context',
      (kms, KeyId) => kms.encrypt({ KeyId, Plaintext: Uint8Array.of(1), EncryptionContext: { a: 5 as never } }),
    ],
  ])('refuses what is of another type: %s', async (_, call) => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    await expect(call(kms, key.KeyId)).rejects.toEqual(named('SerializationException'))
  })

  it('throws errors in the shape of the AWS SDK', async () => {
    const error: unknown = await localKms()
      .client('us-east-1')
      .describeKey({ KeyId: 'alias/none' })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(LocalKmsError)
    expect(error).toMatchObject({
      name: 'NotFoundException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
      message: expect.stringContaining('alias/none') as string,
    })
  })

  it('has context names that mean something to JavaScript as plain names', async () => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    const context = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}') as Record<string, string>
    const sealed = await kms.encrypt({ KeyId: key.KeyId, Plaintext: utf8('x'), EncryptionContext: context })
    const { CiphertextBlob } = sealed
    const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext: context })
    expect(opened.Plaintext).toEqual(utf8('x'))
    const less = JSON.parse('{"constructor":"b","toString":"c"}') as Record<string, string>
    const call = kms.decrypt({ CiphertextBlob, EncryptionContext: less })
    await expect(call).rejects.toEqual(named('InvalidCiphertextException'))
  })

  it('refuses half a character, which UTF-8 could not tell from another half', async () => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    const call = kms.encrypt({ KeyId: key.KeyId, Plaintext: utf8('x'), EncryptionContext: { a: '\ud800' } })
    await expect(call).rejects.toEqual(named('ValidationException'))
  })

  it('has taken the request of a call when the call returns, also where the answer comes late', async () => {
    const kms = localKms({ faults: [{ kind: 'delay', ms: 1, operation: 'Encrypt' }] }).client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    const plaintext = utf8('secret')
    const context: Record<string, string> = { a: 'b' }
    const sealing = kms.encrypt({ KeyId: key.KeyId, Plaintext: plaintext, EncryptionContext: context })
    plaintext.fill(0)
    context['a'] = 'c'
    const { CiphertextBlob } = await sealing
    const { Plaintext: opened } = await kms.decrypt({ CiphertextBlob, EncryptionContext: { a: 'b' } })
    expect(opened).toEqual(utf8('secret'))
  })

  it('answers with bytes of their own, which share no memory with keys', async () => {
    const kms = localKms().client('us-east-1')
    const { KeyMetadata: key } = await kms.createKey()
    const made = await kms.generateDataKey({ KeyId: key.KeyId, NumberOfBytes: 32 })
    const opened = await kms.decrypt({ CiphertextBlob: made.CiphertextBlob })
    for (const bytes of [made.Plaintext, made.CiphertextBlob, opened.Plaintext]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length])
    }
  })

  it('tells of every call before it is answered', async () => {
    const calls: string[] = []
    const kms = localKms({ onCall: ({ operation, region }: KmsCall) => calls.push(`${operation} ${region}`) })
    await kms.client('us-east-1').createKey()
    await expect(kms.client('eu-west-1').describeKey({ KeyId: 'none' })).rejects.toThrow()
    expect(calls).toEqual(['CreateKey us-east-1', 'DescribeKey eu-west-1'])
  })

  it('shows no key when it is printed', async () => {
    const kms = localKms()
    await kms.client('us-east-1').createKey()
    expect(inspect(kms, { depth: 10, showHidden: true })).not.toContain('material')
  })

  it('refuses a call that is aborted already', async () => {
    const calls: KmsCall[] = []
    const kms = localKms({ onCall: (call) => calls.push(call) }).client('us-east-1')
    const call = kms.createKey({}, { abortSignal: AbortSignal.abort() })
    await expect(call).rejects.toEqual(named('AbortError'))
    expect(calls).toEqual([])
  })
})

describe('a fault', () => {
  async function withFaults(...faults: Fault[]) {
    const kms = localKms()
    const client = kms.client('us-east-1')
    const { KeyMetadata: key } = await client.createKey({ MultiRegion: true })
    await client.replicateKey({ KeyId: key.KeyId, ReplicaRegion: 'eu-west-1' })
    const remove = faults.map((fault) => kms.inject(fault))
    const generate = (region = 'us-east-1') =>
      kms.client(region).generateDataKey({ KeyId: key.KeyId, NumberOfBytes: 32 })
    return { client, key, generate, remove }
  }

  it('throttles until it is taken away', async () => {
    const { generate, remove } = await withFaults({ kind: 'throttle' })
    await expect(generate()).rejects.toEqual(named('ThrottlingException'))
    await expect(generate()).rejects.toEqual(named('ThrottlingException'))
    for (const end of remove) end()
    expect((await generate()).Plaintext).toHaveLength(32)
  })

  it('meets as many calls as it is told to', async () => {
    const { generate } = await withFaults({ kind: 'throttle', times: 2 })
    await expect(generate()).rejects.toThrow()
    await expect(generate()).rejects.toThrow()
    expect((await generate()).Plaintext).toHaveLength(32)
  })

  it('meets one operation, and one Region', async () => {
    const { client, key, generate } = await withFaults(
      { kind: 'refuse', name: 'KMSInternalException', operation: 'DescribeKey' },
      { kind: 'unreachable', region: 'eu-west-1' },
    )
    await expect(client.describeKey({ KeyId: key.KeyId })).rejects.toEqual(named('KMSInternalException'))
    expect((await generate('us-east-1')).Plaintext).toHaveLength(32)
    await expect(generate('eu-west-1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('is there from the start when it is an option', async () => {
    const kms = localKms({ faults: [{ kind: 'throttle', operation: 'CreateKey' }] })
    await expect(kms.client('us-east-1').createKey()).rejects.toEqual(named('ThrottlingException'))
  })

  it('answers something else', async () => {
    const { generate } = await withFaults({
      kind: 'answer',
      change: (answer) => ({ ...answer, KeyId: 'arn:aws:kms:us-east-1:111122223333:key/of-somebody-else' }),
    })
    const answer = await generate()
    expect(answer.KeyId).toBe('arn:aws:kms:us-east-1:111122223333:key/of-somebody-else')
    expect(answer.Plaintext).toHaveLength(32)
  })

  it('answers late', async () => {
    const { generate } = await withFaults({ kind: 'delay', ms: 40 })
    const started = performance.now()
    await generate()
    // Timers may be early by less than a millisecond.
    expect(performance.now() - started).toBeGreaterThan(38)
  })

  it('never answers, until the call is aborted', async () => {
    const { client, key } = await withFaults({ kind: 'delay', ms: Number.POSITIVE_INFINITY })
    const controller = new AbortController()
    const call = client.describeKey({ KeyId: key.KeyId }, { abortSignal: controller.signal })
    controller.abort()
    await expect(call).rejects.toEqual(named('AbortError'))
  })

  it.each([
    { kind: 'delay', ms: -1 },
    { kind: 'delay', ms: Number.NaN },
    { kind: 'throttle', times: 0 },
    { kind: 'throttle', times: 1.5 },
    { kind: 'refuse', name: 'NoSuchName' as 'NotFoundException' },
    { kind: 'refuse', name: 'toString' as 'NotFoundException' },
  ] satisfies Fault[])('that cannot be is refused: %j', (fault) => {
    expect(() => localKms({ faults: [fault] })).toThrow(TypeError)
  })
})
