/**
 * Clients of AWS KMS and DynamoDB. The AWS SDK is loaded when the first is made: most runs need none.
 *
 * Credentials, and a Region where none is named, are found by the AWS SDK in the environment of the process.
 *
 * @module
 */

import type { DynamoDB } from '@aws-sdk/client-dynamodb'
import type { KMS } from '@aws-sdk/client-kms'
import type { ServicePlace } from './kms-key-attributes.ts'
import { version } from './version.ts'

/** What the options of a run say of AWS; all of it may be left to the AWS SDK. */
export interface AwsArguments {
  readonly region: string | undefined
  readonly profile: string | undefined
  /** Of AWS KMS. */
  readonly endpointUrl: string | undefined
  readonly dynamoDbEndpointUrl: string | undefined
}

/** One client for each service, Region and profile, so that connections are used again. */
export interface AwsClients {
  readonly kms: (place: ServicePlace) => Promise<KMS>
  readonly dynamoDb: (place: ServicePlace) => Promise<DynamoDB>
}

/** A service that does not answer is given up, so that no unattended run waits for ever. */
const patience = { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true }

type Logger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', () => void>>

/** The logs of the AWS SDK hold what is sent and received: they go nowhere, and so does its advice. */
const silent: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {} }

export function awsClients(args: AwsArguments): AwsClients {
  return {
    kms: oncePerPlace(async (place) => {
      silenceAdvice()
      const { KMS } = await import('@aws-sdk/client-kms')
      return new KMS(clientConfig(args, place, args.endpointUrl))
    }),
    dynamoDb: oncePerPlace(async (place) => {
      silenceAdvice()
      const { DynamoDB } = await import('@aws-sdk/client-dynamodb')
      return new DynamoDB(clientConfig(args, place, args.dynamoDbEndpointUrl))
    }),
  }
}

interface ClientConfig {
  readonly region?: string
  readonly profile?: string
  readonly endpoint?: string
  readonly customUserAgent: [string, string][]
  readonly requestHandler: typeof patience
  readonly logger: Logger
}

/** What every client of the AWS SDK is made with. */
export function clientConfig(
  args: Pick<AwsArguments, 'region' | 'profile'>,
  { region = args.region, profile = args.profile }: ServicePlace,
  endpoint: string | undefined,
): ClientConfig {
  return {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
    customUserAgent: [['esdk-cli', version()]],
    requestHandler: patience,
    logger: silent,
  }
}

function oncePerPlace<Client>(
  make: (place: ServicePlace) => Promise<Client>,
): (place: ServicePlace) => Promise<Client> {
  const made = new Map<string, Promise<Client>>()
  return (place) => {
    const id = JSON.stringify([place.region, place.profile])
    const client = made.get(id) ?? make(place)
    made.set(id, client)
    return client
  }
}

/** The AWS SDK advises on every run which Node its later releases will need; this release runs on Node 20. */
export function silenceAdvice(): void {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
}

/** What should be known of the endpoint of AWS KMS: data keys are sent to it. */
export function endpointWarning({ endpointUrl }: AwsArguments, option = '--endpoint-url'): string | undefined {
  if (endpointUrl === undefined) return undefined
  const { protocol, hostname } = new URL(endpointUrl)
  if (protocol === 'https:' || /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return undefined
  return `${option} ${endpointUrl} is not encrypted, and leads to another machine: data keys can be read on the way`
}
