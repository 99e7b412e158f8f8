import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { legacy, storedCbc } from '../test/cbc-object.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'

const Key = 'k'

/** The checksum of the object is no longer that of its body. */
function misstate(s3: MemoryS3): void {
  const object = s3.get(Key)
  s3.objects.set(`${Bucket}/${Key}`, { ...object, headers: { ...object.headers, 'x-amz-checksum-crc32': 'AAAAAA==' } })
}

async function textOf(client: S3Client, more: object = {}): Promise<string | undefined> {
  return (await client.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString()
}

describe.each([
  ['V3', {}],
  ['V2', { commitmentPolicy: 'forbid-encrypt-allow-decrypt' }],
  ['V3 with an instruction file', { instructionFile: { write: true } }],
] as const)('the checksum of an object of %s', (_, options) => {
  it.each(['buffered', 'delayed', 'two-pass'] as const)('is left to the tag: %s', async (mode) => {
    const { s3, client } = clientOf({ ...options, release: { mode } })
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }))
    misstate(s3)
    expect(await textOf(client)).toBe('hello')
    s3.get(Key).body[0] = 0
    await expect(textOf(client)).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('is compared where that is asked for', async () => {
    const { s3, client } = clientOf({ ...options, release: { mode: 'delayed' } })
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }))
    misstate(s3)
    await expect(textOf(client, { ChecksumMode: 'ENABLED' })).rejects.toThrow('Checksum mismatch')
  })
})

describe('where there is no tag, the checksum is compared', () => {
  it('of an object of AES-CBC', async () => {
    const { s3, client } = clientOf(legacy, await storedCbc(plaintext(100)))
    expect(await textOf(client)).toHaveLength(100)
    misstate(s3)
    await expect(textOf(client)).rejects.toThrow('Checksum mismatch')
  })

  it('of an object that is not encrypted', async () => {
    const { s3, client } = clientOf({ onUnencrypted: 'passthrough' })
    s3.put(Key, plaintext(100))
    misstate(s3)
    await expect(textOf(client)).rejects.toThrow('Checksum mismatch')
  })
})
