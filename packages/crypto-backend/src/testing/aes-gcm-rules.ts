import type { AesGcmKey, CryptoBackend } from '../backend.ts'
import { aad, examples, iv, masterKey, plaintext } from './known-aes-gcm.ts'
import {
  type BackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectThat,
  hex,
  pattern,
} from './rule.ts'

function importKey(backend: CryptoBackend, keyLength: number): Promise<AesGcmKey> {
  return Promise.resolve(backend.importAesGcmKey(masterKey.slice(0, keyLength)))
}

export const aesGcmRules: readonly BackendRule[] = [
  {
    name: 'AES-GCM gives the published answers with keys of 128, 192 and 256 bits, in memory of their own',
    async check(backend) {
      for (const { keyLength, empty, sealed } of examples) {
        const zeroKey = await backend.importAesGcmKey(new Uint8Array(keyLength))
        const tag = await zeroKey.seal(new Uint8Array(12), new Uint8Array(0), new Uint8Array(0))
        expectBytes(tag, hex(empty), `tag of nothing, key of ${keyLength} bytes`)
        const nothing = await zeroKey.open(new Uint8Array(12), new Uint8Array(0), hex(empty))
        expectBytes(nothing, new Uint8Array(0), `nothing opened, key of ${keyLength} bytes`)
        const key = await importKey(backend, keyLength)
        const made = await key.seal(iv, aad, plaintext)
        expectBytes(made, hex(sealed), `sealed, key of ${keyLength} bytes`)
        const opened = await key.open(iv, aad, hex(sealed))
        expectBytes(opened, plaintext, `opened, key of ${keyLength} bytes`)
        for (const bytes of [tag, made, opened as Uint8Array]) expectOwnMemory(bytes, 'sealed or opened')
      }
    },
  },
  {
    name: 'AES-GCM reads parts of larger arrays, and leaves its arguments as they are',
    async check(backend) {
      const room = (bytes: Uint8Array) => {
        const larger = pattern(bytes.length + 20)
        larger.set(bytes, 7)
        return larger.subarray(7, 7 + bytes.length)
      }
      for (const { keyLength, sealed } of examples) {
        const key = await backend.importAesGcmKey(room(masterKey.subarray(0, keyLength)))
        const given = [room(iv), room(aad), room(plaintext), room(hex(sealed))] as const
        expectBytes(await key.seal(given[0], given[1], given[2]), hex(sealed), 'sealed out of larger arrays')
        expectBytes(await key.open(given[0], given[1], given[3]), plaintext, 'opened out of larger arrays')
        for (const [i, bytes] of [iv, aad, plaintext, hex(sealed)].entries()) {
          expectBytes(given[i], bytes, 'an argument after the call')
        }
      }
    },
  },
  {
    name: 'AES-GCM opens nothing when a byte of ciphertext, tag, AAD or IV is another',
    async check(backend) {
      for (const { keyLength } of examples) {
        const key = await importKey(backend, keyLength)
        const sealed = await key.seal(iv, aad, plaintext)
        expectBytes(await key.open(iv, aad, sealed), plaintext, 'opened unchanged')
        for (let i = 0; i < sealed.length; i++) {
          expectThat((await key.open(iv, aad, changedAt(sealed, i))) === undefined, `byte ${i} changed, yet opened`)
        }
        for (let i = 0; i < aad.length; i++) {
          expectThat((await key.open(iv, changedAt(aad, i), sealed)) === undefined, `AAD byte ${i} changed, yet opened`)
        }
        for (let i = 0; i < iv.length; i++) {
          expectThat((await key.open(changedAt(iv, i), aad, sealed)) === undefined, `IV byte ${i} changed, yet opened`)
        }
        expectThat((await key.open(iv, aad.subarray(1), sealed)) === undefined, 'opened with a part of the AAD')
      }
    },
  },
  {
    name: 'AES-GCM opens nothing that was cut, a piece shorter than a tag included',
    async check(backend) {
      for (const { keyLength } of examples) {
        const key = await importKey(backend, keyLength)
        const sealed = await key.seal(iv, aad, plaintext)
        expectBytes(await key.open(iv, aad, sealed), plaintext, 'opened whole')
        for (let length = 0; length < sealed.length; length++) {
          expectThat(
            (await key.open(iv, aad, sealed.subarray(0, length))) === undefined,
            `cut to ${length}, yet opened`,
          )
        }
      }
    },
  },
  {
    name: 'an IV has 12 bytes; anything else is a RangeError, however it could be used',
    async check(backend) {
      for (const { keyLength } of examples) {
        const key = await importKey(backend, keyLength)
        for (const length of [0, 1, 8, 11, 13, 16, 32]) {
          const other = new Uint8Array(length)
          const what = `IV of ${length} bytes`
          await expectFailure(() => key.seal(other, aad, plaintext), RangeError, what)
          await expectFailure(() => key.open(other, aad, new Uint8Array(32)), RangeError, what)
        }
      }
    },
  },
  {
    name: 'an AES key has 16, 24 or 32 bytes; anything else is a RangeError',
    async check(backend) {
      for (const length of [0, 1, 8, 15, 17, 23, 25, 31, 33, 64]) {
        await expectFailure(() => backend.importAesGcmKey(new Uint8Array(length)), RangeError, `key of ${length} bytes`)
      }
    },
  },
  {
    name: 'an AES key is copied before the call returns, and left as it is',
    async check(backend) {
      for (const { keyLength, sealed } of examples) {
        const kept = bufferLike(masterKey.subarray(0, keyLength))
        await backend.importAesGcmKey(kept)
        expectBytes(kept, masterKey.subarray(0, keyLength), 'key after the import')
        const zeroed = bufferLike(kept)
        const pending = backend.importAesGcmKey(zeroed)
        zeroed.fill(0)
        const key = await pending
        expectBytes(await key.seal(iv, aad, plaintext), hex(sealed), `key of ${keyLength} bytes, zeroed after the call`)
      }
    },
  },
]
