/**
 * `esdk local-kms`
 *
 * @module
 */

import { resolve } from 'node:path'
import type { KeyMetadata, LocalKms, LocalKmsServer } from '@esdk/local-kms'
import type { LocalKeyArgument, LocalKmsArguments } from './arguments.ts'
import { CliError, systemCode, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import type { Reporter } from './reporter.ts'
import type { Surroundings } from './surroundings.ts'
import { columns } from './table.ts'
import { shownPath } from './visible.ts'
import { writeTo } from './write-stream.ts'

/** Serves until a signal asks for the end. */
export async function localKmsCommand(
  args: LocalKmsArguments,
  reporter: Reporter,
  world: Surroundings,
): Promise<number> {
  const server = await start(args, world)
  try {
    await reporter.warn('a local KMS protects nothing: whoever uses this machine can have its keys')
    const keys = await keysOf(server.kms)
    if (args.json) await reporter.result({ endpoint: server.endpoint, port: server.port, keys })
    else await writeTo(world.stdout, ready(server.endpoint, keys))
    await aborted(world.signal)
    world.signal.throwIfAborted()
    return exitStatus.ok
  } finally {
    await server.close()
  }
}

async function start({ port, keyFile, keys }: LocalKmsArguments, { cwd }: Surroundings): Promise<LocalKmsServer> {
  // Not before it is asked for: nothing else needs it.
  const { localKms, startLocalKms } = await import('@esdk/local-kms')
  const shown = keyFile === undefined ? undefined : shownPath(keyFile)
  try {
    const kms = localKms(keyFile === undefined ? {} : { keyFile: resolve(cwd, keyFile) })
    for (const key of keys) await ensureKey(kms, key)
    return await startLocalKms({ port, kms })
  } catch (error) {
    throw refusalOf(error, port, shown)
  }
}

function refusalOf(error: unknown, port: number, keyFile: string | undefined): unknown {
  if (!(error instanceof Error)) return error
  const { name, message } = error
  const code = systemCode(error)
  if (code === 'EADDRINUSE') {
    return new UsageError(`the port ${port} is taken by another program`, 'Name another with --port, or leave it out.')
  }
  if (name === 'KeyFileError' || code !== undefined) {
    const options = { cause: error }
    if (keyFile === undefined) return new CliError('ERR_ESDK_CLI_KEY', message, undefined, options)
    const hint = 'Name a file that `esdk local-kms` made, or one that is not there.'
    return new CliError('ERR_ESDK_CLI_KEY', `the key file ${keyFile} cannot be used: ${message}`, hint, options)
  }
  return '$fault' in error ? new UsageError(`--key: ${message}`) : error
}

/** Makes the key, its replicas and its aliases, as far as they are not there. */
async function ensureKey(kms: LocalKms, { regions, alias, spec }: LocalKeyArgument): Promise<void> {
  const [home, ...others] = regions
  const there = await describe(kms, home, alias)
  const MultiRegion = others.length > 0
  const key = there ?? (await createKey(kms, { home, alias, spec, MultiRegion }))
  if (key.KeySpec !== spec || (MultiRegion && !key.MultiRegion)) {
    throw new UsageError(
      `--key: ${alias} in ${home} is a key of ${key.MultiRegion ? 'several Regions' : 'one Region'}, ${key.KeySpec}`,
      'Give the new key another alias.',
    )
  }
  for (const region of others) {
    const named = await describe(kms, region, alias)
    if (named?.KeyId === key.KeyId) continue
    if (named !== undefined) {
      throw new UsageError(
        `--key: ${alias} in ${region} is another key than in ${home}`,
        'Give the new key another alias.',
      )
    }
    if ((await describe(kms, region, key.KeyId)) === undefined) {
      await kms.client(home).replicateKey({ KeyId: key.KeyId, ReplicaRegion: region })
    }
    await kms.client(region).createAlias({ AliasName: alias, TargetKeyId: key.KeyId })
  }
}

async function createKey(
  kms: LocalKms,
  { home, alias, spec, MultiRegion }: Pick<LocalKeyArgument, 'alias' | 'spec'> & { home: string; MultiRegion: boolean },
): Promise<KeyMetadata> {
  const KeyUsage = spec.startsWith('ECC_') ? 'KEY_AGREEMENT' : 'ENCRYPT_DECRYPT'
  const { KeyMetadata: key } = await kms.client(home).createKey({ KeySpec: spec, KeyUsage, MultiRegion })
  await kms.client(home).createAlias({ AliasName: alias, TargetKeyId: key.KeyId })
  return key
}

async function describe(kms: LocalKms, region: string, KeyId: string): Promise<KeyMetadata | undefined> {
  try {
    return (await kms.client(region).describeKey({ KeyId })).KeyMetadata
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFoundException') return undefined
    throw error
  }
}

interface ShownKey {
  readonly arn: string
  readonly region: string
  readonly spec: string
  readonly state: string
  readonly aliases: readonly string[]
}

async function keysOf(kms: LocalKms): Promise<readonly ShownKey[]> {
  const found: ShownKey[] = []
  for (const region of kms.regions()) {
    const client = kms.client(region)
    for (const { KeyId } of await allKeys(kms, region)) {
      const { KeyMetadata: key } = await client.describeKey({ KeyId })
      const { Aliases } = await client.listAliases({ KeyId, Limit: 100 })
      const aliases = Aliases.map(({ AliasName }) => AliasName)
      found.push({ arn: key.Arn, region, spec: key.KeySpec, state: key.KeyState, aliases })
    }
  }
  return found
}

async function allKeys(kms: LocalKms, region: string): Promise<readonly { readonly KeyId: string }[]> {
  const keys: { readonly KeyId: string }[] = []
  let Marker: string | undefined
  do {
    const page = await kms.client(region).listKeys({ Limit: 1000, ...(Marker !== undefined && { Marker }) })
    keys.push(...page.Keys)
    Marker = page.Truncated ? page.NextMarker : undefined
  } while (Marker !== undefined)
  return keys
}

function ready(endpoint: string, keys: readonly ShownKey[]): string {
  const rows = keys.map(({ arn, spec, state, aliases }) => [
    arn,
    aliases.join(' '),
    [...(spec === 'SYMMETRIC_DEFAULT' ? [] : [spec]), ...(state === 'Enabled' ? [] : [state])].join(' '),
  ])
  const lines = rows.length === 0 ? ['  no key yet: --key eu-west-1:alias/app makes one'] : columns(rows, '  ')
  return `listening at ${endpoint}\n${lines.join('\n')}\nCtrl-C ends it.\n`
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
