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
import { reencrypt, type TaskKind } from './task.ts'

const task = reencrypt({ encryption: readsAll, newKeyring })

async function filled(...keys: string[]) {
  const made = new Bucket()
  for (const key of keys) await made.putV2(key)
  const queue = new MemoryQueue()
  const enqueue = (others: { readonly task?: TaskKind; readonly migration?: string } = {}) =>
    enqueueMigration({ queue, client: made.client, bucket, task: 'reencrypt', migration: 'm', ...others })
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

  it('that is filled again gets what is new, and reports each object once', async () => {
    const { made, queue, enqueue, processor } = await filled('a', 'b')
    await enqueue()
    await queue.work(processor)
    await made.putV2('c')
    await enqueue()
    await queue.work(processor)
    expect((await queueReport(queue)).counts).toEqual({ done: 3, planned: 0, already: 0, skipped: 0, failed: 0 })
  })

  it.each([
    ['task', { task: 'inventory' }],
    ['name', { migration: 'to another key' }],
  ] as const)('of a migration takes none of another %s, whether that waits or has ended', async (_, first) => {
    const { queue, enqueue, processor } = await filled('a')
    await enqueue(first)
    const inUse = { code: 'ERR_ESDK_S3_QUEUE_IN_USE', ...first }
    await expect(enqueue()).rejects.toMatchObject(inUse)
    await queue.work(processor)
    await expect(enqueue()).rejects.toMatchObject(inUse)
    expect(queue.jobs.size).toBe(1)
  })

  it('takes no migration without a name', async () => {
    const { enqueue } = await filled('a')
    await expect(enqueue({ migration: '' })).rejects.toThrow(TypeError)
  })

  it('has no key in its jobs, nor plaintext', async () => {
    const { queue, enqueue } = await filled('a')
    await enqueue()
    expect([...queue.jobs.values()][0]?.data).toEqual({
      bucket: 'bucket',
      key: 'a',
      task: 'reencrypt',
      migration: 'm',
    })
  })
})

describe('the id of a job', () => {
  it('has no colon, which BullMQ does not take, and differs where a name or the task does', () => {
    const data = { migration: 'm', task: 'rewrap', bucket: 'b', key: 'k:1' } as const
    const ids = [
      jobIdOf(data),
      jobIdOf({ ...data, key: 'k%3A1' }),
      jobIdOf({ ...data, key: 'k/1' }),
      jobIdOf({ ...data, bucket: 'b/k', key: '1' }),
      jobIdOf({ ...data, task: 'reencrypt' }),
      jobIdOf({ ...data, migration: 'm:2' }),
    ]
    expect(ids[0]).toBe('m/rewrap/b/k%3A1')
    expect(ids.filter((id) => id.includes(':'))).toEqual([])
    expect(new Set(ids).size).toBe(6)
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
