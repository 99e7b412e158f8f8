import { modeKeys, modePlaintext } from './known-aes-modes.ts'
import {
  type BodyBackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectThat,
  hex,
  present,
} from './rule.ts'

interface EncryptedKeys {
  readonly wrappingKey: Uint8Array
  /** The published plaintext, cut to 16, 24 and 32 bytes. The first one or two blocks are published (F.1), the last is not. */
  readonly keys: readonly (readonly [length: number, encrypted: string])[]
  /** Padded just as rightly: 31 bytes. */
  readonly noKey: string
}

/** Made with OpenSSL, AES-ECB, under the keys of NIST SP 800-38A. */
const examples: readonly EncryptedKeys[] = [
  {
    wrappingKey: modeKeys[0] as Uint8Array,
    keys: [
      [16, '3ad77bb40d7a3660a89ecaf32466ef97 a254be88e037ddd9d79fb6411c3f9df8'],
      [24, '3ad77bb40d7a3660a89ecaf32466ef97 083833b7e3633187f73026dd0222de72'],
      [32, '3ad77bb40d7a3660a89ecaf32466ef97 f5d3d58503b9699de785895a96fdbaaf a254be88e037ddd9d79fb6411c3f9df8'],
    ],
    noKey: '3ad77bb40d7a3660a89ecaf32466ef97 5d569b5e2c7bac7313ad79f359798fe6',
  },
  {
    wrappingKey: modeKeys[1] as Uint8Array,
    keys: [
      [16, 'bd334f1d6e45f25ff712a214571fa5cc daa0af074bd8083c8a32d4fc563c55cc'],
      [24, 'bd334f1d6e45f25ff712a214571fa5cc cc508218b51bf88aed28c4aee36aa3aa'],
      [32, 'bd334f1d6e45f25ff712a214571fa5cc 974104846d0ad3ad7734ecb3ecee4eef daa0af074bd8083c8a32d4fc563c55cc'],
    ],
    noKey: 'bd334f1d6e45f25ff712a214571fa5cc 073050c19b9bfbfc0fd1772f0c3cac84',
  },
  {
    wrappingKey: modeKeys[2] as Uint8Array,
    keys: [
      [16, 'f3eed1bdb5d2a03c064b5a7e3db181f8 4c45dfb3b3b484ec35b0512dc8c1c4d6'],
      [24, 'f3eed1bdb5d2a03c064b5a7e3db181f8 79c179f04204093abfd7c2c2e36fd17d'],
      [32, 'f3eed1bdb5d2a03c064b5a7e3db181f8 591ccb10d410ed26dc5ba74a31362870 4c45dfb3b3b484ec35b0512dc8c1c4d6'],
    ],
    noKey: 'f3eed1bdb5d2a03c064b5a7e3db181f8 4813b12d8cd8588c1029d917130bd241',
  },
]

export const ecbKeyRules: readonly BodyBackendRule[] = [
  {
    name: 'a key that was encrypted block by block comes back, in memory of its own; no argument is changed',
    async check(backend) {
      for (const { wrappingKey, keys } of examples) {
        for (const [length, encrypted] of keys) {
          const [given, bytes] = [bufferLike(wrappingKey), bufferLike(hex(encrypted))]
          const what = `${length} bytes under ${wrappingKey.length}`
          const key = present(await backend.decryptAesKey(given, bytes), what)
          expectBytes(key, modePlaintext.subarray(0, length), what)
          expectOwnMemory(key, what)
          expectBytes(given, wrappingKey, 'wrapping key after the call')
          expectBytes(bytes, hex(encrypted), 'encrypted key after the call')
          const pending = backend.decryptAesKey(given, bytes)
          given.fill(0)
          bytes.fill(0)
          expectBytes(await pending, modePlaintext.subarray(0, length), `${what}, zeroed after the call`)
        }
      }
    },
  },
  {
    name: 'nothing comes back from other blocks, another wrapping key, or what is no AES key',
    async check(backend) {
      for (const { wrappingKey, keys, noKey } of examples) {
        const refused = async (bytes: Uint8Array, what: string, under = wrappingKey) =>
          expectThat((await backend.decryptAesKey(under, bytes)) === undefined, `${what}, yet decrypted`)
        await refused(hex(noKey), 'a key of 31 bytes')
        for (const [length, encrypted] of keys) {
          const bytes = hex(encrypted)
          await refused(changedAt(bytes, bytes.length - 1), `last block of ${length} changed`)
          await refused(bytes, `${length} bytes under another key`, changedAt(wrappingKey, 0))
          await refused(bytes.subarray(0, 16), 'one block')
          await refused(Uint8Array.of(...bytes, 0), 'one byte more')
          await refused(bytes.subarray(1), 'one byte less')
        }
        await refused(new Uint8Array(0), 'nothing')
        await refused(new Uint8Array(64), 'four blocks')
      }
      for (const length of [0, 15, 17, 33]) {
        const decrypt = () => backend.decryptAesKey(new Uint8Array(length), hex(examples[0]?.noKey as string))
        await expectFailure(decrypt, RangeError, `wrapping key of ${length} bytes`)
      }
    },
  },
]
