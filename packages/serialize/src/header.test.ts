import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { exampleHeader, exampleHeaderTagLength, printedHeader } from '../test/specification.ts'
import { algorithmSuite, algorithmSuites, formatSuiteId } from './algorithm-suite.ts'
import { concat, hex, u16, u32 } from './bytes.ts'
import { decode } from './decoder.ts'
import type { EncryptedDataKey } from './encrypted-data-key.ts'
import { contextOf, emptyContext, encodeContext } from './encryption-context.ts'
import { isEsdkError } from './errors.ts'
import {
  defaultFrameLength,
  encodeHeader,
  headerLength,
  type MessageHeader,
  maxFrameLength,
  minFrameLength,
  readHeader,
} from './header.ts'

const noLimit = { maxEncryptedDataKeys: Number.POSITIVE_INFINITY }

/** The fields of a header of version 1, in order. */
const fieldsV1 = {
  version: '01',
  type: '80',
  suite: '0178',
  messageId: '101112131415161718191a1b1c1d1e1f',
  contextLength: '000b',
  context: '0001 0001 61 0004 62636465',
  keyCount: '0001',
  key: '0003 6b6d73 0002 0102 0004 aabbccdd',
  contentType: '02',
  reserved: '00000000',
  ivLength: '0c',
  frameLength: '00001000',
}

/** The fields of a header of version 2, in order. */
const fieldsV2 = {
  version: '02',
  suite: '0478',
  messageId: '101112131415161718191a1b1c1d1e1f 202122232425262728292a2b2c2d2e2f',
  contextLength: '0000',
  context: '',
  keyCount: '0002',
  keys: '0003 6b6d73 0002 0102 0004 aabbccdd  0000 0000 0000',
  contentType: '02',
  frameLength: 'ffffffff',
  commitment: 'c0c1c2c3c4c5c6c7c8c9cacbcccdcecf d0d1d2d3d4d5d6d7d8d9dadbdcdddedf',
}

function bytesOf(fields: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  return fromHex(Object.values(fields).join(''))
}

const key: EncryptedDataKey = { providerId: 'kms', providerInfo: fromHex('0102'), ciphertext: fromHex('aabbccdd') }
const emptyKey: EncryptedDataKey = { providerId: '', providerInfo: new Uint8Array(0), ciphertext: new Uint8Array(0) }

const headerV1: MessageHeader = {
  version: 1,
  suite: 0x0178,
  messageId: fromHex('101112131415161718191a1b1c1d1e1f'),
  encryptionContext: contextOf([['a', 'bcde']]),
  encryptedDataKeys: [key],
  contentType: 'framed',
  frameLength: 4096,
}

const headerV2: MessageHeader = {
  version: 2,
  suite: 0x0478,
  messageId: fromHex(fieldsV2.messageId),
  encryptionContext: emptyContext,
  encryptedDataKeys: [key, emptyKey],
  contentType: 'framed',
  frameLength: 0xffff_ffff,
  commitment: fromHex(fieldsV2.commitment),
}

function refusal(bytes: Uint8Array, limits = noLimit): unknown {
  return thrownBy(() => decode(readHeader(limits), bytes))
}

describe('a header of version 1', () => {
  it('has its fields in the order of the specification', () => {
    expect(hex(encodeHeader(headerV1))).toBe(hex(bytesOf(fieldsV1)))
  })

  it('is read back, and the bytes behind it are left', () => {
    const { value, raw, rest } = decode(readHeader(noLimit), concat(bytesOf(fieldsV1), fromHex('ee')))
    expect(value).toEqual(headerV1)
    expect(raw).toEqual(bytesOf(fieldsV1))
    expect(rest).toEqual(fromHex('ee'))
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(bytesOf(fieldsV1))) {
      expect(refusal(beginning)).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })
})

describe('a header of version 2', () => {
  it('has its fields in the order of the specification', () => {
    expect(hex(encodeHeader(headerV2))).toBe(hex(bytesOf(fieldsV2)))
  })

  it('is read back, and the bytes behind it are left', () => {
    const { value, raw, rest } = decode(readHeader(noLimit), concat(bytesOf(fieldsV2), fromHex('ee')))
    expect(value).toEqual(headerV2)
    expect(raw).toEqual(bytesOf(fieldsV2))
    expect(rest).toEqual(fromHex('ee'))
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(bytesOf(fieldsV2))) {
      expect(refusal(beginning)).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })
})

