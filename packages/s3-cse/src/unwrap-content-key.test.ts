import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { clientOf, keyring } from '../test/clients.ts'
import { counting, wrapped } from '../test/key-materials.ts'
import { base64 } from '../test/s3/checksums.ts'
import type { Envelope, WrappingAlgorithm } from './envelope.ts'
import { checkOptions, type S3EncryptionOptions } from './options.ts'
import { checkAllowed } from './unwrap-content-key.ts'

const gcm = (algorithm: WrappingAlgorithm = 'AES/GCM'): Envelope => ({
  format: 'V2',
  dataKeyIn: 'object',
  dataKey: wrapped(algorithm, counting(60)),
  content: { kind: 'gcm', iv: counting(12) },
})
const cbc: Envelope = { ...gcm(), format: 'V2', content: { kind: 'cbc', iv: counting(16) } }
const committing: Envelope = {
  ...gcm(),
  format: 'V3',
  content: { kind: 'committing', messageId: counting(28), commitment: counting(28) },
}

const check = (envelope: Envelope, options: S3EncryptionOptions = {}) =>
  checkAllowed(checkOptions({ keyring, ...options }), envelope)
const allowing = { commitmentPolicy: 'require-encrypt-allow-decrypt' } as const

describe('what a client reads', () => {
  it('by default commits to its key', () => {
    expect(() => check(committing)).not.toThrow()
    for (const envelope of [gcm(), cbc]) {
      expect(() => check(envelope)).toThrow(expect.objectContaining({ code: 'ERR_ESDK_COMMITMENT_POLICY' }) as Error)
    }
  })

  it('without commitment is read under the other policies', () => {
    expect(() => check(gcm(), allowing)).not.toThrow()
    expect(() => check(gcm(), { commitmentPolicy: 'forbid-encrypt-allow-decrypt' })).not.toThrow()
  })

  it.each(['kms', 'AESWrap', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'v1'] as const)(
    'of keys wrapped in an old way needs its option: %s',
    (algorithm) => {
      const refusal = expect.objectContaining({
        code: 'ERR_ESDK_S3_NOT_ALLOWED',
        option: 'enableLegacyWrappingAlgorithms',
      }) as Error
      expect(() => check(gcm(algorithm), allowing)).toThrow(refusal)
      expect(() => check(gcm(algorithm), { ...allowing, enableLegacyUnauthenticatedModes: true })).toThrow(refusal)
      expect(() => check(gcm(algorithm), { ...allowing, enableLegacyWrappingAlgorithms: true })).not.toThrow()
    },
  )

  it('of CBC needs its option', () => {
    const refusal = expect.objectContaining({ option: 'enableLegacyUnauthenticatedModes' }) as Error
    expect(() => check(cbc, { ...allowing, enableLegacyWrappingAlgorithms: true })).toThrow(refusal)
    expect(() => check(cbc, { ...allowing, enableLegacyUnauthenticatedModes: true })).not.toThrow()
  })
})

it('what is not allowed asks for no key: a valid wrapped key and a broken one are refused alike', async () => {
  let asked = 0
  const counted = {
    onEncrypt: keyring.onEncrypt,
    onDecrypt: () => {
      asked++
      throw new Error('asked')
    },
  }
  const { s3, client } = clientOf({ keyring: counted })
  const errors: Error[] = []
  for (const key of [counting(256), new Uint8Array(256)]) {
    s3.put('k', counting(32), { 'x-amz-key': base64(key), 'x-amz-iv': base64(counting(16)), 'x-amz-matdesc': '{}' })
    const get = new GetObjectCommand({ Bucket: 'bucket', Key: 'k' })
    errors.push(
      await client.send(get).then(
        () => new Error('no error'),
        (error: Error) => error,
      ),
    )
  }
  expect(asked).toBe(0)
  expect(errors[0]?.message).toBe(errors[1]?.message)
  expect(errors[0]).toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
})
