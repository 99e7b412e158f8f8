/**
 * `@esdk/crypto-backend`: what esdk needs from a platform, and the backend of this one.
 *
 * @module
 */

export { defaultBackend } from '#platform'
export {
  type AesGcmKey,
  type Awaitable,
  andThen,
  type CryptoBackend,
  type CurveName,
  type Ecdh,
  type EcdhPrivateKey,
  type EcdhPublicKey,
  type Ecdsa,
  fieldLength,
  type HashName,
  type KeyPairDer,
  type NumberedBytes,
  type OpenedRun,
  type OpenRun,
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
  zero,
} from './backend.ts'
export { equalInConstantTime } from './constant-time.ts'
export { type CounterKdfInput, counterKdf, counterKdfFixedInput } from './counter-kdf.ts'
export { compressPoint, curveOfPkcs8, encodeEcSpki, type NamedPoint, parseEcSpki } from './ec-key.ts'
export { wholePoint } from './ec-point.ts'
export { hashLength, hkdfExpand, hkdfExtract } from './hkdf.ts'
export { encodePem, type PemLabel, parsePem } from './pem.ts'
export { parseRsaPkcs8, parseRsaSpki, type RsaNumbers } from './rsa-key.ts'
