/**
 * What AES-GCM makes of a whole body, by the backend for messages.
 *
 * @module
 */

import { defaultBackend } from '#platform'
import { pattern } from './rule.ts'

/** A key, IV and AAD that mean nothing. */
export const bodyKey: Uint8Array<ArrayBuffer> = pattern(32, 11)
export const bodyIv: Uint8Array<ArrayBuffer> = pattern(12, 12)
export const bodyAad: Uint8Array<ArrayBuffer> = pattern(20, 13)

export interface SealedBody {
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

/** Under {@link bodyKey}, {@link bodyIv} and {@link bodyAad}. */
export async function sealedAtOnce(plaintext: Uint8Array): Promise<SealedBody> {
  const key = await defaultBackend.importAesGcmKey(bodyKey)
  const sealed = await key.seal(bodyIv, bodyAad, plaintext)
  return { ciphertext: sealed.subarray(0, plaintext.length), tag: sealed.subarray(plaintext.length) }
}
