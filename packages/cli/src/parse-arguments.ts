/**
 * The command line, read.
 *
 * @module
 */

import type { CommitmentPolicy } from '@esdk/cmm'
import type { AlgorithmSuiteId } from '@esdk/serialize'
import { Command, CommanderError } from 'commander'
import type { ParsedArguments, SelectionArguments, Talk, TransferArguments } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import { examples } from './examples.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import {
  type ContextArgument,
  parseContextArgument,
  parseCount,
  parseFrameLength,
  parseLength,
  parsePolicy,
  parseSuffix,
  parseSuite,
} from './values.ts'
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
  for (const command of [program, ...program.commands]) {
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

const commands = ['keygen', 'encrypt', 'decrypt', 'inspect'] as const

type Take = (result: ParsedArguments) => void

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
  return program
}

function keygenCommand(take: Take): Command {
  const command = new Command('keygen')
    .description('Make a new key, and write it to a file that only you can read.')
    .argument('<type>', 'aes (one key for both ways), rsa or ecdh (a public key encrypts, a private one decrypts)')
    .requiredOption('-o, --output <path>', 'the key file; - is the standard output')
    .option('--bits <n>', 'aes: 128, 192, 256; rsa: 2048 to 8192; ecdh: 256, 384, 521', (text) =>
      parseCount('--bits', text),
    )
    .option('--padding <name>', 'rsa: oaep-sha256, oaep-sha384, oaep-sha512, oaep-sha1, pkcs1 (default: oaep-sha256)')
    .option('--namespace <text>', 'how messages name the key, with --name (default: esdk)')
    .option('--name <text>', 'the name of the key in its namespace (default: a random one)')
  talkOptions(command)
  return command.addHelpText('after', examples.keygen).action((type: string) => {
    const options = command.opts<KeygenOptions>()
    take({
      command: 'keygen',
      options: {
        ...talkOf(options),
        type,
        output: options.output,
        bits: options.bits,
        namespace: options.namespace,
        name: options.name,
        padding: options.padding,
      },
    })
  })
}

function encryptCommand(take: Take): Command {
  const keys: KeyArgument[] = []
  const command = new Command('encrypt').description('Encrypt files, folders (-r), or the standard input (-).')
  inputOptions(command, keys)
    .option(
      '-c, --encryption-context <key=value>',
      'a pair to store in the open and authenticate; repeatable',
      addContext,
    )
    .option('--required-context-key <key>', 'do not store this pair: who decrypts has to know it; repeatable', addText)
    .option('--suite <suite>', 'algorithm suite, by number or name (default: 0x0578, signed)', parseSuite)
    .option('--frame-length <bytes>', 'plaintext bytes in each frame (default: 4096)', parseFrameLength)
  commonOptions(command, 'the end of the names of encrypted files')
  return command.addHelpText('after', examples.encrypt).action((paths: string[]) => {
    const options = command.opts<EncryptOptions>()
    take({
      command: 'encrypt',
      options: {
        ...transferOf(paths, keys, options),
        suite: options.suite,
        frameLength: options.frameLength,
      },
    })
  })
}

function decryptCommand(take: Take): Command {
  const keys: KeyArgument[] = []
  const command = new Command('decrypt').description('Decrypt files, folders (-r), or the standard input (-).')
  inputOptions(command, keys)
    .option('-c, --encryption-context <key[=value]>', 'a pair, or a key, the message must have; repeatable', addContext)
    .option('--required-context-key <key>', 'a pair that is not stored, and must be given with -c; repeatable', addText)
    .option('--decrypt-unsigned', 'refuse signed messages: everything streams, nothing waits for a signature')
    .option('--buffer', 'hold all plaintext back until the whole message is verified, unsigned ones too')
  commonOptions(command, 'what is removed from the end of names; without it, .decrypted is added')
  return command.addHelpText('after', examples.decrypt).action((paths: string[]) => {
    const options = command.opts<DecryptOptions>()
    take({
      command: 'decrypt',
      options: {
        ...transferOf(paths, keys, options),
        unsignedOnly: options.decryptUnsigned === true,
        buffer: options.buffer === true,
      },
    })
  })
}

function inspectCommand(take: Take): Command {
  const command = new Command('inspect')
    .description('Show what encrypted files say of themselves. Needs no key, and proves nothing.')
    .argument('<paths...>', 'files, folders, or patterns; - is the standard input')
    .option('-r, --recursive', 'all encrypted files below folders; links are not followed')
    .option('--suffix <text>', 'how the names of encrypted files end in folders (default: .encrypted)', parseSuffix)
  talkOptions(command)
  return command.addHelpText('after', examples.inspect).action((paths: string[]) => {
    const options = command.opts<Options>()
    take({ command: 'inspect', options: { ...talkOf(options), ...selectionOf(paths, options) } })
  })
}

