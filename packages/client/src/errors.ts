/**
 * The errors of encryption and decryption.
 *
 * @module
 */

import { EsdkError } from '@esdk/serialize'

/** Which part of a message did not prove to be what its writer made. */
export type MessagePart = 'header' | 'commitment' | 'body' | 'signature'

const codes = {
  header: 'ERR_ESDK_HEADER_AUTH',
  commitment: 'ERR_ESDK_COMMITMENT',
  body: 'ERR_ESDK_BODY_AUTH',
  signature: 'ERR_ESDK_SIGNATURE',
} as const

const meanings: Readonly<Record<MessagePart, string>> = {
  header: 'the header is not authentic: the message was changed, or its data key belongs to another message',
  commitment: 'the message commits to another key than the one that was unwrapped',
  body: 'the body is not authentic: the message was changed',
  signature: 'the signature does not match: the message was changed, or was not written by the holder of its key',
}

/**
 * A part of the message is not what its writer made.
 *
 * | `part`       | code                   |
 * | ------------ | ---------------------- |
 * | `header`     | `ERR_ESDK_HEADER_AUTH` |
 * | `commitment` | `ERR_ESDK_COMMITMENT`  |
 * | `body`       | `ERR_ESDK_BODY_AUTH`   |
 * | `signature`  | `ERR_ESDK_SIGNATURE`   |
 */
export class NotAuthenticError extends EsdkError {
  override readonly name = 'NotAuthenticError'
  readonly code: (typeof codes)[MessagePart]
  readonly part: MessagePart

  constructor(part: MessagePart, where?: string) {
    super(where === undefined ? meanings[part] : `${meanings[part]} (${where})`)
    this.code = codes[part]
    this.part = part
  }
}

/** The message is signed, and `unsignedOnly` was asked for: its frames would be released before the signature. */
export class SignedMessageError extends EsdkError {
  override readonly name = 'SignedMessageError'
  readonly code = 'ERR_ESDK_SIGNED_MESSAGE'

  constructor(suiteName: string) {
    super(`the message is signed (${suiteName}) and unsignedOnly is set: decrypt it whole, or without unsignedOnly`)
  }
}
