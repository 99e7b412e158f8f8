import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, keyring, plaintext } from '../test/clients.ts'
import { rejectionOf } from '../test/key-materials.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
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
import { changed, cut, gets, meeting } from '../test/s3/faults.ts'
import { ReencryptObjectCommand, type ReencryptObjectCommandInput } from './reencrypt-object-command.ts'

const mebibyte = 1024 * 1024
const bytes = plaintext(1000)
const k = { Bucket, Key: 'k' }
const reencrypt = (input: Partial<ReencryptObjectCommandInput> = {}) =>
  new ReencryptObjectCommand({ ...k, keyring: newKeyring, ...input })
const legacy = {
  ...readsV2,
  enableLegacyUnauthenticatedModes: true,
  enableLegacyWrappingAlgorithms: true,
} as const

/** The object `k` of format V2 in AES-CBC, its data key wrapped with AES Key Wrap: by WebCrypto alone. */
async function storedCbc(plaintext: Uint8Array<ArrayBuffer>): Promise<MemoryS3> {
  const { subtle } = crypto
  const { s3 } = clientOf()
  const wrappingKey = await subtle.importKey(
    'raw',
    Uint8Array.from({ length: 32 }, (_, i) => i + 1),
    'AES-KW',
    false,
    ['wrapKey'],
  )
  const dataKey = await subtle.importKey('raw', new Uint8Array(32).fill(7), 'AES-CBC', true, ['encrypt'])
  const iv = new Uint8Array(16).fill(9)
  const body = await subtle.encrypt({ name: 'AES-CBC', iv }, dataKey, plaintext)
  const wrapped = await subtle.wrapKey('raw', dataKey, wrappingKey, 'AES-KW')
  s3.put('k', new Uint8Array(body), {
    'x-amz-key-v2': base64(wrapped),
    'x-amz-iv': base64(iv.buffer),
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
    'x-amz-wrap-alg': 'AESWrap',
    'x-amz-matdesc': '{}',
    'x-amz-unencrypted-content-length': String(plaintext.length),
    own: 'pair',
  })
  return s3
}

function base64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
}

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
        const tags = '<Tag><Key>team</Key><Value>a &amp; b</Value></Tag><Tag><Key>stage</Key><Value>test</Value></Tag>'
        return xmlAnswer(200, `<Tagging><TagSet>${tags}</TagSet></Tagging>`)
      }
      const answer = await next()
      return request.method === 'GET'
        ? { ...answer, headers: { ...answer.headers, 'x-amz-tagging-count': '2' } }
        : answer
    }
    await clientOf({}, s3).client.send(reencrypt())
    expect(s3.asked).toEqual(['GET k', 'GET k tagging', 'PUT k'])
    expect(s3.requests.at(-1)?.headers['x-amz-tagging']).toBe('team=a+%26+b&stage=test')
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

  it('a request that is aborted midway: all as it was', async () => {
    const s3 = await storedCbc(plaintext(17 * mebibyte))
    const before = new Map(s3.objects)
    const abort = new AbortController()
    const aborted = new Promise<void>((resolve) => {
      s3.fault = async ({ method, query }, next) => {
        const answer = await next()
        if (query['partNumber'] === '1') abort.abort()
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