/** What goes in, and the keys: those of all kinds in one list, in the order of the command line. */
function inputOptions(command: Command, keys: KeyArgument[]): Command {
  const file = (path: string) => keys.push({ kind: 'file', path })
  const env = (name: string) => keys.push({ kind: 'env', name })
  const attributes = (text: string) => keys.push({ kind: 'attributes', text })
  return command
    .argument('<paths...>', 'files, folders, or patterns such as "logs/**/*.txt"; - is the standard input')
    .option('-k, --key <file>', 'a key file of `esdk keygen`; repeatable', file)
    .option('--key-env <name>', 'an environment variable that holds the text of a key file; repeatable', env)
    .option('-w, --wrapping-key <attributes>', 'another key: type=raw-aes,namespace=NS,name=N,file=PATH', attributes)
    .option('-o, --output <path>', 'a file, a folder, or - for the standard output (default: beside the input)')
    .option('-r, --recursive', 'all files below folders; links are not followed')
}

function commonOptions(command: Command, suffix: string): void {
  command
    .option('--suffix <text>', `${suffix} (default: .encrypted)`, parseSuffix)
    .option('--no-overwrite', 'fail where the output exists already')
    .option(
      '--commitment-policy <policy>',
      'forbid-encrypt-allow-decrypt, require-encrypt-allow-decrypt, or the default require-encrypt-require-decrypt',
      parsePolicy,
    )
    .option('--max-encrypted-data-keys <n>', 'refuse messages with more of them', (text) =>
      parseCount('--max-encrypted-data-keys', text),
    )
    .option('--max-length <bytes>', 'refuse more plaintext than this: 4096, 64K, 1GiB', (text) =>
      parseLength('--max-length', text),
    )
    .option('--max-frame-length <bytes>', 'refuse longer frames: one at a time is held in memory', (text) =>
      parseLength('--max-frame-length', text),
    )
    .option('--metadata-output <file>', 'add a line of JSON for each file: input, output, header')
  talkOptions(command)
}

function talkOptions(command: Command): void {
  command
    .option('--json', 'results and errors as JSON on the standard output, one line for each file')
    .option('-q, --quiet', 'say nothing but errors')
    .option('-v, --verbose', 'say more', (_, before: number) => before + 1, 0)
    .helpOption('-h, --help', 'show this help')
}

/** What is gathered from the command line, by the long names of options; each as its parser makes it. */
type Options = {
  readonly quiet?: boolean
  readonly verbose: number
  readonly json?: boolean
  readonly recursive?: boolean
  readonly suffix?: string
  readonly output?: string
  readonly overwrite?: boolean
  readonly encryptionContext?: readonly ContextArgument[]
  readonly requiredContextKey?: readonly string[]
  readonly commitmentPolicy?: CommitmentPolicy
  readonly maxEncryptedDataKeys?: number
  readonly maxLength?: number
  readonly maxFrameLength?: number
  readonly metadataOutput?: string
}

type EncryptOptions = Options & { readonly suite?: AlgorithmSuiteId; readonly frameLength?: number }
type DecryptOptions = Options & { readonly decryptUnsigned?: boolean; readonly buffer?: boolean }
type KeygenOptions = Options & {
  readonly output: string
  readonly bits?: number
  readonly padding?: string
  readonly namespace?: string
  readonly name?: string
}

function talkOf(options: Options): Talk {
  return { quiet: options.quiet === true, verbose: options.verbose, json: options.json === true }
}

function selectionOf(paths: readonly string[], options: Options): SelectionArguments {
  return { paths, recursive: options.recursive === true, suffix: options.suffix ?? '.encrypted' }
}

function transferOf(paths: readonly string[], keys: readonly KeyArgument[], options: Options): TransferArguments {
  return {
    ...talkOf(options),
    ...selectionOf(paths, options),
    keys,
    output: options.output,
    overwrite: options.overwrite === true,
    context: options.encryptionContext ?? [],
    requiredContextKeys: options.requiredContextKey ?? [],
    commitmentPolicy: options.commitmentPolicy,
    maxEncryptedDataKeys: options.maxEncryptedDataKeys,
    maxLength: options.maxLength,
    maxFrameLength: options.maxFrameLength,
    metadataOutput: options.metadataOutput,
  }
}

function addText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

function addContext(text: string, before: readonly ContextArgument[] = []): readonly ContextArgument[] {
  return [...before, parseContextArgument(text)]
}
