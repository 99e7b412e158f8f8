import { KMS } from '@aws-sdk/client-kms'
import { expect } from 'vitest'
import { type KeyMetadata, type LocalKmsClient, localKms, startLocalKms } from '../src/index.ts'

/** A way to reach a KMS. */
export interface Way {
  client(region: string): LocalKmsClient
  close(): Promise<void>
}

type NamedWay = readonly [name: string, open: () => Promise<Way>]

/** The KMS of this package, in the process and behind HTTP. */
export const ourWays: readonly NamedWay[] = [
  ['in the process', async () => ({ client: localKms().client, async close() {} })],
  [
    'over HTTP, by the AWS SDK',
    async () => {
      const { endpoint, close } = await startLocalKms()
      return { client: overHttp(endpoint), close }
    },
  ],
]

const elsewhere = process.env['ESDK_KMS_ENDPOINT']

/** These, and the KMS at `ESDK_KMS_ENDPOINT` where that is set: each must do the same. */
export const allWays: readonly NamedWay[] =
  elsewhere === undefined
    ? ourWays
    : [...ourWays, [`at ${elsewhere}`, async () => ({ client: overHttp(elsewhere), async close() {} })]]

function overHttp(endpoint: string): (region: string) => LocalKmsClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  // The AWS SDK types every field of an answer as one that may be missing.
  return (region) => new KMS({ region, endpoint, credentials, maxAttempts: 1 }) as unknown as LocalKmsClient
}

type Create = Parameters<LocalKmsClient['createKey']>[0]

export interface NewKey {
  /** The client of the Region that the key is in. */
  readonly kms: LocalKmsClient
  readonly id: string
  readonly arn: string
  readonly key: KeyMetadata
}

/** Makes keys in a KMS that is being opened. */
export function keyMaker(way: Promise<Way>): (options?: Create, region?: string) => Promise<NewKey> {
  return async (options = {}, region = 'us-east-1') => {
    const kms = (await way).client(region)
    const { KeyMetadata: key } = await kms.createKey(options)
    return { kms, id: key.KeyId, arn: key.Arn, key }
  }
}

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** An error of this name. */
export function named(name: string): unknown {
  return expect.objectContaining({ name })
}

/** The id of no key. */
export const noSuchKey = '00000000-0000-4000-8000-000000000000'
