/**
 * Many outcomes in a few numbers.
 *
 * @module
 */

import type { ClientSideEncryption } from '@esdk/s3-cse'
import { howEncrypted, type MigrationOutcome, type MigrationStatus, type SkipReason } from './outcome.ts'

export type MigrationFailure = Pick<
  Extract<MigrationOutcome, { status: 'failed' }>,
  'bucket' | 'key' | 'code' | 'message'
>

/** Failures that are kept with their names; all are counted. */
const mostFailures = 1000

export class MigrationReport {
  /** How many objects there were of each status. */
  readonly counts: Record<MigrationStatus, number> = { done: 0, planned: 0, already: 0, skipped: 0, failed: 0 }
  /** How many were skipped, and why. */
  readonly skipped: Partial<Record<SkipReason, number>> = {}
  /** How many are encrypted how, as in `V3, 115, kms+context`. */
  readonly encryption: Record<string, number> = {}
  /** The first 1,000. */
  readonly failures: MigrationFailure[] = []

  add(outcome: MigrationOutcome): void {
    this.counts[outcome.status]++
    switch (outcome.status) {
      case 'skipped':
        this.skipped[outcome.reason] = (this.skipped[outcome.reason] ?? 0) + 1
        break
      case 'failed':
        this.#keep(outcome)
        break
      default:
        this.#count(outcome.encryption)
    }
  }

  #keep({ bucket, key, code, message }: MigrationFailure): void {
    if (this.failures.length < mostFailures) this.failures.push({ bucket, key, code, message })
  }

  #count(encryption: ClientSideEncryption): void {
    const name = howEncrypted(encryption)
    this.encryption[name] = (this.encryption[name] ?? 0) + 1
  }

  /** All objects. */
  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0)
  }
}
