/**
 * Bodies as the AWS SDK sends them.
 *
 * @module
 */

import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { sendingStreamOf } from '#node-stream'
import { atLeast, collectAll } from './chunks.ts'

export interface SendableBody {
  readonly Body: NonNullable<PutObjectCommandInput['Body']>
  /** Nobody sends the rest. */
  close(): void
}

/** Can bodies be sent as they are made? Elsewhere they are sent whole. */
export const sendsStreams: boolean = sendingStreamOf !== undefined

/** S3 refuses a body whose chunks are shorter, but for the last: each is sent as it comes, with its length. */
const leastChunk = 8192

/** A stream where the AWS SDK sends streams; otherwise all of the bytes. */
export async function sendableBody(chunks: AsyncGenerator<Uint8Array>): Promise<SendableBody> {
  const stream = sendingStreamOf?.(atLeast(leastChunk, chunks))
  if (stream === undefined) return { Body: await collectAll(chunks), close: () => {} }
  return { Body: stream as object as SendableBody['Body'], close: () => stream.destroy() }
}
