import { DataKey } from '@esdk/cmm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type FakeKms, fakeKms } from '../../test/fake-kms.ts'
import {
  counting,
  gcm,
  ireland,
  oregon,
  rejectionOf,
  toDecrypt,
  toEncrypt,
  toRewrap,
  wrapped,
} from '../../test/key-materials.ts'
import { s3KmsDiscoveryKeyring } from './kms-discovery-keyring.ts'
import { s3KmsKeyring } from './kms-keyring.ts'

let kms: FakeKms
beforeEach(() => {
  kms = fakeKms({ [oregon]: oregon })
})
const strict = () => s3KmsKeyring({ keyId: oregon, client: kms.client })
const discovery = () => s3KmsDiscoveryKeyring({ client: kms.client })

const secret = (length = 32) => new Uint8Array(length).fill(7)
const blob = Uint8Array.of(1, 2, 3)

/** Answers with it, and gives its secret, to be looked at afterwards. */
function answerWith(answer: unknown): unknown {
  kms.answering = () => answer
  return (answer as { readonly Plaintext?: unknown } | null | undefined)?.Plaintext
}

function isZeroed(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return isZeroed(value.buffer)
  const numbers = value instanceof ArrayBuffer ? [...new Uint8Array(value)] : (value as number[])
  return numbers.every((byte) => byte === 0)
}

