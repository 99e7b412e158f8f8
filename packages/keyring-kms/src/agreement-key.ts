/**
 * An elliptic-curve key that lives in AWS KMS.
 *
 * @module
 */

import { type CallOptions, quote } from '@esdk/cmm'
import { zeroSecret } from '@esdk/cmm/services'
import { type CurveName, compressPoint, encodeEcSpki, fieldLength, parseEcSpki, wholePoint } from '@esdk/crypto-backend'
import { type ClientFor, clientOfKey } from './client-for.ts'
import { checkKeyIdentifier } from './key-arn.ts'
import { callKms, distrusted, keyInput } from './kms-call.ts'
import type { KmsEcdhClient } from './kms-client.ts'

/** A public key that is known to be on its curve. */
export interface CheckedPublicKey {
  /** As messages have it: the compressed point. */
  readonly point: Uint8Array
  /** As AWS KMS has it: SPKI in DER, of the whole point. */
  readonly spki: Uint8Array
}

/** `undefined` when the point is none of the curve. */
export function checkPoint(curve: CurveName, point: Uint8Array): CheckedPublicKey | undefined {
  const whole = wholePoint(curve, point)
  if (whole === undefined) return undefined
  return { point: compressPoint(curve, whole), spki: encodeEcSpki({ curve, point: whole }) }
}

/** `undefined` when the SPKI names another curve, or holds no point of it. */
export function checkSpki(curve: CurveName, spki: Uint8Array): CheckedPublicKey | undefined {
  const named = parseEcSpki(spki)
  return named?.curve === curve ? checkPoint(curve, named.point) : undefined
}

/** The private half stays in AWS KMS. */
export interface AgreementKey {
  readonly keyId: string
  /** Its public key; AWS KMS is asked once, unless it was given. */
  publicKey(options: CallOptions | undefined): Promise<CheckedPublicKey>
  /** The x coordinate of the point agreed on with another public key (`kms:DeriveSharedSecret`). */
  sharedSecret(other: CheckedPublicKey, options: CallOptions | undefined): Promise<Uint8Array>
}

export interface AgreementKeyOptions {
  readonly curve: CurveName
  readonly keyId: string
  readonly clientFor: ClientFor<KmsEcdhClient>
  readonly grantTokens: readonly string[]
}

/** @throws TypeError - `keyId` is no ARN of a key */
export function agreementKey(
  option: string,
  { curve, keyId, clientFor, grantTokens }: AgreementKeyOptions,
  given: CheckedPublicKey | undefined,
): AgreementKey {
  const { arn } = checkKeyIdentifier(option, keyId)
  if (arn?.type !== 'key') throw new TypeError(`${option} must be the ARN of a key, found ${quote(keyId)}`)
  const { region } = arn
  let known = given

  const client = (options: CallOptions | undefined) =>
    clientOfKey<KmsEcdhClient>(clientFor, { keyId, region }, ['getPublicKey', 'deriveSharedSecret'], options)

  return {
    keyId,
    async publicKey(options) {
      if (known !== undefined) return known
      const kms = await client(options)
      const name = { operation: 'GetPublicKey', keyId, region }
      const answer = await callKms(name, options, (each) => kms.getPublicKey(keyInput(keyId, grantTokens), each))
      const { KeyId: answered, PublicKey: spki } = answer
      if (answered !== keyId) throw distrusted(name, 'names another key')
      const key = spki instanceof Uint8Array ? checkSpki(curve, spki) : undefined
      if (key === undefined) throw distrusted(name, `has no public key of ${curve}`)
      known = key
      return key
    },
    async sharedSecret(other, options) {
      const kms = await client(options)
      const name = { operation: 'DeriveSharedSecret', keyId, region }
      const input = {
        ...keyInput(keyId, grantTokens),
        KeyAgreementAlgorithm: 'ECDH' as const,
        PublicKey: new Uint8Array(other.spki),
      }
      const answer = await callKms(name, options, (each) => kms.deriveSharedSecret(input, each))
      const { KeyId: answered, SharedSecret: secret } = answer
      try {
        if (!(secret instanceof Uint8Array)) throw distrusted(name, 'has no SharedSecret')
        if (answered !== keyId) throw distrusted(name, 'names another key')
        const length = fieldLength[curve]
        if (secret.length !== length) {
          throw distrusted(name, `has a SharedSecret of ${secret.length} bytes, where ${length} are expected`)
        }
        return new Uint8Array(secret)
      } finally {
        zeroSecret(secret)
      }
    },
  }
}
