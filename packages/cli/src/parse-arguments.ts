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
      },
    })
  }
  try {
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { command: 'show', text: shown }
    if (error.code === 'commander.help') throw new UsageError(`a command is missing\n\n${complaint.trimEnd()}`)
    throw new UsageError(...complaintOf(complaint, argv))
  }
  if (parsed === undefined) throw new UsageError('a command is missing', 'Try `esdk --help`.')
  return parsed
}

function complaintOf(complaint: string, argv: readonly string[]): [message: string, hint: string] {
  const [first = '', ...rest] = complaint
    .replace(/^error: /, '')
    .trim()
    .split('\n')
  const command = commands.find((name) => argv.includes(name))
  return [first, rest.join('\n').trim() || `Try \`esdk ${command === undefined ? '' : `${command} `}--help\`.`]
}

const commands = ['keygen', 'encrypt', 'decrypt', 'inspect', 'keystore', 'local-kms', 's3'] as const

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
