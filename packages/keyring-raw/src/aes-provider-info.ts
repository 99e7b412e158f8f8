/**
 * What a raw AES keyring writes into the provider info of an encrypted data key.
 *
 * | field      | bytes    | meaning                |
 * | ---------- | -------- | ---------------------- |
 * | key name   | variable |                        |
 * | tag length | 4        | uint32, in bits: 128   |
 * | IV length  | 4        | uint32, in bytes: 12   |
 * | IV         | 12       |                        |
 *
 * Spec: framework/raw-aes-keyring.md, "Key Provider Information"
 *
 * @module
 */

import { ByteWriter, readU32 } from '@esdk/serialize'

/** Bits of the tag, bytes of the IV: the only ones there are. */
const tagBits = 128
export const ivLength = 12

/** Bytes behind the name. */
const suffixLength = 4 + 4 + ivLength

/** Name and IV out of a provider info. */
export interface AesProviderInfo {
  readonly name: Uint8Array
  readonly iv: Uint8Array
}

/** The provider info for a key of this name. */
export function encodeAesProviderInfo({ name, iv }: AesProviderInfo): Uint8Array {
  return new ByteWriter(name.length + suffixLength).raw(name).u32(tagBits).u32(ivLength).raw(iv).bytes
}

/** Name and IV, `undefined` when these bytes are no provider info of a raw AES keyring. */
export function parseAesProviderInfo(info: Uint8Array): AesProviderInfo | undefined {
  const nameEnd = info.length - suffixLength
  if (nameEnd < 0) return undefined
  if (readU32(info, nameEnd) !== tagBits || readU32(info, nameEnd + 4) !== ivLength) return undefined
  return { name: info.subarray(0, nameEnd), iv: info.subarray(nameEnd + 8) }
}
