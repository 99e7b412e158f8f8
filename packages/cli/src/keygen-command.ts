/**
 * `esdk keygen`
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { unlink } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { quote } from '@esdk/cmm'
import type { CurveName } from '@esdk/crypto-backend'
import {
  generateAesKey,
  generateEcdhKeyPair,
  generateRsaKeyPair,
  rawAesKeyring,
  rawRsaKeyring,
} from '@esdk/keyring-raw'
import { hex } from '@esdk/serialize'
import type { KeygenArguments } from './arguments.ts'
import { CliError, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { encodeKeyFile } from './key-file.ts'
import { describeRawKey, type RawKey, rsaPaddings } from './raw-key.ts'
import { replaceFile } from './replace-file.ts'
import type { Reporter } from './reporter.ts'
import type { Surroundings } from './surroundings.ts'
import { checkReplaceable } from './target.ts'
import { shownPath } from './visible.ts'
import { writeTo } from './write-stream.ts'

export async function keygenCommand(args: KeygenArguments, reporter: Reporter, world: Surroundings): Promise<number> {
  const toStdout = args.output === '-'
  if (toStdout && args.json) throw new UsageError('--json and the key would both go to the standard output')
  if (toStdout && world.stdout.isTTY) {
    throw new UsageError(
      'the key would be shown on the terminal',
      'Name a file with -o, or send it on: esdk ... -o - | COMMAND',
    )
  }
  const key = await newKey(args)
  const text = encodeKeyFile(key)
  if (toStdout) await writeTo(world.stdout, text)
  else await writeKeyFiles(args.output, key, text, reporter, world)
  if (key.type === 'raw-aes') key.wrappingKey.fill(0)
  return exitStatus.ok
}

async function newKey(args: KeygenArguments): Promise<RawKey> {
  switch (args.type) {
    case 'aes':
      return newAesKey(args)
    case 'rsa':
      return newRsaKey(args)
    case 'ecdh':
      return newEcdhKey(args)
    default:
      throw new UsageError(`${quote(args.type)} is no type of key`, 'Types are aes, rsa and ecdh.')
  }
}

function newAesKey(args: KeygenArguments): RawKey {
  const bits = choose('--bits', args.bits, [256, 192, 128] as const)
  if (args.padding !== undefined) throw new UsageError('--padding is for rsa keys')
  const wrappingKey = generateAesKey(bits)
  const id = keyName(args)
  checking(() => rawAesKeyring({ ...id, wrappingKey }))
  return { type: 'raw-aes', ...id, wrappingKey }
}

async function newRsaKey(args: KeygenArguments): Promise<RawKey> {
  const { bits = 3072 } = args
  const padding = choose('--padding', args.padding, rsaPaddings)
  const id = keyName(args)
  if (bits < 2048 || bits > 8192 || bits % 8 !== 0) {
    throw new UsageError(`--bits of an rsa key must be from 2048 to 8192, and a multiple of 8; found ${bits}`)
  }
  const pair = await generateRsaKeyPair(bits)
  checking(() => rawRsaKeyring({ ...id, padding, publicKey: pair.publicKey }))
  return { type: 'raw-rsa', ...id, padding, ...pair }
}

async function newEcdhKey(args: KeygenArguments): Promise<RawKey> {
  if (args.padding !== undefined) throw new UsageError('--padding is for rsa keys')
  if (args.namespace !== undefined || args.name !== undefined) {
    throw new UsageError('ecdh keys have no --namespace and no --name: messages name them by the public key')
  }
  const bits = choose('--bits', args.bits, [384, 256, 521] as const)
  const curve: CurveName = `P-${bits}`
  return { type: 'raw-ecdh', curve, ...(await generateEcdhKeyPair(curve)) }
}

/** The choice that was given, or the first. */
function choose<Choice extends string | number>(
  option: string,
  given: string | number | undefined,
  choices: readonly Choice[],
): Choice {
  const choice = given === undefined ? choices[0] : choices.find((known) => known === given)
  if (choice !== undefined) return choice
  throw new UsageError(`${option} must be one of ${choices.join(', ')}; found ${quote(String(given))}`)
}

function keyName({ namespace = 'esdk', name = `key-${hex(randomBytes(8))}` }: KeygenArguments) {
  return { namespace, name }
}

/** The library knows which names a key may have. */
function checking(use: () => void): void {
  try {
    use()
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

async function writeKeyFiles(
  output: string,
  key: RawKey,
  text: string,
  reporter: Reporter,
  { cwd }: Surroundings,
): Promise<void> {
  const path = resolve(cwd, output)
  const publicKey = publicPart(key)
  const publicOutput = publicName(output)
  await writeNew(path, shownPath(output), text, 0o600)
  if (publicKey !== undefined) {
    try {
      await writeNew(publicName(path), shownPath(publicOutput), encodeKeyFile(publicKey), 0o644)
    } catch (error) {
      // One without the other would be taken for a pair later.
      await unlink(path)
      throw error
    }
  }
  const files = { output, ...(publicKey && { publicOutput }) }
  const id = key.type === 'raw-ecdh' ? {} : { namespace: key.namespace, name: key.name }
  await reporter.result({ ...files, type: key.type, ...id })
  await reporter.say(
    `wrote ${shownPath(output)}: ${describeRawKey(key)}, only you can read it. What it encrypts is lost without it.`,
  )
  if (publicKey !== undefined) {
    await reporter.say(`wrote ${shownPath(publicOutput)}: the public key, for those who encrypt for you.`)
  }
}

/** Key files never replace a file: what that has encrypted would be lost. */
async function writeNew(path: string, shown: string, text: string, mode: number): Promise<void> {
  await checkReplaceable(path, shown)
  try {
    await replaceFile(path, { shown, overwrite: false, mode }, (sink) => sink.write(new TextEncoder().encode(text)))
  } catch (error) {
    if (!(error instanceof CliError) || error.code !== 'ERR_ESDK_CLI_OUTPUT_EXISTS') throw error
    throw new CliError(
      error.code,
      `the file ${shown} exists, and keys are never overwritten`,
      'What it has encrypted needs it. Name another file with -o, or move it away.',
    )
  }
}

function publicPart(key: RawKey): RawKey | undefined {
  if (key.type === 'raw-aes') return undefined
  const { privateKey: _, ...publicPart } = key
  return publicPart
}

/** `partner.json` to `partner.pub.json`. */
function publicName(path: string): string {
  const name = basename(path)
  const stem = name.endsWith('.json') ? name.slice(0, -'.json'.length) : name
  return `${path.slice(0, path.length - name.length)}${stem}.pub.json`
}
