import { areSame, type BackendRule, expectOwnMemoryEach, expectThat, join } from './rule.ts'

/** Around the sizes of pools and quotas. */
const lengths = [0, 1, 12, 16, 32, 255, 256, 257, 4096, 65535, 65536, 65537, 200_000]

export const randomRules: readonly BackendRule[] = [
  {
    name: 'random bytes are as many as asked for, in memory of their own, and stay as they are',
    async check(backend) {
      const results = lengths.map((length) => backend.randomBytes(length))
      expectThat(
        results.every(({ length }, i) => length === lengths[i]),
        'another length than asked for',
      )
      expectOwnMemoryEach(results, 'random bytes')
      const copies = results.map((bytes) => join(bytes))
      for (let i = 0; i < 1000; i++) backend.randomBytes(32)
      expectThat(
        results.every((bytes, i) => areSame(bytes, copies[i] as Uint8Array)),
        'bytes that were handed out have changed',
      )
    },
  },
  {
    name: 'random bytes do not repeat, within a value or from one to the next',
    async check(backend) {
      const values = Array.from({ length: 2000 }, () => backend.randomBytes(16))
      for (const length of [4096, 65_537, 200_000]) {
        const bytes = backend.randomBytes(length)
        for (let end = length; end >= 16; end -= 16) values.push(bytes.slice(end - 16, end))
      }
      const texts = values.map((value) => value.join())
      expectThat(new Set(texts).size === texts.length, 'the same 16 bytes twice')
    },
  },
]
