import { describe, expect, it } from 'vitest'
import { GatheredMessage, type Hasher } from './gathered-message.ts'
import { pattern } from './testing/rule.ts'

const longest = 1024 * 1024

/** A hasher that keeps what it is given: its digest is the message. */
function keeping(): Hasher & { readonly parts: Uint8Array[] } {
  const parts: Uint8Array[] = []
  return {
    parts,
    update: (bytes) => parts.push(new Uint8Array(bytes)),
    digest: () => Uint8Array.from(parts.flatMap((part) => Array.from(part))),
  }
}

async function gathered(lengths: readonly number[]) {
  let hashers = 0
  const message = new GatheredMessage(async () => {
    hashers++
    return keeping()
  })
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const bytes = pattern(total)
  let offset = 0
  for (const length of lengths) {
    await message.update(bytes.subarray(offset, offset + length))
    offset += length
  }
  return { message, bytes, hashers }
}

describe('GatheredMessage', () => {
  it.each([
    ['nothing', []],
    ['an empty part', [0]],
    ['a part', [100]],
    ['parts that fill the first memory', [4000, 96]],
    ['parts beyond the first memory', [4000, 97, 1]],
    ['one part much larger than the memory so far', [1, 500_000]],
    ['as much as is gathered at most', [longest - 1, 1]],
    ['all of that in one part', [longest]],
  ] as const)('gathers %s', async (_, lengths) => {
    const { message, bytes, hashers } = await gathered(lengths)
    const content = message.content()
    expect(content.kind === 'whole' && content.bytes.length).toBe(bytes.length)
    expect(content.kind === 'whole' && content.bytes.every((byte, i) => byte === bytes[i])).toBe(true)
    expect(hashers).toBe(0)
  })

  it.each([
    ['a byte more than is gathered', [longest, 1]],
    ['all of that in one part', [longest + 1]],
    ['parts before and after', [10, longest, 7, 0, 3]],
  ] as const)('hashes %s, from the first byte on', async (_, lengths) => {
    const { message, bytes, hashers } = await gathered(lengths)
    const content = message.content()
    expect(content.kind === 'hashed' && content.digest.length).toBe(bytes.length)
    expect(content.kind === 'hashed' && content.digest.every((byte, i) => byte === bytes[i])).toBe(true)
    expect(hashers).toBe(1)
  })

  it('answers at once while it gathers, and once it hashes', async () => {
    const message = new GatheredMessage(keeping)
    expect(message.update(new Uint8Array(longest))).toBeUndefined()
    const change = message.update(new Uint8Array(1))
    expect(change).toBeInstanceOf(Promise)
    await change
    expect(message.update(new Uint8Array(1))).toBeUndefined()
  })

  it('takes the digest once, and gives it as often as it is asked', async () => {
    let digests = 0
    const message = new GatheredMessage(() => ({ update() {}, digest: () => Uint8Array.of(++digests) }))
    await message.update(new Uint8Array(longest + 1))
    expect(message.content()).toEqual({ kind: 'hashed', digest: Uint8Array.of(1) })
    expect(message.content()).toEqual({ kind: 'hashed', digest: Uint8Array.of(1) })
  })

  it('copies what it gathers', () => {
    const part = Uint8Array.of(1, 2, 3)
    const message = new GatheredMessage(keeping)
    void message.update(part)
    part.fill(0)
    expect(message.content()).toEqual({ kind: 'whole', bytes: Uint8Array.of(1, 2, 3) })
  })
})
