/**
 * The options of a client, and what they mean when they are not given.
 *
 * @module
 */

import { type CommitmentPolicy, commitmentPolicies, defaultCommitmentPolicy, quote } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { type BodyBackend, defaultBodyBackend } from '@esdk/crypto-backend/body'
import { contentSuites, type WritingSuite } from './content-suite.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import type { S3CryptographicMaterialsManager, S3Keyring } from './materials.ts'

/** What a client encrypts with, and what it reads. Everything that is not asked for is refused. */
export interface S3EncryptionOptions {
  /** Wraps and unwraps data keys. This, or `cmm`. */
  readonly keyring?: S3Keyring | undefined
  readonly cmm?: S3CryptographicMaterialsManager | undefined
  /** Default: `require-encrypt-require-decrypt`, which reads objects of format V3 only. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined
  /**
   * Format V3 (`committing`, the default) or V2 (`non-committing`, with the policy `forbid-encrypt-allow-decrypt`, of
   * which it is the default).
   */
  readonly contentAlgorithm?: 'committing' | 'non-committing' | undefined
  /** Read objects whose data key is wrapped in an old way. Default: no. */
  readonly enableLegacyWrappingAlgorithms?: boolean | undefined
  /** Read objects of AES-CBC, which nobody can tell from changed ones. Default: no. */
  readonly enableLegacyUnauthenticatedModes?: boolean | undefined
  /** Answer `Range`: no tag tells whether a part of an object was changed. Default: `disabled`. */
  readonly rangedGet?: 'disabled' | 'unauthenticated' | undefined
  /**
   * When plaintext is given to the caller.
   *
   * | mode       | plaintext comes                                      | memory                             |
   * | ---------- | ---------------------------------------------------- | ---------------------------------- |
   * | `buffered` | when all of it is authentic (the default)            | the object, at most `maxBytes`: 64 MiB |
   * | `two-pass` | when all of it is authentic; the object is read twice, and what differs the second time is not released | a few MiB |
   * | `delayed`  | as it is read; a changed object ends with an error   | a few chunks                       |
   */
  readonly release?:
    | { readonly mode: 'buffered'; readonly maxBytes?: number | undefined }
    | { readonly mode: 'two-pass' }
    | { readonly mode: 'delayed' }
    | undefined
  /** Data keys in files beside the objects. Default: read where an object has one, never written. */
  readonly instructionFile?: { readonly read?: boolean | undefined; readonly write?: boolean | undefined } | undefined
  /** An object without an envelope is an `error` (the default), or comes as it is (`passthrough`). */
  readonly onUnencrypted?: 'error' | 'passthrough' | undefined
  /** The cryptography of another platform. */
  readonly backend?: CryptoBackend | undefined
  readonly bodyBackend?: BodyBackend | undefined
}

type Release = 'two-pass' | 'delayed' | { readonly maxBytes: number }

/** The options, checked. */
export interface Settings {
  /** What `cmm` asks, where the caller gave a keyring. */
  readonly keyring: S3Keyring | undefined
  readonly cmm: S3CryptographicMaterialsManager
  readonly commitmentPolicy: CommitmentPolicy
  readonly suite: WritingSuite
  readonly readsLegacyWrapping: boolean
  readonly readsLegacyContent: boolean
  readonly readsRanges: boolean
  readonly release: Release
  readonly readsInstructionFiles: boolean
  readonly writesInstructionFiles: boolean
  readonly passesUnencrypted: boolean
  readonly backend: CryptoBackend
  readonly bodyBackend: BodyBackend
}

const mebibyte = 1024 * 1024
const defaultMaxBytes = 64 * mebibyte

/** The shortest body, and the longest, of a suite with a tag. */
const [leastMaxBytes, mostMaxBytes] = [16, 2 ** 36 - 16]

const names: ReadonlySet<string> = new Set([
  'keyring',
  'cmm',
  'commitmentPolicy',
  'contentAlgorithm',
  'enableLegacyWrappingAlgorithms',
  'enableLegacyUnauthenticatedModes',
  'rangedGet',
  'release',
  'instructionFile',
  'onUnencrypted',
  'backend',
  'bodyBackend',
])

/**
 * @throws TypeError - an option is missing, unknown, contradicts another, or has no such value
 * @throws RangeError - `release.maxBytes` is out of range
 */
