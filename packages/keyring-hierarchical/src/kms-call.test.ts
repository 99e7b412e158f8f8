import { describe, expect, it } from 'vitest'
import { kmsKeyArn } from '../test/fake-kms.ts'
import { own, setting } from '../test/store-setting.ts'
import { branchKeyStore } from './branch-key-store.ts'

describe('a wrong answer of KMS (M3, answers are checked and zeroed)', () => {
  it.each([
    ['none', undefined],
    ['null', null],
    ['no Plaintext', { KeyId: kmsKeyArn }],
    ['an ArrayBuffer', { KeyId: kmsKeyArn, Plaintext: new Uint8Array(32).fill(7).buffer }],
    ['a text for Plaintext', { KeyId: kmsKeyArn, Plaintext: 'x'.repeat(32) }],
    ['31 bytes', { KeyId: kmsKeyArn, Plaintext: new Uint8Array(31).fill(7) }],
    ['33 bytes', { KeyId: kmsKeyArn, Plaintext: new Uint8Array(33).fill(7) }],
    ['another key', { KeyId: `${kmsKeyArn}0`, Plaintext: new Uint8Array(32).fill(7) }],
    ['no key', { Plaintext: new Uint8Array(32).fill(7) }],
  ])('to Decrypt is refused: %s', async (_, answer) => {
    const { store, options } = setting()
    await store.createKey(own)
    const kms = { ...options.kms, decrypt: async () => answer as never }
    const reading = branchKeyStore({ ...options, kms })
    await expect(reading.getActive('tenant-1')).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    const { Plaintext } = (answer ?? {}) as { Plaintext?: unknown }
    if (Plaintext instanceof Uint8Array) expect(Plaintext.every((byte) => byte === 0)).toBe(true)
    if (Plaintext instanceof ArrayBuffer) expect(new Uint8Array(Plaintext)).toEqual(new Uint8Array(32))
  })

  it.each([
    ['no CiphertextBlob', { KeyId: kmsKeyArn }],
    ['an empty CiphertextBlob', { KeyId: kmsKeyArn, CiphertextBlob: new Uint8Array(0) }],
    ['another key', { KeyId: `${kmsKeyArn}0`, CiphertextBlob: new Uint8Array(60) }],
    ['another key before', { KeyId: kmsKeyArn, SourceKeyId: 'x', CiphertextBlob: new Uint8Array(60) }],
  ])('to ReEncrypt is refused, and nothing is written: %s', async (_, answer) => {
    const { storage, options } = setting()
    const kms = { ...options.kms, reEncrypt: async () => answer }
    const store = branchKeyStore({ ...options, kms })
    await expect(store.createKey(own)).rejects.toMatchObject({ code: 'ERR_ESDK_BRANCH_KEY_STORE' })
    expect(await storage.get('tenant-1', 'branch:ACTIVE')).toBeUndefined()
  })

  it('that is an error is the cause of ours', async () => {
    const { options } = setting()
    const denied = Object.assign(new Error('not you'), { name: 'AccessDeniedException' })
    const kms = { ...options.kms, generateDataKeyWithoutPlaintext: () => Promise.reject(denied) }
    const store = branchKeyStore({ ...options, kms })
    await expect(store.createKey()).rejects.toThrow('AccessDeniedException: "not you" (allow the call')
    await expect(store.createKey()).rejects.toHaveProperty('cause', denied)
  })

  it('that does not come is not waited for after an abort, and is zeroed when it comes', async () => {
    const { store, options } = setting()
    await store.createKey(own)
    let answer: (value: object) => void = () => {}
    let asked = () => {}
    const calling = new Promise<void>((resolve) => {
      asked = resolve
    })
    const decrypt = () => {
      asked()
      return new Promise<object>((resolve) => {
        answer = resolve
      })
    }
    const reading = branchKeyStore({ ...options, kms: { ...options.kms, decrypt } })
    const controller = new AbortController()
    const reason = new Error('enough')
    const result = reading.getActive('tenant-1', { signal: controller.signal })
    await calling
    controller.abort(reason)
    await expect(result).rejects.toBe(reason)
    const Plaintext = new Uint8Array(32).fill(7)
    answer({ KeyId: kmsKeyArn, Plaintext })
    await Promise.resolve()
      .then(() => {})
      .then(() => {})
    expect(Plaintext).toEqual(new Uint8Array(32))
  })
})
