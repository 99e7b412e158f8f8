import { describe, expect, it } from 'vitest'
import { measureAsync, smallestT, tThreshold } from '../test/timing.ts'
import { nodeBackend } from './node.ts'
import { removePkcs1Padding } from './rsa-unpadding.ts'
import { pattern } from './testing/rule.ts'

const size = 256
const samples = 20_000
const privateExponent = pattern(size)
const ciphertext = pattern(size, 2)

/** What {@link removePkcs1Padding} must not be: it makes the substitute only when the padding is wrong. */
async function removeAndTell(...[backend, exponent, text, block]: Parameters<typeof removePkcs1Padding>) {
  const zeroAt = block.indexOf(0, 2)
  if (block[0] === 0 && block[1] === 2 && zeroAt >= 10) return block.slice(zeroAt + 1)
  return removePkcs1Padding(backend, exponent, text, block)
}

/** Blocks with right and with wrong padding, of messages as long as the substitute: that length is no secret. */
async function measureUnpadding(remove: typeof removePkcs1Padding) {
  const substitute = await remove(nodeBackend, privateExponent, ciphertext, new Uint8Array(size))
  const zeroAt = size - substitute.length - 1
  const block = new Uint8Array(size)
  return measureAsync(
    samples,
    (inputClass) => {
      block.fill(0x11)
      block[0] = 0
      block[1] = 2 - inputClass
      block[zeroAt] = 0
    },
    () => remove(nodeBackend, privateExponent, ciphertext, block),
  )
}

// K8 of the threat model: the time must not tell right padding from wrong.
describe('the time of removing PKCS #1 v1.5 padding', () => {
  it('does not tell whether the padding was right', async () => {
    expect(await smallestT(() => measureUnpadding(removePkcs1Padding))).toBeLessThan(tThreshold)
  })

  it('would tell if only wrong padding took the work of a substitute', async () => {
    expect(await smallestT(() => measureUnpadding(removeAndTell))).toBeGreaterThan(tThreshold)
  })
})
