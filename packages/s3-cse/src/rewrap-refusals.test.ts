import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, keyring, plaintext } from '../test/clients.ts'
import { rejectionOf } from '../test/key-materials.ts'
import { newKeyring, readBy, readsV2, stored, storedWith, writesFiles, writesV2 } from '../test/rewrapping.ts'
import { rsaPair } from '../test/rsa-pairs.ts'
import { changed, meeting } from '../test/s3/faults.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import { s3RsaKeyring } from './keyrings/rsa-keyring.ts'
import { RewrapObjectCommand, type RewrapObjectCommandInput } from './rewrap-object-command.ts'

const bytes = plaintext(1000)
const k = { Bucket, Key: 'k' }
const rewrap = (input: Partial<RewrapObjectCommandInput> = {}) =>
  new RewrapObjectCommand({ ...k, keyring: newKeyring, ...input })

describe('what RewrapObjectCommand refuses before any key is asked for', () => {
  const unasked = { onEncrypt: refuseToAnswer, onDecrypt: refuseToAnswer }

  async function refuseToAnswer(): Promise<never> {
    throw new Error('a key was asked for')
  }

  it('an object that is not encrypted, even where such are read', async () => {
    const { s3, client } = clientOf({ onUnencrypted: 'passthrough', keyring: unasked })
    s3.put('k', bytes)
    await expect(client.send(rewrap())).rejects.toMatchObject({ code: 'ERR_ESDK_S3_NOT_ENCRYPTED' })
  })

  it('a body of AES-CBC, with the way out', async () => {
    const { s3, client } = clientOf({ ...readsV2, keyring: unasked })
    const metadata = { 'x-amz-key': btoa('k'.repeat(48)), 'x-amz-iv': btoa('i'.repeat(16)), 'x-amz-matdesc': '{}' }
    s3.put('k', bytes, metadata)
    const refusal = await rejectionOf(client.send(rewrap()))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(refusal.message).toContain('ReencryptObjectCommand')
  })

  it('format V2, under a policy that demands a commitment', async () => {
    const s3 = await stored(bytes, writesV2)
    const { client } = clientOf({ keyring: unasked }, s3)
    await expect(client.send(rewrap())).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
  })

  it('an old way to wrap data keys, where the client does not allow it', async () => {
    const s3 = await stored(bytes, writesV2)
    const { body, metadata } = s3.get('k')
    s3.put('k', body, { ...metadata, 'x-amz-wrap-alg': 'AESWrap' })
    const { client } = clientOf({ ...readsV2, keyring: unasked }, s3)
    await expect(client.send(rewrap())).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_NOT_ALLOWED',
      option: 'enableLegacyWrappingAlgorithms',
    })
  })

  it.each([{}, { Target: 'instruction-file' }] as const)('an object of more than 5 GiB: %j', async (input) => {
    const s3 = await storedWith({ 'content-length': String(5 * 1024 ** 3 + 1) }, bytes)
    const refusal = await rejectionOf(clientOf({ keyring: unasked }, s3).client.send(rewrap(input)))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(refusal.message).toContain('5368709121 bytes')
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('an object of more than 5 GiB is no hindrance where its instruction file is all that changes', async () => {
    const s3 = await storedWith({ 'content-length': String(5 * 1024 ** 3 + 1) }, bytes, writesFiles)
    await clientOf({}, s3).client.send(rewrap())
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it.each([
    ['a target that there is not', { Target: 'tags' as never }],
    ['a further file, and metadata', { Target: 'metadata', NewInstructionFileSuffix: '.x' }],
    ['a suffix that leads away', { NewInstructionFileSuffix: '/../other' }],
    ['a keyring that is none', { keyring: {} as never }],
    ['a context that is none', { EncryptionContext: { a: 1 } as never }],
  ] as const)('%s', async (_, input) => {
    const s3 = await stored(bytes, writesFiles)
    await expect(clientOf({ keyring: unasked }, s3).client.send(rewrap(input))).rejects.toThrow(TypeError)
  })

  it('an answer without an ETag', async () => {
    const s3 = await stored(bytes)
    meeting(
      s3,
      () => true,
      changed(({ headers: { etag: _, ...headers } }) => ({ headers })),
    )
    await expect(clientOf({ keyring: unasked }, s3).client.send(rewrap())).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_ANSWER',
    })
  })

  it('a client without a keyring, where none is given', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf({ cmm: defaultS3Cmm(keyring) }, s3)
    await expect(client.send(new RewrapObjectCommand(k))).rejects.toThrow(TypeError)
    await client.send(rewrap())
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it('to write a file that the client would not read', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf({ instructionFile: { read: false }, keyring: unasked }, s3)
    await expect(client.send(rewrap({ Target: 'instruction-file' }))).rejects.toThrow(TypeError)
  })
})

describe('what RewrapObjectCommand refuses before anything is written', () => {
  it('a data key that the object does not commit to', async () => {
    const s3 = await stored(bytes)
    const other = await stored(bytes)
    s3.put('k', s3.get('k').body, { ...s3.get('k').metadata, 'x-amz-3': other.get('k').metadata['x-amz-3'] as string })
    await expect(clientOf({}, s3).client.send(rewrap())).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT' })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('a keyring that makes a new data key instead', async () => {
    const s3 = await stored(bytes)
    const forgetful = {
      ...newKeyring,
      onEncrypt: ({ suite, encryptionContext }: Parameters<typeof newKeyring.onEncrypt>[0]) =>
        newKeyring.onEncrypt({ suite, encryptionContext }),
    }
    const refusal = await rejectionOf(clientOf({}, s3).client.send(rewrap({ keyring: forgetful })))
    expect(refusal).toMatchObject({ name: 'MaterialsError' })
    expect(s3.asked).toEqual(['HEAD k'])
    expect(await readBy(s3)).toEqual(bytes)
  })

  it('a key that does not unwrap the data key', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf({ keyring: newKeyring }, s3)
    await expect(client.send(rewrap())).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('a context that a raw key cannot store', async () => {
    const s3 = await stored(bytes)
    const { client } = clientOf({}, s3)
    await expect(client.send(rewrap({ NewEncryptionContext: { a: 'b' } }))).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('metadata that would be too long', async () => {
    const { publicKey } = await rsaPair(4096)
    const s3 = await stored(bytes, {}, { Metadata: { own: 'x'.repeat(1500) } })
    await expect(clientOf({}, s3).client.send(rewrap({ keyring: s3RsaKeyring({ publicKey }) }))).rejects.toThrow(
      RangeError,
    )
    expect(s3.asked).toEqual(['HEAD k'])
    await clientOf({}, s3).client.send(rewrap({ keyring: s3RsaKeyring({ publicKey }), Target: 'instruction-file' }))
    expect(s3.objects.has('bucket/k.instruction')).toBe(true)
  })
})