describe("the specification's header", () => {
  it('is read as the specification explains it', () => {
    const { value, raw, rest } = decode(readHeader(noLimit), exampleHeader)
    expect(value).toMatchObject({
      version: 1,
      suite: 0x0378,
      messageId: fromHex('b8929b01 753d4a45 c0217f39 404f70ff'),
      contentType: 'nonframed',
      frameLength: 0,
    })
    // The explanation says "0This"; the bytes say "0this".
    expect({ ...value.encryptionContext }).toEqual({
      '0this': 'is',
      '1an': 'encryption',
      '2context': 'example',
      'aws-crypto-public-key': 'AsG8gG9InLPu16YKlqXTOD+nykG8YqHAhqecj8aXfD2e5B4gtVE73dZkyClA+rAMOQ==',
    })
    const names = value.encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => [
      providerId,
      new TextDecoder().decode(providerInfo),
      ciphertext.length,
    ])
    expect(names).toEqual([
      ['aws-kms', 'arn:aws:kms:us-west-2:111122223333:key/715c0818-5825-4245-a755-138a6d9a11e6', 167],
      ['aws-kms', 'arn:aws:kms:ca-central-1:111122223333:key/9b13ca4b-afcc-46a8-aa47-be3435b423ff', 167],
    ])
    expect(rest.length).toBe(exampleHeaderTagLength)
    expect(hex(encodeHeader(value))).toBe(hex(raw))
  })

  it('is refused as it is printed: the misprinted word is not UTF-8', () => {
    expect(refusal(printedHeader)).toMatchObject({
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: 'the encryption context holds bytes that are not UTF-8, in pair 2',
    })
  })

  it('is refused when it is cut anywhere', () => {
    for (const beginning of beginnings(exampleHeader.subarray(0, -exampleHeaderTagLength))) {
      expect(refusal(beginning)).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })
})

describe('a header that breaks a rule of the specification', () => {
  const damaged = 'the header is damaged or no header: '

  it.each([
    ['version 0', { version: '00' }, `${damaged}message format version 0; 1 and 2 are known`],
    ['version 3', { version: '03' }, `${damaged}message format version 3; 1 and 2 are known`],
    ['text', { version: '44' }, `${damaged}message format version 68; 1 and 2 are known`],
    ['another type', { type: '81' }, `${damaged}message type 129, expected 128`],
    ['type 0', { type: '00' }, `${damaged}message type 0, expected 128`],
    ['a reserved field that is not zero', { reserved: '00000001' }, `${damaged}the reserved field is not zero`],
    ['a reserved field with a high bit', { reserved: '80000000' }, `${damaged}the reserved field is not zero`],
    ['another IV length', { ivLength: '10' }, `${damaged}IV length 16, expected 12`],
    ['IV length 0', { ivLength: '00' }, `${damaged}IV length 0, expected 12`],
    ['content type 0', { contentType: '00' }, `${damaged}content type 0; 1 (non-framed) and 2 (framed) are known`],
    ['content type 3', { contentType: '03' }, `${damaged}content type 3; 1 (non-framed) and 2 (framed) are known`],
    [
      'a frame length without frames',
      { contentType: '01' },
      `${damaged}frame length 4096 of a non-framed body, expected 0`,
    ],
    ['no encrypted data key', { keyCount: '0000', key: '' }, 'the message holds no encrypted data key'],
    [
      'an empty context with a count',
      { contextLength: '0002', context: '0000' },
      'the encryption context is not empty, yet counts no pairs',
    ],
    [
      'a context longer than its pairs',
      { contextLength: '000c', context: '0001 0001 61 0004 62636465 00' },
      'the encryption context has 1 bytes after its last pair',
    ],
    ['a context shorter than its pairs', { contextLength: '000a' }, 'the encryption context ends within pair 1 of 1'],
  ])('is refused: %s', (_, changes, message) => {
    expect(refusal(bytesOf({ ...fieldsV1, ...changes }))).toMatchObject({
      name: 'MessageFormatError',
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message,
    })
  })

  it.each([
    ['content type 0', { contentType: '00' }, `${damaged}content type 0; 1 (non-framed) and 2 (framed) are known`],
    [
      'a frame length without frames',
      { contentType: '01' },
      `${damaged}frame length 4294967295 of a non-framed body, expected 0`,
    ],
    ['no encrypted data key', { keyCount: '0000', keys: '' }, 'the message holds no encrypted data key'],
  ])('is refused in version 2 as well: %s', (_, changes, message) => {
    expect(refusal(bytesOf({ ...fieldsV2, ...changes }))).toMatchObject({ code: 'ERR_ESDK_HEADER_MALFORMED', message })
  })

  it.each([
    ['1', bytesOf({ ...fieldsV1, frameLength: '00000000' })],
    ['2', bytesOf({ ...fieldsV2, frameLength: '00000000' })],
  ])('is refused as a body that no frame can fill: frame length 0 in version %s', (_, bytes) => {
    expect(refusal(bytes)).toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
      message: 'frame length 0 of a framed body, expected 1 or more',
    })
  })

  it.each(algorithmSuites)('is refused when it has a suite of the other version: $name', ({ id, messageVersion }) => {
    const suite = hex(u16(id))
    const bytes = messageVersion === 1 ? bytesOf({ ...fieldsV2, suite }) : bytesOf({ ...fieldsV1, suite })
    expect(refusal(bytes)).toMatchObject({
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: `algorithm suite ${formatSuiteId(id)} belongs to message format ${messageVersion}, the header says ${3 - messageVersion}`,
    })
  })

  it.each(['0000', '0070', '0071', '0072', '0073', '0074', '6700', '6701', '0479', 'ffff'])(
    'is refused with suite %s, which is none of this format',
    (suite) => {
      expect(refusal(bytesOf({ ...fieldsV1, suite }))).toMatchObject({ code: 'ERR_ESDK_HEADER_MALFORMED' })
      expect(refusal(bytesOf({ ...fieldsV2, suite }))).toMatchObject({ code: 'ERR_ESDK_HEADER_MALFORMED' })
    },
  )
})

