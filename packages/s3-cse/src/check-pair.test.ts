import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { fakeKms } from '../test/fake-kms.ts'
import { oregon, rejectionOf } from '../test/key-materials.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { newKeyring, readBy, readsV2, stored, writesFiles, writesV2 } from '../test/rewrapping.ts'
import { s3KmsKeyring } from './keyrings/kms-keyring.ts'
import type { S3EncryptionOptions } from './options.ts'
import { RewrapObjectCommand } from './rewrap-object-command.ts'

const bytes = plaintext(100_000)
const k = { Bucket, Key: 'k' }
const second = oregon.replace('11111111-1111', '33333333-3333')
const formats = [
  ['V2', { ...writesV2, ...writesFiles }],
  ['V3', writesFiles],
] as const
const moves = [
  ['into the metadata', { Target: 'metadata' }],
  ['into the file itself', {}],
  ['into a further file', { NewInstructionFileSuffix: '.partner' }],
] as const

/** S3 says when object and file were written. */
function dated(s3: MemoryS3, object: string, file: string): void {
  s3.fault = async ({ key }, next) => {
    const answer = await next()
    const modified = new Date(key === 'k' ? object : file).toUTCString()
    return { ...answer, headers: { ...answer.headers, 'last-modified': modified } }
  }
}

const codes = { V2: 'ERR_ESDK_S3_REWRAP', V3: 'ERR_ESDK_COMMITMENT' } as const

const seconds = (ago: number) => new Date(Date.now() - ago * 1000).toISOString()

/** The object of before, with the file of one that is being written. */
async function besideOtherFile(options: S3EncryptionOptions, request: object = {}): Promise<MemoryS3> {
  const s3 = await stored(bytes, options, request)
  const object = s3.get('k')
  await clientOf(options, s3).client.send(new PutObjectCommand({ ...k, Body: plaintext(50), ...request }))
  s3.objects.set('bucket/k', object)
  s3.requests.length = 0
  return s3
}

describe.each(formats)('an object of %s beside the file of another that is being written', (format, options) => {
  const code = codes[format]

  it.each(moves)('is not rewrapped %s: neither it nor the file changes', async (_, input) => {
    const s3 = await besideOtherFile(options)
    const before = new Map(s3.objects)
    dated(s3, seconds(5000), seconds(2))
    const rewrap = new RewrapObjectCommand({ ...k, keyring: newKeyring, ...input })
    const failure = await rejectionOf(clientOf({ ...readsV2 }, s3).client.send(rewrap))
    expect(failure).toMatchObject({ code })
    expect(new Map(s3.objects)).toEqual(before)
  })

  it.each(moves)('is not rewrapped %s by AWS KMS either, which sees no body', async (_, input) => {
    const { client } = fakeKms({ [oregon]: oregon, [second]: second })
    const from = s3KmsKeyring({ keyId: oregon, client })
    const s3 = await besideOtherFile({ ...options, keyring: from })
    const before = new Map(s3.objects)
    const rewrap = new RewrapObjectCommand({ ...k, keyring: s3KmsKeyring({ keyId: second, client }), ...input })
    const failure = await rejectionOf(clientOf({ ...readsV2, keyring: from }, s3).client.send(rewrap))
    expect(failure).toMatchObject({ code })
    expect(new Map(s3.objects)).toEqual(before)
  })
})

describe.each(formats)('an object of %s beside its own file', (format, options) => {
  const pairs = [
    ['older', 3, 5, false],
    ['of the same second', 5, 5, true],
    ['later, having been rewrapped', 5000, 5, true],
    ['later than it, and more than a day ago', 2 * 86_400, 86_500, false],
  ] as const

  it.each(pairs)('that is %s is rewrapped: object %i s ago, file %i s ago', async (_, object, file, isChecked) => {
    const kms = fakeKms({ [oregon]: oregon, [second]: second })
    const from = s3KmsKeyring({ keyId: oregon, client: kms.client })
    const to = s3KmsKeyring({ keyId: second, client: kms.client })
    const s3 = await stored(bytes, { ...options, keyring: from })
    dated(s3, seconds(object), seconds(file))
    kms.calls.length = 0
    await clientOf({ ...readsV2, keyring: from }, s3).client.send(
      new RewrapObjectCommand({ ...k, keyring: to, Target: 'metadata' }),
    )
    expect(kms.calls.map(({ operation }) => operation)).toEqual(isChecked ? ['ReEncrypt', 'Decrypt'] : ['ReEncrypt'])
    expect(s3.asked.includes('GET k')).toBe(isChecked && format === 'V2')
    expect(await readBy(s3, { ...readsV2, keyring: to })).toEqual(bytes)
  })
})
