import { describe, expect, it } from 'vitest'
import { awsError } from '../test/fake-kms.ts'
import { describeCause, isCredentialFailure, KmsCallError } from './kms-failure.ts'

describe('what a client threw', () => {
  it.each([
    [awsError('TimeoutError', 'took long'), 'TimeoutError: "took long"'],
    [new Error('plain'), '"plain"'],
    ['a text', 'the client threw what is no error'],
    [undefined, 'the client threw what is no error'],
  ])('is told in one line: %s', (error, told) => {
    expect(describeCause(error)).toBe(told)
  })

  it.each([
    ['AccessDeniedException', 'policy'],
    ['NotFoundException', 'check the Region and the account'],
    ['DisabledException', 'enable it'],
    ['CredentialsProviderError', 'AWS_PROFILE'],
    ['ExpiredTokenException', 'get new ones'],
    ['IncorrectKeyException', 'another key'],
    ['InvalidCiphertextException', 'another encryption context'],
    ['ThrottlingException', 'try again'],
  ])('is told with what to do: %s', (name, remedy) => {
    expect(describeCause(awsError(name, 'x'))).toMatch(new RegExp(`^${name}: "x" \\(.*${remedy}.*\\)$`))
  })

  it('is told with what to do when there is no Region', () => {
    expect(describeCause(new Error('Region is missing'))).toContain('set AWS_REGION')
  })

  it('is cut, and cannot forge a line of a log', () => {
    const told = describeCause(awsError('constructor', `${'x'.repeat(499)}\n\n${'y'.repeat(100_000)}`))
    expect(told).toBe(`constructor: "${'x'.repeat(499)}\\u{a}"`)
  })
})

describe('a failure for want of credentials', () => {
  it('is one that they have expired, or that there are none, whoever found out', () => {
    for (const name of ['ExpiredTokenException', 'ExpiredToken', 'CredentialsProviderError', 'TokenProviderError']) {
      expect(isCredentialFailure(awsError(name))).toBe(true)
      expect(isCredentialFailure(new KmsCallError('', { cause: awsError(name) }))).toBe(true)
    }
  })

  it.each(['UnrecognizedClientException', 'AccessDeniedException', 'TimeoutError', 'Error', 'toString'])(
    'is not %s',
    (name) => {
      expect(isCredentialFailure(new KmsCallError('', { cause: awsError(name) }))).toBe(false)
    },
  )

  it.each([undefined, 'ExpiredToken', { name: 'ExpiredToken' }, new KmsCallError('')])('is not %j', (value) => {
    expect(isCredentialFailure(value)).toBe(false)
  })
})
