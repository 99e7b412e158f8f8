import type { BodyKey } from '../body-backend.ts'
import { modeKeys, modePlaintext } from './known-aes-modes.ts'
import {
  type BodyBackendRule,
  bufferLike,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectOwnMemoryEach,
  expectThat,
  hex,
  join,
  pattern,
  present,
} from './rule.ts'

const iv = hex('000102030405060708090a0b0c0d0e0f')

/** NIST SP 800-38A, F.2: with keys of 16, 24 and 32 bytes. */
const published = [
  '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
  '4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd',
  'f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b',
].map(hex)

/** All that comes out, `undefined` when the end does not fit. */
async function open(
  key: BodyKey,
  start: Uint8Array,
  chunks: readonly Uint8Array[],
  end: 'finish' | 'finishWithin',
): Promise<Uint8Array | undefined> {
  const opener = key.openCbc(start)
  const parts: Uint8Array[] = []
  for (const chunk of chunks) parts.push(await opener.update(chunk))
  const rest = await opener[end]()
  return rest && join(...parts, rest)
}

function xor(...blocks: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => blocks.reduce((sum, block) => sum ^ (block[i] as number), 0))
}

/**
 * A body that ends with a block of our choice: what is added to the block before is added to the plaintext.
 * Here that block is the IV, or the last but one.
 */
function endingWith(last: Uint8Array, ciphertext: Uint8Array): readonly { start: Uint8Array; body: Uint8Array }[] {
  const [first, second] = [ciphertext.subarray(0, 16), ciphertext.subarray(16, 32)]
  return [
    { start: xor(iv, modePlaintext.subarray(0, 16), last), body: first },
    { start: iv, body: join(xor(first, modePlaintext.subarray(16, 32), last), second) },
  ]
}

/** The end of a block, as PKCS #7 has it. */
function padded(padding: number): Uint8Array<ArrayBuffer> {
  return pattern(16).fill(padding, 16 - padding)
}

