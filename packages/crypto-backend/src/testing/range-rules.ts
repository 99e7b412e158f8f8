import type { BodyKey } from '../body-backend.ts'
import { modeKeys, modePlaintext } from './known-aes-modes.ts'
import { bodyIv, bodyKey, sealedAtOnce } from './one-shot-gcm.ts'
import {
  type BodyBackendRule,
  bufferLike,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  hex,
  join,
  pattern,
} from './rule.ts'

/** Most bytes of one body. */
const longest = 2 ** 36 - 32

/** NIST SP 800-38A, F.5: with keys of 16, 24 and 32 bytes. */
const published = [
  '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee',
  '1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e941e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050',
  '601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6',
]
const publishedIv = hex('f0f1f2f3f4f5f6f7f8f9fafb')
/** Their first counter is fcfdfeff; that of the first block of a body is 2. */
const publishedOffset = 16 * (0xfcfdfeff - 2)

/** What AES makes of the same IV and ffffffff, the last counter there is. Made with OpenSSL. */
const lastKeyStream = [
  '3ce1608360d83bf378aa6f000f6182c2',
  '3cf2c3a702707206f55ed3f467dc4eac',
  '04c82f25086f5e5afd588778d4f3da2b',
]

async function read(key: BodyKey, iv: Uint8Array, offset: number, chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const range = key.readRange(iv, offset)
  const parts: Uint8Array[] = []
  for (const chunk of chunks) parts.push(await range.update(chunk))
  return join(...parts)
}

export const rangeRules: readonly BodyBackendRule[] = [
  {
    name: 'a range is AES-CTR: the published answers (NIST SP 800-38A) stand at 63 GiB of a body',
    async check(backend) {
      for (const [i, bytes] of modeKeys.entries()) {
        const key = await backend.importBodyKey(bytes)
        const ciphertext = hex(published[i] as string)
        const what = `key of ${bytes.length} bytes`
        expectBytes(await read(key, publishedIv, publishedOffset, [ciphertext]), modePlaintext, what)
        const within = await read(key, publishedIv, publishedOffset + 21, [ciphertext.subarray(21)])
        expectBytes(within, modePlaintext.subarray(21), `${what}, from byte 21`)
      }
    },
  },
  {
    name: 'a range reads from every place to every other, in one chunk and byte by byte',
    async check(backend) {
      const body = pattern(100)
      const { ciphertext } = await sealedAtOnce(body)
      const key = await backend.importBodyKey(bodyKey)
      for (let start = 0; start <= 100; start++) {
        const bytes = Array.from(ciphertext.subarray(start), (byte) => Uint8Array.of(byte))
        expectBytes(await read(key, bodyIv, start, bytes), body.subarray(start), `byte by byte from ${start}`)
        for (const end of [start, start + 1, start + 15, start + 16, start + 17, 100]) {
          const part = ciphertext.subarray(start, end)
          expectBytes(await read(key, bodyIv, start, [part]), body.subarray(start, end), `from ${start} to ${end}`)
        }
      }
    },
  },
  {
    name: 'a range reaches the last block of the longest body, and a RangeError begins behind it',
    async check(backend) {
      for (const [i, bytes] of modeKeys.entries()) {
        const key = await backend.importBodyKey(bytes)
        const stream = hex(lastKeyStream[i] as string)
        const what = `key of ${bytes.length} bytes`
        expectBytes(await read(key, publishedIv, longest - 16, [new Uint8Array(16)]), stream, `${what}, last block`)
        const range = key.readRange(publishedIv, longest - 5)
        expectBytes(await range.update(new Uint8Array(5)), stream.subarray(11), `${what}, last 5 bytes`)
        await expectFailure(() => range.update(new Uint8Array(1)), RangeError, `${what}, one byte more`)
      }
      const key = await backend.importBodyKey(bodyKey)
      const across = key.readRange(bodyIv, longest - 5)
      await expectFailure(() => across.update(new Uint8Array(6)), RangeError, '6 bytes where there is room for 5')
      for (const offset of [-1, 0.5, Number.NaN, longest + 1, Number.POSITIVE_INFINITY]) {
        await expectFailure(() => key.readRange(bodyIv, offset), RangeError, `from ${offset}`)
      }
    },
  },
  {
    name: 'a range gives memory of its own, and leaves its arguments as they are; the IV is copied',
    async check(backend) {
      const body = pattern(100)
      const { ciphertext } = await sealedAtOnce(body)
      const key = await backend.importBodyKey(bodyKey)
      for (const offset of [0, 16, 21]) {
        const [iv, chunk] = [bufferLike(bodyIv), bufferLike(ciphertext.subarray(offset))]
        const range = key.readRange(iv, offset)
        expectBytes(iv, bodyIv, 'IV after the call')
        iv.fill(0)
        const plaintext = await range.update(chunk)
        expectBytes(plaintext, body.subarray(offset), `from ${offset}, IV zeroed`)
        expectOwnMemory(plaintext, `from ${offset}`)
        expectBytes(chunk, ciphertext.subarray(offset), 'ciphertext after the call')
      }
    },
  },
]
