/**
 * What to do when AWS KMS or DynamoDB refuses, or does not answer.
 *
 * @module
 */

/** A hint for the first failure of a service in an error, its attempts or its causes. */
export function serviceHint(error: unknown): string | undefined {
  for (const failure of failuresIn(error, 0)) {
    const hint = hintOf(failure)
    if (hint !== undefined) return hint
  }
  return undefined
}

/** Deeper than errors are nested. */
const deepest = 8

/** What went wrong, from the causes upwards. */
function* failuresIn(error: unknown, depth: number): Generator<Error> {
  if (!(error instanceof Error) || depth > deepest) return
  yield* failuresIn(error.cause, depth + 1)
  const attempts: unknown = 'attempts' in error ? error.attempts : undefined
  if (Array.isArray(attempts)) for (const attempt of attempts) yield* failuresIn(attempt, depth + 1)
  yield error
}

function hintOf(error: Error): string | undefined {
  const { name, message } = error
  if (Object.hasOwn(hints, name)) return hints[name]
  if (message === 'Region is missing') return noRegion
  if (message.includes('there is no such item in the table')) return noBranchKey
  if (message.includes('takes no suite that signs')) return 'Add --suite 0x0478.'
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string' && unreachable.has(code) ? notThere : undefined
}

const noRegion = 'Add --region, or set AWS_REGION. The ARN of a key says its Region by itself.'
const noCredentials =
  'Give credentials: --profile NAME, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. `aws sts get-caller-identity` shows whose they are. For `esdk local-kms`, any will do.'
const expired = 'The credentials have expired: get new ones, with `aws sso login` for example, and run it again.'
const unknown =
  'AWS does not know these credentials: look at --profile and the environment, whose they are, and at the clock of this machine.'
const notThere =
  'Nobody answers there: look at --endpoint-url, AWS_ENDPOINT_URL, the Region, and the connection to the network. `esdk local-kms` has another port each time, unless --port names one.'
const otherKind =
  'The key is of another kind: for symmetric keys it is -w key=ARN, for RSA -w type=kms-rsa,..., for elliptic curves -w type=kms-ecdh,...'
const noBranchKey = 'Look at the id and the table; `esdk keystore create-key` makes a branch key.'
const throttled = 'There are too many calls: run it again later. For many files, --caching makes fewer.'

/** By the names that AWS and the AWS SDK give their errors. */
const hints: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'Look at the account and the Region in the ARN. If they are right: a policy of IAM must allow the call for this key, and so must the key policy; of a key of another account, both accounts.',
  CredentialsProviderError: noCredentials,
  TokenProviderError: noCredentials,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: expired,
  UnrecognizedClientException: unknown,
  InvalidClientTokenId: unknown,
  InvalidSignatureException: unknown,
  NotFoundException:
    'There is no such key in this Region of this account: compare its ARN with `aws kms describe-key`, and an alias with `aws kms list-aliases`.',
  InvalidArnException: 'Compare the ARN with what `aws kms describe-key` shows.',
  DisabledException:
    'Enable the key, with `aws kms enable-key --key-id ARN`; or decrypt with another key of the message.',
  KMSInvalidStateException:
    'The key waits for its deletion, or for its key material: `aws kms describe-key --key-id ARN` shows it.',
  IncorrectKeyException: 'Another key has wrapped this: `esdk inspect FILE` lists all keys that open it.',
  InvalidCiphertextException:
    'It was encrypted with another encryption context, or was changed. Of a branch key it may be another --key-store.',
  InvalidKeyUsageException: otherKind,
  UnsupportedOperationException: otherKind,
  ThrottlingException: throttled,
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  ResourceNotFoundException:
    'There is no such table in this Region of this account: look at --region, or make it with `esdk keystore create-table`.',
  TransactionCanceledException:
    'There is a branch key of this id already, or somebody else has changed it meanwhile: `esdk keystore show` shows it.',
  TimeoutError: notThere,
}

const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
])
