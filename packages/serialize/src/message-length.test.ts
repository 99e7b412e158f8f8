import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { algorithmSuite, algorithmSuites } from './algorithm-suite.ts'
import { emptyContext } from './encryption-context.ts'
import type { MessageHeader } from './header.ts'
import { ciphertextLength, footerLength, plaintextLength } from './message-length.ts'

const edk = { providerId: 'k', providerInfo: new Uint8Array(1), ciphertext: new Uint8Array(1) }

/** A header without context, and with one encrypted data key of 3 · 2 + 3 bytes. */
function headerOf(suite: (typeof algorithmSuites)[number], frameLength: number): MessageHeader {
  const common = {
    encryptionContext: emptyContext,
    encryptedDataKeys: [edk],
    contentType: frameLength === 0 ? 'nonframed' : 'framed',
    frameLength,
  } as const
  return suite.messageVersion === 1
    ? { ...common, version: 1, suite: suite.id, messageId: new Uint8Array(16) }
    : { ...common, version: 2, suite: suite.id, messageId: new Uint8Array(32), commitment: new Uint8Array(32) }
}

/** Bytes of {@link headerOf} and its tag: see the tables of data-format/message-header.md. */
function headerBytes({ version }: MessageHeader): number {
  const edks = 2 + 3 * 2 + 3
  const v1 = 1 + 1 + 2 + 16 + 2 + edks + 1 + 4 + 1 + 4 + (12 + 16)
  const v2 = 1 + 2 + 32 + 2 + edks + 1 + 4 + 32 + 16
  return version === 1 ? v1 : v2
}

/** Length and signature: 103 bytes on P-384, as the specification's example has; 71 on P-256. */
function footerBytes(suite: number): number {
  return { [0x0214]: 2 + 71, [0x0346]: 2 + 103, [0x0378]: 2 + 103, [0x0578]: 2 + 103 }[suite] ?? 0
}

/** Frames one by one: full ones while more than one frame of plaintext is left, then the final one. */
function bodyBytes(plaintext: bigint, frameLength: bigint): bigint {
  const regular = plaintext <= frameLength ? 0n : (plaintext - 1n) / frameLength
  const final = plaintext - regular * frameLength
  return regular * (4n + 12n + frameLength + 16n) + (4n + 4n + 12n + 4n + final + 16n)
}

const frameLengths = [1, 2, 15, 16, 4096, 65_536, 2 ** 31, 2 ** 32 - 1]

const aroundBoundaries = (frameLength: number): number[] => {
  const multiples = [0, 1, 2, 3, 10, 1000].map((n) => n * frameLength)
  return [...new Set(multiples.flatMap((size) => [size - 1, size, size + 1]))].filter((size) => size >= 0)
}

const big = [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 36, 2 ** 40 + 7, 2 ** 44]

const cases = algorithmSuites.flatMap((suite) => frameLengths.map((frameLength) => ({ suite, frameLength })))

describe.each(cases)('a message of $suite.name in frames of $frameLength bytes', ({ suite, frameLength }) => {
  const header = headerOf(suite, frameLength)
  // A message has 2^32 - 1 frames at most.
  const sizes = [...aroundBoundaries(frameLength), ...big].filter((size) => size / frameLength <= 2 ** 32 - 1)

  it('is as long as header, frames and footer together', () => {
    for (const size of sizes) {
      const expected =
        BigInt(headerBytes(header) + footerBytes(suite.id)) + bodyBytes(BigInt(size), BigInt(frameLength))
      expect(BigInt(ciphertextLength(header, size)), `${size} bytes`).toBe(expected)
    }
  })

  it('tells the length of its plaintext', () => {
    for (const size of sizes) expect(plaintextLength(header, ciphertextLength(header, size))).toBe(size)
  })

  it('tells it as well when its last frame is an empty one behind a full one', () => {
    const emptyFinal = headerBytes(header) + 2 * (32 + frameLength) + 40 + footerBytes(suite.id)
    expect(plaintextLength(header, emptyFinal)).toBe(2 * frameLength)
  })

  it('has no plaintext when it is shorter than any, or ends within the overhead of a frame', () => {
    const shortest = headerBytes(header) + 40 + footerBytes(suite.id)
    expect(plaintextLength(header, shortest)).toBe(0)
    for (const length of [0, 1, headerBytes(header), shortest - 1]) {
      expect(plaintextLength(header, length)).toBeUndefined()
    }
    for (let more = 1; more < 32; more++) {
      expect(plaintextLength(header, shortest + frameLength + more)).toBeUndefined()
    }
    expect(plaintextLength(header, shortest + frameLength + 32)).toBe(frameLength)
  })
})

describe('lengths', () => {
  it('agree with each other for every size and frame length that a message can have', () => {
    const input = fc
      .record({
        suite: fc.constantFrom(...algorithmSuites),
        frameLength: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        frames: fc.integer({ min: 0, max: 2 ** 20 }),
        rest: fc.nat(),
      })
      .filter(({ frameLength, frames }) => frameLength * frames < 2 ** 52)
    fc.assert(
      fc.property(input, ({ suite, frameLength, frames, rest }) => {
        const header = headerOf(suite, frameLength)
        const size = frames * frameLength + (rest % frameLength)
        const total = ciphertextLength(header, size)
        expect(BigInt(total)).toBe(
          BigInt(headerBytes(header) + footerBytes(suite.id)) + bodyBytes(BigInt(size), BigInt(frameLength)),
        )
        expect(plaintextLength(header, total)).toBe(size)
      }),
      { numRuns: 2000 },
    )
  })

  it('may be told the bytes of the header, where those are known', () => {
    const header = headerOf(algorithmSuite(0x0478), 4096)
    expect(ciphertextLength(header, 10, 1000)).toBe(1000 + 40 + 10)
    expect(plaintextLength(header, 1000 + 40 + 10, 1000)).toBe(10)
  })

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('are whole numbers: not %d', (length) => {
    const header = headerOf(algorithmSuite(0x0478), 4096)
    expect(() => ciphertextLength(header, length)).toThrow(
      new RangeError(`plaintextLength must be a whole number of bytes, found ${length}`),
    )
    expect(() => plaintextLength(header, length)).toThrow(
      new RangeError(`totalLength must be a whole number of bytes, found ${length}`),
    )
  })
})

describe('a message without frames', () => {
  it.each(algorithmSuites)('of $name has the plaintext that is left', (suite) => {
    const header = headerOf(suite, 0)
    const around = headerBytes(header) + 12 + 8 + 16 + footerBytes(suite.id)
    expect(plaintextLength(header, around)).toBe(0)
    expect(plaintextLength(header, around + 654)).toBe(654)
    expect(plaintextLength(header, around + 2 ** 36 - 32)).toBe(2 ** 36 - 32)
    expect(plaintextLength(header, around - 1)).toBeUndefined()
  })

  it('is never written', () => {
    expect(() => ciphertextLength(headerOf(algorithmSuite(0x0178), 0), 10)).toThrow(
      new RangeError('esdk writes no message without frames'),
    )
  })
})

describe('the footer', () => {
  it.each(algorithmSuites)('of $name has its length', (suite) => {
    expect(footerLength(suite)).toBe(footerBytes(suite.id))
  })
})