describe('what a header may hold', () => {
  it.each(algorithmSuites)('is any suite of its version: $name', ({ id, messageVersion }) => {
    const header = { ...(messageVersion === 1 ? headerV1 : headerV2), suite: id } as MessageHeader
    expect(decode(readHeader(noLimit), encodeHeader(header)).value).toEqual(header)
  })

  it('is a body without frames, in both versions', () => {
    for (const base of [headerV1, headerV2]) {
      const header: MessageHeader = { ...base, contentType: 'nonframed', frameLength: 0 }
      expect(decode(readHeader(noLimit), encodeHeader(header)).value).toEqual(header)
    }
  })

  it.each([minFrameLength, defaultFrameLength, 0x7fff_ffff, 0x8000_0000, maxFrameLength])(
    'is frames of %i bytes',
    (frameLength) => {
      const header = { ...headerV1, frameLength }
      expect(decode(readHeader(noLimit), encodeHeader(header)).value.frameLength).toBe(frameLength)
    },
  )

  it('is frames from 1 byte to 2^32 - 1, of 4096 when nobody says', () => {
    expect([minFrameLength, defaultFrameLength, maxFrameLength]).toEqual([1, 4096, 2 ** 32 - 1])
  })

  it('is a context of 65535 bytes', () => {
    const encryptionContext = contextOf([['k', 'x'.repeat(65535 - 7)]])
    expect(encodeContext(encryptionContext).length).toBe(65535)
    const { value } = decode(readHeader(noLimit), encodeHeader({ ...headerV1, encryptionContext }))
    expect(value.encryptionContext['k']?.length).toBe(65528)
  })

  it('is 65535 encrypted data keys', () => {
    const encryptedDataKeys = Array.from({ length: 65_535 }, () => emptyKey)
    const { value, rest } = decode(readHeader(noLimit), encodeHeader({ ...headerV2, encryptedDataKeys }))
    expect(value.encryptedDataKeys.length).toBe(65535)
    expect(rest.length).toBe(0)
  })

  it('is frozen when it was read', () => {
    const { value } = decode(readHeader(noLimit), bytesOf(fieldsV1))
    expect([value, value.encryptionContext, value.encryptedDataKeys].every(Object.isFrozen)).toBe(true)
  })

  it('comes back as it was, whatever it holds', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const text = fc.string({ unit: 'binary', maxLength: 30 })
    const header = fc
      .record({
        suite: fc.constantFrom(...algorithmSuites.map(({ id }) => id)),
        pairs: fc.uniqueArray(fc.tuple(text, text), { selector: ([name]) => name, maxLength: 5 }),
        encryptedDataKeys: fc.array(
          fc.record({
            providerId: text,
            providerInfo: fc.uint8Array({ maxLength: 50 }),
            ciphertext: fc.uint8Array({ maxLength: 50 }),
          }),
          { minLength: 1, maxLength: 4 },
        ),
        frameLength: fc.integer({ min: 0, max: 0xffff_ffff }),
        messageId: bytes(32),
        commitment: bytes(32),
      })
      .map(({ suite, pairs, messageId, commitment, frameLength, encryptedDataKeys }) => {
        const { messageVersion: version, messageIdLength } = algorithmSuite(suite)
        return {
          version,
          suite,
          messageId: messageId.slice(0, messageIdLength),
          encryptionContext: contextOf(pairs),
          encryptedDataKeys,
          contentType: frameLength === 0 ? 'nonframed' : 'framed',
          frameLength,
          ...(version === 2 && { commitment }),
        } as MessageHeader
      })
    fc.assert(
      fc.property(header, (written) => {
        const encoded = encodeHeader(written)
        const { value, rest } = decode(readHeader(noLimit), encoded)
        expect(value).toEqual(written)
        expect(rest.length).toBe(0)
        expect(headerLength(written)).toBe(encoded.length + (written.version === 1 ? 12 + 16 : 16))
      }),
      { numRuns: 300 },
    )
  })

  it('is nothing else: a changed header is refused by an error of ours, or is another header (P16, native errors)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(bytesOf(fieldsV1), bytesOf(fieldsV2), exampleHeader),
        fc.array(fc.tuple(fc.nat({ max: 600 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 }),
        (header, changes) => {
          const changed = header.slice()
          for (const [at, value] of changes) changed[at % changed.length] = value
          try {
            const { value, raw } = decode(readHeader(noLimit), changed)
            // Pairs out of order are read and would be written in order: the length is the same in any case.
            expect(encodeHeader(value).length).toBe(raw.length)
          } catch (error) {
            expect(isEsdkError(error), String(error)).toBe(true)
          }
        },
      ),
      { numRuns: 5000 },
    )
  })
})

