import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, type EncryptedDataKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { DataKey } from './data-key.ts'
import { KeyringError, MaterialsError } from './errors.ts'
import {
  checkNoDataKey,
  type EmptyDecryptionMaterials,
  type EmptyEncryptionMaterials,
  withGeneratedDataKey,
  withUnwrappedDataKey,
  withWrappedDataKey,
} from './materials.ts'

const common = {
  suite: algorithmSuite(0x0478),
  encryptionContext: contextOf([['tenant', '42']]),
  requiredContextKeys: new Set(['tenant']),
}
const emptyToEncrypt: EmptyEncryptionMaterials = { ...common, encryptedDataKeys: [] }
const emptyToDecrypt: EmptyDecryptionMaterials = common

const signingKey = await defaultBackend.ecdsa.generateKey('P-384')
const verificationKey = {
  curve: 'P-384',
  publicKey: signingKey.publicKey,
  verifier: () => expect.unreachable(),
} as const

function edk(name: string): EncryptedDataKey {
  return { providerId: name, providerInfo: new Uint8Array(1), ciphertext: new Uint8Array(2) }
}

function keyOf(length: number): DataKey {
  return new DataKey(new Uint8Array(length).fill(length))
}

describe('materials with a generated data key', () => {
  it('have it, and its first wrapped copy', () => {
    const dataKey = keyOf(32)
    const first = edk('first')
    const ready = withGeneratedDataKey(emptyToEncrypt, dataKey, first)
    expect(ready).toEqual({ ...common, dataKey, encryptedDataKeys: [first] })
    expect(ready.dataKey).toBe(dataKey)
    expect(ready.encryptedDataKeys[0]).toBe(first)
  })

  it('are new and frozen; those they were made from stay as they were', () => {
    const ready = withGeneratedDataKey(emptyToEncrypt, keyOf(32), edk('first'))
    expect(emptyToEncrypt).toEqual({ ...common, encryptedDataKeys: [] })
    expect([ready, ready.encryptedDataKeys].every(Object.isFrozen)).toBe(true)
  })

  it('keep the signing key of a suite that signs, and have no such field for others', () => {
    const suite = algorithmSuite(0x0578)
    const ready = withGeneratedDataKey({ ...emptyToEncrypt, suite, signingKey }, keyOf(32), edk('first'))
    expect(ready.signingKey).toBe(signingKey)
    expect('signingKey' in withGeneratedDataKey(emptyToEncrypt, keyOf(32), edk('first'))).toBe(false)
  })

  it.each([0, 16, 31, 33])('take no key of %i bytes for a suite of 32', (length) => {
    expect(() => withGeneratedDataKey(emptyToEncrypt, keyOf(length), edk('first'))).toThrow(
      new MaterialsError(`data key of ${length} bytes, the suite AES_256_GCM_HKDF_SHA512_COMMIT_KEY takes 32`),
    )
  })
})

describe('materials with one more wrapped data key', () => {
  it('have it behind those that were there', () => {
    const dataKey = keyOf(32)
    const one = withGeneratedDataKey(emptyToEncrypt, dataKey, edk('first'))
    const three = withWrappedDataKey(withWrappedDataKey(one, edk('second')), edk('third'))
    expect(three.encryptedDataKeys.map(({ providerId }) => providerId)).toEqual(['first', 'second', 'third'])
    expect(three.dataKey).toBe(dataKey)
    expect(three).toEqual({ ...common, dataKey, encryptedDataKeys: [edk('first'), edk('second'), edk('third')] })
    expect(one.encryptedDataKeys.length).toBe(1)
    expect([three, three.encryptedDataKeys].every(Object.isFrozen)).toBe(true)
  })
})

describe('materials with an unwrapped data key', () => {
  it('have it, and tell which key it came from where that was said', () => {
    const dataKey = keyOf(32)
    const used = edk('used')
    expect(withUnwrappedDataKey(emptyToDecrypt, dataKey)).toEqual({ ...common, dataKey })
    const ready = withUnwrappedDataKey(emptyToDecrypt, dataKey, used)
    expect(ready.encryptedDataKey).toBe(used)
    expect(ready.dataKey).toBe(dataKey)
    expect(Object.isFrozen(ready)).toBe(true)
  })

  it('keep the verification key of a suite that signs', () => {
    const materials = { ...emptyToDecrypt, suite: algorithmSuite(0x0578), verificationKey }
    expect(withUnwrappedDataKey(materials, keyOf(32)).verificationKey).toBe(verificationKey)
  })

  it('take no key of another length than the suite has', () => {
    const materials = { ...emptyToDecrypt, suite: algorithmSuite(0x0346) }
    expect(withUnwrappedDataKey(materials, keyOf(24)).dataKey.length).toBe(24)
    expect(() => withUnwrappedDataKey(materials, keyOf(32))).toThrow(
      'data key of 32 bytes, the suite AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384 takes 24',
    )
  })

  it('are not made of materials that have a data key: a second must not replace the first', () => {
    const ready = withUnwrappedDataKey(emptyToDecrypt, keyOf(32))
    expect(() => withUnwrappedDataKey(ready as unknown as EmptyDecryptionMaterials, keyOf(32))).toThrow(
      new KeyringError('the decryption materials have a data key already'),
    )
    expect(() => checkNoDataKey(ready)).toThrow(KeyringError)
    checkNoDataKey(emptyToDecrypt)
  })
})
