import {
  type AesGcmKey,
  type CryptoBackend,
  gcmTagLength,
  type NumberedBytes,
  type OpenRun,
  type SealRun,
} from '../backend.ts'
import {
  areSame,
  type BackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectOwnMemoryEach,
  expectThat,
  join,
  pattern,
} from './rule.ts'

/** Around the block of the cipher, the usual frame, and what the Node backend gathers. */
const pieceLengths = [0, 1, 16, 4096, 16_384, 16_385, 70_000]
const counts = [1, 2, 17]

/** The IV stands in the prefix, as in a frame; the number stands twice in the prefix, and twice in the AAD. */
const prefixLength = 23
const ivAt = 9

interface Shape {
  readonly pieceLength: number
  readonly count: number
  readonly firstNumber: number
}

function numbered(length: number, ...numberAt: number[]): NumberedBytes {
  return { bytes: bufferLike(pattern(length, length)), numberAt }
}

function sealRunOf({ pieceLength, count, firstNumber }: Shape): SealRun {
  return {
    plaintext: bufferLike(pattern(pieceLength * count, 3)),
    pieceLength,
    count,
    firstNumber,
    iv: numbered(12, 8),
    aad: numbered(40, 30, 2),
    prefix: numbered(prefixLength, 3, ivAt + 8),
  }
}

/** What a run is to give: each piece by itself, with the numbers written by a `DataView`. */
async function sealedOneByOne(key: AesGcmKey, run: SealRun): Promise<Uint8Array<ArrayBuffer>[]> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  for (let i = 0; i < run.count; i++) {
    const [iv, aad, prefix] = [run.iv, run.aad, run.prefix].map((target) => withNumber(target, run.firstNumber + i))
    const piece = run.plaintext.subarray(i * run.pieceLength, (i + 1) * run.pieceLength)
    pieces.push(join(prefix as Uint8Array, await key.seal(iv as Uint8Array, aad as Uint8Array, piece)))
  }
  return pieces
}

function withNumber({ bytes, numberAt }: NumberedBytes, value: number): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes)
  for (const offset of numberAt) new DataView(copy.buffer).setUint32(offset, value)
  return copy
}

/** A run of pieces whose IVs are in their prefixes. */
interface SealedRun {
  readonly pieces: readonly Uint8Array[]
  readonly plaintext: Uint8Array
  readonly open: OpenRun
}

async function sealedRun(key: AesGcmKey, shape: Shape): Promise<SealedRun> {
  const run = sealRunOf(shape)
  const { pieceLength, count, firstNumber } = shape
  const pieces: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const prefix = pattern(prefixLength, 50 + i)
    const piece = run.plaintext.subarray(i * pieceLength, (i + 1) * pieceLength)
    const aad = withNumber(run.aad, firstNumber + i)
    pieces.push(join(prefix, await key.seal(prefix.subarray(ivAt, ivAt + 12), aad, piece)))
  }
  const { aad, plaintext } = run
  const open = { sealed: bufferLike(join(...pieces)), pieceLength, count, firstNumber, aad, prefixLength, iv: ivAt }
  return { pieces, plaintext, open }
}

async function forEachShape(
  backend: CryptoBackend,
  check: (key: AesGcmKey, shape: Shape, what: string) => Promise<void>,
): Promise<void> {
  for (const keyLength of [16, 24, 32]) {
    const key = await backend.importAesGcmKey(pattern(keyLength, 11))
    // The matrix under one key; under the others, which may take another way, the small ones.
    const lengths = keyLength === 32 ? pieceLengths : [0, 1, 4096, 16_385]
    for (const pieceLength of lengths) {
      for (const count of keyLength === 32 ? counts : [2]) {
        const what = `${count} pieces of ${pieceLength} bytes, AES-${keyLength * 8}`
        await check(key, { pieceLength, count, firstNumber: 1 }, what)
      }
    }
  }
}

