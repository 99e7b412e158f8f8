import { describe, expect, it } from 'vitest'
import { describeServiceError, isCredentialFailure } from './service-error.ts'

function awsError(name: string, message = 'of the service'): Error {
  return Object.assign(new Error(message), { name })
}

describe('what a client threw', () => {
  it.each([
    [awsError('SomeError', 'took long'), 'SomeError: "took long"'],
    [new Error('plain'), '"plain"'],
    ['a text', 'the client threw what is no error'],
    [undefined, 'the client threw what is no error'],
  ])('is told in one line: %s', (error, told) => {
    expect(describeServiceError(error)).toBe(told)
  })

  it.each([
    ['AccessDeniedException', 'policy'],
    ['NotFoundException', 'the Region and the account'],
    ['ResourceNotFoundException', 'createTable'],
    ['TimeoutError', 'check the network'],
    ['DisabledException', 'enable it'],
    ['CredentialsProviderError', 'AWS_PROFILE'],
    ['ExpiredTokenException', 'get new ones'],
    ['IncorrectKeyException', 'another key'],
    ['InvalidCiphertextException', 'another encryption context'],
    ['ThrottlingException', 'try again'],
  ])('is told with what to do: %s', (name, remedy) => {
    expect(describeServiceError(awsError(name, 'x'))).toMatch(new RegExp(`^${name}: "x" \\(.*${remedy}.*\\)$`))
  })

  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ECONNRESET', 'try again'],
    ['ENOTFOUND', 'check the Region'],
    ['ETIMEDOUT', 'check the network'],
  ])('is told with what to do by the code of Node: %s', (code, remedy) => {
    expect(describeServiceError(Object.assign(new Error('x'), { code }))).toMatch(
      new RegExp(`^"x" \\(.*${remedy}.*\\)$`),
    )
  })

  it.each([111, undefined, 'toString', 'E_OTHER'])('is told without where the code says nothing: %s', (code) => {
    expect(describeServiceError(Object.assign(new Error('x'), { code }))).toBe('"x"')
  })

  it('is told with what to do when there is no Region', () => {
    expect(describeServiceError(new Error('Region is missing'))).toContain('set AWS_REGION')
  })

  it('is cut, and cannot forge a line of a log', () => {
    const told = describeServiceError(awsError('constructor', `${'x'.repeat(499)}\n\n${'y'.repeat(100_000)}`))
    expect(told).toBe(`constructor: "${'x'.repeat(499)}\\u{a}"`)
  })
})

describe('a failure for want of credentials', () => {
  it('is one that they have expired, or that there are none, whoever found out', () => {
    for (const name of ['ExpiredTokenException', 'ExpiredToken', 'CredentialsProviderError', 'TokenProviderError']) {
      expect(isCredentialFailure(awsError(name))).toBe(true)
    }
  })

  it.each(['UnrecognizedClientException', 'AccessDeniedException', 'TimeoutError', 'Error', 'toString'])(
    'is not %s',
    (name) => {
      expect(isCredentialFailure(awsError(name))).toBe(false)
    },
  )

  it.each([undefined, 'ExpiredToken', { name: 'ExpiredToken' }])('is not %j', (value) => {
    expect(isCredentialFailure(value)).toBe(false)
  })
})
