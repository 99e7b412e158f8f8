/**
 * The S3 server that all sides put objects into, with its files in a folder of the run.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startHttpServer } from '../../scripts/http-server.mjs'
import { regions } from '../kms-keys.mjs'
import { s3Server } from '../toolchains.mjs'

/**
 * Starts it. It takes the credentials of the run, in one Region.
 *
 * @returns its `name`, what is `wrong` with it, its `endpoint`, and `stop`, which waits for its end
 */
export async function startS3(folder) {
  const { name, wrong, commandFor } = await s3Server()
  const [files, metadata] = ['files', 'metadata'].map((name) => join(folder, 's3-server', name))
  for (const path of [files, metadata]) await mkdir(path, { recursive: true })
  const server = await startHttpServer(name, (port) => commandFor(port, { files, metadata, region: regions.west }))
  return { name, wrong, ...server }
}
