/**
 * `esdk keystore`
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { type BranchKeyStore, branchKeyStore, dynamoStorage } from '@esdk/keyring-hierarchical'
import type { KeystoreArguments } from './arguments.ts'
import { awsClients, endpointWarning } from './aws-clients.ts'
import { UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { parseKmsKeyName } from './kms-name.ts'
import type { Reporter } from './reporter.ts'
import type { Surroundings } from './surroundings.ts'
import { columns } from './table.ts'
import { contextPairs } from './values.ts'
import { writeTo } from './write-stream.ts'

/** Does the task. What other commands need of it goes to the standard output. */
export async function keystoreCommand(
  args: KeystoreArguments,
  reporter: Reporter,
  world: Surroundings,
): Promise<number> {
  const { signal } = world
  const warning = endpointWarning(args.aws)
  if (warning !== undefined) await reporter.warn(warning)
  const { task, table } = args
  if (task.kind === 'create-table') {
    const dynamoDb = await awsClients(args.aws).dynamoDb({})
    const tableArn = await dynamoStorage({ tableName: table, dynamoDb }).createTable({ signal })
    await reporter.result({ table, tableArn, status: 'ready' })
    await reporter.say(`the table ${quote(table)} is ready: ${tableArn}`)
    return exitStatus.ok
  }
  const store = await storeOf(args, task.key)
  const print = async (text: string) => {
    if (!args.json) await writeTo(world.stdout, `${text}\n`)
  }
  try {
    switch (task.kind) {
      case 'create-key': {
        const encryptionContext = contextPairs(task.context)
        const { id } = task
        const named = { encryptionContext, ...(id !== undefined && { branchKeyId: id }) }
        const branchKeyId = await store.createKey(named, { signal })
        await reporter.result({ table, branchKeyId, status: 'created' })
        await print(branchKeyId)
        return exitStatus.ok
      }
      case 'version-key': {
        const version = await store.versionKey(task.id, { signal })
        await reporter.result({ table, branchKeyId: task.id, version, status: 'versioned' })
        await print(version)
        return exitStatus.ok
      }
      case 'show': {
        const facts = await activeFacts(store, task.id, signal)
        await reporter.result({ table, ...facts, status: 'active' })
        await print(shown(facts).join('\n'))
        return exitStatus.ok
      }
    }
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error
  }
}

async function storeOf({ table, keyStore, aws }: KeystoreArguments, kmsKeyArn: string): Promise<BranchKeyStore> {
  const name = parseKmsKeyName(kmsKeyArn)
  if (name === undefined) {
    throw new UsageError(
      `--key must be the ARN of a key of AWS KMS, not an alias or an id; found ${quote(kmsKeyArn)}`,
      'arn:aws:kms:REGION:ACCOUNT:key/ID, as `aws kms describe-key` shows it',
    )
  }
  const clients = awsClients(aws)
  const [kms, dynamoDb] = await Promise.all([clients.kms({ region: name.region }), clients.dynamoDb({})])
  return branchKeyStore({ tableName: table, logicalKeyStoreName: keyStore, kmsKeyArn, kms, dynamoDb })
}

interface ActiveFacts {
  readonly branchKeyId: string
  readonly version: string
  readonly kmsKey: string
  readonly keyStore: string
  readonly encryptionContext: Readonly<Record<string, string>>
}

/** What is bound to the active version. Only AWS KMS can tell whether it is authentic; the key is zeroed unseen. */
async function activeFacts(store: BranchKeyStore, id: string, signal: AbortSignal): Promise<ActiveFacts> {
  const { branchKey, branchKeyVersion, encryptionContext } = await store.getActive(id, { signal })
  branchKey.zero()
  const { kmsKey, logicalKeyStoreName } = store
  return {
    branchKeyId: id,
    version: branchKeyVersion,
    kmsKey: 'arn' in kmsKey ? kmsKey.arn : kmsKey.kind,
    keyStore: logicalKeyStoreName,
    encryptionContext,
  }
}

function shown({ branchKeyId, version, kmsKey, keyStore, encryptionContext }: ActiveFacts): string[] {
  const pairs = Object.entries(encryptionContext)
  return [
    `${quote(branchKeyId)}   authentic: AWS KMS has opened it`,
    ...columns(
      [
        ['active version', version],
        ['wrapped by', kmsKey],
        ['key store', quote(keyStore)],
      ],
      '  ',
    ),
    pairs.length === 0 ? '  encryption context: none' : '  encryption context',
    ...columns(
      pairs.map(([key, value]) => [quote(key), quote(value)]),
      '    ',
    ),
  ]
}