export const cbcRules: readonly BodyBackendRule[] = [
  {
    name: 'AES-CBC gives the published answers (NIST SP 800-38A), however it is cut, and from every block on',
    async check(backend) {
      for (const [i, bytes] of modeKeys.entries()) {
        const key = await backend.importBodyKey(bytes)
        const ciphertext = published[i] as Uint8Array
        for (let cut = 0; cut <= 64; cut++) {
          const chunks = [ciphertext.subarray(0, cut), ciphertext.subarray(cut)]
          expectBytes(await open(key, iv, chunks, 'finishWithin'), modePlaintext, `cut at ${cut}`)
        }
        const single = Array.from(ciphertext, (byte) => Uint8Array.of(byte))
        expectBytes(await open(key, iv, single, 'finishWithin'), modePlaintext, 'byte by byte')
        for (const from of [16, 32, 48]) {
          const opened = await open(
            key,
            ciphertext.subarray(from - 16, from),
            [ciphertext.subarray(from)],
            'finishWithin',
          )
          expectBytes(opened, modePlaintext.subarray(from), `from ${from}`)
        }
        expectBytes(await open(key, iv, [], 'finishWithin'), new Uint8Array(0), 'nothing')
      }
    },
  },
  {
    name: 'AES-CBC reads long bodies in chunks of any length',
    async check(backend) {
      const key = await backend.importBodyKey(modeKeys[2] as Uint8Array)
      const ciphertext = published[2] as Uint8Array
      // The published body again and again: only its first block stands behind another one each time.
      const again = xor(modePlaintext.subarray(0, 16), iv, ciphertext.subarray(48))
      const next = join(again, modePlaintext.subarray(16))
      const body = join(...Array.from({ length: 4000 }, () => ciphertext))
      const plaintext = join(modePlaintext, ...Array.from({ length: 3999 }, () => next))
      for (const length of [1000, 65_535, 65_536, 65_537, 200_000, 256_000]) {
        const chunks: Uint8Array[] = []
        for (let start = 0; start < body.length; start += length) chunks.push(body.subarray(start, start + length))
        expectBytes(await open(key, iv, chunks, 'finishWithin'), plaintext, `chunks of ${length}`)
      }
    },
  },
  {
    name: 'AES-CBC takes off padding of 1 to 16 bytes',
    async check(backend) {
      for (const [i, bytes] of modeKeys.entries()) {
        const key = await backend.importBodyKey(bytes)
        for (let padding = 1; padding <= 16; padding++) {
          for (const { start, body } of endingWith(padded(padding), published[i] as Uint8Array)) {
            const opened = present(await open(key, start, [body], 'finish'), `padding of ${padding}`)
            expectThat(opened.length === body.length - padding, `padding of ${padding}: ${opened.length} bytes`)
            const end = opened.subarray(body.length - 16)
            expectBytes(end, pattern(16 - padding), `last block with padding of ${padding}`)
          }
        }
      }
    },
  },
  {
    name: 'AES-CBC gives nothing, and no error, for every wrong padding and every wrong length',
    async check(backend) {
      const key = await backend.importBodyKey(modeKeys[2] as Uint8Array)
      const ciphertext = published[2] as Uint8Array
      const refused = async (last: Uint8Array, what: string) => {
        for (const { start, body } of endingWith(last, ciphertext)) {
          expectThat((await open(key, start, [body], 'finish')) === undefined, `${what}, yet opened`)
        }
      }
      await refused(padded(16).fill(0), 'padding of 0')
      for (let claimed = 17; claimed <= 255; claimed++) await refused(padded(16).fill(claimed), `padding of ${claimed}`)
      for (let padding = 2; padding <= 16; padding++) {
        for (let wrong = 2; wrong <= padding; wrong++) {
          const last = padded(padding)
          last[16 - wrong] = padding ^ 1
          await refused(last, `padding of ${padding} with another byte ${wrong} from its end`)
        }
      }
      for (const end of ['finish', 'finishWithin'] as const) {
        for (const length of [1, 15, 17, 31, 33, 63]) {
          const opened = await open(key, iv, [ciphertext.subarray(0, length)], end)
          expectThat(opened === undefined, `${length} bytes, yet opened`)
        }
      }
      expectThat((await open(key, iv, [], 'finish')) === undefined, 'nothing, yet opened')
    },
  },
  {
    name: 'AES-CBC gives memory of its own, leaves its arguments as they are, and copies the IV of 16 bytes',
    async check(backend) {
      const key = await backend.importBodyKey(modeKeys[2] as Uint8Array)
      const ciphertext = published[2] as Uint8Array
      const [start, chunk] = [bufferLike(iv), bufferLike(ciphertext)]
      const opener = key.openCbc(start)
      expectBytes(start, iv, 'IV after the call')
      start.fill(0)
      const first = await opener.update(chunk)
      const rest = present(await opener.finishWithin(), 'the rest')
      expectBytes(join(first, rest), modePlaintext, 'opened, IV zeroed')
      expectBytes(chunk, ciphertext, 'ciphertext after the call')
      expectOwnMemoryEach([first, rest], 'opened')
      const short = key.openCbc(xor(iv, modePlaintext.subarray(0, 16), padded(5)))
      await short.update(ciphertext.subarray(0, 16))
      expectOwnMemory(present(await short.finish(), 'the end'), 'the end')
      for (const length of [0, 12, 15, 17]) {
        await expectFailure(() => key.openCbc(new Uint8Array(length)), RangeError, `IV of ${length} bytes`)
      }
    },
  },
  {
    name: 'a body of AES-CBC that is finished takes nothing more: a TypeError',
    async check(backend) {
      const key = await backend.importBodyKey(modeKeys[2] as Uint8Array)
      for (const end of ['finish', 'finishWithin'] as const) {
        const opener = key.openCbc(iv)
        await opener[end]()
        await expectFailure(() => opener.update(new Uint8Array(16)), TypeError, `after ${end}`)
        await expectFailure(() => opener.finish(), TypeError, `finish after ${end}`)
        await expectFailure(() => opener.finishWithin(), TypeError, `finishWithin after ${end}`)
      }
    },
  },
]
