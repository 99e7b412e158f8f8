/**
 * What a queue of BullMQ has to offer, and what is in it: a job for each object.
 *
 * BullMQ itself is not imported: whoever has a `Queue` and a `Worker` has chosen its version, and its connection.
 *
 * @module
 */

import type { ObjectName, TaskKind } from './task.ts'

/** What a job knows. No key is in it. */
export interface MigrationJobData extends ObjectName {
  readonly task: TaskKind
  /** The name of the migration. */
  readonly migration: string
}

/** A job that is added. */
export interface NewMigrationJob {
  readonly name: string
  readonly data: MigrationJobData
  readonly opts: {
    readonly jobId: string
    readonly attempts: number
    readonly backoff: { readonly type: 'exponential'; readonly delay: number }
  }
}

/** A job that has ended. */
export interface EndedMigrationJob {
  readonly data: MigrationJobData
  readonly returnvalue?: unknown
  readonly failedReason?: string | undefined
}

/** Any `Queue` of BullMQ. A migration takes one for itself. */
export interface MigrationQueue {
  addBulk(jobs: NewMigrationJob[]): Promise<unknown>
  retryJobs(options: { state: 'failed' }): Promise<unknown>
  getJobCounts(): Promise<Record<string, number>>
  getJobs(
    types: ('completed' | 'failed' | 'waiting' | 'active' | 'delayed' | 'prioritized')[],
    start: number,
    end: number,
    ascending: boolean,
  ): Promise<EndedMigrationJob[]>
}

/** The same for the same object in the same migration, and for no other: so a queue takes it once. BullMQ allows no colon. */
export function jobIdOf({ migration, task, bucket, key }: MigrationJobData): string {
  return [migration, task, bucket, key].map(encodeURIComponent).join('/')
}
