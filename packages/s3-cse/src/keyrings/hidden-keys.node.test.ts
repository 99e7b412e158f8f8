import { createPrivateKey } from 'node:crypto'
import { format, inspect } from 'node:util'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { describe, expect, it } from 'vitest'
import { fakeKms } from '../../test/fake-kms.ts'
import { oregon, toDecrypt, toEncrypt } from '../../test/key-materials.ts'
import { rsaPair } from '../../test/rsa-pairs.ts'
import { defaultS3Cmm } from '../default-cmm.ts'
import type { S3Keyring } from '../materials.ts'
import { s3AesKeyring } from './aes-keyring.ts'
import { s3KmsKeyring } from './kms-keyring.ts'
import { s3RsaKeyring } from './rsa-keyring.ts'

const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => 0xc1 + i)
const further = Uint8Array.from({ length: 32 }, (_, i) => 0x91 + i)
const pair = await rsaPair()

/** The private exponent of a key in PEM. */
function secretOf(pem: string): Uint8Array {
  const { d = '' } = createPrivateKey(pem).export({ format: 'jwk' }) as { readonly d?: string }
  return new Uint8Array(Buffer.from(d, 'base64url'))
}

/** How bytes may appear in a text. */
function formsOf(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes)
  return [
    buffer.subarray(0, 8).toString('hex'),
    buffer.subarray(0, 9).toString('base64'),
    bytes.subarray(0, 4).join(','),
    bytes.subarray(0, 4).join(', '),
    buffer.subarray(0, 6).toString('latin1'),
    Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' '),
  ]
}

function shownBy(value: unknown): string {
  return [
    inspect(value),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, showProxy: true }),
    format('%s %o %O %j', value, value, value, value),
    JSON.stringify(value) ?? '',
    String(value),
  ]
    .join('\n')
    .replace(/\s+/g, ' ')
}

const keyrings: readonly (readonly [name: string, keyring: S3Keyring, secrets: readonly Uint8Array[]])[] = [
  ...[nodeBackend, webBackend()].flatMap((backend) => [
    [
      `AES, ${backend.name}`,
      s3AesKeyring({
        wrappingKey,
        backend,
        additionalDecryptionKeys: [{ materialDescription: { a: '1' }, wrappingKey: further }],
      }),
      [wrappingKey, further],
    ] as const,
    [`RSA, ${backend.name}`, s3RsaKeyring({ ...pair, backend }), [secretOf(pair.privateKey)]] as const,
  ]),
  ['KMS', s3KmsKeyring({ keyId: oregon, client: fakeKms({ [oregon]: oregon }).client }), []],
]

describe('what a log shows of keys (K12)', () => {
  it('would be found: the forms are those that bytes have in a log', () => {
    expect(shownBy(wrappingKey)).toContain(formsOf(wrappingKey)[3])
    expect(shownBy(Buffer.from(wrappingKey))).toContain(formsOf(wrappingKey)[5])
  })

  it.each(keyrings)('is nothing, of a keyring, its materials and its errors: %s', async (_, keyring, secrets) => {
    const ready = await keyring.onEncrypt(toEncrypt())
    const opened = await keyring.onDecrypt(toDecrypt(), ready.wrappedDataKey)
    const cut = { ...ready.wrappedDataKey, ciphertext: ready.wrappedDataKey.ciphertext.subarray(1) }
    const failure = await keyring.onDecrypt(toDecrypt(), cut).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    const all = [keyring, defaultS3Cmm(keyring), ready, opened, failure]
    const shown = [shownBy(all), ...all.map(shownBy)].join('\n')
    for (const secret of [...secrets, ready.dataKey.expose()]) {
      for (const form of formsOf(secret)) expect(shown).not.toContain(form)
    }
    expect(shown).not.toContain(pair.privateKey.split('\n')[2])
  })

  it('is nothing, of a key that is refused', () => {
    const shown: string[] = []
    for (const make of [
      () => s3AesKeyring({ wrappingKey: wrappingKey.subarray(1) }),
      () => s3RsaKeyring({ publicKey: pair.privateKey }),
      () => s3RsaKeyring({ privateKey: pair.privateKey.replace('BEGIN', 'START') }),
      () => s3RsaKeyring({ privateKey: pair.privateKey.replace(/\n.{64}\n/, '\n!\n') }),
    ]) {
      try {
        make()
      } catch (error) {
        shown.push(shownBy(error))
      }
    }
    expect(shown).toHaveLength(4)
    for (const form of [...formsOf(wrappingKey.subarray(1)), ...formsOf(secretOf(pair.privateKey))]) {
      for (const text of shown) expect(text).not.toContain(form)
    }
    expect(shown.join()).not.toContain(pair.privateKey.split('\n')[3])
  })
})
