/**
 * `esdk local-kms`, as the command line has it.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import type { KeySpec } from '@esdk/local-kms'
import { Command } from 'commander'
import type { LocalKeyArgument, Take } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import { examples } from './examples.ts'
import { type Options, talkOf, talkOptions } from './option-groups.ts'
import { parseRegion } from './values.ts'

type LocalKmsOptions = Options & {
  readonly port?: number
  readonly keyFile?: string
  readonly key?: readonly LocalKeyArgument[]
}

export function localKmsCommand(take: Take): Command {
  const command = new Command('local-kms')
    .description('Serve a KMS for tests and demos on this machine, until Ctrl-C. It protects nothing.')
    .option('--port <n>', 'the port to listen to (default: one that is free)', parsePort)
    .option('--key-file <file>', 'keep the keys in this file, made if it is not there (default: in memory)')
    .option('--key <region:alias>', 'have a key: REGION[,REGION...]:alias/NAME[:SPEC]; repeatable', addKey)
  talkOptions(command)
  return command.addHelpText('after', examples.localKms).action(() => {
    const options = command.opts<LocalKmsOptions>()
    const { port = 0, keyFile, key = [] } = options
    take({ command: 'local-kms', options: { ...talkOf(options), port, keyFile, keys: key } })
  })
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65535) return port
  throw new UsageError(`--port must be a number from 0 to 65535, found ${quote(text)}`, '0 is one that is free.')
}

const specs: readonly KeySpec[] = [
  'SYMMETRIC_DEFAULT',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
]

function addKey(text: string, before: readonly LocalKeyArgument[] = []): readonly LocalKeyArgument[] {
  const [, list = '', alias, given = 'SYMMETRIC_DEFAULT'] = /^([^:]+):(alias\/[\w/-]+)(?::([^:]+))?$/.exec(text) ?? []
  const spec = specs.find((known) => known === given)
  if (alias === undefined) throw wrongKey(text, 'For example --key eu-west-1:alias/app')
  if (spec === undefined) throw wrongKey(text, `Kinds of keys are ${specs.join(', ')}.`)
  const regions = list.split(',').map((region) => parseRegion('--key', region)) as [string, ...string[]]
  return [...before, { regions, alias, spec }]
}

function wrongKey(text: string, hint: string): UsageError {
  return new UsageError(`--key must be REGION[,REGION...]:alias/NAME[:SPEC], found ${quote(text)}`, hint)
}
