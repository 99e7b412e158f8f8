/**
 * Objects of every format to V3, by three workers, one of which is killed midway.
 *
 * @module
 */

import { queueReport, remainingJobs } from '@esdk/s3-migrate'
import { Queue, QueueEvents } from 'bullmq'
import { checkObjects, contentsOf, otherKeys } from './check.mjs'
import { hasFile, objectsOf, storeObjects } from './objects.mjs'

const bucket = 'bulk'
const queueName = 'esdk-bulk'
/** Of each worker. */
const concurrency = 4

export async function migrateIntoMetadata(
  { client, redis, oldKey, newKey, opening, esdk, check, checkEach, timed },
  count,
) {
  const objects = objectsOf(bucket, count)
  await timed(`${count} objects are stored`, () => storeObjects(objects, client, oldKey))
  const before = await contentsOf(client, bucket)
  const listed = objects.length + objects.filter(hasFile).length
  const all = count.toLocaleString('en')

  const migrateHere = (...options) => esdk('migrate', `s3://${bucket}`, ...options, ...opening).ended
  const dry = await timed('a dry run on one machine ends', () => migrateHere('--dry-run'))
  check(
    `it would do every object: ${dry.said.split('\n')[0]}`,
    dry.status === 0 && dry.said.startsWith(`${all} would be done,`),
  )

  const redisOptions = ['--queue', redis.url, '--queue-name', queueName]
  const connection = { url: redis.url }
  const queue = new Queue(queueName, { connection })
  const events = new QueueEvents(queueName, { connection })
  await events.waitUntilReady()
  const produce = (...options) => esdk('migrate', `s3://${bucket}`, ...redisOptions, ...opening, ...options)
  const producers = [produce('--migration', 'to-v3'), produce('--migration', 'to-v3')]
  await Promise.all(producers.map((producer) => producer.says('in the queue')))
  check(`two producers queue no object twice: ${listed} jobs`, (await remainingJobs(queue)) === listed)

  const stalled = new Set()
  events.on('stalled', ({ jobId }) => stalled.add(jobId))
  const third = completed(events, Math.floor(listed / 3))
  const workers = [1, 2, 3].map(() => esdk('worker', ...redisOptions, '--concurrency', String(concurrency), ...opening))
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
  const { counts, total } = await queueReport(queue)
  console.log(ends[0].said.trimEnd())
  check('both producers report that nothing failed', ends.every(({ status }) => status === 0) && counts.failed === 0)
  check('the report has every job', total === listed)
  check('every object is done, or was done already by the one who died', counts.done + counts.already === count)

  const resumed = await produce('--migration', 'to-v3').ended
  check(
    'the same migration goes on where nothing is left, and reports the same',
    resumed.status === 0 && sameReport(resumed, ends[0]),
  )
  const other = await produce().ended
  check(
    'another migration is refused by this queue',
    other.status === 2 && other.said.includes('has jobs of another migration, "to-v3"'),
  )
  const again = await timed('all are looked at a second time, on one machine', () => migrateHere())
  check(
    `that finds every object as it should be: ${again.said.split('\n')[0]}`,
    again.status === 0 && again.said.startsWith(`${all} done already`),
  )
  for (const worker of workers.slice(1)) worker.process.kill('SIGTERM')
  await Promise.all(workers.map(({ ended }) => ended))
  await events.close()
  await queue.close()

  const left = await otherKeys(client, objects)
  check(`of the instruction files, ${left.length} are left, by the one who died`, left.length <= concurrency)
  const wrong = await timed('every object is read', () =>
    checkObjects(objects, client, newKey, before, { dataKeyIn: 'object', mostWrites: 1 }),
  )
  checkEach(objects, wrong, 'in V3 under the new key, written once anew')
}

function sameReport(one, other) {
  const [a, b] = [one, other].map(({ said }) => said.slice(said.indexOf('\n')))
  return a === b
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
