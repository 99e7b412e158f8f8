import { aad, examples, iv, masterKey, plaintext } from './known-aes-gcm.ts'
import { bodyAad, bodyIv, bodyKey, sealedAtOnce } from './one-shot-gcm.ts'
import { randomPartition, shuffled } from './partition.ts'
import {
  type BodyBackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemoryEach,
  expectThat,
  hex,
  pattern,
} from './rule.ts'
import { expectSame, openAll, partsOf, sealAll } from './sealed-in-parts.ts'

/** Most bytes of one body. */
const longest = 2 ** 36 - 32

export const bodyPartsRules: readonly BodyBackendRule[] = [
  {
    name: 'parts give the published answers with keys of 128, 192 and 256 bits, wherever they are cut',
    async check(backend) {
      for (const { keyLength, sealed } of examples) {
        const key = await backend.importBodyKey(masterKey.slice(0, keyLength))
        for (let cut = 0; cut <= plaintext.length; cut++) {
          const parts = key.bodyInParts(iv, aad)
          const what = `key of ${keyLength} bytes, cut at ${cut}`
          expectBytes(await parts.seal(cut, plaintext.subarray(cut)), hex(sealed).subarray(cut, 60), what)
          expectBytes(await parts.seal(0, plaintext.subarray(0, cut)), hex(sealed).subarray(0, cut), what)
          expectBytes(await parts.tag(60), hex(sealed).subarray(60), `${what}, tag`)
        }
      }
    },
  },
  {
    name: 'parts are the same as the whole: a body of 100 bytes cut at every place, and into single bytes',
    async check(backend) {
      const body = pattern(100)
      const sealed = await sealedAtOnce(body)
      for (let cut = 0; cut <= 100; cut++) {
        await expectSame(backend, body, sealed, [
          { start: cut, end: 100 },
          { start: 0, end: cut },
        ])
      }
      const bytes = Array.from(body, (_, start) => ({ start, end: start + 1 }))
      await expectSame(backend, body, sealed, shuffled(bytes, 1))
    },
  },
  {
    name: 'parts are the same as the whole: 200 random cuts, in random order and side by side',
    async check(backend) {
      for (let seed = 1; seed <= 200; seed++) {
        const spans = randomPartition(seed)
        const length = Math.max(...spans.map(({ end }) => end))
        const body = pattern(length, seed)
        await expectSame(backend, body, await sealedAtOnce(body), shuffled(spans, seed))
      }
    },
  },
  {
    name: 'parts are the same as the whole: nothing, and lengths around a block',
    async check(backend) {
      for (const length of [0, 1, 15, 16, 17, 31, 32, 33]) {
        const body = pattern(length)
        const sealed = await sealedAtOnce(body)
        if (length === 0) await expectSame(backend, body, sealed, [])
        await expectSame(backend, body, sealed, [{ start: 0, end: length }])
        await expectSame(backend, body, sealed, [
          { start: 0, end: 0 },
          { start: 0, end: length },
          { start: length, end: length },
        ])
      }
    },
  },
  {
    name: 'a part that is sealed again is the same again, and counts once',
    async check(backend) {
      const body = pattern(100)
      const { ciphertext, tag } = await sealedAtOnce(body)
      const parts = await partsOf(backend)
      const spans = [
        { start: 0, end: 37 },
        { start: 37, end: 40 },
        { start: 40, end: 100 },
      ]
      for (let i = 0; i < 3; i++) {
        expectBytes(await sealAll(parts, body, [...spans, ...spans]), ciphertext, 'sealed again')
        expectBytes(await parts.tag(100), tag, 'tag of all')
      }
    },
  },
  {
    name: 'a part that is sealed over other bytes, or across others, is a RangeError, and spoils nothing',
    async check(backend) {
      const body = pattern(100)
      const { tag } = await sealedAtOnce(body)
      const parts = await partsOf(backend)
      const spans = [
        { start: 0, end: 37 },
        { start: 37, end: 40 },
        { start: 40, end: 100 },
      ]
      await sealAll(parts, body, spans)
      for (const { start, end } of spans) {
        for (let i = 0; i < end - start; i++) {
          const other = changedAt(body.subarray(start, end), i)
          await expectFailure(() => parts.seal(start, other), RangeError, `byte ${start + i} is another`)
        }
      }
      for (const [start, end] of [
        [0, 36],
        [0, 38],
        [1, 37],
        [36, 41],
        [38, 39],
        [99, 110],
        [0, 100],
      ] as const) {
        const across = pattern(110).subarray(start, end)
        await expectFailure(() => parts.seal(start, across), RangeError, `from ${start} to ${end}`)
      }
      expectBytes(await parts.tag(100), tag, 'tag afterwards')
      const atOnce = await partsOf(backend)
      const results = await Promise.allSettled([
        atOnce.seal(0, body),
        atOnce.seal(0, changedAt(body, 50)),
        atOnce.seal(0, changedAt(body, 99)),
      ])
      const sealed = results.filter(({ status }) => status === 'fulfilled').length
      expectThat(sealed === 1, `${sealed} of three different bodies sealed side by side`)
    },
  },
  {
    name: 'there is no tag of parts with a gap, an overlap or another end: a RangeError',
    async check(backend) {
      const cases: readonly (readonly [spans: readonly (readonly [number, number])[], length: number])[] = [
        [[], 1],
        [[[0, 16]], 15],
        [[[0, 16]], 17],
        [[[0, 16]], 0],
        [[[0, 16]], Number.NaN],
        [[[16, 32]], 32],
        [
          [
            [0, 16],
            [17, 32],
          ],
          32,
        ],
        [
          [
            [0, 20],
            [10, 30],
          ],
          30,
        ],
        [
          [
            [0, 32],
            [16, 32],
          ],
          32,
        ],
        [
          [
            [0, 32],
            [0, 16],
          ],
          32,
        ],
      ]
      for (const [spans, length] of cases) {
        const parts = await partsOf(backend)
        for (const [start, end] of spans) await parts.open(start, pattern(end).subarray(start))
        const what = `${JSON.stringify(spans)} as ${length} bytes`
        await expectFailure(() => parts.tag(length), RangeError, `tag of ${what}`)
        await expectFailure(() => parts.isRight(length, new Uint8Array(16)), RangeError, what)
      }
    },
  },
  {
    name: 'a tag is right for the parts that were opened and no others: not changed, not cut, not opened twice',
    async check(backend) {
      const body = pattern(100)
      const { ciphertext, tag } = await sealedAtOnce(body)
      const spans = [
        { start: 0, end: 37 },
        { start: 37, end: 100 },
      ]
      const opened = async (bytes: Uint8Array) => {
        const parts = await partsOf(backend)
        await openAll(parts, bytes, [...spans, ...spans])
        return parts
      }
      const parts = await opened(ciphertext)
      expectThat(await parts.isRight(100, tag), 'not right unchanged')
      for (let i = 0; i < 128; i++) {
        const changed = new Uint8Array(tag)
        changed[i >> 3] = (changed[i >> 3] as number) ^ (1 << (i & 7))
        expectThat(!(await parts.isRight(100, changed)), `bit ${i} of the tag changed, yet right`)
      }
      for (const length of [0, 4, 12, 15]) {
        expectThat(!(await parts.isRight(100, tag.subarray(0, length))), `tag cut to ${length}, yet right`)
      }
      expectThat(await parts.isRight(100, tag), 'not right after wrong ones')
      for (let i = 0; i < 100; i++) {
        const changed = await opened(changedAt(ciphertext, i))
        expectThat(!(await changed.isRight(100, tag)), `byte ${i} changed, yet right`)
      }
      await parts.open(37, changedAt(ciphertext, 50).subarray(37))
      expectThat(!(await parts.isRight(100, tag)), 'another part was opened in the same place, yet right')
      await expectFailure(() => parts.tag(100), RangeError, 'tag of two parts in one place')
    },
  },
  {
    name: 'parts stand within the longest body of AES-GCM, up to its last byte; elsewhere they are a RangeError',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      for (const length of [16, 48, 53]) {
        const parts = await partsOf(backend)
        const range = key.readRange(bodyIv, longest - length)
        const sealed = await parts.seal(longest - length, pattern(length))
        expectBytes(await range.update(sealed), pattern(length), `the last ${length} bytes, sealed and read`)
      }
      const parts = await partsOf(backend)
      for (const offset of [longest - 15, longest + 1, -1, -16, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await expectFailure(() => parts.seal(offset, pattern(16)), RangeError, `sealed at ${offset}`)
        await expectFailure(() => parts.open(offset, pattern(16)), RangeError, `opened at ${offset}`)
      }
      expectThat(await parts.isRight(0, (await sealedAtOnce(new Uint8Array(0))).tag), 'something is there')
    },
  },
  {
    name: 'parts that were zeroed do nothing more: a TypeError, also for what is under way',
    async check(backend) {
      const parts = await partsOf(backend)
      await parts.seal(0, pattern(100))
      const underWay = [parts.seal(100, pattern(100)), parts.open(200, pattern(100)), parts.tag(100)]
      const failures = Promise.allSettled(underWay)
      parts.zero()
      parts.zero()
      for (const { status } of await failures) expectThat(status === 'rejected', 'something under way came out')
      await expectFailure(() => parts.seal(0, pattern(100)), TypeError, 'sealed')
      await expectFailure(() => parts.open(0, pattern(100)), TypeError, 'opened')
      await expectFailure(() => parts.tag(100), TypeError, 'tag')
      await expectFailure(() => parts.isRight(100, new Uint8Array(16)), TypeError, 'isRight')
      const never = await partsOf(backend)
      never.zero()
      await expectFailure(() => never.tag(0), TypeError, 'tag of what was zeroed at once')
    },
  },
  {
    name: 'parts give memory of their own, and leave their arguments as they are; IV and AAD are copied',
    async check(backend) {
      const body = pattern(100)
      const { ciphertext, tag } = await sealedAtOnce(body)
      const key = await backend.importBodyKey(bodyKey)
      const given = [bufferLike(bodyIv), bufferLike(bodyAad), bufferLike(body), bufferLike(ciphertext)] as const
      const parts = key.bodyInParts(given[0], given[1])
      expectBytes(given[0], bodyIv, 'IV after the call')
      expectBytes(given[1], bodyAad, 'AAD after the call')
      given[0].fill(0)
      given[1].fill(0)
      const sealed = [await parts.seal(0, given[2].subarray(0, 33)), await parts.seal(33, given[2].subarray(33))]
      const opened = [await parts.open(0, given[3].subarray(0, 33)), await parts.open(33, given[3].subarray(33))]
      const made = await parts.tag(100)
      expectBytes(made, tag, 'tag, IV and AAD zeroed')
      expectOwnMemoryEach([...sealed, ...opened, made], 'sealed, opened or tag')
      made.fill(0)
      for (const bytes of sealed) bytes.fill(0)
      given[2].fill(0)
      expectBytes(given[3], ciphertext, 'ciphertext after the call')
      given[3].fill(0)
      expectBytes(await parts.tag(100), tag, 'tag, all that came before zeroed')
    },
  },
]
