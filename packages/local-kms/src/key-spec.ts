/**
 * The kinds of keys, and how their material is made.
 *
 * @module
 */

import { generateKeyPair, randomFillSync } from 'node:crypto'
import { promisify } from 'node:util'
import type { CurveName } from '@esdk/crypto-backend'

/** The kinds of keys that can be made here, by the names of AWS KMS. */
export type KeySpec =
  | 'SYMMETRIC_DEFAULT'
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'

/** What a key is for. */
export type KeyUsage = 'ENCRYPT_DECRYPT' | 'KEY_AGREEMENT'

/** How a key encrypts. */
export type EncryptionAlgorithm = 'SYMMETRIC_DEFAULT' | 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'

/** What a {@link KeySpec} says. */
export type SpecFacts =
  | { readonly kind: 'symmetric'; readonly usage: 'ENCRYPT_DECRYPT' }
  | { readonly kind: 'rsa'; readonly usage: 'ENCRYPT_DECRYPT'; readonly bits: number }
  | { readonly kind: 'ec'; readonly usage: 'KEY_AGREEMENT'; readonly curve: CurveName }

const rsa = (bits: number) => ({ kind: 'rsa', usage: 'ENCRYPT_DECRYPT', bits }) as const
const ec = (curve: CurveName) => ({ kind: 'ec', usage: 'KEY_AGREEMENT', curve }) as const

const facts: Readonly<Record<KeySpec, SpecFacts>> = {
  SYMMETRIC_DEFAULT: { kind: 'symmetric', usage: 'ENCRYPT_DECRYPT' },
  RSA_2048: /* @__PURE__ */ rsa(2048),
  RSA_3072: /* @__PURE__ */ rsa(3072),
  RSA_4096: /* @__PURE__ */ rsa(4096),
  ECC_NIST_P256: /* @__PURE__ */ ec('P-256'),
  ECC_NIST_P384: /* @__PURE__ */ ec('P-384'),
  ECC_NIST_P521: /* @__PURE__ */ ec('P-521'),
}

export const keySpecs: readonly KeySpec[] = /* @__PURE__ */ Object.keys(facts) as KeySpec[]

export const encryptionAlgorithms: readonly EncryptionAlgorithm[] = [
  'SYMMETRIC_DEFAULT',
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
]

export function factsOf(spec: KeySpec): SpecFacts {
  return facts[spec]
}

/** Which of {@link encryptionAlgorithms} a kind of key has. */
export function algorithmsOf(spec: KeySpec): readonly EncryptionAlgorithm[] {
  switch (facts[spec].kind) {
    case 'symmetric':
      return ['SYMMETRIC_DEFAULT']
    case 'rsa':
      return ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']
    case 'ec':
      return []
  }
}

const symmetricLength = 32

/** New material: 32 random bytes, or a private key in PKCS #8. */
export async function generateMaterial(spec: KeySpec): Promise<Uint8Array> {
  const of = facts[spec]
  if (of.kind === 'symmetric') return randomFillSync(new Uint8Array(symmetricLength))
  const generate = promisify(generateKeyPair)
  const { privateKey } =
    of.kind === 'rsa'
      ? await generate('rsa', { modulusLength: of.bits })
      : await generate('ec', { namedCurve: of.curve })
  return new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' }))
}
