/**
 * Options that several commands have, and what they make together.
 *
 * @module
 */

import { type CommitmentPolicy, quote } from '@esdk/cmm'
import type { AlgorithmSuiteId } from '@esdk/serialize'
import type { Command } from 'commander'
import type { SelectionArguments, Talk, TransferArguments } from './arguments.ts'
import type { AwsArguments } from './aws-clients.ts'
import { type CachingArguments, parseCaching } from './caching.ts'
import { UsageError } from './cli-error.ts'
import type { KeyArgument } from './keyring-from-arguments.ts'
import {
  type ContextArgument,
  parseContextArgument,
  parseCount,
  parseEndpoint,
  parseLength,
  parsePolicy,
  parseRegion,
  parseSuffix,
} from './values.ts'

/** What goes in, and the keys: those of all kinds in one list, in the order of the command line. */
export function inputOptions(command: Command, keys: KeyArgument[]): Command {
  const file = (path: string) => keys.push({ kind: 'file', path })
  const env = (name: string) => keys.push({ kind: 'env', name })
  const attributes = (text: string) => keys.push({ kind: 'attributes', text })
  return command
    .argument('<paths...>', 'files, folders, or patterns such as "logs/**/*.txt"; - is the standard input')
    .option('-k, --key <file>', 'a key file of `esdk keygen`; repeatable', file)
    .option('--key-env <name>', 'an environment variable that holds the text of a key file; repeatable', env)
    .option(
      '-w, --wrapping-key <attributes>',
      'another key: key=ARN for AWS KMS, or type=raw-aes,namespace=NS,name=N,file=PATH',
      attributes,
    )
    .option('-o, --output <path>', 'a file, a folder, or - for the standard output (default: beside the input)')
    .option('-r, --recursive', 'all files below folders; links are not followed')
}

export function commonOptions(command: Command, suffix: string): void {
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
    .option('--caching <limits>', 'use data keys again: capacity=100,max-age=300 (seconds)', parseCaching)
  awsOptions(command)
  talkOptions(command)
}

/** Where AWS is, as the AWS CLI has it. */
export function awsOptions(command: Command): Command {
  return command
    .option(
      '--region <name>',
      'the Region of what is named without one (default: AWS_REGION, or the profile)',
      (text) => parseRegion('--region', text),
    )
    .option('--profile <name>', 'whose credentials in the AWS configuration (default: AWS_PROFILE)')
    .option('--endpoint-url <url>', 'where AWS KMS is, `esdk local-kms` for example', (text) =>
      parseEndpoint('--endpoint-url', text),
    )
    .option('--dynamodb-endpoint-url <url>', 'where DynamoDB is, for branch keys', (text) =>
      parseEndpoint('--dynamodb-endpoint-url', text),
    )
}

export function talkOptions(command: Command): void {
  command
    .option('--json', 'results and errors as JSON on the standard output, one line for each file')
    .option('-q, --quiet', 'say nothing but errors')
    .option('-v, --verbose', 'say more', (_, before: number) => before + 1, 0)
    .helpOption('-h, --help', 'show this help')
}

/** What is gathered from the command line, by the long names of options; each as its parser makes it. */
export type Options = AwsOptions & {
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
  readonly caching?: CachingArguments
}

export type AwsOptions = {
  readonly region?: string
  readonly profile?: string
  readonly endpointUrl?: string
  readonly dynamodbEndpointUrl?: string
}

export type EncryptOptions = Options & { readonly suite?: AlgorithmSuiteId; readonly frameLength?: number }
export type DecryptOptions = Options & { readonly decryptUnsigned?: boolean; readonly buffer?: boolean }
export type KeygenOptions = Options & {
  readonly output: string
  readonly bits?: number
  readonly padding?: string
  readonly namespace?: string
  readonly name?: string
}

export function talkOf(options: Options): Talk {
  return { quiet: options.quiet === true, verbose: options.verbose, json: options.json === true }
}

export function awsOf(options: AwsOptions): AwsArguments {
  return {
    region: options.region,
    profile: options.profile,
    endpointUrl: options.endpointUrl,
    dynamoDbEndpointUrl: options.dynamodbEndpointUrl,
  }
}

export function selectionOf(paths: readonly string[], options: Options): SelectionArguments {
  return { paths, recursive: options.recursive === true, suffix: options.suffix ?? '.encrypted' }
}

export function transferOf(
  paths: readonly string[],
  keys: readonly KeyArgument[],
  options: Options,
): TransferArguments {
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
    caching: options.caching,
    aws: awsOf(options),
  }
}

export function addText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

export function addContext(text: string, before: readonly ContextArgument[] = []): readonly ContextArgument[] {
  return [...before, parseContextArgument(text)]
}

/** For options that take whole pairs. */
export function addPair(option: string) {
  return (text: string, before: readonly ContextArgument[] = []): readonly ContextArgument[] => {
    const pairs = addContext(text, before)
    if (pairs.at(-1)?.value !== undefined) return pairs
    throw new UsageError(`the pair ${quote(text)} has no value`, `Write ${option} ${quote(`${text}=VALUE`)}.`)
  }
}
