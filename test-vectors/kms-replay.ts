/**
 * A client of AWS KMS that answers from `esdk/kms-recordings.json`, and knows nothing else.
 *
 * @module
 */

import type { KmsClient, KmsEcdhClient } from '@esdk/keyring-kms'
import { fromBase64, readJson, toBase64 } from './source.ts'

/** What was asked, and what was answered; bytes are base64. */
interface Recording {
  readonly operation: string
  readonly keyId: string
  readonly encryptionContext?: Readonly<Record<string, string>>
  readonly encryptionAlgorithm?: string
  readonly ciphertextBlob?: string
  readonly plaintext?: string
  readonly publicKey?: string
  readonly sharedSecret?: string
}

const { recordings } = await readJson<{ recordings: readonly Recording[] }>('esdk/kms-recordings.json')
const recorded = new Map(recordings.map((recording) => [nameOf(recording), recording]))

/** All that an answer depends on. The ciphertext, the key and the encryption context must be those of the recording. */
function nameOf(call: Recording): string {
  const { operation, keyId, encryptionContext = {}, encryptionAlgorithm, ciphertextBlob, publicKey } = call
  const pairs = Object.entries(encryptionContext).sort(([a], [b]) => (a < b ? -1 : 1))
  const asked = operation === 'DeriveSharedSecret' ? publicKey : ciphertextBlob
  return JSON.stringify([operation, keyId, pairs, encryptionAlgorithm ?? 'SYMMETRIC_DEFAULT', asked])
}

/** The client for a Region, with the keys of that Region alone. */
export function replayingClient(region: string | undefined): KmsClient & KmsEcdhClient {
  function replay(call: Recording): Recording {
    const found = call.keyId.split(':')[3] === region ? recorded.get(nameOf(call)) : undefined
    if (found !== undefined) return found
    throw Object.assign(new Error('not recorded'), { name: 'InvalidCiphertextException' })
  }
  return {
    async decrypt({ KeyId, EncryptionContext, CiphertextBlob, EncryptionAlgorithm }) {
      const answer = replay({
        operation: 'Decrypt',
        keyId: KeyId,
        ...(EncryptionContext && { encryptionContext: EncryptionContext }),
        ...(EncryptionAlgorithm && { encryptionAlgorithm: EncryptionAlgorithm }),
        ciphertextBlob: toBase64(CiphertextBlob),
      })
      return { KeyId: answer.keyId, Plaintext: fromBase64(answer.plaintext as string) }
    },
    async getPublicKey({ KeyId }) {
      const answer = replay({ operation: 'GetPublicKey', keyId: KeyId })
      return { KeyId: answer.keyId, PublicKey: fromBase64(answer.publicKey as string) }
    },
    async deriveSharedSecret({ KeyId, PublicKey }) {
      const answer = replay({ operation: 'DeriveSharedSecret', keyId: KeyId, publicKey: toBase64(PublicKey) })
      return { KeyId: answer.keyId, SharedSecret: fromBase64(answer.sharedSecret as string) }
    },
    generateDataKey: encryptsNothing,
    encrypt: encryptsNothing,
  }
}

async function encryptsNothing(): Promise<never> {
  throw new Error('a recording cannot wrap new keys')
}
