/**
 * The checksum that S3 stores with an object, and that the AWS SDK compares while it reads the body.
 *
 * The tag of AES-GCM says more, and nothing passes for whole before it is checked. So the checksum is left aside there,
 * which saves a sixth of the time of a get, unless the caller asks for it. CBC has no tag, and keeps it.
 *
 * @module
 */

import { contentSuites } from './content-suite.ts'

/** What is used of an answer of HTTP. */
interface Answer {
  readonly headers?: Record<string, string>
}

const { gcm, committing } = contentSuites

/** Takes the checksums out of the answer to a `GetObject`, where its body has a tag. */
export function leaveToTag({ headers = {} }: Answer): void {
  const hasTag =
    headers['x-amz-meta-x-amz-cek-alg'] === gcm.contentAlgorithm ||
    headers['x-amz-meta-x-amz-c'] === committing.contentAlgorithm
  if (!hasTag) return
  for (const name of Object.keys(headers)) if (name.startsWith('x-amz-checksum-')) delete headers[name]
}
