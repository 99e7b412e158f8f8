/**
 * `@esdk/crypto-backend`: what esdk needs from a platform, and the backend of this one.
 *
 * @module
 */

export {
  type AesGcmKey,
  type Awaitable,
  type CryptoBackend,
  type CurveName,
  type Ecdh,
  type EcdhPrivateKey,
  type EcdhPublicKey,
  type Ecdsa,
  type HashName,
  type KeyPairDer,
  type NumberedBytes,
  type OpenRun,
  type OpenedRun,
  type Rsa,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  type SealRun,
  type Signer,
  type SigningCurve,
  type SigningKey,
  UnsupportedAlgorithmError,
  type VerificationKey,
  type Verifier,
  andThen,
} from './backend.ts'
export { equalInConstantTime } from './constant-time.ts'
export { type CounterKdfInput, counterKdf, counterKdfFixedInput } from './counter-kdf.ts'
export { type NamedPoint, curveOfPkcs8, encodeEcSpki, parseEcSpki } from './ec-key.ts'
export { hashLength, hkdfExpand, hkdfExtract } from './hkdf.ts'
export { type PemLabel, encodePem, parsePem } from './pem.ts'
export { type RsaNumbers, parseRsaPkcs8, parseRsaSpki } from './rsa-key.ts'
export { defaultBackend } from '#platform'
