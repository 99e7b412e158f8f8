/**
 * The keyring over an elliptic-curve key of AWS KMS: agrees on a wrapping key with somebody else's public key.
 *
 * | schema      | encrypts with                          | decrypts with                  |
 * | ----------- | -------------------------------------- | ------------------------------ |
 * | `static`    | own key in AWS KMS, other's public key | the same                       |
 * | `discovery` |                                        | the recipient's key in AWS KMS |
 *
 * Spec: framework/aws-kms/aws-kms-ecdh-keyring.md, framework/key-agreement-schemas.md
 *
 * @module
 */

import { checkNoDataKey, type Keyring, KeyringError, quote, UnwrapError, wrapInto } from '@esdk/cmm'
import {
  findEcdhParties,
  isEcdhProvider,
  kmsEcdhProviderId,
  unwrapWithSharedSecret,
  wrapWithSharedSecret,
} from '@esdk/cmm/ecdh'
import { checkGrantTokens } from '@esdk/cmm/services'
import { type CryptoBackend, type CurveName, defaultBackend, fieldLength, parsePem } from '@esdk/crypto-backend'
import { type AgreementKey, agreementKey, type CheckedPublicKey, checkPoint, checkSpki } from './agreement-key.ts'
import { awsClientFor, type ClientFor, reuseClients } from './client-for.ts'
import { asKeyringError } from './kms-call.ts'
import type { KmsEcdhClient } from './kms-client.ts'
import { unwrapCandidates } from './unwrap-candidates.ts'

interface CommonOptions {
  readonly curve: CurveName
  /** Default: clients of `@aws-sdk/client-kms`. */
  readonly clientFor?: ClientFor<KmsEcdhClient>
  readonly grantTokens?: readonly string[]
  readonly backend?: CryptoBackend
}

/** Whose keys a keyring has. Public keys are SPKI in PEM; a key in AWS KMS is named by its ARN. */
export type KmsEcdhKeyringOptions = CommonOptions &
  (
    | {
        readonly schema: 'static'
        readonly senderKeyId: string
        /** Of the key in AWS KMS. Default: AWS KMS is asked for it, once (`kms:GetPublicKey`). */
        readonly senderPublicKey?: string
        readonly recipientPublicKey: string
      }
    | { readonly schema: 'discovery'; readonly recipientKeyId: string }
  )

/** The key in AWS KMS, and the other party's where it is known beforehand. */
interface Parties {
  readonly own: AgreementKey
  readonly other: CheckedPublicKey | undefined
}

/**
 * A keyring that wraps data keys with a key that a key in AWS KMS and another public key agree on.
 *
 * `static` unwraps what either of the two has wrapped for the other; `discovery` what anybody has wrapped for the
 * recipient, raw ECDH keyrings included.
 *
 * @throws TypeError - an unknown curve or schema, no ARN of a key, no PEM, a key that is not of the curve
 */
export function kmsEcdhKeyring(options: KmsEcdhKeyringOptions): Keyring {
  const { curve, schema, backend = defaultBackend } = options
  const { own, other } = partiesOf(options)
  return {
    async onEncrypt(materials, callOptions) {
      callOptions?.signal?.throwIfAborted()
      if (other === undefined) {
        throw new KeyringError('an ECDH keyring with schema "discovery" can only decrypt: encrypt with "static"')
      }
      const context = materials.encryptionContext
      return asKeyringError(async () => {
        const { point: sender } = await own.publicKey(callOptions)
        return wrapInto(materials, kmsEcdhProviderId, backend, async (dataKey) => {
          const secret = await own.sharedSecret(other, callOptions)
          const agreement = { backend, curve, context, parties: { sender, recipient: other.point } }
          return wrapWithSharedSecret(agreement, secret, dataKey)
        })
      })
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      checkNoDataKey(materials)
      const ours = encryptedDataKeys.filter(isEcdhProvider)
      const point = ours.length === 0 ? undefined : (await asKeyringError(() => own.publicKey(callOptions))).point
      const candidates = ours.flatMap((key) => {
        const parties = point && findEcdhParties(curve, key, point, other?.point)
        return parties === undefined ? [] : [{ key, parties }]
      })
      return unwrapCandidates({
        materials,
        encryptedDataKeys,
        candidates,
        wanted: `KMS ECDH, ${curve}, ${schema}, ${quote(own.keyId)}`,
        options: callOptions,
        unwrap: async ({ key, parties }) => {
          const peer = other ?? checkPoint(curve, parties.sender)
          if (peer === undefined) throw new UnwrapError(key, `its sender key is no point of ${curve}`)
          const secret = await own.sharedSecret(peer, callOptions)
          const agreement = { backend, curve, context: materials.encryptionContext, parties }
          return unwrapWithSharedSecret(agreement, secret, key, materials.suite.keyLength)
        },
      })
    },
  }
}

function partiesOf(options: KmsEcdhKeyringOptions): Parties {
  const { curve } = options
  if (!Object.hasOwn(fieldLength, curve)) {
    throw new TypeError(`curve must be one of ${Object.keys(fieldLength).join(', ')}; found ${String(curve)}`)
  }
  const common = {
    curve,
    clientFor: reuseClients<KmsEcdhClient>(options.clientFor ?? awsClientFor),
    grantTokens: checkGrantTokens(options.grantTokens),
  }
  switch (options.schema) {
    case 'static': {
      const { senderKeyId: keyId, senderPublicKey, recipientPublicKey } = options
      const given = senderPublicKey === undefined ? undefined : readPublicKey(curve, senderPublicKey, 'senderPublicKey')
      const other = readPublicKey(curve, recipientPublicKey, 'recipientPublicKey')
      return { own: agreementKey('senderKeyId', { ...common, keyId }, given), other }
    }
    case 'discovery': {
      const { recipientKeyId: keyId } = options
      return { own: agreementKey('recipientKeyId', { ...common, keyId }, undefined), other: undefined }
    }
    default:
      throw new TypeError('schema must be one of static, discovery')
  }
}

function readPublicKey(curve: CurveName, pem: string, name: string): CheckedPublicKey {
  const key = checkSpki(curve, parsePem('PUBLIC KEY', pem))
  if (key === undefined) throw new TypeError(`${name} is no public key of ${curve}`)
  return key
}
