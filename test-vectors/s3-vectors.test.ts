import { describe, expect, it } from 'vitest'
import { plaintextOf } from './plaintext.ts'
import { bodyOf, replayingS3Kms, type S3DecryptRequest, s3VectorKeys, s3Vectors } from './s3-vectors.ts'
import { fromBase64, readJson, sha256 } from './source.ts'

describe('the S3 vectors', () => {
  it('are 277 objects of clients, 23 other forms of them, and 161 that are hostile; 513 ranges are read of them', () => {
    expect(s3Vectors.filter(({ derivedFrom }) => derivedFrom === undefined)).toHaveLength(277)
    expect(s3Vectors.filter(({ derivedFrom, result }) => derivedFrom !== undefined && result === 'ok')).toHaveLength(23)
    expect(s3Vectors.filter(({ result }) => result !== 'ok')).toHaveLength(161)
    expect(s3Vectors.flatMap(({ ranges = [] }) => ranges)).toHaveLength(513)
  })

  it('have the bodies and the plaintexts that their manifest says', async () => {
    for (const vector of s3Vectors) {
      const body = await bodyOf(vector)
      const plaintext = await plaintextOf(vector.plaintext)
      expect([vector.id, body.length, await sha256(body)]).toEqual([vector.id, vector.bodyLength, vector.bodySha256])
      expect([vector.id, await sha256(plaintext)]).toEqual([vector.id, vector.plaintext.sha256])
    }
  }, 120_000)

  it('name keys that are there', () => {
    for (const { keyRef } of s3Vectors) expect(s3VectorKeys[keyRef.type]).toHaveProperty(keyRef.id)
  })
})

describe('the replayed AWS KMS of the S3 vectors', async () => {
  const [recording] =
    await readJson<
      { ciphertextBlob: string; keyId: string; encryptionContext: Record<string, string>; plaintext: string }[]
    >('s3/kms-recordings.json')
  if (recording === undefined) throw new Error('there are no recordings')
  const asked = {
    KeyId: recording.keyId,
    CiphertextBlob: fromBase64(recording.ciphertextBlob),
    EncryptionContext: recording.encryptionContext,
  }

  it('answers what was recorded, with the key or without one', async () => {
    const answer = { KeyId: recording.keyId, Plaintext: fromBase64(recording.plaintext) }
    const requests: S3DecryptRequest[] = []
    const kms = replayingS3Kms(requests)
    expect(await kms.decrypt(asked)).toEqual(answer)
    expect(await kms.decrypt({ ...asked, KeyId: undefined })).toEqual(answer)
    expect(requests).toHaveLength(2)
  })

  it.each([
    ['another key', { KeyId: `${recording.keyId}0` }, 'IncorrectKeyException'],
    ['another context', { EncryptionContext: {} }, 'InvalidCiphertextException'],
    ['another ciphertext', { CiphertextBlob: asked.CiphertextBlob.slice(1) }, 'InvalidCiphertextException'],
  ])('refuses %s', async (_, change, name) => {
    await expect(replayingS3Kms().decrypt({ ...asked, ...change })).rejects.toMatchObject({ name })
  })
})
