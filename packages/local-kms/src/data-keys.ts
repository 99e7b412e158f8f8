/**
 * Operations that make data keys.
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'
import { sealBlob } from './ciphertext-blob.ts'
import { findUsableKey } from './find-key.ts'
import { type Input, oneOf, optionalInteger, optionalText, pairs, stopDryRun, text } from './input.ts'
import { LocalKmsError } from './kms-error.ts'
import { type Operation, placeOf, type Site } from './operation.ts'

const longestDataKey = 1024

export const generateDataKey: Operation<'GenerateDataKey'> = (site, input) => {
  const { plaintext, ciphertext, arn } = generate(site, input)
  return { CiphertextBlob: ciphertext, Plaintext: plaintext, KeyId: arn }
}

export const generateDataKeyWithoutPlaintext: Operation<'GenerateDataKeyWithoutPlaintext'> = (site, input) => {
  const { plaintext, ciphertext, arn } = generate(site, input)
  plaintext.fill(0)
  return { CiphertextBlob: ciphertext, KeyId: arn }
}

function generate(site: Site, input: Input): { plaintext: Uint8Array; ciphertext: Uint8Array; arn: string } {
  const length = lengthOf(input)
  const { key, arn } = findUsableKey(placeOf(site), text(input, 'KeyId'))
  if (key.spec !== 'SYMMETRIC_DEFAULT') {
    throw new LocalKmsError('InvalidKeyUsageException', `${arn} is no symmetric key, and makes no data keys.`)
  }
  const context = pairs(input, 'EncryptionContext')
  stopDryRun(input)
  const plaintext = randomFillSync(new Uint8Array(length))
  return { plaintext, ciphertext: sealBlob(key, plaintext, context), arn }
}

function lengthOf(input: Input): number {
  const length = optionalInteger(input, 'NumberOfBytes', 1, longestDataKey)
  if ((length === undefined) === (optionalText(input, 'KeySpec') === undefined)) {
    throw new LocalKmsError('ValidationException', 'Please specify either number of bytes or key spec.')
  }
  return length ?? (oneOf(input, 'KeySpec', ['AES_256', 'AES_128'], 'AES_256') === 'AES_256' ? 32 : 16)
}
