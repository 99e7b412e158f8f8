/**
 * `esdk s3 worker`: does what is in a queue, until it is ended.
 *
 * @module
 */

import { once } from 'node:events'
import { hostname } from 'node:os'
import type { S3MigrationTask } from './arguments.ts'
import type { S3Run } from './s3-command.ts'
import { locationOf } from './s3-location.ts'
import { migrationTask } from './s3-migration-task.ts'
import { bullMq, queueOf, reach } from './s3-queue.ts'

/** How often an object is begun whose workers die. */
const mostDeaths = 10

/** Milliseconds after which a worker that says nothing is taken for dead. */
const lockDuration = 30_000

export async function s3WorkerCommand(task: S3MigrationTask, run: S3Run): Promise<never> {
  const { clients, reporter, world } = run
  const { signal, env } = world
  const { url, name } = queueOf(task, env)
  const what = await migrationTask(task, run)
  const { Queue, Worker } = await bullMq()
  // A worker that never reached its queue does not end.
  const queue = new Queue(name, { connection: { url } })
  try {
    await reach(queue)
  } finally {
    await queue.close()
  }
  const { migrationProcessor } = await import('@esdk/s3-migrate')
  const worker = new Worker(name, migrationProcessor({ client: clients.plain, task: what }), {
    connection: { url },
    // Stands beside each job that it did.
    name: `${hostname()}/${process.pid}`,
    concurrency: task.concurrency,
    maxStalledCount: mostDeaths,
    lockDuration,
  })
  const shownOf = ({ data: { bucket, key } }: { data: { bucket: string; key: string } }) =>
    locationOf(bucket, key).shown
  // A terminal that went away is no reason to leave the work.
  const tell = (told: Promise<void>) => void told.catch(() => {})
  worker.on('completed', (job, { status }) => tell(reporter.detail(`${status} ${shownOf(job)}`)))
  worker.on('failed', (job, { message }) => {
    if (job !== undefined) tell(reporter.warn(`cannot ${task.job} ${shownOf(job)}: ${message}`))
  })
  worker.on('error', ({ message }) => tell(reporter.warn(`the queue ${name}: ${message}`)))
  try {
    await reporter.say(`working on the queue ${name}`)
    if (!signal.aborted) await once(signal, 'abort')
    throw signal.reason
  } finally {
    await worker.close()
  }
}
