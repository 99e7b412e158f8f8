import { describe, expect, it } from 'vitest'
import { ascii, counting, fromHex } from '../test/bytes.ts'
import { bodyAad, sequenceNumberOffset } from './body-aad.ts'
import { concat } from './bytes.ts'

describe('the additional data of a body', () => {
  it.each([
    ['regular frame', 'AWSKMSEncryptionClient Frame'],
    ['final frame', 'AWSKMSEncryptionClient Final Frame'],
    ['nonframed', 'AWSKMSEncryptionClient Single Block'],
  ] as const)('of a %s is message id, "%s", sequence number, length', (content, label) => {
    const messageId = counting(16)
    expect(bodyAad(messageId, content, 0x01020304, 0x1000)).toEqual(
      concat(messageId, ascii(label), fromHex('01020304 0000000000001000')),
    )
  })

  it('begins with all 32 bytes of the message id of version 2', () => {
    const messageId = counting(32)
    expect(bodyAad(messageId, 'final frame', 1, 0)).toEqual(
      concat(messageId, ascii('AWSKMSEncryptionClient Final Frame'), fromHex('00000001 0000000000000000')),
    )
  })

  it.each([
    [1, 0, '00000001 0000000000000000'],
    [0xffff_ffff, 0xffff_ffff, 'ffffffff 00000000ffffffff'],
    [1, 2 ** 32, '00000001 0000000100000000'],
    [1, 2 ** 36 - 32, '00000001 0000000fffffffe0'],
    [1, Number.MAX_SAFE_INTEGER, '00000001 001fffffffffffff'],
  ])('writes number %i and length %i as %s', (sequenceNumber, length, expected) => {
    expect(bodyAad(counting(16), 'nonframed', sequenceNumber, length).slice(-12)).toEqual(fromHex(expected))
  })

  it('tells where the number is, so that a run of frames can count it up', () => {
    const aad = bodyAad(counting(16), 'regular frame', 7, 4096)
    const offset = sequenceNumberOffset(aad)
    expect(aad.slice(offset, offset + 4)).toEqual(fromHex('00000007'))
  })
})
