import type { BodyBackend, BodyKey, BodyOpener, BodySealer } from '../body-backend.ts'
import { aad, examples, iv, masterKey, plaintext } from './known-aes-gcm.ts'
import { bodyAad, bodyIv, bodyKey, sealedAtOnce } from './one-shot-gcm.ts'
import {
  type BodyBackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemoryEach,
  expectThat,
  hex,
  join,
  pattern,
  present,
} from './rule.ts'

/** All that a sealer gives for these chunks. */
async function seal(sealer: BodySealer, chunks: readonly Uint8Array[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (const chunk of chunks) parts.push(await sealer.update(chunk))
  return join(...parts, await sealer.finish())
}

/** All that an opener gives, `undefined` when the tag does not match. */
async function open(
  opener: BodyOpener,
  chunks: readonly Uint8Array[],
  tag: Uint8Array,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  for (const chunk of chunks) parts.push(await opener.update(chunk))
  const rest = await opener.finish(tag)
  return rest && join(...parts, rest)
}

/** Seals and opens the same chunks under the key, IV and AAD of no meaning. */
async function expectSameAsAtOnce(key: BodyKey, chunkLengths: readonly number[], what: string): Promise<void> {
  const body = pattern(chunkLengths.reduce((sum, length) => sum + length, 0))
  const { ciphertext, tag } = await sealedAtOnce(body)
  const made = await seal(key.sealBody(bodyIv, bodyAad), chunksOf(body, chunkLengths))
  expectBytes(made, join(ciphertext, tag), `${what}, sealed`)
  const opened = await open(key.openBody(bodyIv, bodyAad), chunksOf(ciphertext, chunkLengths), tag)
  expectBytes(opened, body, `${what}, opened`)
}

function chunksOf(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let end = 0
  return lengths.map((length) => {
    end += length
    return bytes.subarray(end - length, end)
  })
}

function importKey(backend: BodyBackend, keyLength: number): Promise<BodyKey> {
  return Promise.resolve(backend.importBodyKey(masterKey.slice(0, keyLength)))
}

export const bodyGcmRules: readonly BodyBackendRule[] = [
  {
    name: 'a body of AES-GCM gives the published answers with keys of 128, 192 and 256 bits',
    async check(backend) {
      for (const { keyLength, empty, sealed } of examples) {
        const zeroKey = await backend.importBodyKey(new Uint8Array(keyLength))
        const [zeroIv, none] = [new Uint8Array(12), new Uint8Array(0)]
        const what = `key of ${keyLength} bytes`
        expectBytes(await seal(zeroKey.sealBody(zeroIv, none), []), hex(empty), `tag of nothing, ${what}`)
        expectBytes(await open(zeroKey.openBody(zeroIv, none), [], hex(empty)), none, `nothing opened, ${what}`)
        const key = await importKey(backend, keyLength)
        expectBytes(await seal(key.sealBody(iv, aad), [plaintext]), hex(sealed), `sealed, ${what}`)
        const [ciphertext, tag] = [hex(sealed).subarray(0, plaintext.length), hex(sealed).subarray(plaintext.length)]
        expectBytes(await open(key.openBody(iv, aad), [ciphertext], tag), plaintext, `opened, ${what}`)
      }
    },
  },
  {
    name: 'a body of AES-GCM is the same however it is cut, at every place and with empty chunks between',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      for (let cut = 0; cut <= 100; cut++) await expectSameAsAtOnce(key, [cut, 100 - cut], `cut at ${cut}`)
      await expectSameAsAtOnce(
        key,
        Array.from({ length: 100 }, () => 1),
        'byte by byte',
      )
      for (const length of [0, 1, 15, 16, 17]) await expectSameAsAtOnce(key, [0, length, 0], `${length} bytes`)
    },
  },
  {
    name: 'a body of AES-GCM is the same when its chunks are long, and when short ones follow on long ones',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      await expectSameAsAtOnce(key, [70_000, 65_536, 1, 65_535, 16, 131_072, 40_000, 40_000], 'chunks of many lengths')
      await expectSameAsAtOnce(
        key,
        Array.from({ length: 40 }, () => 8191),
        'chunks of 8191 bytes',
      )
    },
  },
  {
    name: 'a body of AES-GCM is nothing when a byte of ciphertext, tag, AAD or IV is another, or the tag is cut',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      const body = pattern(70)
      const { ciphertext, tag } = await sealedAtOnce(body)
      const opens = async (
        what: string,
        { with: given = tag, of = ciphertext, under = bodyIv, beside = bodyAad }: Partial<Record<string, Uint8Array>>,
      ) => expectThat((await open(key.openBody(under, beside), [of], given)) === undefined, `${what}, yet opened`)
      expectBytes(await open(key.openBody(bodyIv, bodyAad), [ciphertext], tag), body, 'opened unchanged')
      for (let i = 0; i < 128; i++) {
        const changed = new Uint8Array(tag)
        changed[i >> 3] = (changed[i >> 3] as number) ^ (1 << (i & 7))
        await opens(`bit ${i} of the tag changed`, { with: changed })
      }
      for (let i = 0; i < 70; i++) await opens(`byte ${i} changed`, { of: changedAt(ciphertext, i) })
      for (let i = 0; i < 12; i++) await opens(`byte ${i} of the IV changed`, { under: changedAt(bodyIv, i) })
      for (let i = 0; i < 20; i++) await opens(`byte ${i} of the AAD changed`, { beside: changedAt(bodyAad, i) })
      for (const length of [0, 4, 8, 12, 13, 14, 15]) {
        await opens(`tag cut to ${length}`, { with: tag.subarray(0, length) })
      }
      await opens('tag of 17 bytes', { with: Uint8Array.of(...tag, 0) })
      await opens('a part of the ciphertext', { of: ciphertext.subarray(0, 64) })
    },
  },
  {
    name: 'a body of AES-GCM comes out in memory of its own',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      const sealer = key.sealBody(bodyIv, bodyAad)
      const opener = key.openBody(bodyIv, bodyAad)
      const made: Uint8Array[] = []
      const opened: Uint8Array[] = []
      for (const length of [10, 70_000, 33]) {
        made.push(await sealer.update(pattern(length)))
        opened.push(await opener.update(pattern(length)))
      }
      expectOwnMemoryEach([...made, await sealer.finish()], 'sealed')
      expectOwnMemoryEach(opened, 'opened')
      const { tag, ciphertext } = await sealedAtOnce(pattern(10))
      const short = key.openBody(bodyIv, bodyAad)
      const rest = [await short.update(ciphertext), present(await short.finish(tag), 'rest')]
      expectOwnMemoryEach(rest, 'opened, short')
    },
  },
  {
    name: 'key, IV and AAD of a body are copied before the call returns; no argument is changed',
    async check(backend) {
      const body = pattern(70_000)
      const { ciphertext, tag } = await sealedAtOnce(body)
      for (const direction of ['sealed', 'opened'] as const) {
        const given = [bodyKey, bodyIv, bodyAad].map(bufferLike) as [Uint8Array, Uint8Array, Uint8Array]
        const pending = backend.importBodyKey(given[0])
        given[0].fill(0)
        const key = await pending
        const [own, chunk] = [given, bufferLike(direction === 'sealed' ? body : ciphertext)]
        const sealer = key.sealBody(own[1], own[2])
        const opener = key.openBody(own[1], own[2])
        own[1].fill(0)
        own[2].fill(0)
        if (direction === 'sealed') {
          expectBytes(await seal(sealer, [chunk]), join(ciphertext, tag), direction)
          expectBytes(chunk, body, 'plaintext after the call')
        } else {
          expectBytes(await open(opener, [chunk], tag), body, direction)
          expectBytes(chunk, ciphertext, 'ciphertext after the call')
        }
      }
    },
  },
  {
    name: 'a key of another length than 16, 24 or 32 bytes, or an IV of another than 12, is a RangeError',
    async check(backend) {
      for (const length of [0, 15, 17, 33]) {
        const other = new Uint8Array(length)
        await expectFailure(() => backend.importBodyKey(other), RangeError, `key of ${length} bytes`)
      }
      const key = await backend.importBodyKey(bodyKey)
      for (const length of [0, 11, 13, 16]) {
        const other = new Uint8Array(length)
        const what = `IV of ${length} bytes`
        await expectFailure(() => key.sealBody(other, bodyAad), RangeError, `${what}, to seal`)
        await expectFailure(() => key.openBody(other, bodyAad), RangeError, `${what}, to open`)
        await expectFailure(() => key.bodyInParts(other, bodyAad), RangeError, `${what}, for parts`)
        await expectFailure(() => key.readRange(other, 0), RangeError, `${what}, for a range`)
      }
    },
  },
  {
    name: 'a body of AES-GCM that is finished takes nothing more: a TypeError',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      const sealer = key.sealBody(bodyIv, bodyAad)
      await sealer.finish()
      await expectFailure(() => sealer.update(pattern(16)), TypeError, 'sealed after the end')
      await expectFailure(() => sealer.finish(), TypeError, 'a second end')
      const opener = key.openBody(bodyIv, bodyAad)
      expectThat((await opener.finish(new Uint8Array(16))) === undefined, 'a wrong tag, yet right')
      await expectFailure(() => opener.update(pattern(16)), TypeError, 'opened after the end')
      await expectFailure(() => opener.finish(new Uint8Array(16)), TypeError, 'a second tag')
    },
  },
  {
    name: 'a body of AES-GCM that is zeroed takes nothing more: a TypeError. It may be zeroed again, and at any time',
    async check(backend) {
      const key = await backend.importBodyKey(bodyKey)
      for (const updates of [0, 1]) {
        const sealer = key.sealBody(bodyIv, bodyAad)
        const opener = key.openBody(bodyIv, bodyAad)
        for (let i = 0; i < updates; i++) await Promise.all([sealer.update(pattern(99)), opener.update(pattern(99))])
        for (const body of [sealer, opener, sealer, opener]) body.zero()
        await expectFailure(() => sealer.update(pattern(16)), TypeError, 'sealed after it was zeroed')
        await expectFailure(() => sealer.finish(), TypeError, 'the end of what was zeroed')
        await expectFailure(() => opener.update(pattern(16)), TypeError, 'opened after it was zeroed')
        await expectFailure(() => opener.finish(new Uint8Array(16)), TypeError, 'the tag of what was zeroed')
      }
      const finished = key.sealBody(bodyIv, bodyAad)
      const { tag } = await sealedAtOnce(new Uint8Array(0))
      const made = await finished.finish()
      finished.zero()
      expectBytes(made, tag, 'what came out before it was zeroed')
    },
  },
]
