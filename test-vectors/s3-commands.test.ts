/**
 * Objects of other clients get other keys and another format: every object of the vectors, rewrapped and re-encrypted.
 *
 * @module
 */

import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { InspectObjectCommand } from '../packages/s3-cse/src/inspect-object-command.ts'
import { s3AesKeyring } from '../packages/s3-cse/src/keyrings/aes-keyring.ts'
import { s3KmsKeyring } from '../packages/s3-cse/src/keyrings/kms-keyring.ts'
import { s3RsaKeyring } from '../packages/s3-cse/src/keyrings/rsa-keyring.ts'
import type { S3Keyring } from '../packages/s3-cse/src/materials.ts'
import type { S3EncryptionOptions } from '../packages/s3-cse/src/options.ts'
import { ReencryptObjectCommand } from '../packages/s3-cse/src/reencrypt-object-command.ts'
import { RewrapObjectCommand } from '../packages/s3-cse/src/rewrap-object-command.ts'
import { expectBytes } from '../packages/s3-cse/test/bytes.ts'
import { clientOf } from '../packages/s3-cse/test/clients.ts'
import { fakeKms } from '../packages/s3-cse/test/fake-kms.ts'
import { oregon } from '../packages/s3-cse/test/key-materials.ts'
import type { MemoryS3 } from '../packages/s3-cse/test/memory-s3.ts'
import { rsaPair } from '../packages/s3-cse/test/rsa-pairs.ts'
import { plaintextOf } from './plaintext.ts'
import { keyringOf, optionsOf, storedVector } from './s3-stored-vector.ts'
import { type S3Vector, s3Vectors } from './s3-vectors.ts'

/** What an object gets instead of the key that its writer had. Only AWS KMS takes a context. */
const newKeys: Readonly<Record<string, { readonly keyring: S3Keyring; readonly context: Record<string, string> }>> = {
  AES: { keyring: s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(0x77) }), context: {} },
  RSA: { keyring: s3RsaKeyring(await rsaPair()), context: {} },
  'AWS KMS': {
    keyring: s3KmsKeyring({ keyId: oregon, client: fakeKms({ [oregon]: oregon }).client }),
    context: { moved: 'yes' },
  },
}

const objects = s3Vectors.filter(({ result }) => result === 'ok')

/** One of each kind and each writer. */
const sample = [
  ...new Map(
    objects.map((vector) => [
      [vector.producedBy.name, vector.contentAlgorithm, vector.wrapAlgorithm, vector.metadataLocation].join(),
      vector,
    ]),
  ).values(),
]
const named = (vectors: readonly S3Vector[]) => vectors.map((vector) => [vector.id, vector] as const)

/** The pairs that hold a data key. */
const dataKeyNames = ['x-amz-key', 'x-amz-key-v2', 'x-amz-3']

/** The instruction file that the key of the vector is for. */
function suffixOf({ reads, keyRef }: S3Vector): string | undefined {
  return reads?.find(({ keyRef: { type, id } }) => type === keyRef.type && id === keyRef.id)?.instructionFileSuffix
}

function contextOf({ encryptionContext }: S3Vector) {
  return Object.keys(encryptionContext).length > 0 ? { EncryptionContext: encryptionContext } : {}
}

async function read(s3: MemoryS3, Key: string, options: S3EncryptionOptions, request: object = {}) {
  const { client } = clientOf(options, s3)
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key, ...request }))
  return (await Body?.transformToByteArray()) ?? new Uint8Array(0)
}

/** Does the key that the object had still open it? */
async function expectOldKeyIsGood(s3: MemoryS3, vector: S3Vector, good: boolean): Promise<void> {
  const old = { ...optionsOf(vector), keyring: keyringOf(vector.keyRef) }
  const suffix = suffixOf(vector)
  const outcome = await read(s3, vector.key, old, {
    ...contextOf(vector),
    ...(suffix !== undefined && { InstructionFileSuffix: suffix }),
  }).then(
    () => true,
    () => false,
  )
  expect(outcome, 'the old key opens the object').toBe(good)
}

