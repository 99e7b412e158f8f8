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

import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3'
import { queueReport, remainingJobs } from '@esdk/s3-migrate'
import { Queue, QueueEvents } from 'bullmq'
import { s3Server } from '../interop/toolchains.mjs'
import { startHttpServer } from '../scripts/http-server.mjs'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { checkObjects, contentsOf } from './check.mjs'
import { esdkProcess } from './esdk.mjs'
import { bucket, hasFile, objectsOf, storeObjects } from './objects.mjs'
import { startRedis } from './redis.mjs'

const { values: options } = parseArgs({ options: { objects: { type: 'string', default: '5000' } } })
const count = Number(options.objects)
const region = 'us-east-1'
const queueName = 'esdk-bulk'
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

async function migrateBucket(redis, s3) {
  const client = new S3Client({ endpoint: s3.endpoint, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const VersioningConfiguration = { Status: 'Enabled' }
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }))
  const [oldKey, newKey] = [await makeKey('old.json'), await makeKey('new.json')]
  const objects = objectsOf(count)
  await timed(`${count} objects are stored`, () => storeObjects(objects, client, oldKey))
  const before = await contentsOf(client)
  const listed = objects.length + objects.filter(hasFile).length

  const keys = '-k old.json --new-key new.json --commitment-policy require-encrypt-allow-decrypt'
  const opening = `${keys} --allow-legacy-wrapping --allow-cbc --endpoint-url ${s3.endpoint}`.split(' ')
  const redisOptions = ['--queue', redis.url, '--queue-name', queueName]
  const dry = await timed(
    'a dry run on one machine ends',
    () => esdk('migrate', `s3://${bucket}`, '--dry-run', ...opening).ended,
  )
  check(
    `it would do every object: ${dry.said.split('\n')[0]}`,
    dry.status === 0 && dry.said.startsWith(`${count.toLocaleString('en')} would be done,`),
  )

  const connection = { url: redis.url }
  const queue = new Queue(queueName, { connection })
  const events = new QueueEvents(queueName, { connection })
  await events.waitUntilReady()
  const produce = () => esdk('migrate', `s3://${bucket}`, ...redisOptions, '--endpoint-url', s3.endpoint)
  const producers = [produce(), produce()]
  await Promise.all(producers.map((producer) => producer.says('in the queue')))
  check(`two producers queue no object twice: ${listed} jobs`, (await remainingJobs(queue)) === listed)

  const stalled = new Set()
  events.on('stalled', ({ jobId }) => stalled.add(jobId))
  const third = completed(events, Math.floor(listed / 3))
  const workers = [1, 2, 3].map(() => esdk('worker', ...redisOptions, '--concurrency', '4', ...opening))
  const ends = await timed(`${listed} jobs are done, by three workers and then by two`, async () => {
    await third
    workers[0].process.kill('SIGKILL')
    return Promise.all(producers.map(({ ended }) => ended))
  })
  check(`the killed worker left ${stalled.size} jobs, which others took`, stalled.size > 0)
  const jobs = await queue.getJobs(['completed'])
  const done = workers.map(
    ({ process: { pid } }) => jobs.filter(({ processedBy }) => processedBy.endsWith(`/${pid}`)).length,
  )
  check(
    `all three worked: ${done.join(', ')} jobs`,
    done.every((number) => number > 0),
  )
  const report = await queueReport(queue)
  console.log(ends[0].said.trimEnd())
  check(
    'both producers report that nothing failed',
    ends.every(({ status }) => status === 0) && report.counts.failed === 0,
  )
  check('the report has every job', report.total === listed)
  const { counts } = report
  check('every object is done, or was done already by the one who died', counts.done + counts.already === count)

  const again = await timed('all are asked for a second time', () => produce().ended)
  const second = await queueReport(queue)
  const found = second.counts.already - counts.already
  check(`a second run finds every object as it should be: ${found}`, again.status === 0 && found === count)
  for (const worker of workers.slice(1)) worker.process.kill('SIGTERM')
  await Promise.all(workers.map(({ ended }) => ended))
  await events.close()
  await queue.close()

  const wrong = await timed('every object is read', () => checkObjects(objects, client, newKey, before))
  passed += objects.length - wrong.length
  failed += wrong.length
  for (const sentence of wrong.slice(0, 20)) console.log(`FAILED ${sentence}`)
  console.log(
    `${objects.length - wrong.length} of ${objects.length} objects are in V3 under the new key, written once anew`,
  )
  client.destroy()
}

async function makeKey(name) {
  await esdkProcess(folder, 'keygen', 'aes', '-o', name).ended
  return Buffer.from(JSON.parse(await readFile(join(folder, name), 'utf8')).wrappingKey, 'base64')
}

function esdk(...args) {
  return esdkProcess(folder, 's3', ...args)
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

async function timed(what, run) {
  const start = performance.now()
  const value = await run()
  console.log(`       ${what} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return value
}
