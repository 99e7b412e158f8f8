/**
 * What went wrong with AWS KMS, and what to do about it.
 *
 * @module
 */

import { quote } from '@esdk/cmm'

/** A call did not succeed, or its answer cannot be used. Not seen outside: keyrings say it in errors of theirs. */
export class KmsCallError extends Error {
  override readonly name = 'KmsCallError'
}

const longestMessage = 500

/** What a client threw, in one line, with what to do where that is known. */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return 'the client threw what is no error'
  const { name, message } = error
  // The text may come from whoever answers in the place of AWS KMS.
  const text = quote(message.slice(0, longestMessage))
  const remedy = remedyFor(name, message)
  return `${name === 'Error' || name === '' ? '' : `${quote(name).slice(1, -1)}: `}${text}${remedy === undefined ? '' : ` (${remedy})`}`
}

const noCredentials = 'give credentials in the environment, such as AWS_PROFILE, or in the clients that clientFor makes'
const expired = 'the credentials have expired: get new ones'

/** By the names that AWS KMS and the AWS SDK give their errors. */
const remedies: Readonly<Record<string, string>> = {
  AccessDeniedException: 'allow the call for this key in a policy of IAM, in its key policy, or by a grant',
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: expired,
  UnrecognizedClientException:
    'the credentials are unknown there: they may be of another partition, or of an account without this Region',
  NotFoundException: 'check the Region and the account in the name of the key',
  DisabledException: 'the key is disabled: enable it',
  KMSInvalidStateException: 'the key cannot be used now: it may wait for its deletion, or for its key material',
  IncorrectKeyException: 'another key has wrapped this',
  InvalidCiphertextException: 'another key or another encryption context has wrapped this, or its bytes were changed',
  InvalidKeyUsageException: 'the key is of a kind for other keyrings',
  ThrottlingException: 'there are too many calls: make fewer, or try again',
}

function remedyFor(name: string, message: string): string | undefined {
  if (Object.hasOwn(remedies, name)) return remedies[name]
  // The AWS SDK gives this one no name of its own.
  if (message === 'Region is missing') return 'name the key by its ARN, or set AWS_REGION'
  return undefined
}

const shutOutBy = new Set([noCredentials, expired])

/**
 * Did it fail for want of credentials, so that no other key would fare better? Credentials that one Region does not
 * know may be good in another.
 */
export function isCredentialFailure(error: unknown): boolean {
  const cause: unknown = error instanceof KmsCallError ? error.cause : error
  return cause instanceof Error && shutOutBy.has(remedyFor(cause.name, '') ?? '')
}
