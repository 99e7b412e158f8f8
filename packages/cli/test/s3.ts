/**
 * Amazon S3 for tests: one in memory, behind HTTP.
 *
 * @module
 */

import { MemoryS3 } from '../../s3-cse/test/memory-s3.ts'
import { type S3Server, serveS3 } from '../../s3-cse/test/s3/server.ts'

export interface TestS3 extends S3Server {
  readonly s3: MemoryS3
}

export async function startTestS3(): Promise<TestS3> {
  const s3 = new MemoryS3()
  return { s3, ...(await serveS3(s3)) }
}
