import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
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

  it('is not made for a part, nor for the end of an upload, which take no notice of it', async () => {
    const { s3, client } = clientOf({ instructionFile: { write: true } })
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    const upload = { Bucket, Key, UploadId }
    const count = s3.requests.length
    const part = new UploadPartCommand({ ...upload, PartNumber: 1 })
    await expect(getSignedUrl(client, part)).rejects.toThrow('presigned UploadPart')
    const full = new UploadPartCommand({ ...upload, PartNumber: 2, Body: 'bytes' })
    await expect(getSignedUrl(client, full)).rejects.toThrow('presigned UploadPart')
    expect(s3.requests.length).toBe(count)
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'hello' }))
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
    const end = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload })
    await expect(getSignedUrl(client, end)).rejects.toThrow('presigned CompleteMultipartUpload')
    expect(s3.requests.length).toBe(count + 1)
    await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }))
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(await Body?.transformToString()).toBe('hello')
  })

  it('is not made for PutObject where the data key is in a file: nothing is asked, or written', async () => {
    const { s3, client } = clientOf({ instructionFile: { write: true } })
    await expect(getSignedUrl(client, new PutObjectCommand({ Bucket, Key, Body: 'a' }))).rejects.toThrow(TypeError)
    expect(s3.requests).toEqual([])
  })

  it('is not made for CopyObject where the data key is in a file, and leaves the file that is there', async () => {
    const { s3, client } = clientOf({ instructionFile: { write: true } })
    await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'a' }))
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'b' }))
    const file = s3.get('k.instruction')
    const copy = new CopyObjectCommand({ Bucket, Key, CopySource: 'bucket/from' })
    await expect(getSignedUrl(client, copy)).rejects.toThrow('instruction file')
    expect(s3.get('k.instruction')).toBe(file)
  })
})
