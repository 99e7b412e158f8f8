import { algorithmSuite, contextOf, type EncryptionContext } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { toyKeyring } from '../test/toy-keyring.ts'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { defaultCmm } from './default-cmm.ts'
import type { ReadyEncryptionMaterials } from './materials.ts'
import { requiredContextCmm } from './required-context-cmm.ts'

const context = contextOf([
  ['tenant', '42'],
  ['purpose', 'backup'],
])

function toEncrypt(encryptionContext: EncryptionContext = context): EncryptionMaterialsRequest {
  return { commitmentPolicy: 'require-encrypt-require-decrypt', encryptionContext, suite: algorithmSuite(0x0478) }
}

/** As a client asks: the required pairs are not in the message. */
function toDecrypt(
  { suite, encryptionContext, encryptedDataKeys, requiredContextKeys }: ReadyEncryptionMaterials,
  reproducedContext?: EncryptionContext,
): DecryptionMaterialsRequest {
  const stored = Object.entries(encryptionContext).filter(([key]) => !requiredContextKeys.has(key))
  return {
    commitmentPolicy: 'require-encrypt-require-decrypt',
    suite,
    encryptedDataKeys,
    encryptionContext: contextOf(stored),
    ...(reproducedContext && { reproducedContext }),
  }
}

describe('a materials manager that requires context keys', () => {
  const cmm = requiredContextCmm(defaultCmm(toyKeyring()), ['tenant'])

  it('keeps them out of the message, and in the context that is authenticated', async () => {
    const materials = await cmm.getEncryptionMaterials(toEncrypt())
    expect([...materials.requiredContextKeys]).toEqual(['tenant'])
    expect({ ...materials.encryptionContext }).toEqual({ tenant: '42', purpose: 'backup' })
    expect({ ...toDecrypt(materials).encryptionContext }).toEqual({ purpose: 'backup' })
  })

  it('gives the data key back to who knows them', async () => {
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    const decrypted = await cmm.decryptMaterials(toDecrypt(encrypted, contextOf([['tenant', '42']])))
    expect(decrypted.dataKey.expose()).toEqual(encrypted.dataKey.expose())
    expect([...decrypted.requiredContextKeys]).toEqual(['tenant'])
    expect({ ...decrypted.encryptionContext }).toEqual({ tenant: '42', purpose: 'backup' })
  })

  it('refuses to encrypt without them', async () => {
    await expect(cmm.getEncryptionMaterials(toEncrypt(contextOf([['purpose', 'backup']])))).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
      message: 'the encryption context given to encrypt must have a value for "tenant"',
    })
  })

  it('refuses to decrypt unless they are given again', async () => {
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    for (const given of [undefined, contextOf([]), contextOf([['purpose', 'backup']])]) {
      await expect(cmm.decryptMaterials(toDecrypt(encrypted, given))).rejects.toMatchObject({
        code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        message: 'the encryption context given to decrypt must have a value for "tenant"',
      })
    }
  })

  it('refuses another value: the wrapped key does not open', async () => {
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt())
    await expect(cmm.decryptMaterials(toDecrypt(encrypted, contextOf([['tenant', '43']])))).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
    })
  })

  it('adds to the keys that were required before it', async () => {
    const request = { ...toEncrypt(), requiredContextKeys: new Set(['purpose']) }
    const materials = await cmm.getEncryptionMaterials(request)
    expect([...materials.requiredContextKeys].sort()).toEqual(['purpose', 'tenant'])
    expect([...request.requiredContextKeys]).toEqual(['purpose'])
    const nested = requiredContextCmm(cmm, new Set(['purpose']))
    expect([...(await nested.getEncryptionMaterials(toEncrypt())).requiredContextKeys].sort()).toEqual([
      'purpose',
      'tenant',
    ])
  })

  it('may stand around a keyring', async () => {
    const around = requiredContextCmm(toyKeyring(), ['tenant'])
    expect([...(await around.getEncryptionMaterials(toEncrypt())).requiredContextKeys]).toEqual(['tenant'])
  })

  it('does not see what is done later to the list it was given', async () => {
    const keys = ['tenant']
    const own = requiredContextCmm(toyKeyring(), keys)
    keys[0] = 'other'
    expect([...(await own.getEncryptionMaterials(toEncrypt())).requiredContextKeys]).toEqual(['tenant'])
  })

  it('does not take members of objects for pairs (P10)', async () => {
    const own = requiredContextCmm(toyKeyring(), ['toString'])
    await expect(own.getEncryptionMaterials(toEncrypt({ tenant: '42' }))).rejects.toMatchObject({
      message: 'the encryption context given to encrypt must have a value for "toString"',
    })
  })
})

describe('an inner materials manager that does not do its part is refused', () => {
  const inner = defaultCmm(toyKeyring())

  it('when it does not keep the keys out of the message', async () => {
    const forgetful: CryptographicMaterialsManager = {
      ...inner,
      getEncryptionMaterials: ({ requiredContextKeys: _, ...request }) => inner.getEncryptionMaterials(request),
    }
    await expect(requiredContextCmm(forgetful, ['tenant']).getEncryptionMaterials(toEncrypt())).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
      message: 'the inner materials manager does not keep "tenant" out of the message',
    })
  })

  it('when it drops them from the context, so that nothing authenticates them', async () => {
    const encrypted = await requiredContextCmm(inner, ['tenant']).getEncryptionMaterials(toEncrypt())
    for (const left of [contextOf([['purpose', 'backup']]), { purpose: 'backup' }]) {
      const dropping: CryptographicMaterialsManager = {
        ...inner,
        decryptMaterials: async (request) => ({
          ...(await inner.decryptMaterials(request)),
          encryptionContext: left,
        }),
      }
      const request = toDecrypt(encrypted, contextOf([['tenant', '42']]))
      await expect(requiredContextCmm(dropping, ['tenant']).decryptMaterials(request)).rejects.toMatchObject({
        code: 'ERR_ESDK_MATERIALS',
        message: 'the inner materials manager dropped "tenant" from the encryption context',
      })
    }
  })
})

describe('what requires nothing that makes sense', () => {
  it.each([
    ['no keys', [], 'requiredContextCmm needs at least one key'],
    [
      'one text, which is a list of its characters',
      'tenant',
      'requiredContextCmm takes a list of keys, found one text',
    ],
    [
      'a reserved key',
      ['aws-crypto-public-key'],
      'requiredContextCmm cannot require "aws-crypto-public-key": a string that is not reserved is needed',
    ],
    [
      'any key of the reserved prefix',
      ['tenant', 'aws-crypto-\n'],
      'requiredContextCmm cannot require "aws-crypto-\\u{a}": a string that is not reserved is needed',
    ],
    ['a number', [42], 'requiredContextCmm cannot require "42": a string that is not reserved is needed'],
  ])('is refused: %s', (_, keys, message) => {
    expect(() => requiredContextCmm(toyKeyring(), keys as string[])).toThrow(new TypeError(message))
  })

  it('is refused: no materials manager and no keyring', () => {
    expect(() => requiredContextCmm({} as unknown as CryptographicMaterialsManager, ['tenant'])).toThrow(TypeError)
  })
})
