import { describe, expect, it } from 'vitest'
import {
  cbc,
  committing,
  counting,
  gcm,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  toRewrap,
  unwrappedBy,
  wrapped,
} from '../../test/key-materials.ts'
import type { WrappedDataKey } from '../envelope.ts'
import { s3AesKeyring } from './aes-keyring.ts'

const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

/** RFC 3394, section 4.6: 256 bits of key data under a key of 256 bits. */
const kek = fromHex('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f')
const keyData = fromHex('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f')
const keyWrap = fromHex('28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21')

const unwraps =
  'the data key of the object does not unwrap: another AES key has wrapped it, it is for another content algorithm, or its bytes were changed'

/** AES-ECB: CBC with an IV of zeros, block by block. */
async function encryptEcb(key: Uint8Array, blocks: Uint8Array): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', key as BufferSource, 'AES-CBC', false, ['encrypt'])
  const parameters = { name: 'AES-CBC', iv: new Uint8Array(16) }
  const output = new Uint8Array(blocks.length)
  for (let i = 0; i < blocks.length; i += 16) {
    const block = await crypto.subtle.encrypt(parameters, imported, blocks.slice(i, i + 16))
    output.set(new Uint8Array(block, 0, 16), i)
  }
  return output
}

/** Bytes behind each other. */
function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

const padding = (length: number) => new Uint8Array(length).fill(length)

