/**
 * The materials manager around one keyring.
 *
 * @module
 */

import { type CallOptions, checkSuiteToDecrypt, checkSuiteToEncrypt, hasMethods } from '@esdk/cmm'
import { checkDecryptionMaterials, checkEncryptionMaterials } from './check-object-materials.ts'
import { type ContentSuite, contentSuites } from './content-suite.ts'
import type { S3CryptographicMaterialsManager, S3Keyring } from './materials.ts'

/**
 * A materials manager that asks `keyring` for each object, and believes nothing that it does not have to.
 *
 * @throws TypeError - no keyring
 */
export function defaultS3Cmm(keyring: S3Keyring): S3CryptographicMaterialsManager {
  if (!hasMethods(keyring, 'onEncrypt', 'onDecrypt')) {
    throw new TypeError(
      'defaultS3Cmm needs a keyring, such as s3KmsKeyring(...): an object with onEncrypt and onDecrypt',
    )
  }
  return {
    async getEncryptionMaterials(request) {
      const { suite, encryptionContext, commitmentPolicy } = request
      checkWrites(suite)
      checkSuiteToEncrypt(commitmentPolicy, suite)
      const empty = Object.freeze({ suite, encryptionContext })
      return checkEncryptionMaterials(empty, await keyring.onEncrypt(empty, callOptions(request)))
    },
    async decryptMaterials(request) {
      const { suite, encryptionContext, commitmentPolicy, wrappedDataKey } = request
      checkSuiteToDecrypt(commitmentPolicy, suite)
      const empty = Object.freeze({ suite, encryptionContext })
      return checkDecryptionMaterials(empty, await keyring.onDecrypt(empty, wrappedDataKey, callOptions(request)))
    },
  }
}

/** @throws TypeError - nothing new is encrypted so */
function checkWrites(suite: ContentSuite): void {
  if (suite === contentSuites.gcm || suite === contentSuites.committing) return
  throw new TypeError('a new object is encrypted with contentSuites.committing or contentSuites.gcm')
}

function callOptions({ signal }: CallOptions): CallOptions {
  return signal ? { signal } : {}
}
