/**
 * The command line, read.
 *
 * @module
 */

import { Command, CommanderError } from 'commander'
import type { ParsedArguments, Take } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import { examples } from './examples.ts'
import { decryptCommand, encryptCommand, inspectCommand, keygenCommand } from './file-commands.ts'
import { keystoreCommand } from './keystore-options.ts'
import { localKmsCommand } from './local-kms-options.ts'
import { migrateCommand, workerCommand } from './s3-migrate-options.ts'
import { s3Command } from './s3-options.ts'
import { version } from './version.ts'

/**
 * What the arguments after `esdk` ask for.
 *
 * @throws UsageError - an unknown command or option, a missing argument, a value that means nothing
 */
export function parseArguments(argv: readonly string[]): ParsedArguments {
  let parsed: ParsedArguments | undefined
  let shown = ''
  let complaint = ''
  let complainer = 'esdk'
  const program = createProgram((result) => {
    parsed = result
  })
  for (const command of withSubcommands(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        shown += text
      },
      writeErr: (text) => {
        complaint += text
        complainer = fullNameOf(command)
      },
    })
  }
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { command: 'show', text: shown }
    if (error.code === 'commander.help') throw new UsageError(`a command is missing\n\n${complaint.trimEnd()}`)
    throw new UsageError(...complaintOf(complaint, complainer))
  }
  if (parsed === undefined) throw new UsageError('a command is missing', 'Try `esdk --help`.')
  return parsed
}

function complaintOf(complaint: string, complainer: string): [message: string, hint: string] {
  const [first = '', ...rest] = complaint
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  return [first, rest.join('\n').trim() || `Try \`${complainer} --help\`.`]
}

/** `esdk s3 cp` */
function fullNameOf(command: Command): string {
  return command.parent === null ? command.name() : `${fullNameOf(command.parent)} ${command.name()}`
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

function createProgram(take: Take): Command {
  const program = new Command('esdk')
    .description('Encrypt and decrypt files in the message format of the AWS Encryption SDK.')
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', examples.esdk)
  program.addCommand(keygenCommand(take))
  program.addCommand(encryptCommand(take))
  program.addCommand(decryptCommand(take))
  program.addCommand(inspectCommand(take))
  program.addCommand(keystoreCommand(take))
  program.addCommand(localKmsCommand(take))
  const s3 = s3Command(take)
  for (const subcommand of [migrateCommand, workerCommand]) s3.addCommand(subcommand(take))
  program.addCommand(s3)
  return program
}
