import { describe, expect, it } from 'vitest'
import type { HashName } from './backend.ts'
import { counterKdf, counterKdfFixedInput } from './counter-kdf.ts'
import { defaultBackend } from './index.ts'
import { ascii, hex, join, pattern } from './testing/rule.ts'

const key = pattern(32)
const label = ascii('label')
const context = ascii('context')

describe('counterKdfFixedInput', () => {
  it('gives the published answer of HMAC SHA-256 in counter mode', async () => {
    // "B.1 Test Case 1" of the material providers library, of which test-vectors/esdk/kat holds the others.
    const derived = await counterKdfFixedInput(defaultBackend, {
      hash: 'SHA-256',
      key: hex('e204d6d466aad507ffaf6d6dab0a5b26152c9e21e764370464e360c8fbc765c6'),
      fixed: hex(
        '7b03b98d9f94b899e591f3ef264b71b193fba7043c7e953cde23bc5384bc1a6293580115fae3495fd845dadbd02bd6455cf48d0f62b33e62364a3a80',
      ),
      length: 32,
    })
    expect(derived).toEqual(hex('770dfab6a6a4a4bee0257ff335213f78d8287b4fd537d5c1fffa956910e7c779'))
  })

  it('counts from 1, and cuts the last block', async () => {
    const fixed = ascii('fixed')
    const blocks: Uint8Array[] = []
    for (const counter of [1, 2, 3]) {
      blocks.push(await defaultBackend.hmac('SHA-384', key, join(Uint8Array.of(0, 0, 0, counter), fixed)))
    }
    for (const length of [0, 1, 47, 48, 49, 96, 100]) {
      const derived = await counterKdfFixedInput(defaultBackend, { hash: 'SHA-384', key, fixed, length })
      expect(derived).toEqual(join(...blocks).subarray(0, length))
    }
  })

  it('zeroes every block', async () => {
    const blocks: Uint8Array[] = []
    const hmac = async (hash: HashName, hmacKey: Uint8Array, data: Uint8Array) => {
      const block = await defaultBackend.hmac(hash, hmacKey, data)
      blocks.push(block)
      return block
    }
    await counterKdfFixedInput({ hmac }, { hash: 'SHA-256', key, fixed: label, length: 70 })
    expect(blocks).toHaveLength(3)
    for (const block of blocks) expect(block).toEqual(new Uint8Array(32))
  })
})

describe('counterKdf', () => {
  it('has a fixed input of label, zero, context and length in bits', async () => {
    const fixed = join(ascii('label'), Uint8Array.of(0), ascii('context'), Uint8Array.of(0, 0, 2, 0))
    const expected = await counterKdfFixedInput(defaultBackend, { hash: 'SHA-384', key, fixed, length: 64 })
    expect(await counterKdf(defaultBackend, { hash: 'SHA-384', key, label, context, length: 64 })).toEqual(expected)
  })

  it('takes an empty label and an empty context', async () => {
    const none = new Uint8Array(0)
    const fixed = Uint8Array.of(0, 0, 0, 1, 0)
    const expected = await counterKdfFixedInput(defaultBackend, { hash: 'SHA-256', key, fixed, length: 32 })
    const input = { hash: 'SHA-256', key, label: none, context: none, length: 32 } as const
    expect(await counterKdf(defaultBackend, input)).toEqual(expected)
  })
})
