/**
 * A data key that is wrapped with a branch key.
 *
 * | field      | bytes                    | meaning                                           |
 * | ---------- | ------------------------ | ------------------------------------------------- |
 * | salt       | 16                       | random; derives the wrapping key from the branch key |
 * | IV         | 12                       | random                                            |
 * | version    | 16                       | which version of the branch key, a UUID as bytes  |
 * | sealed key | those of the data key, 16 | AES-GCM ciphertext and tag                       |
 *
 * The additional data is `aws-kms-hierarchy`, the branch key id, the version, and the encryption context.
 *
 * Spec: framework/aws-kms/aws-kms-hierarchical-keyring.md, "Ciphertext" and "Branch Key Wrapping"
 *
 * @module
 */

import {
  type DataKey,
  type EncryptedDataKey,
  type EncryptionContext,
  encodeContext,
  localeOrders,
  UnwrapError,
  unwrappedKey,
  type WrappedKey,
} from '@esdk/cmm'
import { type AesGcmKey, type CryptoBackend, counterKdf } from '@esdk/crypto-backend'
import { concat, utf8 } from '@esdk/serialize'
import type { BranchKeyMaterials } from './branch-key-materials.ts'
import { parseUuid, uuidLength } from './uuid.ts'

export const hierarchyProviderId = 'aws-kms-hierarchy'

const saltLength = 16
const ivLength = 12
const tagLength = 16
const derivedKeyLength = 32
const headLength = saltLength + ivLength + uuidLength

/** What a backend must have to wrap. */
export type WrappingBackend = Pick<CryptoBackend, 'randomBytes' | 'hmac' | 'importAesGcmKey'>

interface WrappedParts {
  readonly salt: Uint8Array
  readonly iv: Uint8Array
  readonly version: Uint8Array
  readonly sealed: Uint8Array
}

function encodeWrapped({ salt, iv, version, sealed }: WrappedParts): Uint8Array {
  return concat(salt, iv, version, sealed)
}

/**
 * The parts of a wrapped data key, which is to have `keyLength` bytes.
 *
 * @throws UnwrapError - it is longer or shorter than that
 */
export function readWrapped(key: EncryptedDataKey, keyLength: number): WrappedParts {
  const { ciphertext } = key
  const expected = headLength + keyLength + tagLength
  if (ciphertext.length !== expected) {
    throw new UnwrapError(key, `ciphertext of ${ciphertext.length} bytes, where ${expected} are expected`)
  }
  const ivEnd = saltLength + ivLength
  return {
    salt: ciphertext.subarray(0, saltLength),
    iv: ciphertext.subarray(saltLength, ivEnd),
    version: ciphertext.subarray(ivEnd, headLength),
    sealed: ciphertext.subarray(headLength),
  }
}

function additionalData(branchKeyId: string, version: Uint8Array, context: Uint8Array): Uint8Array {
  return concat(utf8(hierarchyProviderId), utf8(branchKeyId), version, context)
}

/** A key of its own for each wrapped data key. */
async function deriveKey(
  backend: WrappingBackend,
  { branchKey }: BranchKeyMaterials,
  salt: Uint8Array,
): Promise<AesGcmKey> {
  const derived = await counterKdf(backend, {
    hash: 'SHA-256',
    key: branchKey.expose(),
    label: utf8(hierarchyProviderId),
    context: salt,
    length: derivedKeyLength,
  })
  try {
    return await backend.importAesGcmKey(derived)
  } finally {
    derived.fill(0)
  }
}

export async function wrapWithBranchKey(
  backend: WrappingBackend,
  materials: BranchKeyMaterials,
  encryptionContext: EncryptionContext,
  dataKey: Uint8Array,
): Promise<WrappedKey> {
  const salt = backend.randomBytes(saltLength)
  const iv = backend.randomBytes(ivLength)
  const version = parseUuid(materials.branchKeyVersion)
  const key = await deriveKey(backend, materials, salt)
  const aad = additionalData(materials.branchKeyId, version, encodeContext(encryptionContext))
  const sealed = await key.seal(iv, aad, dataKey)
  return { providerInfo: utf8(materials.branchKeyId), ciphertext: encodeWrapped({ salt, iv, version, sealed }) }
}

/** @throws UnwrapError - no order of the context opens it */
export async function unwrapWithBranchKey(
  backend: WrappingBackend,
  materials: BranchKeyMaterials,
  encryptionContext: EncryptionContext,
  candidate: EncryptedDataKey,
  keyLength: number,
): Promise<DataKey> {
  const { salt, iv, version, sealed } = readWrapped(candidate, keyLength)
  const key = await deriveKey(backend, materials, salt)
  const open = async (context: Uint8Array) =>
    key.open(iv, additionalData(materials.branchKeyId, version, context), sealed)
  let bytes = await open(encodeContext(encryptionContext))
  if (bytes === undefined) {
    // As the official JavaScript may have wrapped it: rare, and tried last.
    for (const context of localeOrders(encryptionContext)) {
      bytes = await open(context)
      if (bytes !== undefined) break
    }
  }
  return unwrappedKey(candidate, bytes, keyLength)
}
