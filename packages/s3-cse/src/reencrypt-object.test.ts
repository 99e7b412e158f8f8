import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { legacy, storedCbc } from '../test/cbc-object.ts'
import { Bucket, clientOf, keyring, plaintext } from '../test/clients.ts'
import {
  faultOfWrite,
  newKeyring,
  readBy,
  readsV2,
  stored,
  writeFaults,
  writesFiles,
  writesV2,
} from '../test/rewrapping.ts'
import { xmlAnswer } from '../test/s3/answer.ts'
import { changed, gets, meeting } from '../test/s3/faults.ts'
import { ReencryptObjectCommand, type ReencryptObjectCommandInput } from './reencrypt-object-command.ts'

const mebibyte = 1024 * 1024
const bytes = plaintext(1000)
const k = { Bucket, Key: 'k' }
const reencrypt = (input: Partial<ReencryptObjectCommandInput> = {}) =>
  new ReencryptObjectCommand({ ...k, keyring: newKeyring, ...input })

const places = [
  ['object', 'object', {}, {}],
  ['object', 'instruction-file', {}, writesFiles],
  ['instruction-file', 'object', writesFiles, {}],
  ['instruction-file', 'instruction-file', writesFiles, writesFiles],
] as const

describe('ReencryptObjectCommand', () => {
  describe.each(places)('with the data key in the %s, then in the %s', (_, dataKeyIn, before, after) => {
    it.each([
      ['V2', writesV2],
      ['V3', {}],
    ])('makes V3 of %s, under another key', async (_, format) => {
      const s3 = await stored(bytes, { ...format, ...before }, { Metadata: { own: 'pair' } })
      const { client } = clientOf({ ...readsV2, ...after }, s3)
      const answer = await client.send(reencrypt())
      expect(answer.ClientSideEncryption).toMatchObject({ format: 'V3', committing: true, dataKeyIn })
      expect(answer.ETag).toBe(s3.get('k').etag)
      expect(answer.InstructionFile).toBe(dataKeyIn === 'object' ? undefined : 'k.instruction')
      expect(s3.objects.has('bucket/k.instruction')).toBe(dataKeyIn === 'instruction-file')
      expect(s3.get('k').metadata).toMatchObject({ own: 'pair', 'x-amz-c': '115' })
      expectBytes(await readBy(s3, { keyring: newKeyring }), bytes)
      await expect(readBy(s3, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    })

    describe.each(Object.entries(writeFaults))('leaves an object that can be read where a write %s', (_, fault) => {
      it.each([0, 1, 2])('as number %i', async (number) => {
        const s3 = await stored(bytes, { ...writesV2, ...before })
        const { client } = clientOf({ ...readsV2, ...after }, s3)
        const outcome = faultOfWrite(s3, number, fault)
        const failure = await client.send(new ReencryptObjectCommand(k)).catch((error: Error) => error)
        expect(failure instanceof Error).toBe(!outcome.missed)
        s3.fault = (_, next) => next()
        expectBytes(await readBy(s3, readsV2), bytes)
        await client.send(new ReencryptObjectCommand(k))
        expectBytes(await readBy(s3), bytes)
      })
    })
  })

  it('writes with what the client writes with where no keyring is given', async () => {
    const s3 = await stored(bytes, writesV2)
    await clientOf(readsV2, s3).client.send(new ReencryptObjectCommand(k))
    expectBytes(await readBy(s3), bytes)
  })

  it('writes format V2 where the policy of the client does', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf(writesV2, s3)
    expect((await client.send(reencrypt())).ClientSideEncryption.format).toBe('V2')
    expect(s3.get('k').metadata['x-amz-unencrypted-content-length']).toBe('1000')
    expectBytes(await readBy(s3, { ...readsV2, keyring: newKeyring }), bytes)
  })

  it('asks for the object once, and puts it if it is still the same', async () => {
    const s3 = await stored(bytes)
    const { etag } = s3.get('k')
    await clientOf({}, s3).client.send(reencrypt())
    expect(s3.asked).toEqual(['GET k', 'PUT k'])
    expect(s3.requests[1]?.headers['if-match']).toBe(etag)
  })

  it.each([0, 1, 15, 16, 17])('makes V3 of %i bytes of AES-CBC in one request', async (length) => {
    const s3 = await storedCbc(plaintext(length))
    const { client } = clientOf(legacy, s3)
    await client.send(reencrypt())
    expect(s3.asked).toEqual(['GET k', 'PUT k'])
    expect(s3.get('k').metadata).toMatchObject({ own: 'pair' })
    expect(Object.keys(s3.get('k').metadata).sort()).toEqual([
      'own',
      'x-amz-3',
      'x-amz-c',
      'x-amz-d',
      'x-amz-i',
      'x-amz-w',
    ])
    expectBytes(await readBy(s3, { keyring: newKeyring }), plaintext(length))
  })

  it('makes V3 of a long body of AES-CBC in parts of 16 MiB', async () => {
    const long = plaintext(33 * mebibyte)
    const s3 = await storedCbc(long)
    const { etag } = s3.get('k')
    await clientOf(legacy, s3).client.send(reencrypt())
    expect(s3.asked.map((line) => line.replace(/ x-amz-\S+/g, ''))).toEqual([
      'GET k',
      'POST k uploads',
      'PUT k partNumber uploadId',
      'PUT k partNumber uploadId',
      'PUT k partNumber uploadId',
      'POST k uploadId',
    ])
    const parts = s3.requests.filter(({ query }) => query['partNumber'] !== undefined)
    expect(
      parts.map(({ headers }) => Number(headers['x-amz-decoded-content-length'] ?? headers['content-length'])),
    ).toEqual([16 * mebibyte, 16 * mebibyte, mebibyte + 16])
    expect(s3.requests.at(-1)?.headers['if-match']).toBe(etag)
    expect(s3.uploads.ids).toEqual([])
    expectBytes(await readBy(s3, { keyring: newKeyring }), long)
  })

  it('passes a long body of AES-GCM on', async () => {
    const long = plaintext(17 * mebibyte)
    const s3 = await stored(long, writesV2)
    await clientOf(readsV2, s3).client.send(reencrypt())
    expectBytes(await readBy(s3, { keyring: newKeyring }), long)
  })

  it('keeps the tags of an object', async () => {
    const s3 = await stored(bytes)
    s3.fault = async (request, next) => {
      if (request.query['tagging'] !== undefined) {
        const tags = '<Tag><Key>team</Key><Value>a b+c=d</Value></Tag><Tag><Key>stage</Key><Value>test</Value></Tag>'
        return xmlAnswer(200, `<Tagging><TagSet>${tags}</TagSet></Tagging>`)
      }
      const answer = await next()
      return request.method === 'GET'
        ? { ...answer, headers: { ...answer.headers, 'x-amz-tagging-count': '2' } }
        : answer
    }
    await clientOf({}, s3).client.send(reencrypt())
    expect(s3.asked).toEqual(['GET k', 'GET k tagging', 'PUT k'])
    expect(s3.requests.at(-1)?.headers['x-amz-tagging']).toBe('team=a+b%2Bc%3Dd&stage=test')
  })

  it('keeps what S3 tells with an object', async () => {
    const s3 = await stored(bytes)
    const kept = { 'content-type': 'text/plain', 'cache-control': 'no-store', 'x-amz-storage-class': 'STANDARD_IA' }
    meeting(
      s3,
      gets,
      changed(({ headers }) => ({ headers: { ...headers, ...kept } })),
    )
    await clientOf({}, s3).client.send(reencrypt())
    expect(s3.requests.at(-1)?.headers).toMatchObject(kept)
  })
})

it('an object reads the same through GetObject before and after', async () => {
  const s3 = await stored(bytes, {}, { ContentType: 'text/plain', Metadata: { own: 'pair' } })
  const { client } = clientOf({}, s3)
  const before = await client.send(new GetObjectCommand(k))
  await client.send(new ReencryptObjectCommand(k))
  const after = await client.send(new GetObjectCommand(k))
  const told = ({ ContentType, ContentLength, Metadata }: typeof before) => ({ ContentType, ContentLength, Metadata })
  expect(told(after)).toEqual(told(before))
  expect(after.ETag).not.toBe(before.ETag)
})