describe('the limits of a header', () => {
  it('count encrypted data keys while reading: 65535 are refused at once with a limit of 10 (P6)', () => {
    const encryptedDataKeys = Array.from({ length: 65_535 }, () => key)
    const bytes = encodeHeader({ ...headerV2, encryptedDataKeys })
    const times = [1, 2, 3].map(() => {
      const started = performance.now()
      expect(refusal(bytes, { maxEncryptedDataKeys: 10 })).toMatchObject({
        code: 'ERR_ESDK_LIMIT',
        limit: 'maxEncryptedDataKeys',
        allowed: 10,
        found: 65535,
      })
      return performance.now() - started
    })
    expect(Math.min(...times)).toBeLessThan(50)
  })

  it('need no more than the count to be there', () => {
    const upToCount = bytesOf({
      ...fieldsV2,
      keyCount: 'ffff',
      keys: '',
      contentType: '',
      frameLength: '',
      commitment: '',
    })
    expect(refusal(upToCount, { maxEncryptedDataKeys: 10 })).toMatchObject({ code: 'ERR_ESDK_LIMIT' })
    expect(refusal(upToCount)).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
  })

  it('let a header pass that has as many as allowed', () => {
    expect(decode(readHeader({ maxEncryptedDataKeys: 2 }), bytesOf(fieldsV2)).value.encryptedDataKeys.length).toBe(2)
    expect(refusal(bytesOf(fieldsV2), { maxEncryptedDataKeys: 1 })).toMatchObject({ allowed: 1, found: 2 })
  })

  it('are those of the fields: nothing is asked for beyond the next one (P5, lengths that lie)', () => {
    const reader = readHeader(noLimit)
    const answers = [
      fromHex('02'),
      fromHex('0578'),
      concat(counting(32), fromHex('ffff')),
      concat(fromHex('0001 0000 fff9'), new Uint8Array(0xfff9), fromHex('ffff')),
      fromHex('ffff'),
    ]
    const asked = [reader.next(), ...answers.map((answer) => reader.next(answer))]
    // Version; suite; message id and context length; context and count of keys; the first field, and so on.
    expect(asked.map(({ value }) => value)).toEqual([1, 2, 32 + 2, 65535 + 2, 2, 65535 + 2])
  })
})

describe('how long a header is', () => {
  it('is known with its tag: 28 bytes in version 1, 16 in version 2', () => {
    expect(headerLength(headerV1)).toBe(bytesOf(fieldsV1).length + 28)
    expect(headerLength(headerV2)).toBe(bytesOf(fieldsV2).length + 16)
    const { value } = decode(readHeader(noLimit), exampleHeader)
    expect(headerLength(value)).toBe(exampleHeader.length)
  })

  it('does not depend on the frame length', () => {
    expect(encodeHeader({ ...headerV1, frameLength: 1 })).toEqual(bytesOf({ ...fieldsV1, frameLength: hex(u32(1)) }))
  })
})
