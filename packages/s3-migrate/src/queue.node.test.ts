/**
 * A migration by a queue: `enqueueMigration`, `migrationProcessor`, `queueReport`.
 */
import type { Queue, Worker } from 'bullmq'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { busy, meeting, puts } from '../../s3-cse/test/s3/faults.ts'
import { Bucket, bucket, newKeyring, oldKeyring, readsAll } from '../test/bucket.ts'
import { MemoryQueue } from '../test/memory-queue.ts'
import { enqueueMigration } from './enqueue-migration.ts'
import { jobIdOf, type MigrationJobData, type MigrationQueue } from './migration-job.ts'
import { migrationProcessor } from './migration-processor.ts'
import type { MigrationOutcome } from './outcome.ts'
import { queueReport, remainingJobs } from './queue-report.ts'
import { reencrypt } from './task.ts'

const task = reencrypt({ encryption: readsAll, newKeyring })

async function filled(...keys: string[]) {
  const made = new Bucket()
  for (const key of keys) await made.putV2(key)
  const queue = new MemoryQueue()
  const enqueue = () => enqueueMigration({ queue, client: made.client, bucket, task: 'reencrypt' })
  return { made, queue, enqueue, processor: migrationProcessor({ client: made.client, task }) }
}

it('fits the classes of BullMQ', () => {
  expectTypeOf<Queue<MigrationJobData, MigrationOutcome>>().toExtend<MigrationQueue>()
  const made = new Bucket()
  const processor = migrationProcessor({ client: made.client, task })
  expectTypeOf(processor).toExtend<ConstructorParameters<typeof Worker<MigrationJobData, MigrationOutcome>>[1]>()
})

describe('a queue', () => {
  it('gets each object once, however often it is filled', async () => {
    const { queue, enqueue } = await filled('a', 'b', 'c')
    expect([await enqueue(), await enqueue(), queue.jobs.size]).toEqual([3, 3, 3])
    expect(await remainingJobs(queue)).toBe(3)
  })

  it('gets 1,200 objects, in the order of S3', async () => {
    const { made, queue, enqueue } = await filled()
    const keys = Array.from({ length: 1200 }, (_, i) => `n${String(i).padStart(4, '0')}`)
    for (const key of keys) made.s3.put(key, new Uint8Array(1))
    expect(await enqueue()).toBe(1200)
    expect([...queue.jobs.values()].map(({ data }) => data.key)).toEqual(keys)
  })

  it('gets an object again that has other content since', async () => {
    const { made, queue, enqueue } = await filled('a')
    await enqueue()
    await made.putV2('a')
    await enqueue()
    expect(queue.jobs.size).toBe(2)
  })

  it('has no key in its jobs, nor plaintext', async () => {
    const { queue, enqueue } = await filled('a')
    await enqueue()
    expect([...queue.jobs.values()][0]?.data).toEqual({ bucket: 'bucket', key: 'a', task: 'reencrypt' })
  })
})

describe('the id of a job', () => {
  it('has no colon, which BullMQ does not take, and differs where a name or the content does', () => {
    const ids = [
      jobIdOf({ bucket: 'b', key: 'k:1' }, '"e"'),
      jobIdOf({ bucket: 'b', key: 'k%3A1' }, '"e"'),
      jobIdOf({ bucket: 'b', key: 'k/1' }, '"e"'),
      jobIdOf({ bucket: 'b', key: 'k' }, '1/"e"'),
      jobIdOf({ bucket: 'b', key: 'k:1' }, '"f"'),
    ]
    expect(ids[0]).toBe('b/k%3A1/%22e%22')
    expect(ids.filter((id) => id.includes(':'))).toEqual([])
    expect(new Set(ids).size).toBe(5)
  })
})

