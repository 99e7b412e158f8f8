import { describe, expect, it } from 'vitest'
import { ascii, fromHex, thrownBy } from '../test/bytes.ts'
import { exampleHeader } from '../test/specification.ts'
import { algorithmSuites } from './algorithm-suite.ts'
import { encodeBase64 } from './base64.ts'
import { concat, hex, u16 } from './bytes.ts'
import { checkMessageStart, recognisedLength } from './recognise.ts'

/** The first bytes of a message of each suite. */
const starts = algorithmSuites.map(({ id, messageVersion }) =>
  concat(messageVersion === 1 ? fromHex('0180') : fromHex('02'), u16(id), fromHex('a1b2c3d4e5f60718')),
)

describe('the first bytes of a message', () => {
  it.each(starts.map((start) => [hex(start), start] as const))('pass: %s', (_, start) => {
    for (let length = 1; length <= start.length; length++) checkMessageStart(start.subarray(0, length))
  })

  it('pass when they are those of the specification', () => {
    checkMessageStart(exampleHeader)
  })

  it('pass when nothing is known about them: the reader of headers says what is wrong', () => {
    for (const bytes of [fromHex('03'), fromHex('00ff'), fromHex('0181'), fromHex('89504e470d0a1a0a')]) {
      checkMessageStart(bytes)
    }
  })
})

describe('text in place of bytes (P17)', () => {
  it.each(starts.map((start) => [encodeBase64(start), ascii(encodeBase64(start))] as const))(
    'is recognised as base64 of a message: %s',
    (_, text) => {
      expect(thrownBy(() => checkMessageStart(text))).toMatchObject({
        name: 'MessageFormatError',
        code: 'ERR_ESDK_NOT_A_MESSAGE',
        message: 'the input looks like the base64 text of a message: decode the base64 first',
      })
    },
  )

  it.each(['AYADeJ6K', 'AYAUeJ6K', 'AgV4', 'AgR4sJ6K', 'Agi4'])('is recognised by how it begins: %s', (start) => {
    expect(thrownBy(() => checkMessageStart(ascii(start)))).toMatchObject({
      code: 'ERR_ESDK_NOT_A_MESSAGE',
      message: 'the input looks like the base64 text of a message: decode the base64 first',
    })
  })

  it.each(starts.map((start) => [hex(start), ascii(hex(start))] as const))(
    'is recognised as hexadecimal of a message: %s',
    (_, text) => {
      expect(thrownBy(() => checkMessageStart(text))).toMatchObject({
        code: 'ERR_ESDK_NOT_A_MESSAGE',
        message: 'the input looks like the hexadecimal text of a message: decode the hexadecimal first',
      })
    },
  )

  it.each(['Against ', 'Agenda: ', 'A letter', '0190 and', 'A', '# esdk\n', 'Dear Sir'])(
    'is recognised as text that nobody has encrypted: %j',
    (text) => {
      expect(thrownBy(() => checkMessageStart(ascii(text)))).toMatchObject({
        code: 'ERR_ESDK_NOT_A_MESSAGE',
        message: 'the input looks like plain text: is it encrypted at all?',
      })
    },
  )
})

describe('what else is given by mistake', () => {
  it.each([
    [
      'a ciphertext of AWS KMS',
      fromHex('01010200 7857a1c1'),
      'an AWS KMS ciphertext, not a message: call KMS Decrypt, not esdk',
    ],
    [
      'another of AWS KMS',
      fromHex('01020200 78fafffb'),
      'an AWS KMS ciphertext, not a message: call KMS Decrypt, not esdk',
    ],
    [
      'its base64',
      ascii('AQICAHhX'),
      'the base64 text of an AWS KMS ciphertext: decode it and call KMS Decrypt, not esdk',
    ],
    [
      'its base64',
      ascii('AQECAHhX'),
      'the base64 text of an AWS KMS ciphertext: decode it and call KMS Decrypt, not esdk',
    ],
    ['a key in PEM', ascii('-----BEGIN PUBLIC KEY-----'), 'PEM text: give the encrypted message, not a key'],
    ['a file of age', ascii('age-encryption.org/v1'), 'a file of age: decrypt it with age'],
  ])('is named: %s', (_, bytes, what) => {
    expect(thrownBy(() => checkMessageStart(bytes.subarray(0, recognisedLength)))).toMatchObject({
      code: 'ERR_ESDK_NOT_A_MESSAGE',
      message: `the input looks like ${what}`,
    })
  })

  it('is nothing at all', () => {
    expect(thrownBy(() => checkMessageStart(new Uint8Array(0)))).toMatchObject({
      code: 'ERR_ESDK_TRUNCATED',
      message: 'the input is empty: even an encrypted empty file has a header; was it written to the end?',
    })
  })

  it.each(['0102', '010202', '01010300', '01010201', '01030200'])('is no ciphertext of AWS KMS: %s', (bytes) => {
    checkMessageStart(fromHex(bytes))
  })
})
