/**
 * `@esdk/keyring-raw`: keyrings over keys you hold: AES, RSA and ECDH.
 *
 * @module
 */

export { generateAesKey, generateEcdhKeyPair, generateRsaKeyPair, type PemKeyPair } from './generate-keys.ts'
export type { KeyName } from './key-name.ts'
export { type RawAesKeyringOptions, rawAesKeyring } from './raw-aes.ts'
export { type RawEcdhKeyringOptions, rawEcdhKeyring } from './raw-ecdh.ts'
export { type RawKeyringOptions, type RawWrappingKey, rawKeyring } from './raw-keyring.ts'
export { type RawRsaKeyringOptions, type RsaPaddingName, rawRsaKeyring } from './raw-rsa.ts'
