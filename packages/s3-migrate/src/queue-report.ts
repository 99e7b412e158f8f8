/**
 * How far a queue is, and what became of its objects.
 *
 * @module
 */

import type { EndedMigrationJob, MigrationQueue } from './migration-job.ts'
import type { MigrationOutcome } from './outcome.ts'
import { MigrationReport } from './report.ts'

/** Where jobs are that have not ended. */
const openStates = ['wait', 'waiting', 'active', 'delayed', 'paused', 'prioritized', 'waiting-children']

/** How many objects are still to be done. */
export async function remainingJobs(queue: Pick<MigrationQueue, 'getJobCounts'>): Promise<number> {
  const counts = await queue.getJobCounts()
  return openStates.reduce((sum, state) => sum + (counts[state] ?? 0), 0)
}

/** Jobs that are asked for at once. */
const pageLength = 1000

/** What all jobs ended with that have ended: each is of one object. */
export async function queueReport(queue: Pick<MigrationQueue, 'getJobs'>): Promise<MigrationReport> {
  const report = new MigrationReport()
  for await (const job of endedJobs(queue, 'completed')) report.add(job.returnvalue as MigrationOutcome)
  for await (const job of endedJobs(queue, 'failed')) report.add(failureOf(job))
  return report
}

async function* endedJobs(
  queue: Pick<MigrationQueue, 'getJobs'>,
  state: 'completed' | 'failed',
): AsyncGenerator<EndedMigrationJob, void, undefined> {
  for (let start = 0; ; start += pageLength) {
    // Ascending: what ends meanwhile is added at the end.
    const jobs = await queue.getJobs([state], start, start + pageLength - 1, true)
    yield* jobs
    if (jobs.length < pageLength) return
  }
}

/** Some reasons are those of BullMQ, as where all workers that took a job have died. */
function failureOf({ data: { bucket, key }, failedReason = '' }: EndedMigrationJob): MigrationOutcome {
  const [, code = 'JobFailed', message = failedReason] = /^([A-Za-z]\w*): (.*)$/s.exec(failedReason) ?? []
  return { bucket, key, status: 'failed', code, message, temporary: false }
}
