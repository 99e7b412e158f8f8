/**
 * DynamoDB Local, with nothing on the disk.
 *
 * @module
 */

import { startHttpServer } from '../scripts/http-server.mjs'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { dynamoDbLocal } from './toolchains.mjs'

/**
 * Starts it. All callers see the same tables, whatever their Region and credentials are.
 *
 * @returns its `endpoint`, and `stop`, which waits for its end
 */
export async function startDynamoDbLocal() {
  const command = await dynamoDbLocal()
  const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port']
  try {
    return await startHttpServer('DynamoDB Local', (port) => [...command, ...options, String(port)])
  } catch (error) {
    // It keeps its tables in a library that is not made for every processor.
    if (!error.message.includes('UnsatisfiedLinkError')) throw error
    throw new MissingToolchain('DynamoDB Local does not run on this machine')
  }
}