describe('InspectObjectCommand', () => {
  it.each(named(objects))('%s', async (_, vector) => {
    const s3 = await storedVector(vector)
    const { client } = clientOf({ ...optionsOf(vector), keyring: keyringOf(vector.keyRef) }, s3)
    const suffix = suffixOf(vector)
    const answer = await client.send(
      new InspectObjectCommand({
        Bucket: 'bucket',
        Key: vector.key,
        ...(suffix !== undefined && { InstructionFileSuffix: suffix }),
      }),
    )
    expect(answer).toMatchObject({ Readable: true, StoredLength: vector.bodyLength })
    expect(answer.ClientSideEncryption?.format).toBe(vector.format)
    const cbc = vector.contentAlgorithm.startsWith('AES/CBC')
    expect(answer.ContentLength).toBe(cbc ? undefined : vector.plaintext.length)
  })
})

describe.each(Object.entries(newKeys))('to a key of %s', (kind, { keyring, context }) => {
  const vectors = kind === 'AES' ? objects : sample
  const after = Object.keys(context).length > 0 ? { EncryptionContext: context } : {}
  const toRewrap = vectors.filter(({ contentAlgorithm }) => !contentAlgorithm.startsWith('AES/CBC'))

  it.each(named(toRewrap))('RewrapObjectCommand: %s', async (_, vector) => {
    const s3 = await storedVector(vector)
    const { body } = s3.get(vector.key)
    const { client } = clientOf({ ...optionsOf(vector), keyring: keyringOf(vector.keyRef) }, s3)
    const suffix = suffixOf(vector)
    const file = suffix === undefined ? {} : { InstructionFileSuffix: suffix }
    await expectOldKeyIsGood(s3, vector, true)
    const { ClientSideEncryption: is } = await client.send(
      new RewrapObjectCommand({
        Bucket: 'bucket',
        Key: vector.key,
        keyring,
        ...contextOf(vector),
        NewEncryptionContext: context,
        ...file,
      }),
    )
    expect(is.dataKeyIn).toBe(dataKeyNames.some((name) => name in vector.metadata) ? 'object' : 'instruction-file')
    expect(s3.get(vector.key).body).toBe(body)
    const { commitmentPolicy } = optionsOf(vector)
    const reader = { commitmentPolicy, keyring }
    expectBytes(await read(s3, vector.key, reader, { ...after, ...file }), await plaintextOf(vector.plaintext))
    await expectOldKeyIsGood(s3, vector, false)
  })

  it.each(named(vectors.filter(({ reads }) => reads === undefined)))(
    'ReencryptObjectCommand: %s',
    async (_, vector) => {
      const s3 = await storedVector(vector)
      const { client } = clientOf({ ...optionsOf(vector), keyring: keyringOf(vector.keyRef) }, s3)
      await expectOldKeyIsGood(s3, vector, true)
      const { ClientSideEncryption: is } = await client.send(
        new ReencryptObjectCommand({
          Bucket: 'bucket',
          Key: vector.key,
          keyring,
          ...contextOf(vector),
          NewEncryptionContext: context,
        }),
      )
      expect(is).toMatchObject({ format: 'V3', dataKeyIn: 'object' })
      expectBytes(await read(s3, vector.key, { keyring }, after), await plaintextOf(vector.plaintext))
      await expectOldKeyIsGood(s3, vector, false)
      const own = Object.keys(vector.metadata).filter((name) => !name.startsWith('x-amz-'))
      expect(Object.keys(s3.get(vector.key).metadata)).toEqual(expect.arrayContaining(own))
    },
  )
})

describe('hostile objects', () => {
  const hostile = s3Vectors.filter(({ result, request }) => result !== 'ok' && request === undefined)

  it.each(named(hostile))('%s: refused, and left as it was', async (_, vector) => {
    const s3 = await storedVector(vector)
    const before = new Map(s3.objects)
    const { client } = clientOf({ ...optionsOf(vector), keyring: keyringOf(vector.keyRef) }, s3)
    const command = new ReencryptObjectCommand({ Bucket: 'bucket', Key: vector.key, ...contextOf(vector) })
    await expect(client.send(command)).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_ESDK_/) as string })
    expect(new Map(s3.objects)).toEqual(before)
    expect(s3.uploads.ids).toEqual([])
  })
})
