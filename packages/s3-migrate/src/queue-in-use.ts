/**
 * A queue has one migration.
 *
 * Its workers have the keys of one, and take every job of its task: given those of another, they would find that nothing is
 * to be done.
 *
 * @module
 */

import { EsdkError, quote } from '@esdk/cmm'
import type { MigrationJobData, MigrationQueue } from './migration-job.ts'

/** The queue has jobs of another migration. Nothing was added to it. */
export class QueueInUseError extends EsdkError {
  override readonly name = 'QueueInUseError'
  readonly code = 'ERR_ESDK_S3_QUEUE_IN_USE'
  /** Whose jobs it has; `undefined` where they are of something else. */
  readonly migration: string | undefined
  readonly task: string | undefined

  constructor({ migration, task }: Partial<MigrationJobData>) {
    super(
      `the queue has jobs of the migration ${quote(String(migration))}, ${String(task)}: the same name and task go on with it, another migration needs a queue of its own`,
    )
    this.migration = migration
    this.task = task
  }
}

/** Every place where a job can be. */
const allStates = ['completed', 'failed', 'waiting', 'active', 'delayed', 'prioritized'] as const

/** @throws QueueInUseError */
export async function checkQueue(
  queue: Pick<MigrationQueue, 'getJobs'>,
  { migration, task }: Pick<MigrationJobData, 'migration' | 'task'>,
): Promise<void> {
  // The first of each state says whose they all are.
  for (const { data } of await queue.getJobs([...allStates], 0, 0, true)) {
    if (data.migration !== migration || data.task !== task) throw new QueueInUseError(data)
  }
}
