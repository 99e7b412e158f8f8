import { DataKey } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { defaultBodyBackend } from '@esdk/crypto-backend/body'
import { describe, expect, it } from 'vitest'
import { counting, wrapped } from '../test/key-materials.ts'
import { sealWholeBody } from './body.ts'
import { contentKeyOf, newContentKey } from './content-key.ts'
import { contentSuites } from './content-suite.ts'
import type { CommittingEnvelope } from './envelope.ts'

const backends = { backend: defaultBackend, bodyBackend: defaultBodyBackend }
const dataKey = () => new DataKey(counting(32))

function envelopeOf(messageId: Uint8Array, commitment: Uint8Array): CommittingEnvelope {
  const content = { kind: 'committing', messageId, commitment } as const
  return { format: 'V3', dataKeyIn: 'object', dataKey: wrapped('AES/GCM', counting(60)), content }
}

/** HKDF by WebCrypto, which shares no code with ours. */
async function hkdf(label: string, salt: Uint8Array, bytes: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', counting(32) as BufferSource, 'HKDF', false, ['deriveBits'])
  const info = Uint8Array.of(0x00, 0x73, ...new TextEncoder().encode(label))
  const parameters = { name: 'HKDF', hash: 'SHA-512', salt: salt as BufferSource, info }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bytes * 8))
}

describe('the key of a committing body', () => {
  it('and its commitment are derived from data key and message id, by HKDF with SHA-512', async () => {
    const { contentKey, content } = await newContentKey(backends, contentSuites.committing, dataKey())
    const { messageId, commitment } = content as CommittingEnvelope['content']
    expect(messageId.length).toBe(28)
    expect(commitment).toEqual(await hkdf('COMMITKEY', messageId, 28))
    const key = await crypto.subtle.importKey(
      'raw',
      (await hkdf('DERIVEKEY', messageId, 32)) as BufferSource,
      'AES-GCM',
      false,
      ['decrypt'],
    )
    const parameters = { name: 'AES-GCM', iv: new Uint8Array(12).fill(1), additionalData: Uint8Array.of(0x00, 0x73) }
    const sealed = await sealWholeBody(contentKey, counting(50))
    const opened = await crypto.subtle.decrypt(parameters, key, sealed as BufferSource)
    expect(new Uint8Array(opened)).toEqual(counting(50))
  })

  it('is refused when the object commits to another', async () => {
    const messageId = counting(28)
    const commitment = await hkdf('COMMITKEY', messageId, 28)
    expect((await contentKeyOf(backends, envelopeOf(messageId, commitment), dataKey())).kind).toBe('gcm')
    for (let i = 0; i < 28; i++) {
      const other = commitment.map((byte, at) => (at === i ? byte ^ 0x80 : byte))
      await expect(contentKeyOf(backends, envelopeOf(messageId, other), dataKey())).rejects.toMatchObject({
        code: 'ERR_ESDK_COMMITMENT',
      })
    }
  })
})

describe('the key of another body', () => {
  it('is the data key, with an IV of its own and nothing authenticated beside', async () => {
    const { contentKey, content } = await newContentKey(backends, contentSuites.gcm, dataKey())
    const { iv, aad } = contentKey
    expect(content).toEqual({ kind: 'gcm', iv })
    expect([iv.length, aad.length]).toEqual([12, 0])
  })
})

it('random bytes that are all zero are those of a broken platform', async () => {
  const broken: CryptoBackend = { ...defaultBackend, randomBytes: (length) => new Uint8Array(length) }
  for (const suite of [contentSuites.gcm, contentSuites.committing]) {
    await expect(newContentKey({ ...backends, backend: broken }, suite, dataKey())).rejects.toThrow('all zero')
  }
})
