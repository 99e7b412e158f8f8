/**
 * `esdk s3`
 *
 * @module
 */

import type { S3Arguments } from './arguments.ts'
import { endpointWarning } from './aws-clients.ts'
import type { Reporter } from './reporter.ts'
import { type S3Clients, s3Clients } from './s3-clients.ts'
import { s3CatCommand, s3CopyCommand } from './s3-copy-command.ts'
import { s3InspectCommand } from './s3-inspect-command.ts'
import { s3MigrateCommand } from './s3-migrate-command.ts'
import { s3RewriteCommand } from './s3-rewrite-command.ts'
import { s3WorkerCommand } from './s3-worker-command.ts'
import type { Surroundings } from './surroundings.ts'

/** A run of `esdk s3`. */
export interface S3Run {
  readonly args: S3Arguments
  readonly clients: S3Clients
  readonly reporter: Reporter
  readonly world: Surroundings
}

export async function s3Command(args: S3Arguments, reporter: Reporter, world: Surroundings): Promise<number> {
  const warning = endpointWarning(args.aws, '--kms-endpoint-url')
  if (warning !== undefined) await reporter.warn(warning)
  const clients = await s3Clients(args)
  const run = { args, clients, reporter, world }
  const { task } = args
  try {
    switch (task.kind) {
      case 'cp':
        return await s3CopyCommand(task, run)
      case 'cat':
        return await s3CatCommand(task.object, run)
      case 'inspect':
        return await s3InspectCommand(task, run)
      case 'rewrap':
      case 'reencrypt':
        return await s3RewriteCommand(task, run)
      case 'migrate':
        return await s3MigrateCommand(task, run)
      case 'worker':
        return await s3WorkerCommand(task, run)
    }
  } finally {
    clients.destroy()
  }
}
