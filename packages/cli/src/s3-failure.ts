/**
 * What to do when Amazon S3 refuses, or does not answer.
 *
 * @module
 */

import { isEsdkError } from '@esdk/cmm'
import { CliError, FileError, OutputClosedError, systemCode, UsageError } from './cli-error.ts'
import { inOurWords } from './s3-hints.ts'
import { serviceHint } from './service-hint.ts'

/** What the AWS SDK tells with an error of S3. */
interface ServiceFailure extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
  readonly Region?: string
}

/** The error to tell for what was thrown while S3 was asked. Errors of objects, keys and files stay as they are. */
export function s3Failure(error: unknown): unknown {
  if (isEsdkError(error) || error instanceof FileError || error instanceof OutputClosedError) return error
  // Of requests that cannot be made. Their texts are written for programs, and true here as well.
  if (error instanceof TypeError || error instanceof RangeError) {
    return new UsageError(inOurWords(error.message), limitHint(error))
  }
  if (!(error instanceof Error)) return error
  const failure: ServiceFailure = error
  const hint = hintOf(failure)
  if (hint === undefined && failure.$metadata === undefined && systemCode(error) === undefined) return error
  return new CliError('ERR_ESDK_CLI_S3', textOf(failure), hint, { cause: error })
}

function textOf(failure: ServiceFailure): string {
  const status = failure.$metadata?.httpStatusCode
  if (status !== undefined && isNameless(failure)) return `Amazon S3 answers with status ${status}`
  const code = systemCode(failure)
  const name = failure.name === 'Error' ? (code ?? '') : failure.name
  const message = failure.message === 'UnknownError' || failure.message === name ? '' : failure.message
  return ['Amazon S3', name, message].filter((part) => part !== '').join(': ')
}

/** An answer to HEAD has no body that could say more than its status. */
function isNameless({ name }: ServiceFailure): boolean {
  return /^(?:\d+|Unknown.*|Error)$/.test(name)
}

function hintOf(failure: ServiceFailure): string | undefined {
  const { name, $metadata: { httpStatusCode: status } = {} } = failure
  const region = failure.Region ?? failure.$response?.headers?.['x-amz-bucket-region']
  if (otherRegion.has(name) || status === 301) {
    return region === undefined
      ? 'The bucket is in another Region: `aws s3api get-bucket-location --bucket NAME` shows it. Add --region.'
      : `The bucket is in another Region: add --region ${region}.`
  }
  if (failure.message.startsWith('Checksum mismatch')) return otherBytes
  if (failure.message === 'Region is missing') return 'Add --region, or set AWS_REGION: that of the bucket.'
  if (Object.hasOwn(hints, name)) return hints[name]
  const service = serviceHint(failure)
  return service ?? (status !== undefined && isNameless(failure) ? statusHints[status] : undefined)
}

const otherRegion: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
])

const noObject =
  'There is no such object, or no such bucket: look at the spelling. `aws s3 ls s3://BUCKET/PREFIX` lists what there is.'
const denied =
  'A policy of IAM, and that of the bucket, must allow it: s3:GetObject, s3:PutObject, and for -r s3:ListBucket. Without s3:ListBucket, S3 says the same of an object that is not there. --profile says who asks.'
const unknown =
  'Amazon S3 does not know these credentials: look at --profile and the environment, whose they are, and at the clock of this machine.'
const otherBytes =
  'What came is not what was stored: run it again. If it stays so, something between here and S3 changes objects.'
const slow = 'There are too many requests: run it again later.'
const replaced = 'Somebody has replaced the object meanwhile: run it again.'

const hints: Readonly<Record<string, string>> = {
  NoSuchKey: noObject,
  NotFound: noObject,
  NoSuchBucket: 'There is no such bucket: look at the spelling, at --profile and at --endpoint-url.',
  AccessDenied: denied,
  Forbidden: denied,
  InvalidAccessKeyId: unknown,
  SignatureDoesNotMatch: unknown,
  RequestTimeTooSkewed: 'The clock of this machine is wrong: set it, and run it again.',
  SlowDown: slow,
  ServiceUnavailable: slow,
  InternalError: 'Amazon S3 has failed: run it again.',
  PreconditionFailed: replaced,
  ConditionalRequestConflict: replaced,
  InvalidObjectState: 'The object is archived: `aws s3api restore-object` brings it back, in hours.',
  EntityTooLarge: 'An object can have no more than 64 GiB: split the file.',
  MetadataTooLarge: 'Give shorter pairs with -c, or put the data key into a file: --instruction-file.',
}

const statusHints: Readonly<Record<number, string>> = {
  400: 'Credentials that have expired, or another Region than that of the bucket, are answered so: look at --profile and --region.',
  403: denied,
  404: noObject,
  412: replaced,
  503: slow,
}

function limitHint({ message }: Error): string | undefined {
  return /metadata/.test(message) ? hints['MetadataTooLarge'] : undefined
}
