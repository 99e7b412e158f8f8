import { DataKey, type EncryptedDataKey } from '@esdk/cmm'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type FakeAnswer, type FakeKms, fakeKms } from '../test/fake-kms.ts'
import {
  attemptsOf,
  ireland,
  oregon,
  rejectionOf,
  toEncrypt,
  toWrap,
  unwrappedBy,
  wrappedBy,
} from '../test/materials.ts'
import { kmsDiscoveryKeyring, kmsMrkDiscoveryKeyring } from './discovery-keyring.ts'
import { kmsKeyring, kmsMrkKeyring } from './kms-keyring.ts'

let kms: FakeKms
let edks: readonly EncryptedDataKey[]
beforeEach(async () => {
  kms = fakeKms()
  kms.addKeys(oregon, ireland)
  ;({ edks } = await wrappedBy(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })))
  kms.calls.length = 0
})

const secret = () => new Uint8Array(32).fill(7)
const blob = Uint8Array.of(1, 2, 3)

/** Answers with it, and gives its secret, to be looked at afterwards. */
function answerWith(answer: unknown): unknown {
  kms.answering = () => answer
  return (answer as FakeAnswer | undefined)?.Plaintext
}

function isZeroed(value: unknown): boolean {
  if (ArrayBuffer.isView(value)) return isZeroed(value.buffer)
  const numbers = value instanceof ArrayBuffer ? [...new Uint8Array(value)] : (value as number[])
  return numbers.length > 0 && numbers.every((byte) => byte === 0)
}

