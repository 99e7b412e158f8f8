import { describe, expect, it } from 'vitest'
import { legacy, storedCbc } from '../test/cbc-object.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { rejectionOf } from '../test/key-materials.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { newKeyring, readsV2, stored, writeFaults, writesV2 } from '../test/rewrapping.ts'
import { changed, cut, gets, meeting } from '../test/s3/faults.ts'
import { ReencryptObjectCommand, type ReencryptObjectCommandInput } from './reencrypt-object-command.ts'

const mebibyte = 1024 * 1024
const bytes = plaintext(1000)
const k = { Bucket, Key: 'k' }
const reencrypt = (input: Partial<ReencryptObjectCommandInput> = {}) =>
  new ReencryptObjectCommand({ ...k, keyring: newKeyring, ...input })

describe('what is left when ReencryptObjectCommand fails', () => {
  /** The object is the same, and no upload is left. */
  async function expectUntouched(s3: MemoryS3, before: MemoryS3['objects']) {
    expect(new Map(s3.objects)).toEqual(before)
    expect(s3.uploads.ids).toEqual([])
  }

  it.each([
    ['a short body', 1000],
    ['a long body', 17 * mebibyte],
  ])('%s whose tag is wrong: all as it was', async (_, length) => {
    const s3 = await stored(plaintext(length), writesV2)
    const { body, metadata } = s3.get('k')
    const flipped = new Uint8Array(body)
    flipped[0] = (flipped[0] as number) ^ 1
    s3.put('k', flipped, metadata)
    const before = new Map(s3.objects)
    const failure = await rejectionOf(clientOf(readsV2, s3).client.send(reencrypt()))
    expect(failure).toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
    await expectUntouched(s3, before)
  })

  it.each([1000, 17 * mebibyte])(
    'a padding of AES-CBC that is wrong, after %i bytes: all as it was',
    async (length) => {
      const s3 = await storedCbc(plaintext(length))
      const { body, metadata } = s3.get('k')
      s3.put('k', body.slice(0, -16), metadata)
      const before = new Map(s3.objects)
      const failure = await rejectionOf(clientOf(legacy, s3).client.send(reencrypt()))
      expect(failure).toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
      await expectUntouched(s3, before)
    },
  )

  it.each([10, 900])('a connection that is lost after %i bytes: all as it was', async (after) => {
    const s3 = await stored(bytes)
    const before = new Map(s3.objects)
    meeting(s3, gets, cut(after))
    await expect(clientOf({}, s3).client.send(reencrypt())).rejects.toThrow()
    await expectUntouched(s3, before)
  })

  it.each(['POST k uploads', 'PUT k partNumber uploadId', 'POST k uploadId'])(
    'a multipart upload of which S3 refuses %s: all as it was',
    async (line) => {
      const s3 = await storedCbc(plaintext(17 * mebibyte))
      const before = new Map(s3.objects)
      meeting(
        s3,
        ({ method, query }) =>
          [method, 'k', ...Object.keys(query).filter((name) => name !== 'x-id')].join(' ') === line,
        writeFaults['is refused'],
      )
      await expect(clientOf(legacy, s3).client.send(reencrypt())).rejects.toMatchObject({ name: 'AccessDenied' })
      await expectUntouched(s3, before)
    },
  )

  it.each([
    ['a short body', 1000],
    ['a long body', 17 * mebibyte],
  ])('%s that somebody replaces meanwhile: it stays', async (_, length) => {
    const s3 = await storedCbc(plaintext(length))
    meeting(s3, gets, async (_, next) => {
      const answer = await next()
      s3.put('k', plaintext(5), { of: 'somebody else' })
      return answer
    })
    await expect(clientOf(legacy, s3).client.send(reencrypt())).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(s3.get('k')).toMatchObject({ body: plaintext(5), metadata: { of: 'somebody else' } })
    expect(s3.uploads.ids).toEqual([])
  })

  it.each([
    ['midway', 'partNumber'],
    ['before S3 has told the id of its upload', 'uploads'],
  ])('a request that is aborted %s: all as it was', async (_, wanted) => {
    const s3 = await storedCbc(plaintext(17 * mebibyte))
    const before = new Map(s3.objects)
    const abort = new AbortController()
    const aborted = new Promise<void>((resolve) => {
      s3.fault = async ({ method, query }, next) => {
        const answer = await next()
        if (query[wanted] !== undefined) abort.abort()
        if (method === 'DELETE') resolve()
        return answer
      }
    })
    const { client } = clientOf(legacy, s3)
    await expect(client.send(reencrypt(), { abortSignal: abort.signal })).rejects.toThrow()
    await aborted
    await expectUntouched(s3, before)
  })
})

describe('what ReencryptObjectCommand refuses before any key is asked for', () => {
  const unasked = { onEncrypt: refuseToAnswer, onDecrypt: refuseToAnswer }

  async function refuseToAnswer(): Promise<never> {
    throw new Error('a key was asked for')
  }

  it('an object that is not encrypted', async () => {
    const { s3, client } = clientOf({ onUnencrypted: 'passthrough', keyring: unasked })
    s3.put('k', bytes)
    await expect(client.send(reencrypt())).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ENCRYPTED' })
  })

  it.each([
    ['ERR_ESDK_COMMITMENT_POLICY', {}],
    ['ERR_ESDK_S3_NOT_ALLOWED', { ...readsV2, enableLegacyUnauthenticatedModes: true }],
    ['ERR_ESDK_S3_NOT_ALLOWED', { ...readsV2, enableLegacyWrappingAlgorithms: true }],
  ])('what the client does not read: %s', async (code, options) => {
    const s3 = await storedCbc(bytes)
    await expect(clientOf({ ...options, keyring: unasked }, s3).client.send(reencrypt())).rejects.toMatchObject({
      code,
    })
    expect(s3.asked).toEqual(['GET k'])
  })

  it('an object with another ETag than was given', async () => {
    const s3 = await stored(bytes)
    const failure = await rejectionOf(clientOf({ keyring: unasked }, s3).client.send(reencrypt({ IfMatch: '"x"' })))
    expect(failure).toMatchObject({ $metadata: { httpStatusCode: 412 } })
  })

  it('a body that is longer than GCM takes, before all of it is read', async () => {
    const s3 = await storedCbc(bytes)
    const length = { 'content-length': String(2 ** 36 + 16) }
    meeting(
      s3,
      gets,
      changed(({ headers }) => ({ headers: { ...headers, ...length } })),
    )
    await expect(clientOf({ ...legacy, keyring: unasked }, s3).client.send(reencrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_BODY_LENGTH',
    })
  })
})
