/**
 * A queue like those of BullMQ, in memory: it takes a job id once, and begins a job again until its attempts are used up.
 *
 * @module
 */

import type { EndedMigrationJob, MigrationQueue, NewMigrationJob } from '../src/migration-job.ts'
import type { MigrationProcessor } from '../src/migration-processor.ts'

interface Job extends NewMigrationJob {
  state: 'waiting' | 'completed' | 'failed'
  starts: number
  returnvalue?: unknown
  failedReason?: string
}

export class MemoryQueue implements MigrationQueue {
  readonly jobs = new Map<string, Job>()

  async addBulk(jobs: NewMigrationJob[]): Promise<void> {
    for (const job of jobs) {
      const { jobId } = job.opts
      if (!this.jobs.has(jobId)) this.jobs.set(jobId, { ...job, state: 'waiting', starts: 0 })
    }
  }

  async retryJobs({ state }: { state: 'failed' }): Promise<void> {
    for (const job of this.jobs.values()) if (job.state === state) job.state = 'waiting'
  }

  async getJobCounts(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {}
    for (const { state } of this.jobs.values()) counts[state] = (counts[state] ?? 0) + 1
    return counts
  }

  async getJobs(types: readonly string[], start: number, end: number): Promise<EndedMigrationJob[]> {
    const found = [...this.jobs.values()].filter(({ state }) => types.includes(state))
    // Values go through JSON on their way to Redis and back.
    return JSON.parse(JSON.stringify(found.slice(start, end + 1))) as EndedMigrationJob[]
  }

  /** Does what a worker does, until nothing waits. */
  async work(processor: MigrationProcessor): Promise<void> {
    for (const job of this.jobs.values()) while (job.state === 'waiting') await run(job, processor)
  }
}

async function run(job: Job, processor: MigrationProcessor): Promise<void> {
  job.starts++
  try {
    job.returnvalue = await processor(job, 'token')
    job.state = 'completed'
  } catch (error) {
    const { name, message } = error as Error
    job.failedReason = message
    if (name === 'UnrecoverableError' || job.starts >= job.opts.attempts) job.state = 'failed'
  }
}
