/**
 * Options for objects of others, to spread into those of a client: `{ keyring, ...readsAioboto3 }`.
 *
 * | objects of                        | format | data key        | body               | keyring          |
 * | --------------------------------- | ------ | --------------- | ------------------ | ---------------- |
 * | aioboto3, `SymmetricCryptoContext`  | V1     | AES-ECB         | AES-CBC            | `s3AesKeyring`   |
 * | aioboto3, `AsymmetricCryptoContext` | V1     | RSA PKCS #1 v1.5 | AES-CBC            | `s3RsaKeyring`   |
 * | aioboto3, `KMSCryptoContext`        | V2     | `kms`           | AES-GCM or AES-CBC | `s3KmsKeyring`   |
 * | Amazon SES, inbound mail          | V2     | `kms`           | AES-GCM            | `s3KmsKeyring`   |
 *
 * @module
 */

import type { S3EncryptionOptions } from './options.ts'

type ReadingOptions = Pick<
  S3EncryptionOptions,
  'commitmentPolicy' | 'enableLegacyWrappingAlgorithms' | 'enableLegacyUnauthenticatedModes'
>

/**
 * Reads all that aioboto3 writes with client-side encryption. Its AES-CBC bodies may have been changed unnoticed.
 *
 * What is written is V3, which aioboto3 does not read: it takes it for an object that is not encrypted. It reads V2 under
 * AWS KMS, which `commitmentPolicy: 'forbid-encrypt-allow-decrypt'` writes.
 */
export const readsAioboto3: ReadingOptions = /* @__PURE__ */ Object.freeze({
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyWrappingAlgorithms: true,
  enableLegacyUnauthenticatedModes: true,
})

/** Reads mail that Amazon SES has received and encrypted. */
export const readsSesMail: ReadingOptions = /* @__PURE__ */ Object.freeze({
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyWrappingAlgorithms: true,
})
