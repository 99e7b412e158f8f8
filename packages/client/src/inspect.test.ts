import { contextOf, encodeContext, MessageFormatError } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { pattern } from '../test/chunks.ts'
import { knownEdk } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { inspect } from './inspect.ts'

const encryptionContext = { tenant: '42' }
const plan = { encryptionContext, frameLength: 512, pieces: framesOf(pattern(1000), 512) }
const edkLength = 2 + 4 + 2 + knownEdk.providerInfo.length + 2 + knownEdk.ciphertext.length
const contextLength = encodeContext(encryptionContext).length

describe('inspect', () => {
  it('shows the header of format 2, and where the body begins', async () => {
    const message = await sealMessage({ ...plan, suite: 0x0478 })
    const header = inspect(message)
    expect(header).toEqual({
      authenticated: false,
      version: 2,
      suite: 0x0478,
      messageId: new Uint8Array(32).fill(0x1d),
      encryptionContext: contextOf(Object.entries(encryptionContext)),
      encryptedDataKeys: [knownEdk],
      contentType: 'framed',
      frameLength: 512,
      commitment: expect.any(Uint8Array) as unknown,
      headerLength: 1 + 2 + 32 + 2 + contextLength + 2 + edkLength + 1 + 4 + 32 + 16,
    })
    expect(Object.isFrozen(header)).toBe(true)
  })

  it('shows the header of format 1, and of bodies without frames', async () => {
    const pieces = [{ kind: 'nonframed', content: pattern(3) }] as const
    const header = inspect(await sealMessage({ encryptionContext, suite: 0x0178, pieces }))
    expect(header).toMatchObject({
      authenticated: false,
      version: 1,
      suite: 0x0178,
      contentType: 'nonframed',
      frameLength: 0,
      headerLength: 2 + 2 + 16 + 2 + contextLength + 2 + edkLength + 1 + 4 + 1 + 4 + 12 + 16,
    })
    expect(header).not.toHaveProperty('commitment')
  })

  it('needs the header alone, not its tag nor the body', async () => {
    const message = await sealMessage(plan)
    const { headerLength } = inspect(message)
    expect(inspect(message.subarray(0, headerLength - 16)).headerLength).toBe(headerLength)
    for (let length = 0; length < headerLength - 16; length++) {
      expect(() => inspect(message.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'ERR_ESDK_TRUNCATED' }),
      )
    }
  })

  it('authenticates nothing: it shows what a changed header says', async () => {
    const message = await sealMessage(plan)
    const offset = message.findIndex((_, i) => new TextDecoder().decode(message.subarray(i, i + 6)) === 'tenant')
    message[offset] = 'T'.charCodeAt(0)
    expect({ ...inspect(message).encryptionContext }).toEqual({ Tenant: '42' })
  })

  it('gives what does not change with the bytes it was read from', async () => {
    const message = await sealMessage(plan)
    const header = inspect(message)
    message.fill(0)
    expect(header.messageId).toEqual(new Uint8Array(32).fill(0x1d))
    expect(header.encryptedDataKeys).toEqual([knownEdk])
  })

  it('reads as many encrypted data keys as the format allows', async () => {
    const empty = { providerId: '', providerInfo: new Uint8Array(0), ciphertext: new Uint8Array(0) }
    const message = await sealMessage({ ...plan, encryptedDataKeys: Array.from({ length: 65_535 }, () => empty) })
    expect(inspect(message).encryptedDataKeys).toHaveLength(65_535)
  })

  it.each([
    ['AYADeJgBBB8', 'the input looks like the base64 text of a message: decode the base64 first'],
    ['AgV4Agi4ABC', 'the input looks like the base64 text of a message: decode the base64 first'],
    ['0205783a40', 'the input looks like the hexadecimal text of a message: decode the hexadecimal first'],
  ])('says what %s is', (text, message) => {
    const bytes = new TextEncoder().encode(text)
    expect(() => inspect(bytes)).toThrow(new MessageFormatError('ERR_ESDK_NOT_A_MESSAGE', message))
  })

  it('takes bytes alone', () => {
    expect(() => inspect('AYAD' as unknown as Uint8Array)).toThrow(
      new TypeError('inspect takes bytes, found a string: encode it with TextEncoder, or decode its base64'),
    )
    expect(() => inspect({} as Uint8Array)).toThrow(TypeError)
  })
})
