import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyIdOfBlob, openBlob, sealBlob } from './ciphertext-blob.ts'
import { LocalKmsError } from './kms-error.ts'

const key = { id: 'key-1', material: new Uint8Array(32).fill(3) }
const plaintext = new TextEncoder().encode('plaintext')
const context = [
  ['b', '2'],
  ['a', '1'],
] as const
const refused = expect.objectContaining({ name: 'InvalidCiphertextException' }) as Error

/** The layout, written out. */
function byHand(iv: Uint8Array): Uint8Array {
  const prefix = Buffer.concat([Buffer.from('eLK1'), Buffer.of(5), Buffer.from('key-1')])
  const cipher = createCipheriv('aes-256-gcm', key.material, iv)
  const pairs = Buffer.from('0000000161' + '0000000131' + '0000000162' + '0000000132', 'hex')
  cipher.setAAD(Buffer.concat([prefix, pairs]))
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return new Uint8Array(Buffer.concat([prefix, iv, sealed, cipher.getAuthTag()]))
}

describe('a ciphertext', () => {
  it('is magic, key, IV, ciphertext and tag, bound to the sorted context', () => {
    const sealed = sealBlob(key, plaintext, context)
    const start = 'eLK1'.length + 1 + key.id.length
    expect(sealed).toEqual(byHand(sealed.subarray(start, start + 12)))
    expect(openBlob(key, byHand(new Uint8Array(12)), context)).toEqual(plaintext)
  })

  it('is another one every time', () => {
    expect(sealBlob(key, plaintext, context)).not.toEqual(sealBlob(key, plaintext, context))
  })

  it('names its key', () => {
    expect(keyIdOfBlob(sealBlob(key, plaintext, context))).toBe('key-1')
  })

  it('opens under the same context in another order', () => {
    expect(openBlob(key, sealBlob(key, plaintext, context), context.toReversed())).toEqual(plaintext)
  })

  it('does not open when a name and its value are cut elsewhere', () => {
    const sealed = sealBlob(key, plaintext, [['ab', 'c']])
    for (const other of [[['a', 'bc']], [['abc', '']], [['ab', 'c'] as const, ['', ''] as const]] as const) {
      expect(() => openBlob(key, sealed, other)).toThrow(refused)
    }
  })

  it('does not open with a bit changed, or a byte missing', () => {
    const sealed = sealBlob(key, plaintext, context)
    const open = (blob: Uint8Array) => {
      if (keyIdOfBlob(blob) !== key.id) throw new LocalKmsError('InvalidCiphertextException', 'another key')
      return openBlob(key, blob, context)
    }
    expect(open(sealed)).toEqual(plaintext)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = new Uint8Array(sealed)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => open(changed)).toThrow(refused)
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => open(sealed.subarray(0, length))).toThrow(refused)
    }
    expect(() => open(Uint8Array.of(...sealed, 0))).toThrow(refused)
  })
})