describe('a worker', () => {
  it('leaves the objects in V3 under the new key, and the report says so', async () => {
    const { made, queue, enqueue, processor } = await filled('a', 'b')
    made.s3.put('open', new Uint8Array(1))
    await enqueue()
    await queue.work(processor)
    expect([await made.opens('a', newKeyring), await made.opens('b', newKeyring)]).toEqual([true, true])
    const report = await queueReport(queue)
    expect(report.counts).toEqual({ done: 2, planned: 0, already: 0, skipped: 1, failed: 0 })
    expect([report.encryption, report.skipped]).toEqual([{ 'V3, 115, AES/GCM': 2 }, { 'not-encrypted': 1 }])
    expect([report.total, await remainingJobs(queue)]).toEqual([3, 0])
  })

  it('that gets a job of one who died finds it done, and changes nothing', async () => {
    const { made, queue, enqueue, processor } = await filled('a')
    await enqueue()
    const [job] = queue.jobs.values()
    if (job === undefined) throw new Error('there is no job')
    // It did the work, and died before it could say so.
    await processor(job)
    const { body } = made.s3.get('a')
    await queue.work(processor)
    expect((await queueReport(queue)).counts).toMatchObject({ done: 0, already: 1 })
    expect(made.s3.get('a').body).toBe(body)
  })

  it('that has a job at the same time as another leaves one result', async () => {
    const { made, queue, enqueue, processor } = await filled('a')
    await enqueue()
    const [job] = queue.jobs.values()
    if (job === undefined) throw new Error('there is no job')
    made.s3.requests.length = 0
    const both = await Promise.allSettled([processor(job), processor(job)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'Error', message: expect.stringMatching(/^PreconditionFailed: /) as string },
    })
    expect(await made.opens('a', newKeyring)).toBe(true)
  })

  it('tries again what failed for a time', async () => {
    const { made, queue, enqueue, processor } = await filled('a')
    await enqueue()
    // The AWS SDK asks three times by itself.
    meeting(made.s3, puts, busy, 4)
    await queue.work(processor)
    expect([...queue.jobs.values()].map(({ state, starts }) => [state, starts])).toEqual([['completed', 2]])
  })

  it('tries what is refused once, until the queue is filled again', async () => {
    const { made, queue, enqueue } = await filled('a')
    await enqueue()
    const strict = reencrypt({ encryption: { keyring: oldKeyring }, newKeyring })
    await queue.work(migrationProcessor({ client: made.client, task: strict }))
    expect([...queue.jobs.values()].map(({ state, starts }) => [state, starts])).toEqual([['failed', 1]])
    const { counts, failures } = await queueReport(queue)
    expect([counts.failed, failures]).toEqual([
      1,
      [
        {
          bucket: 'bucket',
          key: 'a',
          code: 'ERR_ESDK_COMMITMENT_POLICY',
          message: expect.stringContaining('commit') as string,
        },
      ],
    ])
    await enqueue()
    await queue.work(migrationProcessor({ client: made.client, task }))
    expect((await queueReport(queue)).counts).toMatchObject({ done: 1, failed: 0 })
  })

  it('refuses a job of another task', async () => {
    const { made, queue, enqueue } = await filled('a')
    await enqueue()
    await queue.work(migrationProcessor({ client: made.client, task: 'inventory' }))
    const { failures } = await queueReport(queue)
    expect(failures).toMatchObject([
      { code: 'TypeError', message: 'the job asks for reencrypt, and this worker does inventory' },
    ])
  })

  it('that is to end leaves its job to others', async () => {
    const { queue, enqueue, processor } = await filled('a')
    await enqueue()
    const [job] = queue.jobs.values()
    if (job === undefined) throw new Error('there is no job')
    const reason = new Error('the worker is to end')
    await expect(processor(job, 'token', AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

it('reports a job whose workers all died by a code of its own', async () => {
  const { queue, enqueue } = await filled('a')
  await enqueue()
  for (const job of queue.jobs.values()) {
    Object.assign(job, { state: 'failed', failedReason: 'job stalled more than allowable limit' })
  }
  expect((await queueReport(queue)).failures).toMatchObject([
    { code: 'JobFailed', message: 'job stalled more than allowable limit' },
  ])
})
