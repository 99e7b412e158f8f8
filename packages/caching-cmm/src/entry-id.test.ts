import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { edk } from '../test/requests.ts'
import { decryptionEntryId, encryptionEntryId } from './entry-id.ts'

const encryptionContext = contextOf([
  ['b', '2'],
  ['a', '1'],
])

/** {@link encryptionContext}: two pairs, sorted. */
const contextHex = '0002 0001 61 0001 31 0001 62 0001 32'

/** The hash that the platform has, of bytes that can be read. */
async function sha384(text: string): Promise<string> {
  const bytes = Uint8Array.from(text.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-384', bytes)))
}

describe('the id of encryption materials', () => {
  it('is the hash of 01, 01, partition, 00 and context, when no suite is asked for', async () => {
    const id = await encryptionEntryId(defaultBackend, { partitionId: 'part', encryptionContext })
    expect(hex(id)).toBe(await sha384(`01 00 01 00 70617274 00 00 00 ${contextHex}`))
  })

  it('has 01 and the suite, when one is asked for', async () => {
    const suite = algorithmSuite(0x0578)
    const id = await encryptionEntryId(defaultBackend, { partitionId: 'part', suite, encryptionContext })
    expect(hex(id)).toBe(await sha384(`01 00 01 00 70617274 00 01 00 0578 00 ${contextHex}`))
  })

  it('ends with a separator where the context is empty', async () => {
    const id = await encryptionEntryId(defaultBackend, { partitionId: 'ü', encryptionContext: {} })
    expect(hex(id)).toBe(await sha384('01 00 01 00 c3bc 00 00 00'))
  })
})

describe('the id of decryption materials', () => {
  it('is the hash of 01, 02, partition, suite, sorted keys and context, whatever the order of the keys', async () => {
    const suite = algorithmSuite(0x0478)
    const first = edk('a', 'x', 'ÿ')
    const second = edk('b', '', '1')
    const expected = await sha384(
      `01 00 02 00 70617274 00 0478 00
       0001 61 0001 78 0002 c3bf
       0001 62 0000    0001 31 00 ${contextHex}`,
    )
    for (const encryptedDataKeys of [
      [first, second],
      [second, first],
    ]) {
      const request = { partitionId: 'part', suite, encryptedDataKeys, encryptionContext }
      expect(hex(await decryptionEntryId(defaultBackend, request))).toBe(expected)
    }
  })
})
