import { describe, expect, it } from 'vitest'
import { replayingClient } from './kms-replay.ts'
import { fromBase64, readJson } from './source.ts'

interface Decrypted {
  readonly operation: string
  readonly keyId: string
  readonly encryptionContext: Record<string, string>
  readonly encryptionAlgorithm: string
  readonly ciphertextBlob: string
  readonly plaintext: string
}

const { recordings } = await readJson<{ recordings: Decrypted[] }>('esdk/kms-recordings.json')
const recording = recordings.find(
  ({ operation, encryptionContext, encryptionAlgorithm }) =>
    operation === 'Decrypt' && encryptionAlgorithm === 'SYMMETRIC_DEFAULT' && 'tenant' in encryptionContext,
) as Decrypted
const region = recording.keyId.split(':')[3] as string
const asked = {
  KeyId: recording.keyId,
  EncryptionContext: recording.encryptionContext,
  CiphertextBlob: fromBase64(recording.ciphertextBlob),
}

describe('the replayed AWS KMS', () => {
  it('answers what was recorded, whatever the order of the encryption context', async () => {
    const EncryptionContext = Object.fromEntries(Object.entries(recording.encryptionContext).reverse())
    expect(await replayingClient(region).decrypt({ ...asked, EncryptionContext })).toEqual({
      KeyId: recording.keyId,
      Plaintext: fromBase64(recording.plaintext),
    })
  })

  it.each([
    ['another key', { KeyId: `${recording.keyId}0` }],
    ['another value of the context', { EncryptionContext: { ...recording.encryptionContext, tenant: '43' } }],
    ['a pair more', { EncryptionContext: { ...recording.encryptionContext, more: '' } }],
    ['no context', { EncryptionContext: {} }],
    [
      'a ciphertext with a bit changed',
      { CiphertextBlob: asked.CiphertextBlob.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) },
    ],
    ['a ciphertext cut short', { CiphertextBlob: asked.CiphertextBlob.slice(0, -1) }],
    ['another algorithm', { EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' as const }],
  ])('refuses %s', async (_, change) => {
    await expect(replayingClient(region).decrypt({ ...asked, ...change })).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    })
  })

  it('refuses keys of another Region', async () => {
    await expect(replayingClient('eu-north-1').decrypt(asked)).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    })
  })
})
