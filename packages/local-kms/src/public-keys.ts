/**
 * Operations over the public half of keys, and of others.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto'
import { type CurveName, parseEcSpki } from '@esdk/crypto-backend'
import { findUsableKey } from './find-key.ts'
import { bytes, invalid, oneOf, stopDryRun, text } from './input.ts'
import { factsOf } from './key-spec.ts'
import { LocalKmsError } from './kms-error.ts'
import { kindOf } from './manage-keys.ts'
import { type Operation, placeOf } from './operation.ts'

const longestPublicKey = 8192

export const getPublicKey: Operation<'GetPublicKey'> = (site, input) => {
  const { key, arn } = findUsableKey(placeOf(site), text(input, 'KeyId'))
  if (factsOf(key.spec).kind === 'symmetric') {
    throw new LocalKmsError('UnsupportedOperationException', `${arn} is a symmetric key, which has no public key.`)
  }
  const spki = createPublicKey(privateKeyOf(key.material)).export({ format: 'der', type: 'spki' })
  return { KeyId: arn, PublicKey: new Uint8Array(spki), ...kindOf(key.spec) }
}

export const deriveSharedSecret: Operation<'DeriveSharedSecret'> = (site, input) => {
  oneOf(input, 'KeyAgreementAlgorithm', ['ECDH'], '' as 'ECDH')
  const spki = bytes(input, 'PublicKey', longestPublicKey)
  const { key, arn } = findUsableKey(placeOf(site), text(input, 'KeyId'))
  const facts = factsOf(key.spec)
  if (facts.kind !== 'ec') {
    throw new LocalKmsError('InvalidKeyUsageException', `${arn} key usage is ${facts.usage}, not KEY_AGREEMENT.`)
  }
  const publicKey = publicKeyOn(facts.curve, spki)
  stopDryRun(input)
  const secret = diffieHellman({ privateKey: privateKeyOf(key.material), publicKey })
  return {
    KeyId: arn,
    SharedSecret: new Uint8Array(secret),
    KeyAgreementAlgorithm: 'ECDH',
    KeyOrigin: 'AWS_KMS',
  }
}

/** The platform refuses points that are not on their curve. */
function publicKeyOn(curve: CurveName, spki: Uint8Array): KeyObject {
  if (parseEcSpki(spki)?.curve === curve) {
    try {
      return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    } catch {
      // As any other text that is no key.
    }
  }
  throw invalid('PublicKey', `must be a public key of ${curve}, as SPKI in DER`)
}

function privateKeyOf(pkcs8: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
}
