/**
 * `esdk keystore`, as the command line has it.
 *
 * @module
 */

import { Command } from 'commander'
import type { KeystoreTask, Take } from './arguments.ts'
import { examples } from './examples.ts'
import { type AwsOptions, addPair, awsOf, awsOptions, type Options, talkOf, talkOptions } from './option-groups.ts'

type KeystoreOptions = Options &
  AwsOptions & {
    readonly table: string
    readonly keyStore?: string
    readonly key: string
    readonly id: string
  }

export function keystoreCommand(take: Take): Command {
  const command = new Command('keystore')
    .description('Keep branch keys in a DynamoDB table: few calls of AWS KMS, a key for each tenant.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', examples.keystore)
  command.addCommand(
    keystoreTask('create-table', 'Make the table, unless it is there, and wait for it.', take, () => ({
      kind: 'create-table',
    })),
  )
  command.addCommand(
    withKey(
      keystoreTask('create-key', 'Make a branch key; its id goes to the standard output.', take, (options) => ({
        kind: 'create-key',
        key: options.key,
        id: options.id,
        context: options.encryptionContext ?? [],
      })),
    )
      .option('--id <text>', 'the id of the branch key; needs -c (default: a random one)')
      .option('-c, --encryption-context <key=value>', 'a pair to bind to the branch key; repeatable', addPair('-c')),
  )
  for (const [kind, description] of [
    ['version-key', 'Give a branch key a new version, to encrypt with from now on; older ones still decrypt.'],
    ['show', 'Show the active version of a branch key, if it is authentic. Never the key itself.'],
  ] as const) {
    command.addCommand(
      withKey(keystoreTask(kind, description, take, ({ key, id }) => ({ kind, key, id }))).requiredOption(
        '--id <text>',
        'the id of the branch key',
      ),
    )
  }
  return command
}

function keystoreTask(
  name: KeystoreTask['kind'],
  description: string,
  take: Take,
  taskOf: (options: KeystoreOptions) => KeystoreTask,
): Command {
  const command = new Command(name)
    .description(description)
    .requiredOption('--table <name>', 'the DynamoDB table')
    .option('--key-store <name>', 'what branch keys are bound to (default: the name of the table)')
  awsOptions(command)
  talkOptions(command)
  return command.action(() => {
    const options = command.opts<KeystoreOptions>()
    const { table, keyStore = table } = options
    const task = taskOf(options)
    take({ command: 'keystore', options: { ...talkOf(options), task, table, keyStore, aws: awsOf(options) } })
  })
}

function withKey(command: Command): Command {
  return command.requiredOption('--key <arn>', 'the key of AWS KMS that wraps the branch keys')
}