/** What the error says. Where there is something like a secret in the answer, it must not stay. */
const wrong: readonly [what: string, answer: () => unknown, says: string][] = [
  ['nothing', () => undefined, 'is no object'],
  ['null', () => null, 'is no object'],
  ['a text', () => 'plaintext', 'is no object'],
  ['an empty object', () => ({}), 'has no Plaintext'],
  ['no Plaintext', () => ({ KeyId: oregon }), 'has no Plaintext'],
  ['no KeyId', () => ({ Plaintext: secret() }), 'names the key none'],
  ['an empty KeyId', () => ({ KeyId: '', Plaintext: secret() }), 'names the key ""'],
  ['the key by its id alone', () => ({ KeyId: oregon.replace(/.*\//, ''), Plaintext: secret() }), 'names the key'],
  ['the ARN of an alias', () => ({ KeyId: oregon.replace(':key/', ':alias/'), Plaintext: secret() }), 'names the key'],
  [
    'a KeyId that is no text',
    () => ({ KeyId: { toString: () => oregon }, Plaintext: secret() }),
    'names the key object',
  ],
  ['an empty Plaintext', () => ({ KeyId: oregon, Plaintext: secret(0) }), 'has a Plaintext of 0 bytes, where 32 are'],
  ['a byte too few', () => ({ KeyId: oregon, Plaintext: secret(31) }), 'has a Plaintext of 31 bytes, where 32 are'],
  ['a byte too many', () => ({ KeyId: oregon, Plaintext: secret(33) }), 'has a Plaintext of 33 bytes, where 32 are'],
  ['a key for an old suite', () => ({ KeyId: oregon, Plaintext: secret(16) }), 'of 16 bytes, where 32 are expected'],
  ['a Plaintext in base64', () => ({ KeyId: oregon, Plaintext: btoa('7'.repeat(24)) }), 'has no Plaintext'],
  ['a list of numbers', () => ({ KeyId: oregon, Plaintext: [...secret()] }), 'has no Plaintext'],
  ['an ArrayBuffer', () => ({ KeyId: oregon, Plaintext: secret().buffer }), 'has no Plaintext'],
  ['a DataView', () => ({ KeyId: oregon, Plaintext: new DataView(secret().buffer) }), 'has no Plaintext'],
  ['numbers of 16 bits', () => ({ KeyId: oregon, Plaintext: new Uint16Array(32).fill(7) }), 'has no Plaintext'],
]

describe('a wrong answer of AWS KMS (M3) is refused and zeroed', () => {
  const keyrings = [
    ['strict', strict],
    ['discovery', discovery],
  ] as const
  const key = wrapped('kms+context', blob, { 'aws:x-amz-cek-alg': '115' })

  describe.each(keyrings)('to Decrypt, by a %s keyring', (_, keyring) => {
    it.each(wrong)('%s', async (_what, answer, says) => {
      const held = answerWith(answer())
      const error = await rejectionOf(keyring().onDecrypt(toDecrypt(), key))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
      expect(error.message).toContain('the answer to KMS Decrypt with ')
      expect(error.message).toContain(says)
      if (typeof held === 'object') expect(isZeroed(held)).toBe(true)
    })
  })

  it('another key than the ARN that was asked for (M1)', async () => {
    const held = answerWith({ KeyId: ireland, Plaintext: secret() })
    const error = await rejectionOf(strict().onDecrypt(toDecrypt(), key))
    expect(error.message).toBe(`the answer to KMS Decrypt with "${oregon}" names the key "${ireland}"`)
    expect(isZeroed(held)).toBe(true)
  })

  it('for an old suite, a length that no AES key has', async () => {
    answerWith({ KeyId: oregon, Plaintext: secret(20) })
    const error = await rejectionOf(strict().onDecrypt(toDecrypt(gcm), wrapped('kms', blob)))
    expect(error.message).toContain('has a Plaintext of 20 bytes, where 16, 24 or 32 are expected')
  })

  it('and a right one is zeroed as well: the data key is a copy', async () => {
    const held = answerWith({ KeyId: oregon, Plaintext: secret() })
    const { dataKey } = await strict().onDecrypt(toDecrypt(), key)
    expect(dataKey.expose()).toEqual(secret())
    expect(isZeroed(held)).toBe(true)
  })

  it.each([
    ...wrong,
    ['another key (M1)', () => ({ KeyId: ireland, CiphertextBlob: blob, Plaintext: secret() }), 'names the key'],
    ['no CiphertextBlob', () => ({ KeyId: oregon, Plaintext: secret() }), 'has no CiphertextBlob'],
    [
      'an empty CiphertextBlob',
      () => ({ KeyId: oregon, CiphertextBlob: secret(0), Plaintext: secret() }),
      'has no CiphertextBlob',
    ],
    [
      'a CiphertextBlob in base64',
      () => ({ KeyId: oregon, CiphertextBlob: 'AQID', Plaintext: secret() }),
      'has no CiphertextBlob',
    ],
  ] as const)('to GenerateDataKey: %s', async (_, answer, says) => {
    const held = answerWith(answer())
    const error = await rejectionOf(strict().onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(error.message).toContain(says)
    if (typeof held === 'object') expect(isZeroed(held)).toBe(true)
  })

  it('to GenerateDataKey, and so is the copy that was made of it', async () => {
    const zeroed = vi.spyOn(DataKey.prototype, 'zero')
    try {
      answerWith({ KeyId: oregon, Plaintext: secret() })
      await rejectionOf(strict().onEncrypt(toEncrypt()))
      expect(zeroed).toHaveBeenCalledTimes(1)
    } finally {
      zeroed.mockRestore()
    }
  })

  it('to GenerateDataKey: a key of 16 bytes, though the suite would take it', async () => {
    answerWith({ KeyId: oregon, CiphertextBlob: blob, Plaintext: secret(16) })
    const error = await rejectionOf(strict().onEncrypt(toEncrypt(gcm)))
    expect(error.message).toContain('has a Plaintext of 16 bytes, where 32 are expected')
  })

  it.each([
    ['nothing', undefined, 'is no object'],
    ['no KeyId', { CiphertextBlob: blob }, 'names the key none'],
    ['another key', { KeyId: ireland, CiphertextBlob: blob }, 'names the key'],
    ['no CiphertextBlob', { KeyId: oregon }, 'has no CiphertextBlob'],
  ])('to Encrypt: %s', async (_, answer, says) => {
    answerWith(answer)
    const materials = toRewrap(counting(32))
    const error = await rejectionOf(strict().onEncrypt(materials))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(error.message).toContain(says)
    expect(materials.dataKey.expose()).toEqual(counting(32))
  })
})
