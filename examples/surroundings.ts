/**
 * What the examples run on: three keys in three Regions, made for them in a KMS of this process, or keys of yours on AWS.
 *
 * On AWS nothing is made or deleted. The examples use the keys that the environment names, with the credentials that the
 * AWS SDK finds:
 *
 * | variable             | what it holds                                                                              |
 * | -------------------- | ------------------------------------------------------------------------------------------ |
 * | `ESDK_EXAMPLE_KEYS`  | the ARNs of three symmetric keys in three Regions of one account, with commas between them |
 * | `ESDK_EXAMPLE_ALIAS` | a name that points to each of them in its Region; `alias/example` when it is not set       |
 *
 * @module
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KMS } from '@aws-sdk/client-kms'
import type { BranchKeyKms } from '@esdk/keyring-hierarchical'
import type { KmsClient } from '@esdk/keyring-kms'
import { localKms } from '@esdk/local-kms'

export interface Surroundings {
  readonly keys: readonly [ExampleKey, ExampleKey, ExampleKey]
  /** All keys are in it, and in this account. */
  readonly partition: string
  readonly accountId: string
  /** On AWS, leave `clientFor` of keyrings out unless clients need settings of your own. */
  readonly clientFor: (region: string | undefined) => KmsClient & BranchKeyKms
  /** The calls of KMS since this was last asked, such as `Decrypt eu-west-1`. */
  readonly takeCalls: () => readonly string[]
  /** For files: gone after the example. */
  readonly folder: string
  readonly close: () => Promise<void>
}

interface ExampleKey {
  readonly region: string
  readonly arn: string
  /** The ARN of an alias of it. */
  readonly alias: string
}

/**
 * @throws TypeError - `ESDK_EXAMPLE_KEYS` is set to something else than it should be
 */
export async function openSurroundings(environment: NodeJS.ProcessEnv = process.env): Promise<Surroundings> {
  const { ESDK_EXAMPLE_KEYS: arns, ESDK_EXAMPLE_ALIAS: alias = 'alias/example' } = environment
  const calls: string[] = []
  const { keys, clientFor, destroy } = arns ? onAws(arns.split(','), alias, calls) : await inThisProcess(alias, calls)
  const [, partition = '', , , accountId = ''] = keys[0].arn.split(':')
  const folder = await mkdtemp(join(tmpdir(), 'esdk-example-'))
  return {
    keys,
    partition,
    accountId,
    clientFor,
    folder,
    takeCalls: () => calls.splice(0),
    async close() {
      destroy?.()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface KmsAndKeys extends Pick<Surroundings, 'keys' | 'clientFor'> {
  readonly destroy?: () => void
}

async function inThisProcess(aliasName: string, calls: string[]): Promise<KmsAndKeys> {
  const { client, clientFor } = localKms({ onCall: ({ operation, region }) => calls.push(`${operation} ${region}`) })
  const newKey = async (region: string): Promise<ExampleKey> => {
    const { KeyMetadata: key } = await client(region).createKey()
    await client(region).createAlias({ AliasName: aliasName, TargetKeyId: key.KeyId })
    return exampleKey(key.Arn, aliasName)
  }
  const keys = [await newKey('us-east-1'), await newKey('us-west-2'), await newKey('eu-west-1')] as const
  calls.length = 0
  return { keys, clientFor }
}

function onAws(arns: readonly string[], aliasName: string, calls: string[]): KmsAndKeys {
  const [first, second, third, ...more] = arns.map((arn) => exampleKey(arn.trim(), aliasName))
  if (first === undefined || second === undefined || third === undefined || more.length > 0) {
    throw new TypeError(`ESDK_EXAMPLE_KEYS must name three keys, with commas between them; found ${arns.length}`)
  }
  if (new Set([first.region, second.region, third.region]).size < 3) {
    throw new TypeError('ESDK_EXAMPLE_KEYS must name keys of three Regions')
  }
  const made: KMS[] = []
  const clientFor = (region: string | undefined): KMS => {
    const kms = new KMS({ ...(region !== undefined && { region }) })
    kms.middlewareStack.add(
      (next, { commandName = '' }) =>
        (call) => {
          calls.push(`${commandName.replace(/Command$/, '')} ${region}`)
          return next(call)
        },
      { step: 'initialize' },
    )
    made.push(kms)
    return kms
  }
  const destroy = () => {
    for (const kms of made) kms.destroy()
  }
  return { keys: [first, second, third], clientFor, destroy }
}

function exampleKey(arn: string, aliasName: string): ExampleKey {
  const found = /^(arn:[\w-]+:kms:([\w-]+):\d{12}:)key\/[\w-]+$/.exec(arn)
  if (found === null) throw new TypeError(`ESDK_EXAMPLE_KEYS must hold ARNs of keys, found ${JSON.stringify(arn)}`)
  const [, upToAccount = '', region = ''] = found
  return { region, arn, alias: `${upToAccount}${aliasName}` }
}
