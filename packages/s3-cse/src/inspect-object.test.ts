import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { fakeKms } from '../test/fake-kms.ts'
import { oregon } from '../test/key-materials.ts'
import { stored, writesFiles, writesV2 } from '../test/rewrapping.ts'
import { busy, gets, meeting } from '../test/s3/faults.ts'
import { InspectObjectCommand } from './inspect-object-command.ts'
import { s3KmsKeyring } from './keyrings/kms-keyring.ts'
import type { S3EncryptionOptions } from './options.ts'

const inspect = new InspectObjectCommand({ Bucket, Key: 'k' })
const v1 = { 'x-amz-key': btoa('k'.repeat(48)), 'x-amz-iv': btoa('i'.repeat(16)), 'x-amz-matdesc': '{"a":"b"}' }

/** A client whose keyring must not be asked. */
function clientThatAsksNoKey(options: S3EncryptionOptions, s3 = clientOf().s3) {
  const refuse = async () => {
    throw new Error('a key was asked for')
  }
  return clientOf({ keyring: { onEncrypt: refuse, onDecrypt: refuse }, ...options }, s3)
}

describe('InspectObjectCommand', () => {
  it('tells how an object is encrypted, and how long its plaintext is, without asking for its key', async () => {
    const kms = fakeKms({ [oregon]: oregon })
    const s3 = await stored(
      plaintext(1000),
      { keyring: s3KmsKeyring({ keyId: oregon, client: kms.client }) },
      { EncryptionContext: { team: 'alpha' } },
    )
    const { $metadata, ...answer } = await clientThatAsksNoKey({}, s3).client.send(inspect)
    expect($metadata.httpStatusCode).toBe(200)
    expect(answer).toEqual({
      ETag: s3.get('k').etag,
      VersionId: undefined,
      ContentLength: 1000,
      StoredLength: 1016,
      ClientSideEncryption: {
        format: 'V3',
        contentAlgorithm: '115',
        wrappingAlgorithm: 'kms+context',
        committing: true,
        dataKeyIn: 'object',
        description: { team: 'alpha', 'aws:x-amz-cek-alg': '115' },
      },
      Readable: true,
      Refusals: [],
    })
    expect(s3.asked).toEqual(['HEAD k'])
  })

  it('names the instruction file that holds the data key', async () => {
    const s3 = await stored(plaintext(1), writesFiles)
    const answer = await clientThatAsksNoKey({}, s3).client.send(inspect)
    expect(answer).toMatchObject({ InstructionFile: 'k.instruction', Readable: true })
  })

  it('reads the instruction file that it is told to', async () => {
    const s3 = await stored(plaintext(1), writesFiles)
    const { body, metadata } = s3.get('k.instruction')
    s3.objects.delete('bucket/k.instruction')
    s3.put('k.partner', body, metadata)
    const { client } = clientThatAsksNoKey({}, s3)
    const partner = new InspectObjectCommand({ Bucket, Key: 'k', InstructionFileSuffix: '.partner' })
    expect(await client.send(partner)).toMatchObject({ InstructionFile: 'k.partner', Readable: true })
    expect(await client.send(inspect)).toMatchObject({
      Readable: false,
      Refusals: [{ code: 'ERR_ESDK_S3_INSTRUCTION_FILE' }],
    })
  })

  it('says everything that a client would have to allow for an object of V1', async () => {
    const { s3, client } = clientThatAsksNoKey({})
    s3.put('k', plaintext(32), v1)
    const answer = await client.send(inspect)
    expect(answer).toMatchObject({
      StoredLength: 32,
      ClientSideEncryption: { format: 'V1', contentAlgorithm: 'AES/CBC/PKCS5Padding', description: { a: 'b' } },
      Readable: false,
    })
    expect(answer).not.toHaveProperty('ContentLength')
    expect(answer.Refusals.map(({ code, option }) => [code, option])).toEqual([
      ['ERR_ESDK_COMMITMENT_POLICY', 'commitmentPolicy'],
      ['ERR_ESDK_S3_NOT_ALLOWED', 'enableLegacyUnauthenticatedModes'],
      ['ERR_ESDK_S3_NOT_ALLOWED', 'enableLegacyWrappingAlgorithms'],
    ])
    const reader = clientThatAsksNoKey(
      {
        commitmentPolicy: 'require-encrypt-allow-decrypt',
        enableLegacyUnauthenticatedModes: true,
        enableLegacyWrappingAlgorithms: true,
      },
      s3,
    )
    expect(await reader.client.send(inspect)).toMatchObject({ Readable: true, Refusals: [] })
  })

  it.each([
    ['format V2', writesV2, {}, 'ERR_ESDK_COMMITMENT_POLICY', 'commitmentPolicy'],
    [
      'an instruction file',
      writesFiles,
      { instructionFile: { read: false } },
      'ERR_ESDK_S3_NOT_ALLOWED',
      'instructionFile.read',
    ],
    [
      'more than is held in memory',
      {},
      { release: { mode: 'buffered', maxBytes: 115 } },
      'ERR_ESDK_S3_BUFFER_LIMIT',
      'release',
    ],
  ] as const)('says which option is needed for %s', async (_, written, options, code, option) => {
    const s3 = await stored(plaintext(100), written)
    const answer = await clientThatAsksNoKey(options, s3).client.send(inspect)
    expect(answer.ClientSideEncryption).toBeDefined()
    expect(answer).toMatchObject({ ContentLength: 100, Readable: false, Refusals: [{ code, option }] })
    expect(answer.Refusals).toHaveLength(1)
  })

  it('says of an object without an envelope whether it is passed on', async () => {
    const { s3, client } = clientThatAsksNoKey({})
    s3.put('k', plaintext(7))
    const answer = await client.send(inspect)
    expect(answer).toMatchObject({
      StoredLength: 7,
      Readable: false,
      Refusals: [{ code: 'ERR_ESDK_S3_NOT_ENCRYPTED', option: 'onUnencrypted' }],
    })
    const passing = clientThatAsksNoKey({ onUnencrypted: 'passthrough' }, s3).client
    expect(await passing.send(inspect)).toMatchObject({ Readable: true, Refusals: [] })
  })

  it.each([
    ['mixed', { ...v1, 'x-amz-c': '115' }, 'ERR_ESDK_S3_METADATA'],
    ['unknown', { 'x-amz-key-v2': 'AAAA', 'x-amz-wrap-alg': 'ROT13' }, 'ERR_ESDK_S3_UNSUPPORTED'],
    ['without a commitment', { 'x-amz-c': '115', 'x-amz-d': 'AAAA', 'x-amz-i': 'AAAA' }, 'ERR_ESDK_COMMITMENT'],
  ])('describes an envelope that is %s as what it is: no option helps', async (_, metadata, code) => {
    const { s3, client } = clientThatAsksNoKey({})
    s3.put('k', plaintext(7), metadata)
    const { Refusals, ...answer } = await client.send(inspect)
    expect(answer).toMatchObject({ StoredLength: 7, Readable: false })
    expect(Refusals).toEqual([{ code, message: expect.any(String) as string }])
  })

  it('says of a body that is shorter than its tag that it was cut', async () => {
    const s3 = await stored(plaintext(0))
    s3.put('k', new Uint8Array(15), s3.get('k').metadata)
    const answer = await clientThatAsksNoKey({}, s3).client.send(inspect)
    expect(answer).not.toHaveProperty('ContentLength')
    expect(answer).toMatchObject({ Readable: false, Refusals: [{ code: 'ERR_ESDK_BODY_AUTH' }] })
  })

  it('fails as S3 does when the instruction file is not to be had', async () => {
    const s3 = await stored(plaintext(1), writesFiles)
    meeting(s3, gets, busy)
    await expect(clientThatAsksNoKey({}, s3).client.send(inspect)).rejects.toMatchObject({ name: 'SlowDown' })
  })
})
