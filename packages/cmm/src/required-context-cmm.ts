/**
 * A materials manager that keeps some pairs of the context out of the message.
 *
 * They are authenticated all the same, and whoever decrypts has to know them.
 *
 * Spec: framework/required-encryption-context-cmm.md
 *
 * @module
 */

import { type EncryptionContext, reservedContextPrefix } from '@esdk/serialize'
import { type CryptographicMaterialsManager, isCmm } from './cmm.ts'
import { defaultCmm } from './default-cmm.ts'
import { EncryptionContextError, MaterialsError } from './errors.ts'
import type { Keyring } from './keyring.ts'
import { quote } from './quote.ts'

/**
 * Requires each of `keys` in the encryption context, on encrypt and on decrypt, and keeps it out of the message.
 *
 * @throws TypeError - no keys, or a key that is reserved
 */
export function requiredContextCmm(
  inner: CryptographicMaterialsManager | Keyring,
  keys: Iterable<string>,
): CryptographicMaterialsManager {
  const cmm = isCmm(inner) ? inner : defaultCmm(inner)
  // A text is an iterable of its characters, which nobody means.
  if (typeof keys === 'string') throw new TypeError('requiredContextCmm takes a list of keys, found one text')
  const required: ReadonlySet<string> = new Set(keys)
  if (required.size === 0) throw new TypeError('requiredContextCmm needs at least one key')
  for (const key of required) {
    if (typeof key !== 'string' || key.startsWith(reservedContextPrefix)) {
      throw new TypeError(
        `requiredContextCmm cannot require ${quote(String(key))}: a string that is not reserved is needed`,
      )
    }
  }
  return {
    async getEncryptionMaterials(request) {
      checkHasAll(request.encryptionContext, required, 'encrypt')
      const requiredContextKeys = new Set([...(request.requiredContextKeys ?? []), ...required])
      const materials = await cmm.getEncryptionMaterials({ ...request, requiredContextKeys })
      for (const key of required) {
        if (!materials.requiredContextKeys.has(key)) {
          throw new MaterialsError(`the inner materials manager does not keep ${quote(key)} out of the message`)
        }
      }
      return materials
    },
    async decryptMaterials(request) {
      checkHasAll(request.reproducedContext ?? {}, required, 'decrypt')
      const materials = await cmm.decryptMaterials(request)
      for (const key of required) {
        if (!Object.hasOwn(materials.encryptionContext, key)) {
          throw new MaterialsError(`the inner materials manager dropped ${quote(key)} from the encryption context`)
        }
      }
      return materials
    },
  }
}

function checkHasAll(context: EncryptionContext, keys: ReadonlySet<string>, operation: string): void {
  for (const key of keys) {
    if (!Object.hasOwn(context, key)) {
      throw new EncryptionContextError(
        `the encryption context given to ${operation} must have a value for ${quote(key)}`,
      )
    }
  }
}
