#!/usr/bin/env node
/**
 * `npm run bulk`: 5,000 objects of every format are migrated by three workers, one of which is killed midway.
 *
 *     npm run bulk -- [--objects N]
 *
 * On Redis and a real S3 server that keeps versions, so that it can be told how often each object was written.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { enqueueMigration, queueReport, remainingJobs } from '@esdk/s3-migrate'
import { Queue, QueueEvents } from 'bullmq'
import { startHttpServer } from '../interop/http-server.mjs'
import { s3Server } from '../interop/toolchains.mjs'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { checkObjects } from './check.mjs'
import { bucket, objectsOf, storeObjects } from './objects.mjs'
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

try {
  const [redis, s3] = await startServers()
  try {
    await migrateBucket(redis, s3)
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
  // Without conditions on writes, nothing can be shown.
  if (wrong !== undefined) throw new MissingToolchain(wrong)
  const [files, metadata, versions] = ['files', 'metadata', 'versions'].map((name) => join(folder, name))
  for (const path of [files, metadata, versions]) await mkdir(path)
  const redis = await startRedis(folder)
  const s3 = await startHttpServer(name, (port) => commandFor(port, { files, metadata, versions, region }))
  console.log(`${redis.name}; ${name}`)
  return [redis, s3]
}

async function migrateBucket(redis, s3) {
  const client = new S3Client({ endpoint: s3.endpoint, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const VersioningConfiguration = { Status: 'Enabled' }
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
  const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]
  const objects = objectsOf(count)
  await timed(`${count} objects are stored`, () => storeObjects(objects, client, oldKey))

  const connection = { url: redis.url }
  const queue = new Queue('esdk-bulk', { connection })
  const events = new QueueEvents(queue.name, { connection })
  await events.waitUntilReady()
  const enqueue = () => enqueueMigration({ queue, client, bucket, task: 'reencrypt' })
  const listed = await enqueue()
  check('nothing is queued twice', (await enqueue()) === listed && (await remainingJobs(queue)) === listed)

  const stalled = new Set()
  events.on('stalled', ({ jobId }) => stalled.add(jobId))
  const environment = {
    BULK_REDIS: redis.url,
    BULK_QUEUE: queue.name,
    BULK_S3: s3.endpoint,
    BULK_OLD_KEY: oldKey.toString('hex'),
    BULK_NEW_KEY: newKey.toString('hex'),
  }
  const workers = ['one', 'two', 'three'].map((name) => startWorker(name, environment))
  await timed(`${listed} jobs are done, by three workers and then by two`, async () => {
    const third = completed(events, Math.floor(listed / 3))
    const empty = emptied(queue, events)
    await third
    workers[0].kill('SIGKILL')
    await empty
  })
  check(`the killed worker left ${stalled.size} jobs, which others took`, stalled.size > 0)
  const jobs = await queue.getJobs(['completed'])
  const [one, two, three] = ['one', 'two', 'three'].map((name) => jobs.filter((job) => job.processedBy === name).length)
  check(`all three worked: ${one}, ${two} and ${three} jobs`, one > 0 && two > 0 && three > 0)
  const report = await queueReport(queue)
  console.log(
    JSON.stringify({ ...report.counts, ...report.encryption, skipped: report.skipped, failures: report.failures }),
  )
  check('no job failed', report.counts.failed === 0)
  check('the report has every job', report.total === listed)
  check(
    'every object is done, or was done already by the one who died',
    report.counts.done + report.counts.already === count,
  )

  const again = await enqueue()
  await timed(`${again} jobs are done a second time`, () => emptied(queue, events))
  const second = await queueReport(queue)
  check('a second run finds every object as it should be', second.counts.already - report.counts.already === count)
  await Promise.all(workers.slice(1).map(stopWorker))
  await events.close()
  await queue.close()

  const wrong = await timed('every object is read', () => checkObjects(objects, client, newKey))
  passed += objects.length - wrong.length
  failed += wrong.length
  for (const sentence of wrong.slice(0, 20)) console.log(`FAILED ${sentence}`)
  console.log(
    `${objects.length - wrong.length} of ${objects.length} objects are in V3 under the new key, written once anew`,
  )
  client.destroy()
}

function startWorker(name, environment) {
  const path = fileURLToPath(new URL('worker.mjs', import.meta.url))
  const child = spawn(process.execPath, [path, name], { env: { ...process.env, ...environment }, stdio: 'inherit' })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  child.on('exit', () => process.off('exit', kill))
  return child
}

async function stopWorker(child) {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}

/** So many jobs have been completed from now on. */
function completed(events, number) {
  return new Promise((resolve) => {
    let left = number
    const count = () => {
      if (--left > 0) return
      events.off('completed', count)
      resolve()
    }
    events.on('completed', count)
  })
}

/** No job is left. After the last one has been taken, each that ends may be the last. */
function emptied(queue, events) {
  return new Promise((resolve, reject) => {
    let isDrained = false
    const look = async () => {
      if (!isDrained || (await remainingJobs(queue)) > 0) return
      for (const name of ['completed', 'failed']) events.off(name, look)
      events.off('drained', drained)
      resolve()
    }
    const drained = () => {
      isDrained = true
      look().catch(reject)
    }
    events.on('drained', drained)
    for (const name of ['completed', 'failed']) events.on(name, look)
  })
}

async function timed(what, run) {
  const start = performance.now()
  const value = await run()
  console.log(`       ${what} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return value
}
