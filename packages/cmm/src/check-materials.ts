/**
 * The one gate for materials of keyrings and materials managers, which may be anybody's code.
 *
 * Whatever passes is a frozen copy, so that nothing can change behind the client's back.
 *
 * Spec: framework/cmm-interface.md, "The CMM MUST ensure that the ... materials returned are valid"
 *
 * @module
 */

import {
  type AlgorithmSuite,
  copyContext,
  type EncryptedDataKey,
  type EncryptionContext,
  encodeBase64,
  findAlgorithmSuite,
  publicKeyContextKey,
  reservedContextPrefix,
  utf8,
} from '@esdk/serialize'
import type { DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { checkSuiteToDecrypt, checkSuiteToEncrypt } from './commitment-policy.ts'
import type { DataKey } from './data-key.ts'
import { MaterialsError } from './errors.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from './materials.ts'
import { quote } from './quote.ts'
import { refusedMaterials as refused, takingOver } from './take-over.ts'

const longestField = 0xffff

const noKeys: ReadonlySet<string> = new Set()

/**
 * A frozen copy of materials that are fit to encrypt what was asked for. The data key is taken over: the given one is zeroed.
 *
 * @throws MaterialsError - they are not; the data key has been zeroed
 */
export function checkEncryptionMaterials(
  request: EncryptionMaterialsRequest,
  given: ReadyEncryptionMaterials,
): ReadyEncryptionMaterials {
  return takingOver(given, (ownKey, fields) => {
    // Each field is read once: a getter may answer differently the second time.
    const {
      suite: givenSuite,
      encryptedDataKeys: keys,
      encryptionContext: context,
      requiredContextKeys: required,
      signingKey,
    } = fields
    const suite = checkSuite(givenSuite)
    if (request.suite !== undefined && suite !== request.suite) throw refused('have another suite than was asked for')
    checkSuiteToEncrypt(request.commitmentPolicy, suite)
    checkKeyLength(ownKey, suite)
    const encryptedDataKeys = copyKeys(keys)
    const encryptionContext = copyGivenContext(context, request.encryptionContext)
    checkHolds(encryptionContext, request.encryptionContext)
    checkReservedKeys(encryptionContext, request.encryptionContext)
    const requiredContextKeys = copyRequired(required, encryptionContext)
    for (const key of request.requiredContextKeys ?? []) {
      if (!requiredContextKeys.has(key))
        throw refused(`do not keep the required context key ${quote(key)} out of the message`)
    }
    checkSigns(suite, signingKey, encryptionContext, 'signing key')
    return Object.freeze({
      suite,
      dataKey: ownKey,
      encryptedDataKeys,
      encryptionContext,
      requiredContextKeys,
      ...(signingKey && { signingKey }),
    })
  })
}

/**
 * A frozen copy of materials that are fit to decrypt what was asked for. The data key is taken over: the given one is zeroed.
 *
 * @throws MaterialsError - they are not; the data key has been zeroed
 */
export function checkDecryptionMaterials(
  request: DecryptionMaterialsRequest,
  given: ReadyDecryptionMaterials,
): ReadyDecryptionMaterials {
  return takingOver(given, (ownKey, fields) => {
    const {
      suite: givenSuite,
      encryptionContext: context,
      requiredContextKeys: required,
      verificationKey,
      encryptedDataKey: used,
    } = fields
    const suite = checkSuite(givenSuite)
    if (suite !== request.suite) throw refused('have another suite than the message')
    checkSuiteToDecrypt(request.commitmentPolicy, suite)
    checkKeyLength(ownKey, suite)
    const encryptionContext = copyGivenContext(context, request.encryptionContext)
    checkHolds(encryptionContext, request.encryptionContext)
    checkHolds(encryptionContext, request.reproducedContext ?? {})
    const requiredContextKeys = copyRequired(required, encryptionContext)
    const unchanged = encryptionContext === request.encryptionContext && requiredContextKeys.size === 0
    for (const key of unchanged ? [] : Object.keys(encryptionContext)) {
      const stored = key in request.encryptionContext
      if (stored && requiredContextKeys.has(key))
        throw refused(`require the context key ${quote(key)}, which is in the message`)
      if (!stored && !requiredContextKeys.has(key))
        throw refused(`add the context key ${quote(key)}, which nothing authenticates`)
    }
    checkSigns(suite, verificationKey, encryptionContext, 'verification key')
    const encryptedDataKey = request.encryptedDataKeys.find((key) => key === used)
    return Object.freeze({
      suite,
      dataKey: ownKey,
      encryptionContext,
      requiredContextKeys,
      ...(encryptedDataKey && { encryptedDataKey }),
      ...(verificationKey && { verificationKey }),
    })
  })
}

/** The row of our own table, whatever object stands for it. */
function checkSuite(given: AlgorithmSuite): AlgorithmSuite {
  const suite = findAlgorithmSuite(given?.id)
  if (suite === undefined) throw refused('have no algorithm suite of the message format')
  return suite
}

function checkKeyLength(dataKey: DataKey, suite: AlgorithmSuite): void {
  if (dataKey.length !== suite.keyLength) {
    throw refused(`have a data key of ${dataKey.length} bytes, the suite takes ${suite.keyLength}`)
  }
}

function copyKeys(keys: readonly EncryptedDataKey[]): readonly [EncryptedDataKey, ...EncryptedDataKey[]] {
  if (!Array.isArray(keys) || keys.length === 0) throw refused('have no encrypted data key')
  if (keys.length > longestField)
    throw refused(`have ${keys.length} encrypted data keys, the format has room for 65535`)
  const copies: [EncryptedDataKey, ...EncryptedDataKey[]] = [copyKey(keys[0] as EncryptedDataKey)]
  // By index, so that a hole in the array is a key that is missing.
  for (let i = 1; i < keys.length; i++) copies.push(copyKey(keys[i] as EncryptedDataKey))
  return Object.freeze(copies)
}

function copyKey(key: EncryptedDataKey): EncryptedDataKey {
  const { providerId, providerInfo, ciphertext } = key ?? {}
  if (typeof providerId !== 'string') throw refused('have an encrypted data key whose providerId is no string')
  // Three bytes at most for each UTF-16 unit: what is short needs no encoding to tell.
  if (providerId.length * 3 > longestField && utf8(providerId).length > longestField) {
    throw refused('have an encrypted data key whose providerId has more than 65535 bytes')
  }
  return Object.freeze({
    providerId,
    providerInfo: copyField(providerInfo, 'providerInfo'),
    ciphertext: copyField(ciphertext, 'ciphertext'),
  })
}

function copyField(bytes: Uint8Array, name: string): Uint8Array {
  if (!(bytes instanceof Uint8Array)) throw refused(`have an encrypted data key whose ${name} is no Uint8Array`)
  if (bytes.length > longestField) throw refused(`have an encrypted data key whose ${name} has more than 65535 bytes`)
  return new Uint8Array(bytes)
}

function copyGivenContext(context: EncryptionContext, asked: EncryptionContext): EncryptionContext {
  if (context === asked && Object.isFrozen(asked)) return asked
  try {
    return copyContext(context)
  } catch (cause) {
    throw new MaterialsError(`the materials have an encryption context that cannot be used: ${String(cause)}`, {
      cause,
    })
  }
}

function checkHolds(context: EncryptionContext, expected: EncryptionContext): void {
  if (context === expected) return
  for (const [key, value] of Object.entries(expected)) {
    if (context[key] !== value) throw refused(`drop or change the context key ${quote(key)}`)
  }
}

function checkReservedKeys(context: EncryptionContext, asked: EncryptionContext): void {
  if (context === asked) return
  for (const key of Object.keys(context)) {
    const allowed = key in asked || key === publicKeyContextKey || !key.startsWith(reservedContextPrefix)
    if (!allowed) throw refused(`add the reserved context key ${quote(key)}`)
  }
}

function copyRequired(keys: ReadonlySet<string>, context: EncryptionContext): ReadonlySet<string> {
  if (!(keys instanceof Set)) throw refused('have no set of required context keys')
  if (keys.size === 0) return noKeys
  const copy = new Set(keys)
  for (const key of copy) {
    if (!(key in context)) throw refused(`require the context key ${quote(String(key))}, which has no value`)
    if (key === publicKeyContextKey)
      throw refused(`keep "${publicKeyContextKey}" out of the message, where a reader looks for it`)
  }
  return copy
}

function checkSigns(
  suite: AlgorithmSuite,
  key: { readonly curve: string; readonly publicKey: Uint8Array } | undefined,
  context: EncryptionContext,
  what: string,
): void {
  const publicKey = context[publicKeyContextKey]
  if (suite.signature.kind === 'none') {
    if (key !== undefined) throw refused(`have a ${what}, the suite does not sign`)
    if (publicKey !== undefined) throw refused(`have "${publicKeyContextKey}" in the context, the suite does not sign`)
    return
  }
  if (key === undefined) throw refused(`have no ${what}, the suite signs`)
  if (key.curve !== suite.signature.curve)
    throw refused(`have a ${what} of ${key.curve}, the suite signs on ${suite.signature.curve}`)
  if (encodeBase64(key.publicKey) !== publicKey)
    throw refused(`have a ${what} that does not belong to "${publicKeyContextKey}" in the context`)
}
