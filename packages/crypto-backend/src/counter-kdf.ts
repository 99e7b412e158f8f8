/**
 * The key derivation of the ECDH and hierarchical keyrings: HMAC in counter mode.
 *
 * Block i is HMAC(key, u32(i) ‖ label ‖ 00 ‖ context ‖ u32(bits)), counted from 1.
 *
 * Spec: NIST SP 800-108r1, section 4.1; framework/key-agreement-schemas.md, framework/aws-kms/aws-kms-hierarchical-keyring.md
 *
 * @module
 */

import type { CryptoBackend, HashName } from './backend.ts'
import { hashLength } from './hkdf.ts'

/** What {@link counterKdf} derives a key for. */
export interface CounterKdfInput {
  readonly hash: HashName
  readonly key: Uint8Array
  readonly label: Uint8Array
  readonly context: Uint8Array
  /** Bytes to derive. */
  readonly length: number
}

/** The derived key. The caller zeroes it. */
export async function counterKdf(
  backend: Pick<CryptoBackend, 'hmac'>,
  { hash, key, label, context, length }: CounterKdfInput,
): Promise<Uint8Array<ArrayBuffer>> {
  const fixed = new Uint8Array(label.length + 1 + context.length + 4)
  fixed.set(label)
  fixed.set(context, label.length + 1)
  new DataView(fixed.buffer).setUint32(fixed.length - 4, length * 8)
  return counterKdfFixedInput(backend, { hash, key, fixed, length })
}

/** The same with the whole fixed input, as the published test vectors give it. */
export async function counterKdfFixedInput(
  backend: Pick<CryptoBackend, 'hmac'>,
  { hash, key, fixed, length }: Pick<CounterKdfInput, 'hash' | 'key' | 'length'> & { readonly fixed: Uint8Array },
): Promise<Uint8Array<ArrayBuffer>> {
  const input = new Uint8Array(4 + fixed.length)
  input.set(fixed, 4)
  const output = new Uint8Array(length)
  for (let counter = 1, offset = 0; offset < length; counter++, offset += hashLength[hash]) {
    new DataView(input.buffer).setUint32(0, counter)
    const block = await backend.hmac(hash, key, input)
    output.set(block.subarray(0, length - offset), offset)
    block.fill(0)
  }
  return output
}
