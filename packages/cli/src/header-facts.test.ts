import type { MessageHeader } from '@esdk/client'
import { utf8 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { headerFacts } from './header-facts.ts'

function header(
  keys: readonly { readonly providerId: string; readonly providerInfo: Uint8Array; readonly ciphertext?: Uint8Array }[],
): MessageHeader {
  return {
    version: 2,
    suite: 0x0478,
    messageId: new Uint8Array(32).fill(0xab),
    encryptionContext: { tenant: '42' },
    encryptedDataKeys: keys.map((key) => ({ ciphertext: new Uint8Array(48), ...key })),
    contentType: 'framed',
    frameLength: 4096,
  } as unknown as MessageHeader
}

function keyFacts(providerId: string, providerInfo: Uint8Array, ciphertext?: Uint8Array) {
  return headerFacts(header([{ providerId, providerInfo, ...(ciphertext && { ciphertext }) }])).encryptedDataKeys[0]
}

/** What raw AES keyrings put behind the name: 128 bits of tag, 12 bytes of IV, the IV. */
const aesInfo = [0, 0, 0, 128, 0, 0, 0, 12, ...new Uint8Array(12).fill(9)]

describe('the facts of a header', () => {
  it('are its open parts, in words and numbers', () => {
    expect(headerFacts(header([]))).toEqual({
      format: 2,
      suite: { id: '0x0478', name: 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY', signed: false, committing: true },
      messageId: 'ab'.repeat(32),
      encryptionContext: { tenant: '42' },
      encryptedDataKeys: [],
      contentType: 'framed',
      frameLength: 4096,
    })
  })

  it.each([
    ['aws-kms', 'the AWS KMS key'],
    ['aws-kms-rsa', 'the AWS KMS key (RSA)'],
    ['aws-kms-hierarchy', 'the branch key'],
  ])('say what a key of %s needs, by its name', (providerId, needs) => {
    expect(keyFacts(providerId, utf8('arn:aws:kms:...'))).toMatchObject({ keyName: 'arn:aws:kms:...', needs })
  })

  it('know the name of an AES key from what follows it', () => {
    expect(keyFacts('app', Uint8Array.of(...utf8('k1'), ...aesInfo))).toMatchObject({
      keyName: 'k1',
      needs: 'the AES key of this name',
      providerInfoLength: 22,
      ciphertextLength: 48,
    })
  })

  it('know an RSA key from the length of what it wrapped', () => {
    expect(keyFacts('app', utf8('r1'), new Uint8Array(384))).toMatchObject({
      keyName: 'r1',
      needs: 'the private RSA key of this name (3072 bits)',
    })
  })

  it('know the recipient of an ECDH key by its public key', () => {
    // Version 1, then each public key behind its length: that of the recipient first.
    const info = Uint8Array.of(1, 0, 0, 0, 3, 0x02, 0xaa, 0xbb, 0, 0, 0, 1, 0xcc)
    for (const providerId of ['raw-ecdh', 'aws-kms-ecdh']) {
      expect(keyFacts(providerId, info)).toMatchObject({
        keyName: '02aabb',
        needs: 'the private key of the recipient (ECDH)',
      })
    }
  })

  it.each([
    ['shorter than what follows a name', 'app', Uint8Array.of(0x61, 0x62), 'ab'],
    ['a name of no length', 'app', Uint8Array.from(aesInfo), `000000800000000c${'09'.repeat(12)}`],
    [
      'another length of tag',
      'app',
      Uint8Array.of(0xff, 0, 0, 0, 96, ...aesInfo.slice(4)),
      `ff000000600000000c${'09'.repeat(12)}`,
    ],
    ['an ECDH key of an unknown version', 'raw-ecdh', Uint8Array.of(2, 0, 0, 0, 1, 0xff), '0200000001ff'],
    ['an ECDH key that claims too much', 'raw-ecdh', Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff, 2), '01ffffffff02'],
    ['nothing', 'raw-ecdh', new Uint8Array(0), ''],
  ])('show all of what is no name, in hexadecimal if it is no text: %s', (_, providerId, info, keyName) => {
    expect(keyFacts(providerId, info)).toMatchObject({ keyName })
  })
})
