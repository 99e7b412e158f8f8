/**
 * The materials manager around one keyring: chooses the suite, makes the signing key, compares contexts.
 *
 * Spec: framework/default-cmm.md
 *
 * @module
 */

import { type Awaitable, andThen, type CryptoBackend, defaultBackend, type VerificationKey } from '@esdk/crypto-backend'
import {
  contextOf,
  decodeBase64,
  type EncryptionContext,
  emptyContext,
  encodeBase64,
  publicKeyContextKey,
} from '@esdk/serialize'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { checkSuiteToDecrypt, checkSuiteToEncrypt, defaultSuite } from './commitment-policy.ts'
import { EncryptionContextError, PublicKeyError } from './errors.ts'
import { type CallOptions, isKeyring, type Keyring } from './keyring.ts'
import type { EmptyDecryptionMaterials, EmptyEncryptionMaterials } from './materials.ts'
import { quote } from './quote.ts'

const noKeys: readonly [] = /* @__PURE__ */ Object.freeze([])

type Backend = Pick<CryptoBackend, 'ecdsa'>

/**
 * A materials manager that asks `keyring` for each message.
 *
 * @throws TypeError - no keyring
 */
export function defaultCmm(
  keyring: Keyring,
  { backend = defaultBackend }: { readonly backend?: Backend } = {},
): CryptographicMaterialsManager {
  if (!isKeyring(keyring)) throw new TypeError('defaultCmm needs a keyring: an object with onEncrypt and onDecrypt')
  return {
    async getEncryptionMaterials(request) {
      const empty = emptyEncryptionMaterials(backend, request)
      return keyring.onEncrypt(empty instanceof Promise ? await empty : empty, callOptions(request))
    },
    async decryptMaterials(request) {
      const empty = emptyDecryptionMaterials(backend, request)
      const materials = empty instanceof Promise ? await empty : empty
      return keyring.onDecrypt(materials, request.encryptedDataKeys, callOptions(request))
    },
  }
}

function callOptions({ signal }: CallOptions): CallOptions {
  return signal ? { signal } : {}
}

function emptyEncryptionMaterials(
  backend: Backend,
  request: EncryptionMaterialsRequest,
): Awaitable<EmptyEncryptionMaterials> {
  const { commitmentPolicy, encryptionContext, requiredContextKeys = new Set<string>() } = request
  const suite = request.suite ?? defaultSuite(commitmentPolicy)
  checkSuiteToEncrypt(commitmentPolicy, suite)
  if (Object.hasOwn(encryptionContext, publicKeyContextKey)) {
    throw new EncryptionContextError(`the encryption context key "${publicKeyContextKey}" is reserved`)
  }
  for (const key of requiredContextKeys) {
    if (!Object.hasOwn(encryptionContext, key)) throw missing(key)
  }
  const encryptedDataKeys = noKeys
  if (suite.signature.kind === 'none') {
    return Object.freeze({ suite, encryptionContext, requiredContextKeys, encryptedDataKeys })
  }
  return andThen(backend.ecdsa.generateKey(suite.signature.curve), (signingKey) => {
    const publicKey = encodeBase64(signingKey.publicKey)
    const pairs: [string, string][] = [...Object.entries(encryptionContext), [publicKeyContextKey, publicKey]]
    return Object.freeze({
      suite,
      encryptionContext: contextOf(pairs),
      requiredContextKeys,
      encryptedDataKeys,
      signingKey,
    })
  })
}

function emptyDecryptionMaterials(
  backend: Backend,
  request: DecryptionMaterialsRequest,
): Awaitable<EmptyDecryptionMaterials> {
  const { commitmentPolicy, suite } = request
  checkSuiteToDecrypt(commitmentPolicy, suite)
  const { encryptionContext, requiredContextKeys } = mergedContext(request)
  return andThen(verificationKeyOf(backend, request), (verificationKey) =>
    Object.freeze({ suite, encryptionContext, requiredContextKeys, ...(verificationKey && { verificationKey }) }),
  )
}

/** The pairs of the message and those that were given; what is in both must be the same. */
function mergedContext({
  encryptionContext,
  reproducedContext = emptyContext,
}: DecryptionMaterialsRequest): Pick<EmptyDecryptionMaterials, 'encryptionContext' | 'requiredContextKeys'> {
  const requiredContextKeys = new Set<string>()
  const pairs = Object.entries(reproducedContext)
  for (const [key, value] of pairs) {
    if (!Object.hasOwn(encryptionContext, key)) requiredContextKeys.add(key)
    else if (encryptionContext[key] !== value) throw different(key)
  }
  if (requiredContextKeys.has(publicKeyContextKey)) {
    throw new PublicKeyError(`"${publicKeyContextKey}" was given to decrypt, but the message does not hold it`)
  }
  if (requiredContextKeys.size === 0) return { encryptionContext, requiredContextKeys }
  return { encryptionContext: contextOf([...Object.entries(encryptionContext), ...pairs]), requiredContextKeys }
}

/** The key in the message's context, which is there if, and only if, the suite signs. */
function verificationKeyOf(
  backend: Backend,
  { suite, encryptionContext }: Pick<DecryptionMaterialsRequest, 'suite' | 'encryptionContext'>,
): Awaitable<VerificationKey | undefined> {
  const text = publicKeyOf(encryptionContext)
  if (suite.signature.kind === 'none') {
    if (text === undefined) return undefined
    throw new PublicKeyError(`the message holds "${publicKeyContextKey}", but its suite ${suite.name} does not sign`)
  }
  if (text === undefined) {
    throw new PublicKeyError(`the message is signed (${suite.name}), but holds no "${publicKeyContextKey}"`)
  }
  const { curve } = suite.signature
  const point = decodeBase64(text)
  return andThen(point && backend.ecdsa.importPublicKey(curve, point), (key) => {
    if (key !== undefined) return key
    throw new PublicKeyError(`"${publicKeyContextKey}" of the message is not a compressed point of ${curve} in base64`)
  })
}

function publicKeyOf(context: EncryptionContext): string | undefined {
  return context[publicKeyContextKey]
}

function missing(key: string): EncryptionContextError {
  return new EncryptionContextError(`the encryption context must have a value for ${quote(key)}, and has none`)
}

function different(key: string): EncryptionContextError {
  return new EncryptionContextError(
    `the encryption context has another value for ${quote(key)} in the message than was given to decrypt`,
  )
}
