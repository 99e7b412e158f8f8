/**
 * `esdk s3 migrate` and `esdk s3 worker`, as the command line has them.
 *
 * @module
 */

import { Command, Option } from 'commander'
import type { S3MigrationTask, Take } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import { finished, newKeyOptions, type S3Options } from './s3-options.ts'
import { parseCount } from './values.ts'

type MigrateOptions = S3Options & {
  readonly job: S3MigrationTask['job']
  readonly queue?: string | true
  readonly queueName: string
  readonly concurrency: number
  readonly resumeFrom?: string
  readonly migration?: string
}

/** Where `--queue` has no value: a URL can hold a password, and arguments are seen by all users of a machine. */
export const queueVariable = 'ESDK_REDIS_URL'

export function migrateCommand(take: Take): Command {
  const command = new Command('migrate')
    .description('Look at, rewrap or reencrypt all objects of a bucket, on this machine or by workers.')
    .argument('<place>', 's3://BUCKET, or s3://BUCKET/PREFIX/')
    .option('--dry-run', 'say what would be done; writes nothing, and queues nothing')
    .option('--resume-from <key>', 'on this machine: begin after this key')
    .option('--queue [url]', `leave the work to workers, by this Redis (default: ${queueVariable})`)
    .option('--migration <name>', 'with --queue: go on with the migration that has this name (default: a new one)')
  return common(command, 'migrate', take)
}

export function workerCommand(take: Take): Command {
  const command = new Command('worker')
    .description('Do what `esdk s3 migrate --queue` has found, until ended.')
    .requiredOption('--queue [url]', `where the work is, in Redis (default: ${queueVariable})`)
  return common(command, 'worker', take)
}

function common(command: Command, kind: S3MigrationTask['kind'], take: Take): Command {
  const newKeys: KeyArgument[] = []
  command
    .addOption(
      new Option('--job <name>', 'what is done to each object')
        .choices(['inventory', 'rewrap', 'reencrypt'])
        .default('reencrypt'),
    )
    .option('--queue-name <name>', 'of the queue: each migration has its own', 'esdk-s3-migration')
    .option('--concurrency <count>', 'objects that are worked on at the same time', parseConcurrency, 8)
  newKeyOptions(command, newKeys)
    .option('--instruction-file', 'put data keys into files beside the objects')
    .option('--no-instruction-file', 'rewrap: put data keys into the metadata of the objects')
    .option('--rotation-required', 'rewrap: write nothing where the old key would still open the object')
  return finished(command, take, (all, [place = '']) => {
    const options = all as MigrateOptions
    checkJob(options)
    return {
      kind,
      place,
      job: options.job,
      dryRun: options.dryRun === true,
      newKeys,
      newContext: options.newEncryptionContext,
      instructionFile: options.instructionFile,
      rotationRequired: options.rotationRequired === true,
      concurrency: options.concurrency,
      resumeFrom: options.resumeFrom,
      migration: options.migration,
      queue: queueOf(options),
    }
  })
}

/** @throws UsageError - an option that the job has no use for */
function checkJob({ job, rotationRequired, instructionFile, migration, queue }: MigrateOptions): void {
  const unused = [
    rotationRequired === true && job !== 'rewrap' && '--rotation-required',
    instructionFile === false && job !== 'rewrap' && '--no-instruction-file',
  ].find((name) => name !== false)
  if (unused !== undefined) throw new UsageError(`${unused} is for --job rewrap, and this is ${job}`, `Leave it out.`)
  if (migration !== undefined && queue === undefined) {
    throw new UsageError('--migration needs --queue', 'On this machine, --resume-from goes on with an earlier run.')
  }
}

function queueOf({ queue, queueName: name }: MigrateOptions): S3MigrationTask['queue'] {
  return queue === undefined ? undefined : { url: queue === true ? undefined : queue, name }
}

function parseConcurrency(text: string): number {
  return parseCount('--concurrency', text)
}
