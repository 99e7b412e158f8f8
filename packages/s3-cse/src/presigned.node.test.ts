import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf } from '../test/clients.ts'

const Key = 'k'

describe('a presigned URL', () => {
  it.each([
    ['GetObject', new GetObjectCommand({ Bucket, Key })],
    ['HeadObject', new HeadObjectCommand({ Bucket, Key })],
    ['DeleteObject', new DeleteObjectCommand({ Bucket, Key })],
  ])('is made for %s, which gives what is stored', async (name, command) => {
    const { s3, client } = clientOf()
    const url = await getSignedUrl(client, command)
    expect(url, name).toMatch(/^http:\/\/s3\.test\/bucket\/k\?.*X-Amz-Signature=/)
    expect(s3.requests).toEqual([])
  })

  it.each([
    ['PutObject', new PutObjectCommand({ Bucket, Key, Body: 'a' })],
    ['CreateMultipartUpload', new CreateMultipartUploadCommand({ Bucket, Key })],
  ])('is not made for %s: what is sent with it would not be encrypted', async (_, command) => {
    const { s3, client } = clientOf()
    await expect(getSignedUrl(client, command)).rejects.toThrow(TypeError)
    expect(s3.requests).toEqual([])
  })

  it('is not made for CopyObject where the data key is in a file, and leaves the file that is there', async () => {
    const { s3, client } = clientOf({ instructionFile: { write: true } })
    await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'a' }))
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'b' }))
    const file = s3.get('k.instruction').body
    const copy = new CopyObjectCommand({ Bucket, Key, CopySource: 'bucket/from' })
    await expect(getSignedUrl(client, copy)).rejects.toThrow('instruction file')
    expect(s3.get('k.instruction').body).toEqual(file)
  })
})
