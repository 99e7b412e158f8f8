import { describe, expect, it } from 'vitest'
import { ascii, hex } from '../testing/rule.ts'
import { digest, hmac } from './hash.ts'

const { subtle } = globalThis.crypto

describe('digest and hmac over WebCrypto', () => {
  it('give the published answers', async () => {
    expect(await digest(subtle, 'SHA-1', ascii('abc'))).toEqual(hex('a9993e364706816aba3e25717850c26c9cd0d89d'))
    // RFC 4231, test case 2.
    expect(await hmac(subtle, 'SHA-256', ascii('Jefe'), ascii('what do ya want for nothing?'))).toEqual(
      hex('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'),
    )
  })

  it('take an empty key for the zeros that it is filled up with: WebCrypto refuses it', async () => {
    await expect(
      (async () => subtle.importKey('raw', new Uint8Array(0), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']))(),
    ).rejects.toThrow()
    const filled = await hmac(subtle, 'SHA-256', new Uint8Array(64), ascii('abc'))
    expect(await hmac(subtle, 'SHA-256', new Uint8Array(0), ascii('abc'))).toEqual(filled)
  })
})
