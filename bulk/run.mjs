#!/usr/bin/env node
/**
 * `npm run bulk`: 5,000 objects of every format are migrated by three workers, one of which is killed midway; then some
 * hundred others, and a few long ones, get instruction files, while workers die and meet.
 *
 *     npm run bulk -- [--objects N]
 *
 * On Redis and a real S3 server that keeps versions, so that it can be told how often each object was written.
 *
 * @module
 */

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { s3Server } from '../interop/toolchains.mjs'
import { startHttpServer } from '../scripts/http-server.mjs'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { esdkProcess } from './esdk.mjs'
import { migrateIntoFiles } from './in-files.mjs'
import { migrateIntoMetadata } from './in-metadata.mjs'
import { startRedis } from './redis.mjs'

const { values: options } = parseArgs({ options: { objects: { type: 'string', default: '5000' } } })
const count = Number(options.objects)
const region = 'us-east-1'
const folder = await mkdtemp(join(tmpdir(), 'esdk-bulk-'))
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: 'interop',
  AWS_SECRET_ACCESS_KEY: 'interop',
  AWS_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  NO_PROXY: [process.env.NO_PROXY, '127.0.0.1'].filter(Boolean).join(','),
})

let passed = 0
let failed = 0
function check(sentence, holds) {
  if (holds) passed++
  else failed++
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${sentence}`)
}

function checkEach(objects, wrong, how) {
  passed += objects.length - wrong.length
  failed += wrong.length
  for (const sentence of wrong.slice(0, 20)) console.log(`FAILED ${sentence}`)
  console.log(`${objects.length - wrong.length} of ${objects.length} objects are ${how}`)
}

try {
  const [redis, s3] = await startServers()
  try {
    await migrateBuckets(redis, s3)
  } finally {
    await redis.stop()
    await s3.stop()
  }
} catch (error) {
  if (error instanceof MissingToolchain) {
    console.log(`SKIPPED: bulk: ${error.message}`)
  } else {
    failed++
    console.log(error.stack)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

async function startServers() {
  const { name, wrong, commandFor } = await s3Server()
  // Others have no versions to count, or take no conditions on writes.
  if (wrong !== undefined)
    throw new MissingToolchain('versitygw is needed as the S3 server, and there is no Go to build it')
  const [files, metadata, versions] = ['files', 'metadata', 'versions'].map((name) => join(folder, name))
  for (const path of [files, metadata, versions]) await mkdir(path)
  const redis = await startRedis(folder)
  const s3 = await startHttpServer(name, (port) => commandFor(port, { files, metadata, versions, region }))
  console.log(`${redis.name}; ${name}`)
  return [redis, s3]
}

async function migrateBuckets(redis, s3) {
  const client = new S3Client({ endpoint: s3.endpoint, forcePathStyle: true })
  for (const Bucket of ['bulk', 'bulk-files']) {
    await client.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' }
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
  }
  const [oldKey, newKey] = [await makeKey('old.json'), await makeKey('new.json')]
  const keys = '-k old.json --new-key new.json --commitment-policy require-encrypt-allow-decrypt'
  const opening = `${keys} --allow-legacy-wrapping --allow-cbc --endpoint-url ${s3.endpoint}`.split(' ')
  const bulk = { client, redis, oldKey, newKey, opening, esdk, check, checkEach, timed }
  await migrateIntoMetadata(bulk, count)
  await migrateIntoFiles(bulk, Math.ceil(count / 8))
  client.destroy()
}

async function makeKey(name) {
  await esdkProcess(folder, 'keygen', 'aes', '-o', name).ended
  return Buffer.from(JSON.parse(await readFile(join(folder, name), 'utf8')).wrappingKey, 'base64')
}

function esdk(...args) {
  return esdkProcess(folder, 's3', ...args)
}

async function timed(what, run) {
  const start = performance.now()
  const value = await run()
  console.log(`       ${what} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return value
}
