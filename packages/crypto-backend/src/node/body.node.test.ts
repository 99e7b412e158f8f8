import { createCipheriv } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leavesInPool } from '../../test/buffer-pool.ts'
import { bodyAad, bodyIv, bodyKey } from '../testing/one-shot-gcm.ts'
import { join, pattern } from '../testing/rule.ts'
import { bodyBackend } from './body.ts'

const key = await bodyBackend.importBodyKey(bodyKey)

describe('a body in Node', () => {
  it('answers at once from the first byte to the last: nothing of it is a promise', () => {
    const sealer = key.sealBody(bodyIv, bodyAad)
    expect(sealer.update(pattern(10))).toHaveLength(10)
    expect(sealer.finish()).toHaveLength(16)
    const opener = key.openBody(bodyIv, bodyAad)
    expect(opener.update(pattern(10))).toHaveLength(10)
    expect(opener.finish(new Uint8Array(16))).toBeUndefined()
    expect(key.readRange(bodyIv, 5).update(pattern(10))).toHaveLength(10)
    expect(key.openCbc(new Uint8Array(16)).update(pattern(33))).toHaveLength(32)
  })

  it('is what node:crypto makes of 8 MiB, in parts of 1 MiB and some bytes', async () => {
    const body = pattern(8 * 1024 * 1024)
    const cipher = createCipheriv('aes-256-gcm', bodyKey, bodyIv).setAAD(bodyAad)
    const expected = join(cipher.update(body), cipher.final())
    const parts = key.bodyInParts(bodyIv, bodyAad)
    const sealed = new Uint8Array(body.length)
    const length = 1024 * 1024 + 5
    for (let start = 7 * length; start >= 0; start -= length) {
      sealed.set(await parts.seal(start, body.subarray(start, start + length)), start)
    }
    expect(Buffer.compare(sealed, expected)).toBe(0)
    expect(await parts.tag(body.length)).toEqual(new Uint8Array(cipher.getAuthTag()))
  })
})

// K1 of the threat model: keys and plaintext never pass through the memory that all short Buffers share.
describe('the pool of Buffers', () => {
  const secret = pattern(32, 77)

  it.each<[string, () => unknown]>([
    ['a key', () => bodyBackend.importBodyKey(secret)],
    ['plaintext that is sealed', () => key.sealBody(bodyIv, bodyAad).update(secret)],
    ['plaintext of a part', () => key.bodyInParts(bodyIv, bodyAad).seal(5, secret)],
    ['plaintext that is read', () => openWhatIs(secret)],
    ['a wrapping key', () => bodyBackend.decryptAesKey(secret, pattern(48))],
    ['a wrapping key of RFC 3394', () => bodyBackend.unwrapAesKey(secret, pattern(40))],
  ])('never has %s', async (_, operation) => {
    expect(await leavesInPool(secret, operation)).toBe(false)
  })

  /** Reads ciphertext that comes to these bytes. */
  async function openWhatIs(plaintext: Uint8Array): Promise<void> {
    const ciphertext = await key.readRange(bodyIv, 0).update(plaintext)
    expect(await key.readRange(bodyIv, 0).update(ciphertext)).toEqual(plaintext)
  }
})
