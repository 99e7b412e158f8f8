import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, keyring, plaintext } from '../test/clients.ts'
import { rejectionOf } from '../test/key-materials.ts'
import { newKeyring, readBy, readsV2, stored, storedWith, writesFiles, writesV2 } from '../test/rewrapping.ts'
import { rsaPair } from '../test/rsa-pairs.ts'
import { meeting } from '../test/s3/faults.ts'
import { s3RsaKeyring } from './keyrings/rsa-keyring.ts'
import { RewrapObjectCommand, type RewrapObjectCommandInput } from './rewrap-object-command.ts'

const bytes = plaintext(1000)
const k = { Bucket, Key: 'k' }
const rewrap = (input: Partial<RewrapObjectCommandInput> = {}) =>
  new RewrapObjectCommand({ ...k, keyring: newKeyring, ...input })

/** Objects of each format that is written, in each place. */
const objects = [
  ['V3', 'object', {}],
  ['V3', 'instruction-file', writesFiles],
  ['V2', 'object', writesV2],
  ['V2', 'instruction-file', { ...writesV2, ...writesFiles }],
] as const

describe('RewrapObjectCommand', () => {
  describe.each(objects)('on an object of %s with its data key in %s', (format, dataKeyIn, options) => {
    it('gives it another key, and the old one is good for nothing', async () => {
      const s3 = await stored(bytes, options)
      const { body } = s3.get('k')
      const { client } = clientOf(readsV2, s3)
      const answer = await client.send(rewrap({ RotationRequired: true }))
      expect(answer.ClientSideEncryption).toMatchObject({ format, dataKeyIn, wrappingAlgorithm: 'AES/GCM' })
      expect(answer.InstructionFile).toBe(dataKeyIn === 'object' ? undefined : 'k.instruction')
      expect(answer.ETag).toBe(s3.get('k').etag)
      expect(s3.get('k').body).toBe(body)
      expect(await readBy(s3, { ...readsV2, keyring: newKeyring })).toEqual(bytes)
      await expect(readBy(s3, { ...readsV2, keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    })

    it.each(['metadata', 'instruction-file'] as const)('moves the data key to %s', async (Target) => {
      const s3 = await stored(bytes, options, { Metadata: { own: 'pair' } })
      const { client } = clientOf(readsV2, s3)
      await client.send(rewrap({ Target }))
      expect(s3.objects.has('bucket/k.instruction')).toBe(Target === 'instruction-file')
      const head = await client.send(new HeadObjectCommand(k))
      expect(head.ClientSideEncryption?.dataKeyIn).toBe(Target === 'metadata' ? 'object' : 'instruction-file')
      expect(head.Metadata).toEqual({ own: 'pair' })
      expect(await readBy(s3, { ...readsV2, keyring: newKeyring })).toEqual(bytes)
      await expect(readBy(s3, { ...readsV2, keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    })
  })

  it('asks for nothing but the head of an object, and a copy of it onto itself', async () => {
    const s3 = await stored(bytes)
    await clientOf({}, s3).client.send(rewrap())
    expect(s3.asked).toEqual(['HEAD k', 'PUT k'])
    const [, copy] = s3.requests
    expect(copy?.headers).toMatchObject({
      'x-amz-copy-source': 'bucket/k',
      'x-amz-copy-source-if-match': s3.get('k').etag,
      'x-amz-metadata-directive': 'REPLACE',
    })
  })

  it('replaces an instruction file in one request, if it is still the same', async () => {
    const s3 = await stored(bytes, writesFiles)
    const before = s3.get('k.instruction')
    await clientOf({}, s3).client.send(rewrap())
    expect(s3.asked).toEqual(['HEAD k', 'GET k.instruction', 'PUT k.instruction'])
    expect(s3.requests.at(-1)?.headers['if-match']).toBe(before.etag)
    expect(s3.get('k.instruction').metadata).toEqual({ 'x-amz-crypto-instr-file': '' })
  })

  it('names an object as S3 wants it in a copy', async () => {
    const Key = 'a b/ü?#+&'
    const s3 = await stored(bytes, {}, { Key })
    await clientOf({}, s3).client.send(rewrap({ Key }))
    expect(s3.requests.at(-1)?.headers['x-amz-copy-source']).toBe('bucket/a%20b/%C3%BC%3F%23%2B%26')
    expect(await readBy(s3, { keyring: newKeyring }, { Key })).toEqual(bytes)
  })

  it('keeps what S3 tells with an object', async () => {
    const kept = {
      'cache-control': 'no-store',
      'content-disposition': 'attachment; filename="a.txt"',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'content-type': 'text/plain',
      expires: 'Tue, 01 Jan 2030 00:00:00 GMT',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key-of-the-bucket',
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-website-redirect-location': '/other',
    }
    const lock = {
      'x-amz-object-lock-mode': 'GOVERNANCE',
      'x-amz-object-lock-retain-until-date': '2999-01-01T00:00:00.000Z',
    }
    const s3 = await storedWith({ ...kept, ...lock }, bytes, {}, { Metadata: { own: 'pair' } })
    await clientOf({}, s3).client.send(rewrap())
    const headers = s3.requests.at(-1)?.headers ?? {}
    expect(headers).toMatchObject({ ...kept, 'x-amz-object-lock-mode': 'GOVERNANCE' })
    expect(headers['x-amz-object-lock-retain-until-date']).toMatch(/^2999-01-01T00:00:00(\.000)?Z$/)
    expect(s3.get('k').metadata).toMatchObject({ own: 'pair', 'x-amz-c': '115' })
  })

  it.each([
    ['aws-chunked', undefined],
    ['gzip,aws-chunked', 'gzip'],
    ['gzip, br', 'gzip,br'],
  ])('keeps of the encodings %s those of the object', async (encodings, kept) => {
    const s3 = await storedWith({ 'content-encoding': encodings }, bytes)
    await clientOf({}, s3).client.send(rewrap())
    expect(s3.requests.at(-1)?.headers['content-encoding']).toBe(kept)
  })

  it('does not repeat a lock that has ended, which S3 would refuse', async () => {
    const s3 = await storedWith(
      {
        'x-amz-object-lock-mode': 'GOVERNANCE',
        'x-amz-object-lock-retain-until-date': '2001-01-01T00:00:00.000Z',
      },
      bytes,
    )
    await clientOf({}, s3).client.send(rewrap())
    expect(Object.keys(s3.requests.at(-1)?.headers ?? {}).filter((name) => name.includes('lock'))).toEqual([])
  })

  it('keeps the length of the plaintext that format V2 tells', async () => {
    const s3 = await stored(bytes, writesV2)
    await clientOf(readsV2, s3).client.send(rewrap())
    expect(s3.get('k').metadata['x-amz-unencrypted-content-length']).toBe('1000')
  })

  it('writes a further file for a partner, who reads with a key of his own', async () => {
    const { publicKey, privateKey } = await rsaPair()
    const s3 = await stored(bytes, writesFiles)
    const own = s3.get('k.instruction')
    const answer = await clientOf({}, s3).client.send(
      rewrap({ keyring: s3RsaKeyring({ publicKey }), NewInstructionFileSuffix: '.partner' }),
    )
    expect(answer.InstructionFile).toBe('k.partner')
    expect(s3.get('k.instruction')).toBe(own)
    expect(await readBy(s3)).toEqual(bytes)
    const partner = { keyring: s3RsaKeyring({ privateKey }) }
    expect(await readBy(s3, partner, { InstructionFileSuffix: '.partner' })).toEqual(bytes)
    // And that file can be rotated by itself.
    await clientOf(partner, s3).client.send(rewrap({ InstructionFileSuffix: '.partner' }))
    expect(s3.get('k.instruction')).toBe(own)
    expect(await readBy(s3, { keyring: newKeyring }, { InstructionFileSuffix: '.partner' })).toEqual(bytes)
  })

  it('says that a partner would not find his file where the data key is in the metadata', async () => {
    const s3 = await stored(bytes)
    const refusal = await rejectionOf(clientOf({}, s3).client.send(rewrap({ NewInstructionFileSuffix: '.partner' })))
    expect(refusal).toMatchObject({ name: 'RewrapError', code: 'ERR_ESDK_S3_REWRAP' })
    expect(refusal.message).toContain("Target 'instruction-file'")
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('wraps with the keyring of the client where no other is given', async () => {
    const s3 = await stored(bytes)
    const before = s3.get('k').metadata
    await clientOf({}, s3).client.send(new RewrapObjectCommand(k))
    expect(s3.get('k').metadata['x-amz-3']).not.toBe(before['x-amz-3'])
    expect(await readBy(s3)).toEqual(bytes)
  })

  it('demands a rotation: a keyring that the old key still opens is refused, and nothing is written', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf({}, s3)
    const refusal = await rejectionOf(client.send(new RewrapObjectCommand({ ...k, RotationRequired: true })))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('leaves an object alone whose ETag is another than was given', async () => {
    const s3 = await stored(bytes)
    const refusal = await rejectionOf(clientOf({}, s3).client.send(rewrap({ IfMatch: '"other"' })))
    expect(refusal).toMatchObject({ $metadata: { httpStatusCode: 412 } })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('leaves an object alone that somebody replaces meanwhile', async () => {
    const s3 = await stored(bytes)
    meeting(
      s3,
      ({ method }) => method === 'HEAD',
      async (_, next) => {
        const answer = await next()
        s3.put('k', plaintext(5), { of: 'somebody else' })
        return answer
      },
    )
    await expect(clientOf({}, s3).client.send(rewrap())).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(s3.get('k')).toMatchObject({ body: plaintext(5), metadata: { of: 'somebody else' } })
  })

  it('leaves an instruction file alone that somebody replaces meanwhile', async () => {
    const s3 = await stored(bytes, writesFiles)
    const other = await stored(bytes, writesFiles)
    meeting(
      s3,
      ({ method, key }) => method === 'GET' && key === 'k.instruction',
      async (_, next) => {
        const answer = await next()
        s3.objects.set('bucket/k.instruction', other.get('k.instruction'))
        return answer
      },
    )
    await expect(clientOf({}, s3).client.send(rewrap())).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(s3.get('k.instruction')).toBe(other.get('k.instruction'))
  })
})

it('an object reads the same through GetObject before and after', async () => {
  const s3 = await stored(bytes, {}, { ContentType: 'text/plain', Metadata: { own: 'pair' } })
  const { client } = clientOf({}, s3)
  const before = await client.send(new GetObjectCommand(k))
  await client.send(new RewrapObjectCommand(k))
  const after = await client.send(new GetObjectCommand(k))
  const told = ({ $metadata: _metadata, Body: _body, ...others }: typeof before) => others
  expect(told(after)).toEqual(told(before))
})
