/**
 * `@esdk/s3-migrate`: whole buckets of client-side-encrypted objects.
 *
 * @module
 */

export { type EnqueueMigrationOptions, enqueueMigration } from './enqueue-migration.ts'
export { type ListOptions, listObjects } from './list-objects.ts'
export { type MigrateOptions, migrate } from './migrate.ts'
export { type MigrateObject, type MigrateObjectOptions, objectMigrator } from './migrate-object.ts'
export type { EndedMigrationJob, MigrationJobData, MigrationQueue, NewMigrationJob } from './migration-job.ts'
export { type MigrationProcessor, type MigrationProcessorOptions, migrationProcessor } from './migration-processor.ts'
export type { MigrationObject, MigrationOutcome, MigrationStatus, SkipReason } from './outcome.ts'
export { QueueInUseError } from './queue-in-use.ts'
export { queueReport, remainingJobs } from './queue-report.ts'
export { type MigrationFailure, MigrationReport } from './report.ts'
export {
  type S3BatchEvent,
  type S3BatchHandlerOptions,
  type S3BatchResponse,
  type S3BatchResult,
  type S3BatchTask,
  s3BatchHandler,
} from './s3-batch.ts'
export {
  type ContextOf,
  type MigrationTask,
  type ObjectName,
  type ReencryptOptions,
  type ReencryptTask,
  type RewrapOptions,
  type RewrapTask,
  type RewritingTask,
  reencrypt,
  rewrap,
  type TaskKind,
} from './task.ts'
