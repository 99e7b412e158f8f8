/**
 * Operations that encrypt and decrypt what is short.
 *
 * @module
 */

import { type Context, keyIdOfBlob, openBlob, sealBlob } from './ciphertext-blob.ts'
import { checkEnabled, findKey, findUsableKey, type Place } from './find-key.ts'
import { bytes, type Input, invalid, oneOf, optionalText, pairs, stopDryRun, text } from './input.ts'
import { algorithmsOf, type EncryptionAlgorithm, encryptionAlgorithms } from './key-spec.ts'
import { keyIn, type RegionalKey } from './key-state.ts'
import { LocalKmsError } from './kms-error.ts'
import { type Operation, placeOf } from './operation.ts'
import { rsaDecrypt, rsaEncrypt } from './rsa-cipher.ts'

const longestPlaintext = 4096
const longestCiphertext = 6144

export const encrypt: Operation<'Encrypt'> = (site, input) => {
  const plaintext = bytes(input, 'Plaintext', longestPlaintext)
  const sealed = seal(placeOf(site), input, encryptionNames(''), plaintext)
  return { CiphertextBlob: sealed.ciphertext, KeyId: sealed.arn, EncryptionAlgorithm: sealed.algorithm }
}

export const decrypt: Operation<'Decrypt'> = (site, input) => {
  const opened = open(placeOf(site), input, encryptionNames(''))
  stopDryRun(input)
  return { Plaintext: opened.plaintext, KeyId: opened.arn, EncryptionAlgorithm: opened.algorithm }
}

export const reEncrypt: Operation<'ReEncrypt'> = (site, input) => {
  const place = placeOf(site)
  const opened = open(place, input, encryptionNames('Source'))
  try {
    const sealed = seal(place, input, encryptionNames('Destination'), opened.plaintext)
    return {
      CiphertextBlob: sealed.ciphertext,
      SourceKeyId: opened.arn,
      KeyId: sealed.arn,
      SourceEncryptionAlgorithm: opened.algorithm,
      DestinationEncryptionAlgorithm: sealed.algorithm,
    }
  } finally {
    opened.plaintext.fill(0)
  }
}

/** What the fields of a request are called; those of `ReEncrypt` say which side they are for. */
interface FieldNames {
  readonly keyId: string
  readonly context: string
  readonly algorithm: string
}

function encryptionNames(side: '' | 'Source' | 'Destination'): FieldNames {
  return { keyId: `${side}KeyId`, context: `${side}EncryptionContext`, algorithm: `${side}EncryptionAlgorithm` }
}

interface Sealed {
  readonly ciphertext: Uint8Array
  readonly arn: string
  readonly algorithm: EncryptionAlgorithm
}

function seal(place: Place, input: Input, names: FieldNames, plaintext: Uint8Array): Sealed {
  const found = findUsableKey(place, text(input, names.keyId))
  const algorithm = algorithmFor(found, input, names)
  const context = contextFor(algorithm, input, names)
  stopDryRun(input)
  const ciphertext =
    algorithm === 'SYMMETRIC_DEFAULT'
      ? sealBlob(found.key, plaintext, context)
      : rsaEncrypt(found.key.material, algorithm, plaintext)
  return { ciphertext, arn: found.arn, algorithm }
}

interface Opened {
  readonly plaintext: Uint8Array
  readonly arn: string
  readonly algorithm: EncryptionAlgorithm
}

function open(place: Place, input: Input, names: FieldNames): Opened {
  const blob = bytes(input, 'CiphertextBlob', longestCiphertext)
  const found = keyToOpen(place, input, names, blob)
  const algorithm = algorithmFor(found, input, names)
  const context = contextFor(algorithm, input, names)
  if (algorithm !== 'SYMMETRIC_DEFAULT') {
    checkEnabled(found)
    return { plaintext: rsaDecrypt(found.key.material, algorithm, blob), arn: found.arn, algorithm }
  }
  if (keyIdOfBlob(blob) !== found.key.id) throw incorrectKey()
  checkEnabled(found)
  return { plaintext: openBlob(found.key, blob, context), arn: found.arn, algorithm }
}

/** The key that is named; without a name, the one that the ciphertext names. */
function keyToOpen({ state, region }: Place, input: Input, names: FieldNames, blob: Uint8Array): RegionalKey {
  const name = optionalText(input, names.keyId)
  if (name !== undefined) return findKey({ state, region }, name)
  if (askedAlgorithm(input, names) !== 'SYMMETRIC_DEFAULT') {
    throw invalid(names.keyId, 'must be there: what an RSA key encrypted does not say which')
  }
  const found = keyIn(state, region, keyIdOfBlob(blob))
  if (found !== undefined) return found
  throw new LocalKmsError(
    'AccessDeniedException',
    `The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access. (Region: ${region})`,
  )
}

function askedAlgorithm(input: Input, { algorithm }: FieldNames): EncryptionAlgorithm {
  return oneOf(input, algorithm, encryptionAlgorithms, 'SYMMETRIC_DEFAULT')
}

function algorithmFor({ key, arn }: RegionalKey, input: Input, names: FieldNames): EncryptionAlgorithm {
  const algorithm = askedAlgorithm(input, names)
  if (algorithmsOf(key.spec).includes(algorithm)) return algorithm
  throw new LocalKmsError(
    'InvalidKeyUsageException',
    `${algorithm} is incompatible with the key spec ${key.spec} of ${arn}`,
  )
}

function contextFor(algorithm: EncryptionAlgorithm, input: Input, { context }: FieldNames): Context {
  const given = pairs(input, context)
  if (algorithm !== 'SYMMETRIC_DEFAULT' && given.length > 0) throw invalid(context, 'is for symmetric keys alone')
  return given
}

function incorrectKey(): LocalKmsError {
  return new LocalKmsError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation: another key encrypted this.',
  )
}