export function checkOptions(options: S3EncryptionOptions): Settings {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(
      'encryption: an object with a keyring is expected, for example { keyring: s3KmsKeyring({ keyId }) }',
    )
  }
  checkNames('encryption', options, names)
  const commitmentPolicy = options.commitmentPolicy ?? defaultCommitmentPolicy
  checkChoice('commitmentPolicy', commitmentPolicy, commitmentPolicies)
  const { read, write } = checkInstructionFile(options.instructionFile)
  return Object.freeze({
    keyring: options.keyring,
    cmm: cmmOf(options),
    commitmentPolicy,
    suite: suiteOf(commitmentPolicy, options.contentAlgorithm),
    readsLegacyWrapping: isSet('enableLegacyWrappingAlgorithms', options.enableLegacyWrappingAlgorithms),
    readsLegacyContent: isSet('enableLegacyUnauthenticatedModes', options.enableLegacyUnauthenticatedModes),
    readsRanges: choiceOf('rangedGet', options.rangedGet, ['disabled', 'unauthenticated']) === 'unauthenticated',
    release: releaseOf(options.release),
    readsInstructionFiles: read,
    writesInstructionFiles: write,
    passesUnencrypted: choiceOf('onUnencrypted', options.onUnencrypted, ['error', 'passthrough']) === 'passthrough',
    backend: options.backend ?? defaultBackend,
    bodyBackend: options.bodyBackend ?? defaultBodyBackend,
  })
}

function cmmOf({ keyring, cmm }: S3EncryptionOptions): S3CryptographicMaterialsManager {
  if ((keyring === undefined) === (cmm === undefined)) {
    throw new TypeError(
      `encryption takes a keyring or a cmm, ${keyring === undefined ? 'and there is none: for example { keyring: s3KmsKeyring({ keyId }) }' : 'not both'}`,
    )
  }
  if (cmm !== undefined) {
    checkMethods('encryption.cmm', cmm, ['getEncryptionMaterials', 'decryptMaterials'])
    return cmm
  }
  checkMethods('encryption.keyring', keyring, ['onEncrypt', 'onDecrypt'])
  return defaultS3Cmm(keyring as S3Keyring)
}

function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  const missing = methods.find(
    (method) =>
      typeof value !== 'object' ||
      value === null ||
      typeof (value as Readonly<Record<string, unknown>>)[method] !== 'function',
  )
  if (missing !== undefined) throw new TypeError(`${name} must have the method ${missing}`)
}

function suiteOf(policy: CommitmentPolicy, algorithm: 'committing' | 'non-committing' | undefined): WritingSuite {
  const forbids = policy === 'forbid-encrypt-allow-decrypt'
  const chosen =
    algorithm === undefined
      ? forbids
        ? 'non-committing'
        : 'committing'
      : choiceOf('contentAlgorithm', algorithm, ['committing', 'non-committing'])
  if (forbids !== (chosen === 'non-committing')) {
    throw new TypeError(
      `contentAlgorithm '${chosen}' and commitmentPolicy '${policy}' contradict each other: 'forbid-encrypt-allow-decrypt' writes 'non-committing', the other policies write 'committing'`,
    )
  }
  return forbids ? contentSuites.gcm : contentSuites.committing
}

function releaseOf(release: S3EncryptionOptions['release'] = { mode: 'buffered' }): Release {
  if (typeof release !== 'object' || release === null) {
    throw new TypeError("release: { mode: 'buffered' | 'two-pass' | 'delayed' } is expected")
  }
  const mode = choiceOf('release.mode', release.mode, ['buffered', 'two-pass', 'delayed'])
  if (mode !== 'buffered') {
    checkNames(`release with the mode '${mode}'`, release, new Set(['mode']))
    return mode
  }
  checkNames('release', release, new Set(['mode', 'maxBytes']))
  const { maxBytes = defaultMaxBytes } = release as { readonly maxBytes?: number }
  if (!Number.isSafeInteger(maxBytes) || maxBytes < leastMaxBytes || maxBytes > mostMaxBytes) {
    throw new RangeError(
      `release.maxBytes: a number of bytes from ${leastMaxBytes} to ${mostMaxBytes} is expected, found ${String(maxBytes)}`,
    )
  }
  return { maxBytes }
}

function checkInstructionFile(option: S3EncryptionOptions['instructionFile'] = {}): {
  readonly read: boolean
  readonly write: boolean
} {
  if (typeof option !== 'object' || option === null) {
    throw new TypeError('instructionFile: { read?, write? } is expected')
  }
  checkNames('instructionFile', option, new Set(['read', 'write']))
  return {
    read: isSet('instructionFile.read', option.read ?? true),
    write: isSet('instructionFile.write', option.write),
  }
}

function isSet(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
  return value === true
}

function choiceOf<Choice extends string>(
  name: string,
  value: Choice | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const chosen = value ?? choices[0]
  checkChoice(name, chosen, choices)
  return chosen
}

function checkChoice(name: string, value: unknown, choices: readonly string[]): void {
  if (choices.includes(value as string)) return
  throw new TypeError(`${name} must be one of ${choices.join(', ')}`)
}

function checkNames(what: string, value: object, known: ReadonlySet<string>): void {
  const unknown = Object.keys(value).find((name) => !known.has(name))
  if (unknown !== undefined)
    throw new TypeError(`${what} has no option ${quote(unknown)}: there are ${[...known].join(', ')}`)
}
