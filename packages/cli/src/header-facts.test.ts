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
    ['aws-kms-hierarchy', 'the branch key of this id'],
  ])('say what a key of %s needs, by its name', (providerId, needs) => {
    const name = 'arn:aws:kms:...'
    expect(keyFacts(providerId, utf8(name), new Uint8Array(44))).toMatchObject({ keyName: name, needs })
  })

  it('know the Region and the account of a key of AWS KMS', () => {
    const facts = keyFacts('aws-kms', utf8('arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd'))
    expect(facts).toMatchObject({
      needs: 'the AWS KMS key in cn-north-1, account 111122223333',
      kms: {
        partition: 'aws-cn',
        region: 'cn-north-1',
        account: '111122223333',
        keyId: '1234abcd',
        multiRegion: false,
      },
    })
    expect(keyFacts('aws-kms-rsa', utf8('arn:aws:kms:eu-west-1:111122223333:key/1'))?.needs).toBe(
      'the AWS KMS key (RSA) in eu-west-1, account 111122223333',
    )
  })

  it('know a multi-Region key, which opens in other Regions, too', () => {
    expect(keyFacts('aws-kms', utf8('arn:aws:kms:eu-west-1:111122223333:key/mrk-12'))).toMatchObject({
      needs: 'the AWS KMS key in eu-west-1, or a replica in another Region, account 111122223333',
      kms: { multiRegion: true },
    })
  })

  it('know the version of a branch key, behind 28 bytes of salt and IV', () => {
    const version = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i)
    const wrapped = Uint8Array.of(...new Uint8Array(28), ...version, ...new Uint8Array(48))
    expect(keyFacts('aws-kms-hierarchy', utf8('tenant-42'), wrapped)).toMatchObject({
      keyName: 'tenant-42',
      needs: 'the branch key of this id, version 10111213-1415-1617-1819-1a1b1c1d1e1f',
      branchKeyVersion: '10111213-1415-1617-1819-1a1b1c1d1e1f',
    })
  })

  it('take names of members of objects for what they are: raw keys', () => {
    for (const providerId of ['__proto__', 'constructor', 'toString']) {
      expect(keyFacts(providerId, utf8('k'))).toMatchObject({ providerId, keyName: 'k' })
    }
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
    for (const [providerId, needs] of [
      ['raw-ecdh', 'the private key of the recipient (ECDH)'],
      ['aws-kms-ecdh', 'the AWS KMS key of this public key, or that of its sender (ECDH)'],
    ] as const) {
      expect(keyFacts(providerId, info)).toMatchObject({ keyName: '02aabb', needs })
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
