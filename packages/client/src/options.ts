/**
 * What callers give to encrypt and decrypt, checked and copied before anything is awaited.
 *
 * @module
 */

import {
  type CommitmentPolicy,
  type CryptographicMaterialsManager,
  checkSuiteToEncrypt,
  commitmentPolicies,
  defaultCmm,
  defaultCommitmentPolicy,
  EncryptionContextError,
  isCmm,
  isKeyring,
  type Keyring,
  quote,
} from '@esdk/cmm'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuites,
  copyContext,
  defaultFrameLength,
  type EncryptionContext,
  emptyContext,
  encodeContext,
  findAlgorithmSuite,
  formatSuiteId,
  LimitError,
  maxFrameLength,
  mayBeTooLong,
  minFrameLength,
  reservedContextPrefix,
} from '@esdk/serialize'
import { type CheckedLimits, checkLimits, type Limits } from './limits.ts'

/** What a client is made with. It never changes afterwards. */
export interface ClientOptions {
  /** Which suites may be used. Default: `require-encrypt-require-decrypt`. */
  readonly commitmentPolicy?: CommitmentPolicy
  /**
   * Most encrypted data keys in a message, written or read. Default: no limit but that of the format, 65535. Each key
   * may cost a call to a service: set it to as many as your messages have.
   */
  readonly maxEncryptedDataKeys?: number
  readonly limits?: Limits
  /** The platform's cryptography. Default: that of this platform. */
  readonly backend?: CryptoBackend
}

/** Where keys come from: a keyring, or a materials manager; exactly one of the two. */
export type MaterialsOptions =
  | { readonly keyring: Keyring; readonly cmm?: undefined }
  | { readonly cmm: CryptographicMaterialsManager; readonly keyring?: undefined }

/** Bytes so far. */
export interface Progress {
  readonly plaintextBytes: number
  readonly ciphertextBytes: number
}

interface CommonOptions {
  /** Ends the operation; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after each run of frames. */
  readonly onProgress?: (progress: Progress) => void
}

/** How to encrypt. */
export type EncryptOptions = MaterialsOptions &
  CommonOptions & {
    /** Names and values to authenticate with the message. They are stored in the open. */
    readonly encryptionContext?: EncryptionContext
    /** Number of the algorithm suite. Default: that of the commitment policy. */
    readonly suite?: AlgorithmSuiteId
    /** Plaintext bytes in each frame: 1 to 2^32 - 1. Default: 4096. */
    readonly frameLength?: number
    /** For streams: the plaintext has at most this many bytes; more of them fail. Ignored where the length is known. */
    readonly plaintextLength?: number
  }

/** How to decrypt. */
export type DecryptOptions = MaterialsOptions &
  CommonOptions & {
    /** Pairs that the message must have, and those that it was told not to store. */
    readonly encryptionContext?: EncryptionContext
  }

/** How to decrypt a stream. */
export type DecryptStreamOptions = DecryptOptions & {
  /** Refuse signed messages right after the header, since frames are released before the signature is known. */
  readonly unsignedOnly?: boolean
}

/** What all operations of a client share. */
export interface ClientSettings {
  readonly commitmentPolicy: CommitmentPolicy
  readonly limits: CheckedLimits
  readonly backend: CryptoBackend
}

/** {@link EncryptOptions}, checked. */
export interface EncryptSettings {
  readonly client: ClientSettings
  readonly cmm: CryptographicMaterialsManager
  readonly encryptionContext: EncryptionContext
  readonly suite: AlgorithmSuite | undefined
  readonly frameLength: number
  readonly plaintextBound: number | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
}

/** {@link DecryptStreamOptions}, checked. */
export interface DecryptSettings {
  readonly client: ClientSettings
  readonly cmm: CryptographicMaterialsManager
  readonly reproducedContext: EncryptionContext
  readonly unsignedOnly: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
}

/** @throws TypeError, RangeError - an option that is not as documented */
export function checkClientOptions(options: ClientOptions): ClientSettings {
  checkObject(options, 'createClient')
  const { commitmentPolicy = defaultCommitmentPolicy, maxEncryptedDataKeys, limits, backend = defaultBackend } = options
  if (!commitmentPolicies.includes(commitmentPolicy)) {
    throw new TypeError(
      `commitmentPolicy must be one of ${commitmentPolicies.join(', ')}; found ${String(commitmentPolicy)}`,
    )
  }
  return Object.freeze({ commitmentPolicy, limits: checkLimits(maxEncryptedDataKeys, limits), backend })
}

