import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { S3Refusal } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'
import type { S3EncryptionOptions } from './options.ts'

const Key = 'k'

async function headOf(length: number, options: S3EncryptionOptions = {}) {
  const { s3, client } = clientOf(options)
  await client.send(new PutObjectCommand({ Bucket, Key, Body: plaintext(length), Metadata: { a: 'b' } }))
  return { s3, head: (more: object = {}) => client.send(new HeadObjectCommand({ Bucket, Key, ...more })) }
}

describe('HeadObject', () => {
  it.each([0, 1, 1000])('gives the length of the plaintext: %i', async (length) => {
    const { head } = await headOf(length)
    expect(await head()).toMatchObject({
      ContentLength: length,
      Metadata: { a: 'b' },
      ClientSideEncryption: { format: 'V3', dataKeyIn: 'object' },
    })
  })

  it('says nothing of the ciphertext but its ETag', async () => {
    const { s3, head } = await headOf(5)
    const answer = await head({ ChecksumMode: 'ENABLED' })
    expect(answer.ETag).toBe(s3.get(Key).etag)
    expect(Object.keys(answer).filter((name) => name.startsWith('Checksum'))).toEqual([])
  })

  it('looks into the instruction file', async () => {
    const { head } = await headOf(9, { instructionFile: { write: true } })
    expect(await head()).toMatchObject({ ContentLength: 9, ClientSideEncryption: { dataKeyIn: 'instruction-file' } })
  })

  it('asks for no key, so that policies are no matter', async () => {
    const { s3, head } = await headOf(9)
    const { body, metadata } = s3.get(Key)
    s3.put(Key, body, { ...metadata, 'x-amz-3': 'AAAA' })
    expect(await head()).toMatchObject({ ContentLength: 9 })
  })

  it('describes what is not encrypted, or has a broken envelope, as S3 does', async () => {
    const { s3, head } = await headOf(9)
    s3.put('plain', plaintext(7), { a: 'b' })
    s3.put('broken', plaintext(7), { 'x-amz-c': '115' })
    for (const each of ['plain', 'broken']) {
      const answer = await head({ Key: each })
      expect(answer.ContentLength).toBe(7)
      expect(answer.ClientSideEncryption).toBeUndefined()
    }
  })

  it('does without an instruction file that it may not see', async () => {
    const { s3, head } = await headOf(9)
    s3.put('plain', plaintext(7))
    meeting(
      s3,
      ({ key }) => key === 'plain.instruction',
      async () => {
        throw new S3Refusal(403, 'AccessDenied')
      },
    )
    expect(await head({ Key: 'plain' })).toMatchObject({ ContentLength: 7 })
  })

  it('gives 404 as S3 does', async () => {
    const { head } = await headOf(1)
    await expect(head({ Key: 'nothing' })).rejects.toMatchObject({ name: 'NotFound' })
  })
})
