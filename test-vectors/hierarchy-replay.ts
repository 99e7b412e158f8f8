/**
 * The branch key store of the vectors: the items of `esdk/branch-keys.json`, and an AWS KMS that repeats what it answered
 * when they were made.
 *
 * @module
 */

import {
  type AttributeValue,
  type BranchKeyItem,
  type BranchKeyKms,
  type BranchKeyStore,
  branchKeyStore,
  memoryStorage,
} from '@esdk/keyring-hierarchical'
import { fromBase64, readJson, toBase64 } from './source.ts'

interface BranchKeys {
  readonly keyStore: { readonly tableName: string; readonly logicalKeyStoreName: string; readonly kmsKeyArn: string }
  readonly materials: readonly {
    readonly key: string
    readonly branchKeyIdentifier: string
    readonly branchKeyVersion: string
    readonly branchKey: string
    readonly encryptionContext: Readonly<Record<string, string>>
    readonly active: boolean
  }[]
  /** As DynamoDB has them, but bytes in base64. */
  readonly dynamoDbItems: readonly Readonly<Record<string, { S?: string; N?: string; B?: string }>>[]
}

type Context = Readonly<Record<string, string>>

interface Recording {
  readonly operation: string
  readonly keyId: string
  readonly encryptionContext: Context
  readonly ciphertextBlob: string
  readonly plaintext: string
  readonly sourceKeyId: string
  readonly sourceEncryptionContext: Context
  readonly sourceCiphertextBlob: string
  readonly destinationEncryptionContext: Context
}

export const branchKeys: BranchKeys = await readJson<BranchKeys>('esdk/branch-keys.json')
const { recordings } = await readJson<{ recordings: Recording[] }>('esdk/kms-recordings.json')

export const recordedItems: readonly BranchKeyItem[] = branchKeys.dynamoDbItems.map((item) =>
  Object.fromEntries(
    Object.entries(item).map(([name, { S, N, B }]): [string, AttributeValue] => {
      if (B !== undefined) return [name, { B: fromBase64(B) }]
      return [name, N === undefined ? { S: S as string } : { N }]
    }),
  ),
)

/** Answers what was recorded for the same key, context and ciphertext; else as AWS KMS answers a wrong ciphertext. */
export const recordedKms: BranchKeyKms = {
  async generateDataKeyWithoutPlaintext({ KeyId, EncryptionContext }) {
    const found = find('GenerateDataKeyWithoutPlaintext', ({ keyId, encryptionContext }) => {
      return keyId === KeyId && sameContext(encryptionContext, EncryptionContext)
    })
    return { KeyId: found.keyId, CiphertextBlob: fromBase64(found.ciphertextBlob) }
  },
  async reEncrypt(input) {
    const found = find(
      'ReEncrypt',
      (one) =>
        one.sourceKeyId === input.SourceKeyId &&
        one.keyId === input.DestinationKeyId &&
        one.sourceCiphertextBlob === toBase64(input.CiphertextBlob) &&
        sameContext(one.sourceEncryptionContext, input.SourceEncryptionContext) &&
        sameContext(one.destinationEncryptionContext, input.DestinationEncryptionContext),
    )
    return { KeyId: found.keyId, SourceKeyId: found.sourceKeyId, CiphertextBlob: fromBase64(found.ciphertextBlob) }
  },
  async decrypt({ KeyId, CiphertextBlob, EncryptionContext }) {
    const blob = toBase64(CiphertextBlob)
    const found = find('Decrypt', ({ keyId, ciphertextBlob, encryptionContext }) => {
      return keyId === KeyId && ciphertextBlob === blob && sameContext(encryptionContext, EncryptionContext)
    })
    return { KeyId: found.keyId, Plaintext: fromBase64(found.plaintext) }
  },
}

/** The store as it was when the last message was made. */
export function recordedStore(): BranchKeyStore {
  const { logicalKeyStoreName, kmsKeyArn } = branchKeys.keyStore
  return branchKeyStore({ logicalKeyStoreName, kmsKeyArn, kms: recordedKms, storage: memoryStorage(recordedItems) })
}

function find(operation: string, matches: (recording: Recording) => boolean): Recording {
  const found = recordings.find((recording) => recording.operation === operation && matches(recording))
  if (found !== undefined) return found
  throw Object.assign(new Error(`no recording of such a ${operation}`), { name: 'InvalidCiphertextException' })
}

function sameContext(one: Context, other: Context): boolean {
  return sorted(one) === sorted(other)
}

function sorted(context: Context): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)))
}
