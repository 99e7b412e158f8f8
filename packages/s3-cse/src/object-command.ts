/**
 * Commands that Amazon S3 does not know, and that a client which encrypts carries out by itself, with others.
 *
 * @module
 */

import { HeadObjectCommand, type ServiceOutputTypes } from '@aws-sdk/client-s3'
import { encrypts, ownCommand } from './s3-encryption-plugin.ts'

/** What an answer says of the last request behind it. */
export type ResponseMetadata = ServiceOutputTypes['$metadata']

/** Which object it is, and what else every request for it needs. */
export interface ObjectCommandInput {
  readonly Bucket: string
  readonly Key: string
  readonly RequestPayer?: 'requester' | undefined
  readonly ExpectedBucketOwner?: string | undefined
  /** Of an object that S3 encrypts with a key of the caller (SSE-C). It stays so. */
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly SSECustomerKeyMD5?: string | undefined
}

type Resolve = HeadObjectCommand['resolveMiddleware']

/** For `client.send(command)`, where the client is an `S3EncryptionClient` or has the plug-in. */
export abstract class ObjectCommand<Input extends ObjectCommandInput, Output extends { $metadata: ResponseMetadata }> {
  /** For types: this command brings no middleware of its own. */
  declare readonly middlewareStack: never
  readonly input: Input
  readonly #name: string

  constructor(name: string, input: Input) {
    if (typeof input !== 'object' || input === null) throw new TypeError(`${name} needs an object with Bucket and Key`)
    for (const field of ['Bucket', 'Key'] as const) {
      if (typeof input[field] !== 'string' || input[field] === '') throw new TypeError(`${name} needs a ${field}`)
    }
    this.#name = name
    this.input = input
  }

  /** Called by the client. */
  resolveMiddleware(
    stack: Parameters<Resolve>[0],
    configuration: Parameters<Resolve>[1],
    options?: Parameters<Resolve>[2],
  ): (command: { readonly input: Input }) => Promise<{ output: Output; response: unknown }> {
    if (!encrypts(stack)) {
      throw new TypeError(`${this.#name} needs a client that encrypts: send it to an S3EncryptionClient`)
    }
    // The stack of a client is complete with a command of the AWS SDK only. Ours goes no further than the first step.
    const { Bucket, Key } = this.input
    const handler = new HeadObjectCommand({ Bucket, Key }).resolveMiddleware(stack, configuration, options)
    return (({ input }) => handler({ input: { ...input, [ownCommand]: this.#name } })) as (command: {
      readonly input: Input
    }) => Promise<{ output: Output; response: unknown }>
  }
}
