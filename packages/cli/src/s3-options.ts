/**
 * `esdk s3`, as the command line has it.
 *
 * @module
 */

import type { CommitmentPolicy } from '@esdk/cmm'
import { Command } from 'commander'
import type { S3RewritingTask, S3Task, Take } from './arguments.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import { addPair, type Options, talkOf, talkOptions } from './option-groups.ts'
import { s3Examples } from './s3-examples.ts'
import { type ContextArgument, parseEndpoint, parsePolicy, parseRegion } from './values.ts'

export type S3Options = Options & {
  readonly commitmentPolicy?: CommitmentPolicy
  readonly allowLegacyWrapping?: boolean
  readonly allowCbc?: boolean
  readonly instructionFile?: boolean
  readonly instructionFileSuffix?: string
  readonly newInstructionFileSuffix?: string
  readonly newEncryptionContext?: readonly ContextArgument[]
  readonly rotationRequired?: boolean
  readonly dryRun?: boolean
  readonly kmsEndpointUrl?: string
}

export function s3Command(take: Take): Command {
  const command = new Command('s3')
    .description('Objects in Amazon S3, in the formats of S3 client-side encryption.')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', s3Examples.s3)
  for (const subcommand of [cpCommand, catCommand, inspectCommand]) command.addCommand(subcommand(take))
  command.addCommand(rewritingCommand(take, 'rewrap', 'Wrap data keys with another key; bodies stay where they are.'))
  command.addCommand(
    rewritingCommand(take, 'reencrypt', 'Write objects anew, in the format of today and under a new data key.'),
  )
  return command
}

function cpCommand(take: Take): Command {
  const command = new Command('cp')
    .description('Encrypt a file into an object, or decrypt an object into a file.')
    .argument('<from>', 'a file, s3://BUCKET/KEY, or - for the standard input')
    .argument('<to>', 's3://BUCKET/KEY, a file or folder, or - for the standard output')
    .option('--no-overwrite', 'fail where the file or the object exists already')
    .option('--instruction-file', 'put the data key into a file beside the new object, not into its metadata')
  return finished(command, take, (options, [from = '', to = '']) => ({
    kind: 'cp',
    from,
    to,
    overwrite: options.overwrite === true,
    instructionFile: options.instructionFile === true,
  }))
}

function catCommand(take: Take): Command {
  const command = new Command('cat')
    .description('Decrypt an object to the standard output, when all of it has proved authentic.')
    .argument('<object>', 's3://BUCKET/KEY')
  return finished(command, take, (_, [object = '']) => ({ kind: 'cat', object }))
}

function inspectCommand(take: Take): Command {
  const command = new Command('inspect')
    .description('Show how objects are encrypted, and what opens them. Needs no key, and proves nothing.')
    .argument('<place>', 's3://BUCKET/KEY; with -r s3://BUCKET/PREFIX/')
    .option('-r, --recursive', 'all objects below the prefix')
  suffixOption(command)
  return withPlace(command, 'inspect', take, [], (options, [place = '']) => ({
    kind: 'inspect',
    place,
    recursive: options.recursive === true,
  }))
}

function rewritingCommand(take: Take, kind: S3RewritingTask['kind'], description: string): Command {
  const newKeys: KeyArgument[] = []
  const command = new Command(kind)
    .description(description)
    .argument('<place>', 's3://BUCKET/KEY; with -r s3://BUCKET/PREFIX/')
    .option('-r, --recursive', 'all objects below the prefix')
    .option('--dry-run', 'look at the objects and say what would be done; uses no key, writes nothing')
  newKeyOptions(command, newKeys).option('--instruction-file', 'put the data key into a file beside the object')
  if (kind === 'rewrap') {
    command
      .option('--no-instruction-file', 'put the data key into the metadata of the object')
      .option('--new-instruction-file-suffix <text>', 'write a further file, for another reader')
      .option('--rotation-required', 'write nothing where the old key would still open the object')
  }
  return finished(command, take, (options, [place = '']) => ({
    kind,
    place,
    recursive: options.recursive === true,
    dryRun: options.dryRun === true,
    newKeys,
    newContext: options.newEncryptionContext,
    instructionFile: options.instructionFile,
    newInstructionFileSuffix: options.newInstructionFileSuffix,
    rotationRequired: options.rotationRequired === true,
  }))
}

