/**
 * A small KMS of one key for tests: AES-GCM, with the encryption context as additional data.
 *
 * @module
 */

import { defaultBackend } from '@esdk/crypto-backend'
import { concat, utf8 } from '@esdk/serialize'
import type { BranchKeyKms } from '../src/service-clients.ts'

export const kmsKeyArn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

/** A KMS, the calls it has had, in order, and the plaintexts that it gave away. */
export interface FakeKms extends BranchKeyKms {
  readonly calls: { readonly operation: string; readonly input: Record<string, unknown> }[]
  readonly plaintexts: Uint8Array[]
}

/** Answers to any key id, as replicas of one key would. */
export function fakeKms(): FakeKms {
  const key = defaultBackend.importAesGcmKey(defaultBackend.randomBytes(32))
  const calls: { operation: string; input: Record<string, unknown> }[] = []
  const plaintexts: Uint8Array[] = []

  async function seal(plaintext: Uint8Array, context: Record<string, string>): Promise<Uint8Array> {
    const iv = defaultBackend.randomBytes(12)
    return concat(iv, await (await key).seal(iv, aadOf(context), plaintext))
  }

  async function open(blob: Uint8Array, context: Record<string, string>): Promise<Uint8Array> {
    const plaintext = await (await key).open(blob.subarray(0, 12), aadOf(context), blob.subarray(12))
    if (plaintext !== undefined) return plaintext
    throw Object.assign(new Error('it does not open'), { name: 'InvalidCiphertextException' })
  }

  const note = (operation: string, input: object) => calls.push({ operation, input: { ...input } })

  return {
    calls,
    plaintexts,
    async generateDataKeyWithoutPlaintext(input) {
      note('GenerateDataKeyWithoutPlaintext', input)
      const plaintext = defaultBackend.randomBytes(input.NumberOfBytes)
      return { KeyId: input.KeyId, CiphertextBlob: await seal(plaintext, input.EncryptionContext) }
    },
    async reEncrypt(input) {
      note('ReEncrypt', input)
      const plaintext = await open(input.CiphertextBlob, input.SourceEncryptionContext)
      const CiphertextBlob = await seal(plaintext, input.DestinationEncryptionContext)
      return { KeyId: input.DestinationKeyId, SourceKeyId: input.SourceKeyId, CiphertextBlob }
    },
    async decrypt(input, options) {
      note('Decrypt', input)
      options?.abortSignal?.throwIfAborted()
      const Plaintext = await open(input.CiphertextBlob, input.EncryptionContext)
      plaintexts.push(Plaintext)
      return { KeyId: input.KeyId, Plaintext }
    },
  }
}

function aadOf(context: Record<string, string>): Uint8Array {
  return utf8(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))))
}
