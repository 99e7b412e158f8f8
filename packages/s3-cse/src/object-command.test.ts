import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Bucket, clientOf, configFor, keyring, plaintext } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { hang, meeting } from '../test/s3/faults.ts'
import {
  InspectObjectCommand,
  type InspectObjectCommandOutput,
  type ObjectCommandInput,
  ReencryptObjectCommand,
  type ReencryptObjectCommandOutput,
  RewrapObjectCommand,
  type RewrapObjectCommandOutput,
  S3EncryptionClient,
  s3EncryptionPlugin,
} from './index.ts'

type Input = ObjectCommandInput
type Options = { readonly abortSignal?: AbortSignal }

/** Each command, sent. */
const commands = [
  [
    'InspectObjectCommand',
    (client: S3Client, input: Input, options?: Options) => client.send(new InspectObjectCommand(input), options),
  ],
  [
    'ReencryptObjectCommand',
    (client: S3Client, input: Input, options?: Options) => client.send(new ReencryptObjectCommand(input), options),
  ],
  [
    'RewrapObjectCommand',
    (client: S3Client, input: Input, options?: Options) => client.send(new RewrapObjectCommand(input), options),
  ],
] as const

/** A client that has the plug-in, and an object. */
async function pluggedIn() {
  const { s3, client: writer } = clientOf()
  await writer.send(new PutObjectCommand({ Bucket, Key: 'k', Body: plaintext(100) }))
  const client = new S3Client(configFor(s3))
  client.middlewareStack.use(s3EncryptionPlugin({ keyring }, client))
  return { s3, client }
}

describe('the commands of this package', () => {
  it('have an output of their own, which send infers', () => {
    const input = { Bucket, Key: 'k' }
    const sending = (client: S3Client) => ({
      inspected: client.send(new InspectObjectCommand(input)),
      reencrypted: client.send(new ReencryptObjectCommand(input)),
      rewrapped: client.send(new RewrapObjectCommand(input)),
    })
    expectTypeOf(sending).returns.toEqualTypeOf<{
      inspected: Promise<InspectObjectCommandOutput>
      reencrypted: Promise<ReencryptObjectCommandOutput>
      rewrapped: Promise<RewrapObjectCommandOutput>
    }>()
    // @ts-expect-error there is no such option
    new RewrapObjectCommand({ ...input, RotationWanted: true })
    // @ts-expect-error there is no key
    expect(() => new InspectObjectCommand({ Bucket })).toThrow(TypeError)
  })

  it.each(commands)('%s works on a client that has the plug-in', async (_, send) => {
    const { client } = await pluggedIn()
    const answer = await send(client, { Bucket, Key: 'k' })
    expect(answer.ClientSideEncryption).toMatchObject({ format: 'V3' })
    expect(answer.$metadata.httpStatusCode).toBe(200)
  })

  it.each(commands)('%s is refused by a client that does not encrypt, before anything is sent', async (name, send) => {
    const { s3, plain } = clientOf()
    await expect((async () => send(plain, { Bucket, Key: 'k' }))()).rejects.toThrow(
      new TypeError(`${name} needs a client that encrypts: send it to an S3EncryptionClient`),
    )
    expect(s3.asked).toEqual([])
  })

  it.each(commands)('%s is refused by a plug-in without a client', async (_, send) => {
    const client = new S3Client(configFor(new MemoryS3()))
    client.middlewareStack.use(s3EncryptionPlugin({ keyring }))
    await expect(send(client, { Bucket, Key: 'k' })).rejects.toThrow(TypeError)
  })

  it.each(commands)('%s needs a bucket and a key', (name, send) => {
    const { client } = clientOf()
    expect(() => send(client, { Bucket: '', Key: 'k' })).toThrow(new TypeError(`${name} needs a Bucket`))
    expect(() => send(client, { Bucket, Key: '' })).toThrow(new TypeError(`${name} needs a Key`))
    expect(() => send(client, undefined as never)).toThrow(TypeError)
  })

  it.each(commands)('%s tells as S3 does that there is no such object', async (_, send) => {
    const { client } = clientOf()
    await expect(send(client, { Bucket, Key: 'none' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } })
  })

  it.each(commands)('%s stops when it is aborted, and the object stays', async (_, send) => {
    const { s3, client } = await pluggedIn()
    const before = s3.get('k')
    meeting(s3, () => true, hang)
    const abort = new AbortController()
    const sending = send(client, { Bucket, Key: 'k' }, { abortSignal: abort.signal })
    abort.abort()
    await expect(sending).rejects.toThrow()
    expect(s3.get('k')).toBe(before)
  })

  it.each(commands)('%s works with the cache that the AWS SDK has for middleware', async (_, send) => {
    const { s3 } = await pluggedIn()
    s3.objects.set('bucket/other', s3.get('k'))
    const client = new S3EncryptionClient({ ...configFor(s3), cacheMiddleware: true, encryption: { keyring } })
    for (const Key of ['k', 'other']) expect((await send(client, { Bucket, Key })).ClientSideEncryption).toBeDefined()
    expect(new Set(s3.requests.slice(1).map(({ key }) => key))).toEqual(new Set(['k', 'other']))
  })
})
