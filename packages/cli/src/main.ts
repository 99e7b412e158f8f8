/**
 * The command: arguments, streams and environment in, exit status out.
 *
 * @module
 */

import type { ParsedArguments, Talk } from './arguments.ts'
import { OutputClosedError, UsageError } from './cli-error.ts'
import { decryptCommand } from './decrypt-command.ts'
import { encryptCommand } from './encrypt-command.ts'
import { exitStatus, Interrupted } from './exit-status.ts'
import { inspectCommand } from './inspect-command.ts'
import { keygenCommand } from './keygen-command.ts'
import { keystoreCommand } from './keystore-command.ts'
import { localKmsCommand } from './local-kms-command.ts'
import { parseArguments } from './parse-arguments.ts'
import { Reporter } from './reporter.ts'
import { s3Command } from './s3-command.ts'
import type { Surroundings } from './surroundings.ts'
import { writeTo } from './write-stream.ts'

/**
 * Run `esdk` with these arguments, and give its exit status. Never rejects.
 *
 * @param argv - the arguments after the name of the command
 */
export async function main(argv: readonly string[], world: Surroundings): Promise<number> {
  // Until the arguments are understood, a look at them has to do.
  let reporter = new Reporter({ quiet: false, verbose: 0, json: argv.includes('--json') }, world)
  try {
    const parsed = parseArguments(argv)
    if (parsed.command !== 'show') reporter = new Reporter(talkOf(parsed.options), world)
    return await run(parsed, reporter, world)
  } catch (error) {
    reporter.endProgress()
    return statusOf(error, reporter, world).catch(() => exitStatus.outputClosed)
  }
}

function talkOf({ quiet, verbose, json }: Talk): Talk {
  return { quiet, verbose, json }
}

async function run(parsed: ParsedArguments, reporter: Reporter, world: Surroundings): Promise<number> {
  switch (parsed.command) {
    case 'show':
      await writeTo(world.stdout, parsed.text)
      return exitStatus.ok
    case 'keygen':
      return keygenCommand(parsed.options, reporter, world)
    case 'encrypt':
      return encryptCommand(parsed.options, reporter, world)
    case 'decrypt':
      return decryptCommand(parsed.options, reporter, world)
    case 'inspect':
      return inspectCommand(parsed.options, reporter, world)
    case 'keystore':
      return keystoreCommand(parsed.options, reporter, world)
    case 'local-kms':
      return localKmsCommand(parsed.options, reporter, world)
    case 's3':
      return s3Command(parsed.options, reporter, world)
  }
}

async function statusOf(error: unknown, reporter: Reporter, world: Surroundings): Promise<number> {
  if (error instanceof OutputClosedError) return exitStatus.outputClosed
  const reason: unknown = world.signal.reason
  if (world.signal.aborted && reason instanceof Interrupted) return reason.status
  await reporter.fail('', error)
  return error instanceof UsageError ? exitStatus.usage : exitStatus.failed
}
