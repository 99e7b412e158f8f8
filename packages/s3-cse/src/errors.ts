/**
 * The errors of S3 client-side encryption.
 *
 * What Amazon S3 itself refuses (`NoSuchKey`, `AccessDenied`, ...) comes as the AWS SDK throws it.
 *
 * @module
 */

import { EsdkError, quote } from '@esdk/cmm'

export type EnvelopeErrorCode =
  | 'ERR_ESDK_S3_NOT_ENCRYPTED'
  | 'ERR_ESDK_S3_METADATA'
  | 'ERR_ESDK_S3_INSTRUCTION_FILE'
  | 'ERR_ESDK_S3_UNSUPPORTED'

/**
 * The metadata of an object, or its instruction file, cannot be those of a client.
 *
 * | code                           | meaning                                                                     |
 * | ------------------------------ | --------------------------------------------------------------------------- |
 * | `ERR_ESDK_S3_NOT_ENCRYPTED`    | there is no envelope: the object was not encrypted by a client, or lost it   |
 * | `ERR_ESDK_S3_METADATA`         | incomplete, malformed, mixed or contradictory                               |
 * | `ERR_ESDK_S3_INSTRUCTION_FILE` | absent, unreadable, or holding what it must not hold                        |
 * | `ERR_ESDK_S3_UNSUPPORTED`      | an algorithm that is not known                                              |
 */
export class EnvelopeError extends EsdkError {
  override readonly name = 'EnvelopeError'
  readonly code: EnvelopeErrorCode

  constructor(code: EnvelopeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error for an object without an envelope. */
export function notEncrypted(): EnvelopeError {
  return new EnvelopeError(
    'ERR_ESDK_S3_NOT_ENCRYPTED',
    "the object has no envelope, in its metadata or in an instruction file: it was not encrypted by a client, or somebody replaced it. To read such objects as they are, set onUnencrypted to 'passthrough'",
  )
}

/** The object needs something that the client does not allow. `option` is the one that allows it. */
export class NotAllowedError extends EsdkError {
  override readonly name = 'NotAllowedError'
  readonly code = 'ERR_ESDK_S3_NOT_ALLOWED'
  readonly option: string

  constructor(what: string, option: string) {
    super(`${what}: it is read only with the option ${option}`)
    this.option = option
  }
}

/** The data key of the object could not be wrapped or unwrapped. Texts say no more than which kind of key refused. */
export class DataKeyError extends EsdkError {
  override readonly name = 'DataKeyError'
  readonly code = 'ERR_ESDK_S3_DATA_KEY'
}

/** Which part of an object did not prove to be what its writer made. */
export type ObjectPart = 'commitment' | 'body'

const codes = { commitment: 'ERR_ESDK_COMMITMENT', body: 'ERR_ESDK_BODY_AUTH' } as const
const notAuthentic = {
  commitment: 'the object commits to another key than the one that was unwrapped',
  body: 'the body of the object is not authentic: it was changed or cut, or belongs to another envelope',
}

/**
 * A part of the object is not what its writer made.
 *
 * | `part`       | code                  |
 * | ------------ | --------------------- |
 * | `commitment` | `ERR_ESDK_COMMITMENT` |
 * | `body`       | `ERR_ESDK_BODY_AUTH`  |
 *
 * For CBC bodies, which have no tag, `body` means: the length or the padding is wrong. What does not end so may still
 * have been changed.
 */
export class ObjectNotAuthenticError extends EsdkError {
  override readonly name = 'ObjectNotAuthenticError'
  readonly code: (typeof codes)[ObjectPart]
  readonly part: ObjectPart

  constructor(part: ObjectPart, message: string = notAuthentic[part]) {
    super(message)
    this.code = codes[part]
    this.part = part
  }
}

/** A body has more bytes than it may, or others than were announced. Lengths in bytes. */
export class BodyLengthError extends EsdkError {
  override readonly name = 'BodyLengthError'
  readonly code = 'ERR_ESDK_S3_BODY_LENGTH'
  readonly expected: number
  readonly found: number

  constructor(expected: number, found: number) {
    super(
      found > expected
        ? `the body has more than ${expected} bytes: found ${found} or more`
        : `the body ended after ${found} bytes, ${expected} were announced`,
    )
    this.expected = expected
    this.found = found
  }
}

/** The object is larger than what is held in memory until its tag is known to be right. Lengths in bytes. */
export class BufferLimitError extends EsdkError {
  override readonly name = 'BufferLimitError'
  readonly code = 'ERR_ESDK_S3_BUFFER_LIMIT'
  readonly allowed: number
  readonly found: number | undefined

  constructor(allowed: number, found: number | undefined, message?: string) {
    super(
      message ??
        `the object has ${found === undefined ? 'an unknown number of' : found} bytes, and release.maxBytes lets ${allowed} be held until they are authentic: raise maxBytes, or set release to { mode: 'two-pass' } (reads the object twice) or { mode: 'delayed' } (releases plaintext before it is authentic)`,
    )
    this.allowed = allowed
    this.found = found
  }
}

/** The data key of the object cannot be wrapped again as was asked. The object can be read as before. */
export class RewrapError extends EsdkError {
  override readonly name = 'RewrapError'
  readonly code = 'ERR_ESDK_S3_REWRAP'
}

/** Amazon S3, or whatever answered in its place, gave something else than it was asked for. */
export class UnexpectedAnswerError extends EsdkError {
  override readonly name = 'UnexpectedAnswerError'
  readonly code = 'ERR_ESDK_S3_ANSWER'
}

/** The parts of a multipart upload do not make one object. */
export class MultipartError extends EsdkError {
  override readonly name = 'MultipartError'
  readonly code = 'ERR_ESDK_S3_MULTIPART'
}

/** The system refuses to write the file of a download. The file that was there before, if any, is as it was. */
export class TargetFileError extends EsdkError {
  override readonly name = 'TargetFileError'
  readonly code = 'ERR_ESDK_S3_FILE'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`cannot write ${quote(path)}: ${reasonOf(cause)}`, { cause })
    this.path = path
  }
}

const fileReasons: Readonly<Record<string, string>> = {
  EACCES: 'its folder may not be written to: change the permissions, or name another',
  EDQUOT: 'the quota is used up: make room, or name another folder',
  EEXIST: 'it is a device or a pipe, which would be replaced by a file: name another',
  EFBIG: 'the file would be longer than the system allows: raise the limit, or name another folder',
  EISDIR: 'it is a folder: name a file in it',
  ENOENT: 'its folder does not exist: make it first',
  ENOSPC: 'the disk is full: make room, or name another folder',
  ENOTDIR: 'what should be its folder is a file: name another',
  EPERM: 'the system does not allow it: change the permissions, or name another folder',
  EROFS: 'its folder may only be read: name another',
}

function reasonOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { readonly code?: unknown }
  const reason = typeof code === 'string' ? fileReasons[code] : undefined
  return reason ?? `the system refuses (${typeof code === 'string' ? code : 'without a reason'})`
}