/**
 * @throws TypeError, RangeError - an option that is not as documented
 * @throws EncryptionContextError - a key of the context is reserved
 * @throws CommitmentPolicyError - the policy does not encrypt with the suite
 */
export function checkEncryptOptions(client: ClientSettings, options: EncryptOptions): EncryptSettings {
  checkObject(options, 'encrypt')
  const { encryptionContext = emptyContext, suite, frameLength = defaultFrameLength, plaintextLength } = options
  return {
    client,
    cmm: cmmOf(client, options),
    encryptionContext: checkContextToEncrypt(encryptionContext),
    suite: suite === undefined ? undefined : checkSuite(client.commitmentPolicy, suite),
    frameLength: checkFrameLength(client.limits, frameLength),
    plaintextBound: plaintextLength === undefined ? undefined : checkPlaintextLength(plaintextLength),
    signal: checkSignal(options.signal),
    onProgress: checkOnProgress(options.onProgress),
  }
}

/** @throws TypeError - an option that is not as documented */
export function checkDecryptOptions(client: ClientSettings, options: DecryptStreamOptions): DecryptSettings {
  checkObject(options, 'decrypt')
  const { encryptionContext = emptyContext, unsignedOnly = false } = options
  if (typeof unsignedOnly !== 'boolean') throw new TypeError('unsignedOnly must be true or false')
  return {
    client,
    cmm: cmmOf(client, options),
    reproducedContext: encryptionContext === emptyContext ? emptyContext : copyContext(encryptionContext),
    unsignedOnly,
    signal: checkSignal(options.signal),
    onProgress: checkOnProgress(options.onProgress),
  }
}

function checkObject(options: object, operation: string): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(`the options of ${operation} must be an object`)
}

function cmmOf({ backend }: ClientSettings, { keyring, cmm }: MaterialsOptions): CryptographicMaterialsManager {
  if (keyring !== undefined && cmm !== undefined) throw new TypeError('give a keyring or a cmm, not both')
  if (isKeyring(keyring)) return defaultCmm(keyring, { backend })
  if (isCmm(cmm)) return cmm
  if (keyring === undefined && cmm === undefined)
    throw new TypeError('a keyring is missing: give { keyring } or { cmm }')
  throw new TypeError(
    keyring === undefined
      ? 'cmm must be an object with getEncryptionMaterials and decryptMaterials'
      : 'keyring must be an object with onEncrypt and onDecrypt',
  )
}

function checkContextToEncrypt(context: EncryptionContext): EncryptionContext {
  const copy = copyContext(context)
  for (const key of Object.keys(copy)) {
    if (key.startsWith(reservedContextPrefix)) {
      throw new EncryptionContextError(
        `the encryption context key ${quote(key)} is reserved: keys may not begin with "${reservedContextPrefix}"`,
      )
    }
  }
  // Throws when the format has no room for it.
  if (mayBeTooLong(copy)) encodeContext(copy)
  return copy
}

function checkSuite(policy: CommitmentPolicy, id: number): AlgorithmSuite {
  const suite = findAlgorithmSuite(id)
  if (suite === undefined) {
    const known = algorithmSuites.map((row) => formatSuiteId(row.id)).join(', ')
    throw new RangeError(`suite must be the number of an algorithm suite: ${known}; found ${String(id)}`)
  }
  checkSuiteToEncrypt(policy, suite)
  return suite
}

function checkFrameLength(limits: CheckedLimits, frameLength: number): number {
  if (!Number.isInteger(frameLength) || frameLength < minFrameLength || frameLength > maxFrameLength) {
    throw new RangeError(
      `frameLength must be a whole number from ${minFrameLength} to ${maxFrameLength}, found ${String(frameLength)}`,
    )
  }
  if (frameLength > limits.maxFrameLength) {
    throw new LimitError('maxFrameLength', limits.maxFrameLength, frameLength, 'frameLength is too large')
  }
  return frameLength
}

function checkPlaintextLength(length: number): number {
  if (Number.isSafeInteger(length) && length >= 0) return length
  throw new RangeError(`plaintextLength must be a whole number of bytes, found ${String(length)}`)
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw new TypeError('signal must be an AbortSignal')
}

function checkOnProgress(onProgress: CommonOptions['onProgress']): CommonOptions['onProgress'] {
  if (onProgress === undefined || typeof onProgress === 'function') return onProgress
  throw new TypeError('onProgress must be a function')
}
