/**
 * What a client of AWS KMS or DynamoDB threw, and what to do about it.
 *
 * @module
 */

import { quote } from './quote.ts'

const longestMessage = 500

/** What a client threw, in one line, with what to do where that is known. */
export function describeServiceError(error: unknown): string {
  if (!(error instanceof Error)) return 'the client threw what is no error'
  const { name, message } = error
  // The text may come from whoever answers in the place of the service.
  const text = quote(message.slice(0, longestMessage))
  const remedy = remedyFor(error)
  return `${name === 'Error' || name === '' ? '' : `${quote(name).slice(1, -1)}: `}${text}${remedy === undefined ? '' : ` (${remedy})`}`
}

const noCredentials =
  'give credentials in the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or to the client that calls'
const expired = 'the credentials have expired: get new ones'
const noAnswer = 'no answer came: check the network, a proxy on the way, and the endpoint of the client'
const brokenOff = 'the connection broke: check the network and the endpoint of the client, or try again'
const noHost = 'no such host is known: check the Region, the endpoint of the client, and the network'

/** By the names that AWS KMS and the AWS SDK give their errors. */
const remedies: Readonly<Record<string, string>> = {
  AccessDeniedException: 'allow the call in a policy of IAM, or for a key in its key policy or by a grant',
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: expired,
  UnrecognizedClientException:
    'the credentials are unknown there: they may be of another partition, or of an account without this Region',
  NotFoundException:
    'there is no such key or alias: check its name, the Region and the account; a multi-Region key is where it was replicated to',
  DisabledException: 'the key is disabled: enable it',
  KMSInvalidStateException: 'the key cannot be used now: it may wait for its deletion, or for its key material',
  IncorrectKeyException: 'another key has wrapped this',
  InvalidCiphertextException: 'another key or another encryption context has wrapped this, or its bytes were changed',
  InvalidKeyUsageException:
    'the key is of another kind: keys of AWS KMS are symmetric, RSA or elliptic-curve, each with keyrings of its own',
  ThrottlingException: 'there are too many calls: make fewer, or try again',
  // Of DynamoDB.
  ResourceNotFoundException: 'there is no such table: check its name and the Region, or make it with createTable',
  ProvisionedThroughputExceededException: 'there are too many calls: make fewer, or try again',
}

/** By the codes of Node for what happens to connections. */
const remediesOfConnections: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: check the endpoint of the client, and whether its server runs',
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  ETIMEDOUT: noAnswer,
  ENOTFOUND: noHost,
  EAI_AGAIN: noHost,
}

function remedyFor({ name, message, code }: Error & { readonly code?: unknown }): string | undefined {
  if (Object.hasOwn(remedies, name)) return remedies[name]
  if (typeof code === 'string' && Object.hasOwn(remediesOfConnections, code)) return remediesOfConnections[code]
  if (name === 'TimeoutError') return noAnswer
  // The AWS SDK gives this one no name of its own.
  if (message === 'Region is missing') return 'name the key by its ARN, or set AWS_REGION'
  return undefined
}

const shutOutBy = new Set([noCredentials, expired])

/**
 * Did a client fail for want of credentials, so that no other key would fare better? Credentials that one Region does
 * not know may be good in another.
 */
export function isCredentialFailure(error: unknown): boolean {
  return error instanceof Error && shutOutBy.has(remedyFor(error) ?? '')
}