export const runRules: readonly BackendRule[] = [
  {
    name: 'a sealed run is its pieces, each sealed by itself behind its prefix',
    async check(backend) {
      await forEachShape(backend, async (key, shape, what) => {
        const run = sealRunOf(shape)
        const expected = join(...(await sealedOneByOne(key, run)))
        const plaintext = join(run.plaintext)
        const parts = await key.sealRun(run)
        expectBytes(join(...parts), expected, what)
        expectOwnMemoryEach(parts, what)
        expectBytes(run.plaintext, plaintext, `${what}: plaintext after the call`)
        const output = new Uint8Array(expected.length)
        expectBytes(join(...(await key.sealRun({ ...run, output }))), expected, `${what}, into given memory`)
        expectBytes(output, expected, `${what}, the given memory`)
      })
    },
  },
  {
    name: 'a run writes its numbers big-endian, up to 2^32 - 1',
    async check(backend) {
      const key = await backend.importAesGcmKey(pattern(32, 12))
      for (const firstNumber of [0, 1, 254, 65_534, 0x7fff_fffe, 0x8000_0000, 0xffff_fffe]) {
        const run = sealRunOf({ pieceLength: 5, count: 2, firstNumber })
        const expected = join(...(await sealedOneByOne(key, run)))
        expectBytes(join(...(await key.sealRun(run))), expected, `numbers from ${firstNumber}`)
        const { open, plaintext } = await sealedRun(key, { pieceLength: 5, count: 2, firstNumber })
        const opened = await key.openRun(open)
        expectBytes(join(...opened.plaintext), plaintext, `numbers from ${firstNumber}, opened`)
      }
    },
  },
  {
    name: 'an opened run is the plaintext that was sealed, with the IVs of the prefixes or with one that is given',
    async check(backend) {
      await forEachShape(backend, async (key, shape, what) => {
        const { open, plaintext } = await sealedRun(key, shape)
        const sealed = join(open.sealed)
        const opened = await key.openRun(open)
        expectThat(opened.opened === shape.count, `${what}: ${opened.opened} opened`)
        expectBytes(join(...opened.plaintext), plaintext, what)
        expectOwnMemoryEach(opened.plaintext, what)
        expectBytes(open.sealed, sealed, `${what}: sealed pieces after the call`)
        const output = new Uint8Array(plaintext.length)
        expectBytes(join(...(await key.openRun({ ...open, output })).plaintext), plaintext, `${what}, given memory`)
        expectBytes(output, plaintext, `${what}, the given memory`)
        if (shape.count > 1) return
        const iv = open.sealed.subarray(ivAt, ivAt + 12)
        expectBytes(join(...(await key.openRun({ ...open, iv })).plaintext), plaintext, `${what}, IV given`)
      })
    },
  },
  {
    name: 'a run with a damaged piece gives the pieces before it and nothing else',
    async check(backend) {
      for (const keyLength of [24, 32]) {
        const key = await backend.importAesGcmKey(pattern(keyLength, 13))
        for (const pieceLength of [0, 1, 4096, 16_385]) {
          const run = await sealedRun(key, { pieceLength, count: 5, firstNumber: 7 })
          for (let damaged = 0; damaged < 5; damaged++) await checkDamaged(key, run, damaged)
        }
      }
    },
  },
  {
    name: 'a run opens no piece under the number of another',
    async check(backend) {
      const key = await backend.importAesGcmKey(pattern(32, 14))
      const { open, pieces } = await sealedRun(key, { pieceLength: 64, count: 3, firstNumber: 1 })
      const [first, second, third] = pieces as [Uint8Array, Uint8Array, Uint8Array]
      const later = await key.openRun({ ...open, firstNumber: 2 })
      expectThat(later.opened === 0 && later.plaintext.length === 0, 'opened with all numbers one too high')
      const swapped = await key.openRun({ ...open, sealed: join(first, third, second) })
      expectThat(swapped.opened === 1, `${swapped.opened} pieces opened, the second and third swapped`)
    },
  },
]

async function checkDamaged(key: AesGcmKey, { pieces, plaintext, open }: SealedRun, damaged: number): Promise<void> {
  const { pieceLength } = open
  const expected = plaintext.subarray(0, damaged * pieceLength)
  const what = `piece ${damaged} of ${pieceLength} bytes damaged`
  // In the IV, in the first byte of what follows the prefix, and in the tag.
  for (const place of [ivAt, prefixLength, prefixLength + pieceLength + gcmTagLength - 1]) {
    const sealed = join(...pieces.map((piece, i) => (i === damaged ? changedAt(piece, place) : piece)))
    const result = await key.openRun({ ...open, sealed })
    expectThat(result.opened === damaged, `${what}: ${result.opened} opened`)
    expectBytes(join(...result.plaintext), expected, what)
    expectOwnMemoryEach(result.plaintext, what)
    const output = new Uint8Array(plaintext.length)
    const written = await key.openRun({ ...open, sealed, output })
    expectThat(written.opened === damaged, `${what}: ${written.opened} opened into given memory`)
    expectBytes(join(...written.plaintext), expected, `${what}, given memory`)
    const rest = output.subarray(damaged * pieceLength)
    expectThat(areSame(rest, new Uint8Array(rest.length)), `${what}: the given memory holds more than that`)
  }
}