/** For Decrypt, and what the error says. Where there is something like a secret in it, it must not stay. */
const wrong: readonly [what: string, answer: () => unknown, says: string][] = [
  ['nothing', () => undefined, 'is no object'],
  ['null', () => null, 'is no object'],
  ['a text', () => 'plaintext', 'is no object'],
  ['an empty object', () => ({}), 'has no Plaintext'],
  ['no Plaintext', () => ({ KeyId: oregon }), 'has no Plaintext'],
  ['no KeyId', () => ({ Plaintext: secret() }), 'names the key none'],
  ['an empty KeyId', () => ({ KeyId: '', Plaintext: secret() }), 'names the key ""'],
  ['another key', () => ({ KeyId: ireland, Plaintext: secret() }), `names the key "${ireland}"`],
  ['the key by its id alone', () => ({ KeyId: oregon.replace(/.*\//, ''), Plaintext: secret() }), 'names the key'],
  ['the key in other letters', () => ({ KeyId: oregon.toUpperCase(), Plaintext: secret() }), 'names the key'],
  [
    'a KeyId that is no text',
    () => ({ KeyId: { toString: () => oregon }, Plaintext: secret() }),
    'names the key object',
  ],
  [
    'a Plaintext that is empty',
    () => ({ KeyId: oregon, Plaintext: new Uint8Array(0) }),
    'has a Plaintext of 0 bytes, where 32',
  ],
  ['a byte too few', () => ({ KeyId: oregon, Plaintext: secret().slice(1) }), 'has a Plaintext of 31 bytes, where 32'],
  [
    'a byte too many',
    () => ({ KeyId: oregon, Plaintext: new Uint8Array(33).fill(7) }),
    'has a Plaintext of 33 bytes, where 32',
  ],
  [
    'a key for another suite',
    () => ({ KeyId: oregon, Plaintext: new Uint8Array(16).fill(7) }),
    'has a Plaintext of 16 bytes, where 32',
  ],
  ['a Plaintext in base64', () => ({ KeyId: oregon, Plaintext: btoa('7'.repeat(24)) }), 'has no Plaintext'],
  ['a list of numbers', () => ({ KeyId: oregon, Plaintext: [...secret()] }), 'has no Plaintext'],
  ['an ArrayBuffer', () => ({ KeyId: oregon, Plaintext: secret().buffer }), 'has no Plaintext'],
  ['a DataView', () => ({ KeyId: oregon, Plaintext: new DataView(secret().buffer) }), 'has no Plaintext'],
  ['numbers of 16 bits', () => ({ KeyId: oregon, Plaintext: new Uint16Array(32).fill(7) }), 'has no Plaintext'],
]

describe('a wrong answer of AWS KMS (M3) is refused and zeroed', () => {
  const keyrings = [
    ['strict', () => kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })],
    ['multi-Region', () => kmsMrkKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })],
    ['discovery', () => kmsDiscoveryKeyring({ clientFor: kms.clientFor })],
    ['multi-Region discovery', () => kmsMrkDiscoveryKeyring({ region: 'us-west-2', clientFor: kms.clientFor })],
  ] as const

  describe.each(keyrings)('to Decrypt, by a %s keyring', (_, keyring) => {
    it.each(wrong)('%s', async (_what, answer, says) => {
      const held = answerWith(answer())
      const [attempt, ...others] = await attemptsOf(keyring(), edks)
      expect(others).toEqual([])
      expect(attempt).toMatchObject({ code: 'ERR_ESDK_UNWRAP' })
      expect(attempt?.message).toContain(`the answer to KMS Decrypt with "${oregon}" in us-west-2 ${says}`)
      if (typeof held === 'object' && !(ArrayBuffer.isView(held) && held.byteLength === 0)) {
        expect(isZeroed(held)).toBe(true)
      }
    })
  })

  it('after which the next key of the message opens it', async () => {
    const both = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland], clientFor: kms.clientFor })
    const wrapped = await wrappedBy(both)
    kms.answering = async ({ region }, honest) =>
      region === 'us-west-2' ? { KeyId: ireland, Plaintext: secret() } : honest()
    expect(await unwrappedBy(both, wrapped.edks)).toEqual(wrapped.dataKey)
  })

  it.each([
    ['nothing', () => undefined, 'is no object'],
    ['no Plaintext', () => ({ KeyId: oregon, CiphertextBlob: blob }), 'has no Plaintext'],
    ['a Plaintext too short', () => ({ KeyId: oregon, CiphertextBlob: blob, Plaintext: secret().slice(1) }), 'of 31'],
    ['no KeyId', () => ({ CiphertextBlob: blob, Plaintext: secret() }), 'names no key ARN, but none'],
    ['an alias', () => ({ KeyId: 'alias/mine', CiphertextBlob: blob, Plaintext: secret() }), 'names no key ARN'],
    [
      'the ARN of an alias',
      () => ({ KeyId: oregon.replace(':key/', ':alias/'), CiphertextBlob: blob, Plaintext: secret() }),
      'names no key ARN',
    ],
    [
      'another key than the ARN that was asked for (M1)',
      () => ({ KeyId: ireland, CiphertextBlob: blob, Plaintext: secret() }),
      `names the key "${ireland}"`,
    ],
    ['no CiphertextBlob', () => ({ KeyId: oregon, Plaintext: secret() }), 'has no CiphertextBlob'],
    [
      'an empty CiphertextBlob',
      () => ({ KeyId: oregon, CiphertextBlob: new Uint8Array(0), Plaintext: secret() }),
      'has no CiphertextBlob',
    ],
    [
      'a CiphertextBlob in base64',
      () => ({ KeyId: oregon, CiphertextBlob: 'AQID', Plaintext: secret() }),
      'has no CiphertextBlob',
    ],
    [
      'a CiphertextBlob that no message has room for',
      () => ({ KeyId: oregon, CiphertextBlob: new Uint8Array(65536), Plaintext: secret() }),
      'of 65536 bytes',
    ],
  ])('to GenerateDataKey: %s', async (_, answer, says) => {
    const held = answerWith(answer())
    const error = await rejectionOf(
      kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }).onEncrypt(toEncrypt()),
    )
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain('the answer to KMS GenerateDataKey')
    expect(error.message).toContain(says)
    if (held !== undefined) expect(isZeroed(held)).toBe(true)
  })

  it.each([
    ['nothing', undefined, 'is no object'],
    ['no KeyId', { CiphertextBlob: blob }, 'names no key ARN'],
    ['another key', { KeyId: ireland, CiphertextBlob: blob }, 'names the key'],
    ['no CiphertextBlob', { KeyId: oregon }, 'has no CiphertextBlob'],
  ])('to Encrypt: %s', async (_, answer, says) => {
    answerWith(answer)
    const materials = toWrap()
    const error = await rejectionOf(kmsKeyring({ keyIds: [oregon], clientFor: kms.clientFor }).onEncrypt(materials))
    expect(error).toMatchObject({ code: 'ERR_ESDK_KEYRING' })
    expect(error.message).toContain(says)
    expect(materials.dataKey.expose()[0]).toBe(1)
  })

  it('to Encrypt: another key than the id that was asked for', async () => {
    const [id = ''] = /[\w-]+$/.exec(oregon) ?? []
    const keyring = kmsKeyring({ keyIds: [id], clientFor: kms.clientFor })
    answerWith({ KeyId: ireland, CiphertextBlob: blob })
    expect((await rejectionOf(keyring.onEncrypt(toWrap()))).message).toContain(`names the key "${ireland}"`)
    answerWith({ KeyId: oregon, CiphertextBlob: blob })
    expect((await keyring.onEncrypt(toWrap())).encryptedDataKeys).toHaveLength(2)
  })

  it('to GenerateDataKey, and so is the copy that was made of it', async () => {
    const zero = vi.spyOn(DataKey.prototype, 'zero')
    try {
      answerWith({ KeyId: oregon, Plaintext: secret() })
      await rejectionOf(kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor }).onEncrypt(toEncrypt()))
      expect(zero).toHaveBeenCalledTimes(1)
    } finally {
      zero.mockRestore()
    }
  })

  it('also where it is right: the data key is a copy', async () => {
    let held: Uint8Array | undefined
    kms.answering = async (_, honest) => {
      const answer = await honest()
      held = answer.Plaintext
      return answer
    }
    const keyring = kmsKeyring({ generatorKeyId: oregon, clientFor: kms.clientFor })
    const wrapped = await wrappedBy(keyring)
    expect(wrapped.dataKey.some((byte) => byte !== 0)).toBe(true)
    expect(isZeroed(held)).toBe(true)
    expect(await unwrappedBy(keyring, wrapped.edks)).toEqual(wrapped.dataKey)
    expect(isZeroed(held)).toBe(true)
  })
})
