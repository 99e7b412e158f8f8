/**
 * The materials manager around one keyring: chooses the suite, makes the signing key, compares contexts.
 *
 * Spec: framework/default-cmm.md
 *
 * @module
 */

import { type CryptoBackend, type VerificationKey, defaultBackend } from '@esdk/crypto-backend'
import { type EncryptionContext, contextOf, decodeBase64, encodeBase64, publicKeyContextKey } from '@esdk/serialize'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { checkSuiteToDecrypt, checkSuiteToEncrypt, defaultSuite } from './commitment-policy.ts'
import { EncryptionContextError, PublicKeyError } from './errors.ts'
import { type CallOptions, type Keyring, isKeyring } from './keyring.ts'
import type { EmptyDecryptionMaterials, EmptyEncryptionMaterials } from './materials.ts'
import { quote } from './quote.ts'

const noKeys: readonly [] = Object.freeze([])

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
      return keyring.onEncrypt(await emptyEncryptionMaterials(backend, request), callOptions(request))
    },
    async decryptMaterials(request) {
      const materials = await emptyDecryptionMaterials(backend, request)
      return keyring.onDecrypt(materials, request.encryptedDataKeys, callOptions(request))
    },
  }
}

function callOptions({ signal }: CallOptions): CallOptions {
  return signal ? { signal } : {}
}

async function emptyEncryptionMaterials(
  backend: Backend,
  request: EncryptionMaterialsRequest,
): Promise<EmptyEncryptionMaterials> {
  const { commitmentPolicy, encryptionContext, requiredContextKeys = new Set<string>() } = request
  const suite = request.suite ?? defaultSuite(commitmentPolicy)
  checkSuiteToEncrypt(commitmentPolicy, suite)
  if (publicKeyContextKey in encryptionContext) {
    throw new EncryptionContextError(`the encryption context key "${publicKeyContextKey}" is reserved`)
  }
  for (const key of requiredContextKeys) {
    if (!(key in encryptionContext)) throw missing(key)
  }
  const encryptedDataKeys = noKeys
  if (suite.signature.kind === 'none') {
    return Object.freeze({ suite, encryptionContext, requiredContextKeys, encryptedDataKeys })
  }
  const signingKey = await backend.ecdsa.generateKey(suite.signature.curve)
  const publicKey = encodeBase64(signingKey.publicKey)
  return Object.freeze({
    suite,
    requiredContextKeys,
    encryptedDataKeys,
    signingKey,
    encryptionContext: contextOf([...Object.entries(encryptionContext), [publicKeyContextKey, publicKey]]),
  })
}

async function emptyDecryptionMaterials(
  backend: Backend,
  request: DecryptionMaterialsRequest,
): Promise<EmptyDecryptionMaterials> {
  const { commitmentPolicy, suite, encryptionContext, reproducedContext = {} } = request
  checkSuiteToDecrypt(commitmentPolicy, suite)
  const verificationKey = await verificationKeyOf(backend, request)
  const requiredContextKeys = new Set<string>()
  for (const [key, value] of Object.entries(reproducedContext)) {
    if (!(key in encryptionContext)) requiredContextKeys.add(key)
    else if (encryptionContext[key] !== value) throw different(key)
  }
  if (requiredContextKeys.has(publicKeyContextKey)) {
    throw new PublicKeyError(`"${publicKeyContextKey}" was given to decrypt, but the message does not hold it`)
  }
  return Object.freeze({
    suite,
    requiredContextKeys,
    encryptionContext:
      requiredContextKeys.size === 0
        ? encryptionContext
        : contextOf([...Object.entries(encryptionContext), ...Object.entries(reproducedContext)]),
    ...(verificationKey && { verificationKey }),
  })
}

/** The key in the message's context, which is there if, and only if, the suite signs. */
async function verificationKeyOf(
  backend: Backend,
  { suite, encryptionContext }: Pick<DecryptionMaterialsRequest, 'suite' | 'encryptionContext'>,
): Promise<VerificationKey | undefined> {
  const text = publicKeyOf(encryptionContext)
  if (suite.signature.kind === 'none') {
    if (text === undefined) return undefined
    throw new PublicKeyError(`the message holds "${publicKeyContextKey}", but its suite ${suite.name} does not sign`)
  }
  if (text === undefined) {
    throw new PublicKeyError(`the message is signed (${suite.name}), but holds no "${publicKeyContextKey}"`)
  }
  const point = decodeBase64(text)
  const key = point && (await backend.ecdsa.importPublicKey(suite.signature.curve, point))
  if (key === undefined) {
    throw new PublicKeyError(
      `"${publicKeyContextKey}" of the message is not a compressed point of ${suite.signature.curve} in base64`,
    )
  }
  return key
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
