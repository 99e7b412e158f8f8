import { describe, expect, it } from 'vitest'
import type { NumberedBytes, OpenRun } from '../backend.ts'
import { join, pattern } from '../testing/rule.ts'
import { importAesGcmKey } from './aes.ts'

const key = importAesGcmKey(pattern(32))
const none = new Uint8Array(0)

function numbered(length: number, ...numberAt: number[]): NumberedBytes {
  return { bytes: new Uint8Array(length), numberAt }
}

/** A run of 3 pieces: the number, then content and tag. */
function sealed(pieceLength: number) {
  const parts = key.sealRun({
    plaintext: pattern(3 * pieceLength),
    pieceLength,
    count: 3,
    firstNumber: 1,
    iv: numbered(12, 8),
    aad: numbered(4, 0),
    prefix: numbered(12, 8),
  }) as readonly Uint8Array[]
  const open: OpenRun = {
    sealed: join(...parts),
    pieceLength,
    count: 3,
    firstNumber: 1,
    aad: numbered(4, 0),
    prefixLength: 12,
    iv: 0,
  }
  return { parts, open }
}

describe('a run in Node', () => {
  it('is one part when its pieces are short, so that each costs no array', () => {
    const { parts, open } = sealed(16 * 1024)
    expect(parts).toHaveLength(1)
    expect(key.openRun(open)).toEqual({ plaintext: [pattern(3 * 16 * 1024)], opened: 3 })
  })

  it('is handed on piece by piece when they are long, without a copy; tags go with the next prefix', () => {
    const pieceLength = 16 * 1024 + 1
    const { parts, open } = sealed(pieceLength)
    const lengths = parts.map(({ length }) => length)
    expect(lengths).toEqual([12, pieceLength, 16 + 12, pieceLength, 16 + 12, pieceLength, 16])
    const opened = key.openRun(open) as { plaintext: readonly Uint8Array[] }
    expect(opened.plaintext.map(({ length }) => length)).toEqual([pieceLength, pieceLength, pieceLength])
  })

  it('is one part when memory is given, however long its pieces are', () => {
    const { open } = sealed(20_000)
    const output = new Uint8Array(60_000)
    expect(key.openRun({ ...open, output })).toEqual({ plaintext: [output], opened: 3 })
    expect(output).toEqual(pattern(60_000))
  })

  it('answers at once: nothing of it is a promise', () => {
    expect(key.seal(new Uint8Array(12), none, none)).toBeInstanceOf(Uint8Array)
    expect(key.open(new Uint8Array(12), none, new Uint8Array(16))).toBeUndefined()
    expect(sealed(10).parts).toBeInstanceOf(Array)
  })
})

describe('what did not open', () => {
  it('leaves nothing of the piece in given memory', () => {
    const { open } = sealed(100)
    open.sealed[open.sealed.length - 1] = (open.sealed[open.sealed.length - 1] as number) ^ 1
    const output = new Uint8Array(300).fill(0xee)
    const { opened } = key.openRun({ ...open, output }) as { opened: number }
    expect(opened).toBe(2)
    expect(output).toEqual(join(pattern(300).subarray(0, 200), new Uint8Array(100)))
  })
})