/** What objects are under from now on. */
export function newKeyOptions(command: Command, newKeys: KeyArgument[]): Command {
  return addKeyOptions(command, newKeys, {
    file: ['--new-key <file>', 'from now on: a key file of `esdk keygen`'],
    env: ['--new-key-env <name>', 'the same, in an environment variable'],
    attributes: ['--new-wrapping-key <attributes>', 'another one, as with -w: key=ARN for AWS KMS'],
  }).option(
    '--new-encryption-context <key=value>',
    'with AWS KMS: a pair from now on (default: those of -c); repeatable',
    addPair('--new-encryption-context'),
  )
}

/** With all that opens objects. */
export function finished(
  command: Command,
  take: Take,
  taskOf: (options: S3Options, words: readonly string[]) => S3Task,
): Command {
  const keys: KeyArgument[] = []
  addKeyOptions(command, keys, {
    file: ['-k, --key <file>', 'a key file of `esdk keygen aes` or `esdk keygen rsa`'],
    env: ['--key-env <name>', 'an environment variable that holds the text of a key file'],
    attributes: ['-w, --wrapping-key <attributes>', 'another key: key=ARN for AWS KMS, discovery=true to decrypt'],
  })
    .option(
      '-c, --encryption-context <key=value>',
      'with AWS KMS: a pair to store in the open; to decrypt, all pairs again; repeatable',
      addPair('-c'),
    )
    .option(
      '--commitment-policy <policy>',
      'require-encrypt-allow-decrypt reads V1 and V2 too, forbid-encrypt-allow-decrypt writes V2 (default: require-encrypt-require-decrypt)',
      parsePolicy,
    )
    .option('--allow-legacy-wrapping', 'read objects whose data key was wrapped in an old way')
    .option('--allow-cbc', 'read objects of AES-CBC: nobody can tell whether they were changed')
  if (!suffixless.has(command.name())) suffixOption(command)
  return withPlace(command, command.name() as S3Task['kind'], take, keys, taskOf)
}

/** What writes whole objects anew reads them where every client looks for their data keys. */
const suffixless: ReadonlySet<string> = new Set(['reencrypt', 'migrate', 'worker'])

function suffixOption(command: Command): void {
  command.option('--instruction-file-suffix <text>', 'of the instruction file that is read (default: .instruction)')
}

function withPlace(
  command: Command,
  kind: S3Task['kind'],
  take: Take,
  keys: readonly KeyArgument[],
  taskOf: (options: S3Options, words: readonly string[]) => S3Task,
): Command {
  command
    .option('--region <name>', 'the Region of the bucket, and of keys without one (default: AWS_REGION)', (text) =>
      parseRegion('--region', text),
    )
    .option('--profile <name>', 'whose credentials in the AWS configuration (default: AWS_PROFILE)')
    .option('--endpoint-url <url>', 'where S3 is, as in the AWS CLI', (text) => parseEndpoint('--endpoint-url', text))
  if (kind !== 'inspect') {
    command.option('--kms-endpoint-url <url>', 'where AWS KMS is, `esdk local-kms` for example', (text) =>
      parseEndpoint('--kms-endpoint-url', text),
    )
  }
  talkOptions(command)
  return command.addHelpText('after', s3Examples[kind]).action(() => {
    const options = command.opts<S3Options>()
    take({
      command: 's3',
      options: {
        ...talkOf(options),
        task: taskOf(options, command.args),
        keys,
        context: options.encryptionContext ?? [],
        commitmentPolicy: options.commitmentPolicy,
        allowLegacyWrapping: options.allowLegacyWrapping === true,
        allowCbc: options.allowCbc === true,
        instructionFileSuffix: options.instructionFileSuffix,
        aws: {
          region: options.region,
          profile: options.profile,
          endpointUrl: options.kmsEndpointUrl,
          dynamoDbEndpointUrl: undefined,
        },
        s3EndpointUrl: options.endpointUrl,
      },
    })
  })
}

type Described = readonly [flags: string, description: string]

function addKeyOptions(
  command: Command,
  keys: KeyArgument[],
  { file, env, attributes }: { readonly file: Described; readonly env: Described; readonly attributes: Described },
): Command {
  return command
    .option(...file, (path: string) => keys.push({ kind: 'file', path }))
    .option(...env, (name: string) => keys.push({ kind: 'env', name }))
    .option(...attributes, (text: string) => keys.push({ kind: 'attributes', text }))
}
