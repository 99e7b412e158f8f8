/**
 * Data keys into instruction files: a body and its file are two objects, and whoever dies, or meets another, is between
 * them. One worker is killed while it sends long bodies; then two workers and two runs on one machine have the same objects.
 *
 * @module
 */

import { once } from 'node:events'
import { QueueEvents } from 'bullmq'
import { checkObjects, contentsOf, openUploads, otherKeys } from './check.mjs'
import { longObjectsOf, objectsOf, storeObjects } from './objects.mjs'

const bucket = 'bulk-files'
const queueName = 'esdk-bulk-files'
const concurrency = 4

/** What S3 says to whoever comes second. This server writes an object and its checksum one after the other. */
const conflict = / {2}(PreconditionFailed|HTTP_412|ConditionalRequestConflict|ChecksumMismatch): /

export async function migrateIntoFiles(
  { client, redis, oldKey, newKey, opening, esdk, check, checkEach, timed },
  count,
) {
  const long = longObjectsOf(bucket, 3)
  const objects = [...long, ...objectsOf(bucket, count)]
  await timed(`${objects.length} objects are stored, ${long.length} of them long`, () =>
    storeObjects(objects, client, oldKey),
  )
  const before = await contentsOf(client, bucket)

  const options = ['--instruction-file', ...opening]
  const redisOptions = ['--queue', redis.url, '--queue-name', queueName]
  const producer = esdk('migrate', `s3://${bucket}`, ...redisOptions, ...options)
  await producer.says('in the queue')
  const work = () => esdk('worker', ...redisOptions, '--concurrency', String(concurrency), ...options)
  const events = new QueueEvents(queueName, { connection: { url: redis.url } })
  await events.waitUntilReady()
  // The long objects are the first: while they are written, a short one is done.
  const [first] = [work(), await once(events, 'completed')]
  first.process.kill('SIGKILL')
  await first.ended
  await events.close()
  const written = await contentsOf(client, bucket)
  const unfinished = long.filter(({ key }) => written.get(key).size === 1).length
  check(`one worker was killed while it wrote ${unfinished} long objects`, unfinished > 0)

  const workers = [work(), work()]
  const migrateHere = () => esdk('migrate', `s3://${bucket}`, ...options).ended
  const [queued, ...here] = await timed(
    'all are done, by two workers and two runs on one machine, at the same time',
    () => Promise.all([producer.ended, migrateHere(), migrateHere()]),
  )
  for (const { said } of here) console.log(said.split('\n')[0])
  // Of those that have the same object at the same time, one is let; workers try again by themselves.
  const lost = here.flatMap(({ said }) => said.match(/^ {2}s3:.*$/gm) ?? []).filter((line) => !conflict.test(line))
  check('on one machine nothing failed but where others were faster', lost.length === 0)
  for (const line of lost.slice(0, 5)) console.log(line)
  console.log(queued.said.trimEnd())
  check('of the jobs none failed', queued.status === 0)
  for (const worker of workers) worker.process.kill('SIGTERM')
  await Promise.all(workers.map(({ ended }) => ended))
  const again = await migrateHere()
  check(
    `a further run finds every object as it should be: ${again.said.split('\n')[0]}`,
    again.status === 0 && again.said.startsWith(`${objects.length} done already`),
  )

  const files = objects.map(({ key }) => `${key}.instruction`)
  const found = new Set(await otherKeys(client, objects))
  check(
    'each object has its instruction file, and nothing else is there',
    found.size === files.length && files.every((file) => found.has(file)),
  )
  check('no upload of parts is left', (await openUploads(client, bucket)) === 0)
  // It takes several steps: who dies between them, or is met there, has the object written again.
  const wanted = { dataKeyIn: 'instruction-file', mostWrites: 2 }
  const wrong = await timed('every object is read', () => checkObjects(objects, client, newKey, before, wanted))
  checkEach(objects, wrong, 'in V3 under the new key, with an instruction file')
}
