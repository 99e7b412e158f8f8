import { describe, expect, it } from 'vitest'
import { measure, type Samples, smallestT, tThreshold } from '../../test/timing.ts'
import { decryptEcbKey, openCbc } from './cbc-body.ts'

const samples = 300_000

/** A key that decrypts to what stands there: only the padding is measured. */
const decryptCbc = (_: Uint8Array, blocks: Uint8Array) => new Uint8Array(blocks)

/** Wrong padding of 16 bytes, where the byte that is wrong is the nearest to its end, or the farthest. */
function measurePadding(count: number, remove: (block: Uint8Array) => unknown): Samples {
  const block = new Uint8Array(32).fill(16)
  const [nearest, farthest] = [block.length - 2, block.length - 16]
  let removed = 0
  const taken = measure(
    count,
    (inputClass) => {
      block[nearest] = 16 ^ inputClass
      block[farthest] = 17 ^ inputClass
    },
    () => {
      if (remove(block) !== undefined) removed++
    },
  )
  expect(removed).toBe(0)
  return taken
}

function finishCbc(block: Uint8Array): unknown {
  const opener = openCbc({ decryptCbc }, new Uint8Array(16), 64)
  void opener.update(block)
  return opener.finish()
}

function finishWithEarlyExit(block: Uint8Array): unknown {
  // As slow as the rest of it, and then some for each byte.
  for (let i = 2; i <= 16; i++) {
    if (block[block.length - i] !== 16) return undefined
    finishCbc(block)
  }
  return block
}

// S5 of the threat model: whoever can tell wrong padding from wrong padding can decrypt.
describe('the time that wrong padding takes', () => {
  it.each([
    ['a body', finishCbc],
    ['a key', (block: Uint8Array) => decryptEcbKey({ decryptCbc }, block)],
  ])('does not tell which byte of it is wrong, in %s', async (_, remove) => {
    const t = await smallestT(() => measurePadding(samples, remove))
    expect(t).toBeLessThan(tThreshold)
  })

  it('would tell if it stopped at the first wrong byte', async () => {
    const t = await smallestT(() => measurePadding(3000, finishWithEarlyExit))
    expect(t).toBeGreaterThan(tThreshold)
  })
})
