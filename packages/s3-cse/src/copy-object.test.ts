import { CopyObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { changed, expired, meeting } from '../test/s3/faults.ts'
import type { S3EncryptionOptions } from './options.ts'

async function stored(options: S3EncryptionOptions = {}) {
  const made = clientOf(options)
  await made.client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'hello', Metadata: { a: 'old' } }))
  made.s3.requests.length = 0
  const copy = (more: object = {}) =>
    made.client.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: 'bucket/from', ...more }))
  const read = async (Key: string) => {
    const { Body, Metadata } = await made.client.send(new GetObjectCommand({ Bucket, Key }))
    return { text: await Body?.transformToString(), metadata: Metadata }
  }
  return { ...made, copy, read }
}

const inFile = { instructionFile: { write: true } } as const

describe('CopyObject', () => {
  it('copies the envelope with the object', async () => {
    const { copy, read } = await stored()
    await copy()
    expect(await read('to')).toEqual({ text: 'hello', metadata: { a: 'old' } })
  })

  it('keeps the envelope where the metadata is replaced', async () => {
    const { s3, copy, read } = await stored()
    await copy({ MetadataDirective: 'REPLACE', Metadata: { a: 'new' } })
    expect(await read('to')).toEqual({ text: 'hello', metadata: { a: 'new' } })
    await copy({ Key: 'from', MetadataDirective: 'REPLACE', Metadata: {} })
    expect(await read('from')).toEqual({ text: 'hello', metadata: {} })
    expect(s3.get('from').metadata['x-amz-c']).toBe('115')
  })

  it('does not put the envelope of one object on another that took its place meanwhile', async () => {
    const { s3, copy } = await stored()
    meeting(
      s3,
      ({ method }) => method === 'PUT',
      (_, next) => {
        s3.put('from', plaintext(99), {})
        return next()
      },
    )
    await expect(copy({ MetadataDirective: 'REPLACE', Metadata: {} })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    })
  })

  it.each([
    ['V3', {}],
    ['V2', { commitmentPolicy: 'forbid-encrypt-allow-decrypt' }],
  ] as const)('copies the instruction file, before the object: %s', async (_, policy) => {
    const { s3, copy, read } = await stored({ ...inFile, ...policy })
    await copy()
    expect((await read('to')).text).toBe('hello')
    expect(s3.asked.filter((each) => each.startsWith('PUT'))).toEqual(['PUT to.instruction', 'PUT to'])
  })

  it('takes the file back when S3 refuses the object', async () => {
    const { s3, copy } = await stored(inFile)
    meeting(s3, ({ method, key }) => method === 'PUT' && key === 'to', expired)
    await expect(copy()).rejects.toMatchObject({ name: 'ExpiredToken' })
    expect([...s3.objects.keys()].sort()).toEqual(['bucket/from', 'bucket/from.instruction'])
  })

  it('does not put the file of one object beside another that took its place meanwhile', async () => {
    const { s3, client, copy } = await stored(inFile)
    meeting(
      s3,
      ({ method, key }) => method === 'PUT' && key === 'to',
      async (_, next) => {
        s3.fault = (_, next) => next()
        await client.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'another' }))
        return next()
      },
    )
    await expect(copy()).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect([...s3.objects.keys()].sort()).toEqual(['bucket/from', 'bucket/from.instruction'])
  })

  describe('of a version, with an instruction file', () => {
    // An S3 with one version of everything: for any that is asked for, it is that.
    async function versioned() {
      const made = await stored(inFile)
      meeting(
        made.s3,
        ({ method, key }) => method === 'HEAD' && key === 'from',
        changed(({ headers }) => ({ headers: { ...headers, 'x-amz-version-id': 'now' } })),
      )
      return made
    }

    it('copies both where it is the version of today', async () => {
      const { copy, read } = await versioned()
      await copy({ CopySource: 'bucket/from?versionId=now' })
      expect((await read('to')).text).toBe('hello')
    })

    it('refuses an older one: nobody knows which version of the file it needs', async () => {
      const { s3, copy } = await versioned()
      const copying = copy({ CopySource: 'bucket/from?versionId=before' })
      await expect(copying).rejects.toMatchObject({ code: 'ERR_ESDK_S3_INSTRUCTION_FILE' })
      expect([...s3.objects.keys()].sort()).toEqual(['bucket/from', 'bucket/from.instruction'])
    })
  })

  it('refuses a copy that nobody could read: the file with the data key is missing', async () => {
    const { s3, copy } = await stored(inFile)
    s3.objects.delete('bucket/from.instruction')
    await expect(copy()).rejects.toMatchObject({ code: 'ERR_ESDK_S3_INSTRUCTION_FILE' })
    expect(s3.objects.has('bucket/to')).toBe(false)
  })

  it('refuses metadata that would be taken for an envelope, and sources that it cannot read', async () => {
    const { copy } = await stored()
    await expect(copy({ MetadataDirective: 'REPLACE', Metadata: { 'x-amz-i': 'a' } })).rejects.toThrow(TypeError)
    for (const CopySource of ['', 'bucket', '/', 'bucket/%zz']) {
      await expect(copy({ CopySource }), CopySource).rejects.toThrow(TypeError)
    }
  })

  it('copies what is not encrypted, or has an envelope that nobody understands, as it is', async () => {
    const { s3, copy } = await stored()
    s3.put('plain', plaintext(3), { a: 'b' })
    s3.put('broken', plaintext(3), { 'x-amz-c': '115' })
    await copy({ CopySource: 'bucket/plain' })
    expect(s3.get('to').metadata).toEqual({ a: 'b' })
    await copy({ CopySource: 'bucket/broken' })
    expect(s3.get('to').metadata).toEqual({ 'x-amz-c': '115' })
  })
})
