import { DataKeyError } from '@esdk/s3-cse'
import { expect, it } from 'vitest'
import { failureOf } from './failure.ts'

/** An error as the AWS SDK, or the system, gives it. */
function error(name: string, fields: object = {}): Error {
  return Object.assign(new Error('said'), { name, ...fields })
}

it.each([
  ['SlowDown', error('SlowDown', { $metadata: { httpStatusCode: 503 } })],
  ['InternalError', error('InternalError', { $metadata: { httpStatusCode: 500 } })],
  ['PreconditionFailed', error('PreconditionFailed', { $metadata: { httpStatusCode: 412 } })],
  ['ExpiredToken', error('ExpiredToken', { $metadata: { httpStatusCode: 400 } })],
  ['ECONNRESET', error('Error', { code: 'ECONNRESET' })],
  ['TimeoutError', error('TimeoutError')],
  ['CredentialsProviderError', error('CredentialsProviderError')],
  ['ChecksumMismatch', new Error('Checksum mismatch: expected "a" but received "b" in response header "c".')],
  ['ERR_ESDK_S3_DATA_KEY', new DataKeyError('no', { cause: error('ThrottlingException') })],
])('%s is worth another try', (code, thrown) => {
  expect(failureOf(thrown)).toMatchObject({ code, temporary: true })
})

it.each([
  ['AccessDenied', error('AccessDenied', { $metadata: { httpStatusCode: 403 } })],
  ['InvalidObjectState', error('InvalidObjectState', { $metadata: { httpStatusCode: 403 } })],
  ['ERR_ESDK_S3_DATA_KEY', new DataKeyError('no', { cause: error('IncorrectKeyException') })],
  ['ERR_ESDK_S3_DATA_KEY', new DataKeyError('no')],
  ['TypeError', new TypeError('said')],
  ['Error', 'a text that was thrown'],
])('%s is not', (code, thrown) => {
  expect(failureOf(thrown)).toMatchObject({ code, temporary: false })
})

it.each([
  [400, true],
  [403, false],
  [503, true],
])('an answer of status %i without a text has that for its code', (httpStatusCode, temporary) => {
  expect(failureOf(error('Unknown', { $metadata: { httpStatusCode } }))).toEqual({
    code: `HTTP_${httpStatusCode}`,
    message: `the answer has status ${httpStatusCode}, and no text`,
    temporary,
  })
})

it('does not go round in causes', () => {
  const own = new Error('said')
  own.cause = own
  expect(failureOf(own).temporary).toBe(false)
})
