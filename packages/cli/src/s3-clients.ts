/**
 * Clients of Amazon S3. The AWS SDK is loaded when they are made.
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import type { S3EncryptionClient, S3EncryptionOptions } from '@esdk/s3-cse'
import type { S3Arguments } from './arguments.ts'
import { clientConfig, silenceAdvice } from './aws-clients.ts'

export interface S3Clients {
  /** Without encryption, for lists. */
  readonly plain: S3Client
  /** With what the arguments allow, and these options. They share their connections. */
  readonly encrypting: (options: S3EncryptionOptions) => S3EncryptionClient
  readonly destroy: () => void
}

/** Parts take their time on a slow line. */
const patience = {
  connectionTimeout: 10_000,
  requestTimeout: 300_000,
  socketTimeout: 60_000,
  throwOnRequestTimeout: true,
}

export async function s3Clients(args: S3Arguments): Promise<S3Clients> {
  silenceAdvice()
  const [{ S3Client }, { S3EncryptionClient }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@esdk/s3-cse'),
  ])
  const plain = new S3Client({
    ...clientConfig(args.aws, {}, args.s3EndpointUrl),
    requestHandler: patience,
    forcePathStyle: isElsewhere(args),
  })
  return {
    plain,
    encrypting: (options) => S3EncryptionClient.from(plain, { ...allowedBy(args), ...options }),
    destroy: () => plain.destroy(),
  }
}

/** What the arguments allow. */
export function allowedBy({ commitmentPolicy, allowLegacyWrapping, allowCbc }: S3Arguments): S3EncryptionOptions {
  return {
    ...(commitmentPolicy !== undefined && { commitmentPolicy }),
    enableLegacyWrappingAlgorithms: allowLegacyWrapping,
    enableLegacyUnauthenticatedModes: allowCbc,
  }
}

/** Servers other than AWS seldom have a host name for each bucket. The AWS CLI does the same. */
function isElsewhere({ s3EndpointUrl }: S3Arguments): boolean {
  // Where the AWS SDK looks for them.
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  return Boolean(s3EndpointUrl ?? (AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL))
}
