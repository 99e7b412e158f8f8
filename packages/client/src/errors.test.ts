import { EsdkError, isEsdkError } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { NotAuthenticError, SignedMessageError } from './errors.ts'

describe('NotAuthenticError', () => {
  it.each([
    ['header', 'ERR_ESDK_HEADER_AUTH'],
    ['commitment', 'ERR_ESDK_COMMITMENT'],
    ['body', 'ERR_ESDK_BODY_AUTH'],
    ['signature', 'ERR_ESDK_SIGNATURE'],
  ] as const)('has one code and one text for the %s', (part, code) => {
    const error = new NotAuthenticError(part)
    expect(error).toMatchObject({ name: 'NotAuthenticError', part, code })
    expect(error).toBeInstanceOf(EsdkError)
    expect(isEsdkError(error)).toBe(true)
    expect(error.message).toContain(part === 'commitment' ? 'commits to another key' : `the ${part}`)
    // Nothing that tells a wrong key from a wrong tag.
    expect(error.cause).toBeUndefined()
  })

  it('says where, if that is known', () => {
    expect(new NotAuthenticError('body', 'frame 7').message).toBe(
      'the body is not authentic: the message was changed (frame 7)',
    )
  })
})

describe('SignedMessageError', () => {
  it('names the suite and says what to do', () => {
    const error = new SignedMessageError('AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384')
    expect(error).toMatchObject({ name: 'SignedMessageError', code: 'ERR_ESDK_SIGNED_MESSAGE' })
    expect(error.message).toBe(
      'the message is signed (AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384) and unsignedOnly is set: decrypt it whole, or without unsignedOnly',
    )
  })
})
