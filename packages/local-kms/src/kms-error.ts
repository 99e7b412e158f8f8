/**
 * What AWS KMS refuses, by the names it has for that.
 *
 * @module
 */

/** Names of errors, and the HTTP status of each where it is not 400. */
const statuses = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  KMSInternalException: 500,
  KMSInvalidStateException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 400,
  UnrecognizedClientException: 403,
  UnsupportedOperationException: 400,
  ValidationException: 400,
} as const

/** The names that AWS KMS has for what it refuses. */
export type KmsErrorName = keyof typeof statuses

export function isKmsErrorName(name: unknown): name is KmsErrorName {
  return typeof name === 'string' && Object.hasOwn(statuses, name)
}

/**
 * A refusal, in the shape in which the AWS SDK for JavaScript throws those of AWS KMS.
 *
 * Tell them apart by `name`: the classes of the AWS SDK are not used here.
 */
export class LocalKmsError extends Error {
  override readonly name: KmsErrorName
  readonly $fault: 'client' | 'server'
  readonly $metadata: { readonly httpStatusCode: number }

  constructor(name: KmsErrorName, message: string) {
    super(message)
    this.name = name
    const status: number = statuses[name]
    this.$fault = status >= 500 ? 'server' : 'client'
    this.$metadata = { httpStatusCode: status }
  }
}