describe('an AES keyring', () => {
  it.each([16, 24, 32])('of %i bytes opens what it wraps', async (length) => {
    const keyring = s3AesKeyring({ wrappingKey: counting(length) })
    for (const suite of [committing, gcm]) {
      const { dataKey, wrappedDataKey } = await keyring.onEncrypt(toEncrypt(suite))
      expect(dataKey).toHaveLength(32)
      expect(wrappedDataKey.algorithm).toBe('AES/GCM')
      expect(wrappedDataKey.ciphertext).toHaveLength(12 + 32 + 16)
      expect(await unwrappedBy(keyring, wrappedDataKey, suite)).toEqual(dataKey.expose())
    }
  })

  it.each([
    [committing, '115'],
    [gcm, 'AES/GCM/NoPadding'],
    [cbc, 'AES/CBC/PKCS5Padding'],
  ])('writes an IV, the ciphertext and the tag, bound to the content algorithm', async (suite, aad) => {
    const { wrappedDataKey } = await s3AesKeyring({ wrappingKey: kek }).onEncrypt(toRewrap(keyData, suite))
    const key = await crypto.subtle.importKey('raw', kek, 'AES-GCM', false, ['decrypt'])
    const iv = wrappedDataKey.ciphertext.slice(0, 12)
    const parameters = { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(aad) }
    const opened = await crypto.subtle.decrypt(parameters, key, wrappedDataKey.ciphertext.slice(12))
    expect(new Uint8Array(opened)).toEqual(keyData)
  })

  it('takes another data key and another IV each time', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    const [first, second] = [await keyring.onEncrypt(toEncrypt()), await keyring.onEncrypt(toEncrypt())]
    expect(first.dataKey.expose()).not.toEqual(second.dataKey.expose())
    const ivOf = ({ wrappedDataKey }: typeof first) => wrappedDataKey.ciphertext.subarray(0, 12)
    expect(ivOf(first)).not.toEqual(ivOf(second))
  })

  it('does not open a data key for another content algorithm (S1)', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    const { wrappedDataKey } = await keyring.onEncrypt(toRewrap(counting(32), committing))
    for (const suite of [gcm, cbc]) {
      const error = await rejectionOf(keyring.onDecrypt(toDecrypt(suite), wrappedDataKey))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY', message: unwraps })
    }
  })

  it('reads AESWrap: the example of RFC 3394', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    for (const suite of [gcm, cbc]) {
      expect(await unwrappedBy(keyring, wrapped('AESWrap', keyWrap), suite)).toEqual(keyData)
    }
  })

  it.each([16, 24, 32])('reads what V1 has encrypted block by block: a key of %i bytes', async (length) => {
    const dataKey = counting(length)
    const encrypted = await encryptEcb(kek, join(dataKey, padding(16 - (length % 16))))
    const keyring = s3AesKeyring({ wrappingKey: kek })
    expect(await unwrappedBy(keyring, wrapped('v1', encrypted), cbc)).toEqual(dataKey)
  })

  it('has one text for all that does not unwrap, whatever is wrong (P15, S5)', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    const other = s3AesKeyring({ wrappingKey: counting(32) })
    const { ciphertext } = (await keyring.onEncrypt(toRewrap(keyData, gcm))).wrappedDataKey
    const short = (await keyring.onEncrypt(toRewrap(counting(16), gcm))).wrappedDataKey.ciphertext
    const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
    const ecb = async (...parts: readonly Uint8Array[]) => wrapped('v1', await encryptEcb(kek, join(...parts)))
    const cases: [WrappedDataKey, typeof gcm | typeof cbc | typeof committing, typeof keyring?][] = [
      ...[0, 11, 12, 43, 44, 59].map(
        (at) => [wrapped('AES/GCM', changed(ciphertext, at)), gcm] as [WrappedDataKey, typeof gcm],
      ),
      ...[0, 1, 12, 27, 28, 59].map(
        (length) => [wrapped('AES/GCM', ciphertext.subarray(0, length)), gcm] as [WrappedDataKey, typeof gcm],
      ),
      [wrapped('AES/GCM', join(ciphertext, padding(1))), gcm],
      [wrapped('AES/GCM', ciphertext), gcm, other],
      [wrapped('AES/GCM', ciphertext), committing],
      [wrapped('AES/GCM', short), committing],
      [wrapped('AES/GCM', keyWrap), gcm],
      [wrapped('AESWrap', ciphertext), gcm],
      [wrapped('AESWrap', keyWrap), gcm, other],
      ...[0, 1, 8, 39].map(
        (length) => [wrapped('AESWrap', keyWrap.subarray(0, length)), gcm] as [WrappedDataKey, typeof gcm],
      ),
      [wrapped('AESWrap', changed(keyWrap, 39)), gcm],
      [await ecb(counting(32), new Uint8Array(16)), cbc],
      [await ecb(counting(32), padding(17).subarray(0, 16)), cbc],
      [await ecb(counting(31), Uint8Array.of(1)), cbc],
      [await ecb(counting(33), padding(15)), cbc],
      [await ecb(padding(16)), cbc],
      [wrapped('v1', new Uint8Array(0)), cbc],
      [wrapped('v1', new Uint8Array(47)), cbc],
    ]
    for (const [key, suite, opener = keyring] of cases) {
      const error = await rejectionOf(opener.onDecrypt(toDecrypt(suite), key))
      expect(error).toMatchObject({ name: 'DataKeyError', code: 'ERR_ESDK_S3_DATA_KEY', message: unwraps })
      expect(error.cause).toBeUndefined()
    }
    expect(cases.length).toBeGreaterThan(25)
  })

  it.each(['kms+context', 'kms', 'RSA-OAEP-SHA1', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'none such'])(
    'refuses %s, and says what it is',
    async (algorithm) => {
      const key = wrapped(algorithm as 'kms', counting(60))
      const error = await rejectionOf(s3AesKeyring({ wrappingKey: kek }).onDecrypt(toDecrypt(gcm), key))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toContain(`the data key of the object is wrapped with "${algorithm}"`)
      expect(error.message).toMatch(/: this is an AES keyring$/)
    },
  )

  it('stores its description, and picks keys by it', async () => {
    const old = s3AesKeyring({ wrappingKey: counting(16), materialDescription: { year: '2025' } })
    const keyring = s3AesKeyring({
      wrappingKey: kek,
      materialDescription: { year: '2026' },
      additionalDecryptionKeys: [{ materialDescription: { year: '2025' }, wrappingKey: counting(16) }],
    })
    const { wrappedDataKey, dataKey } = await old.onEncrypt(toEncrypt())
    expect({ ...wrappedDataKey.description }).toEqual({ year: '2025' })
    expect(await unwrappedBy(keyring, wrappedDataKey)).toEqual(dataKey.expose())
    const mine = await keyring.onEncrypt(toEncrypt())
    expect({ ...mine.wrappedDataKey.description }).toEqual({ year: '2026' })
    expect(await unwrappedBy(keyring, mine.wrappedDataKey)).toEqual(mine.dataKey.expose())
    // The description is not authenticated: with another one, the own key is asked, and opens.
    const relabelled = { ...mine.wrappedDataKey, description: {} }
    expect(await unwrappedBy(keyring, relabelled)).toEqual(mine.dataKey.expose())
    const misled = { ...mine.wrappedDataKey, description: { year: '2025' } }
    expect((await rejectionOf(keyring.onDecrypt(toDecrypt(), misled))).message).toBe(unwraps)
  })

  it('refuses an encryption context, which nothing would authenticate', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    const says = 'the encryption context has 1 pair(s), and an AES keyring can neither store nor check them'
    const { wrappedDataKey } = await keyring.onEncrypt(toEncrypt())
    for (const attempt of [
      keyring.onEncrypt(toEncrypt(committing, { team: 'alpha' })),
      keyring.onDecrypt(toDecrypt(committing, { team: 'alpha' }), wrappedDataKey),
    ]) {
      const error = await rejectionOf(attempt)
      expect(error).toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
      expect(error.message).toContain(says)
    }
    expect(await unwrappedBy(keyring, wrappedDataKey, committing, {})).toHaveLength(32)
  })

  it('wraps no data key of a length that the suite does not take', async () => {
    const keyring = s3AesKeyring({ wrappingKey: kek })
    for (const [length, suite] of [
      [16, committing],
      [31, gcm],
      [0, cbc],
    ] as const) {
      const error = await rejectionOf(keyring.onEncrypt(toRewrap(counting(length), suite)))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toContain(`the data key has ${length} bytes, and ${suite.name} takes`)
    }
  })

  it('does not replace a data key that is there', async () => {
    const materials = { ...toDecrypt(), dataKey: toRewrap(keyData).dataKey }
    const error = await rejectionOf(
      s3AesKeyring({ wrappingKey: kek }).onDecrypt(materials as never, wrapped('AESWrap', keyWrap)),
    )
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
  })

  it('does nothing after an abort', async () => {
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    const keyring = s3AesKeyring({ wrappingKey: kek })
    expect(await rejectionOf(keyring.onEncrypt(toEncrypt(), options))).toBe(reason)
    expect(await rejectionOf(keyring.onDecrypt(toDecrypt(gcm), wrapped('AESWrap', keyWrap), options))).toBe(reason)
  })

  it.each([
    ['a text', 'AAECAwQFBgcICQoLDA0ODw==', TypeError, 'wrappingKey must be bytes, found string'],
    ['nothing', undefined, TypeError, 'wrappingKey must be bytes, found undefined'],
    ['an ArrayBuffer', new ArrayBuffer(32), TypeError, 'wrappingKey must be bytes, found object'],
    ['31 bytes', counting(31), RangeError, 'wrappingKey must have 16, 24 or 32 bytes, found 31'],
    ['no bytes', counting(0), RangeError, 'wrappingKey must have 16, 24 or 32 bytes, found 0'],
  ])('is not made of %s', (_, wrappingKey, kind, says) => {
    const additionalDecryptionKeys = [{ materialDescription: { a: '1' }, wrappingKey: wrappingKey as never }]
    expect(() => s3AesKeyring({ wrappingKey: wrappingKey as never })).toThrow(kind)
    expect(() => s3AesKeyring({ wrappingKey: wrappingKey as never })).toThrow(says)
    expect(() => s3AesKeyring({ wrappingKey: kek, additionalDecryptionKeys })).toThrow(
      `additionalDecryptionKeys[0].${says}`,
    )
  })
})
