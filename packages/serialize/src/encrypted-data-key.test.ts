import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ascii, beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { concat } from './bytes.ts'
import { decode } from './decoder.ts'
import {
  type EncryptedDataKey,
  encodeEncryptedDataKey,
  encryptedDataKeyFields,
  lengthOf,
  readEncryptedDataKeys,
} from './encrypted-data-key.ts'

const key: EncryptedDataKey = {
  providerId: 'kms',
  providerInfo: fromHex('0102'),
  ciphertext: fromHex('aabbccdd'),
}
const encoded = fromHex('0003 6b6d73  0002 0102  0004 aabbccdd')

const empty: EncryptedDataKey = { providerId: '', providerInfo: new Uint8Array(0), ciphertext: new Uint8Array(0) }

const noLimit = Number.POSITIVE_INFINITY

describe('an encrypted data key', () => {
  it('is provider id, provider info and ciphertext, each behind its 16-bit length', () => {
    expect(encodeEncryptedDataKey(key)).toEqual(encoded)
    expect(decode(readEncryptedDataKeys(1, noLimit), encoded).value).toEqual([key])
  })

  it('writes the provider id in UTF-8', () => {
    expect(encodeEncryptedDataKey({ ...empty, providerId: 'clé' })).toEqual(fromHex('0004 636cc3a9  0000  0000'))
  })

  it('may have empty fields', () => {
    expect(encodeEncryptedDataKey(empty)).toEqual(new Uint8Array(6))
    expect(decode(readEncryptedDataKeys(1, noLimit), new Uint8Array(6)).value).toEqual([empty])
  })

  it('may have fields of 65535 bytes', () => {
    const longest = { providerId: 'x'.repeat(0xffff), providerInfo: counting(0xffff), ciphertext: counting(0xffff) }
    const bytes = encodeEncryptedDataKey(longest)
    expect(bytes.length).toBe(3 * (2 + 0xffff))
    const [read] = decode(readEncryptedDataKeys(1, noLimit), bytes).value as [EncryptedDataKey]
    expect(read.providerId).toBe(longest.providerId)
    expect(read.providerInfo.length).toBe(0xffff)
    expect(read.ciphertext.at(-1)).toBe(0xfe)
  })

  it('is listed by fields in order, with the bytes they take', () => {
    const fields = encryptedDataKeyFields([key, empty])
    expect(fields.map(({ length }) => length)).toEqual([3, 2, 4, 0, 0, 0])
    expect(lengthOf(fields)).toBe(encoded.length + 6)
    expect(lengthOf([])).toBe(0)
  })
})

describe('reading encrypted data keys', () => {
  it('reads as many as are counted, in order, and leaves the bytes behind them', () => {
    const { value, rest } = decode(readEncryptedDataKeys(2, 2), concat(new Uint8Array(6), encoded, fromHex('ee')))
    expect(value).toEqual([empty, key])
    expect(rest).toEqual(fromHex('ee'))
  })

  it('gives back what was written, whatever is in it', () => {
    const bytes = fc.uint8Array({ maxLength: 80 })
    const keys = fc.array(
      fc.record({ providerId: fc.string({ unit: 'binary' }), providerInfo: bytes, ciphertext: bytes }),
      { minLength: 1, maxLength: 5 },
    )
    fc.assert(
      fc.property(keys, (written) => {
        const { value, rest } = decode(
          readEncryptedDataKeys(written.length, noLimit),
          concat(...written.map(encodeEncryptedDataKey)),
        )
        expect(value).toEqual(written)
        expect(rest.length).toBe(0)
      }),
    )
  })

  it('gives what cannot be changed', () => {
    const { value } = decode(readEncryptedDataKeys(1, noLimit), encoded)
    expect([value, ...value].every(Object.isFrozen)).toBe(true)
  })

  it('refuses every beginning', () => {
    for (const beginning of beginnings(concat(encoded, encoded))) {
      expect(thrownBy(() => decode(readEncryptedDataKeys(2, noLimit), beginning))).toMatchObject({
        code: 'ERR_ESDK_TRUNCATED',
      })
    }
  })

  it('refuses a message without any', () => {
    expect(thrownBy(() => decode(readEncryptedDataKeys(0, noLimit), encoded))).toMatchObject({
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: 'the message holds no encrypted data key',
    })
  })

  it.each(['ff', 'eda080', 'c080'])('refuses a provider id that is not UTF-8: %s', (id) => {
    const length = id.length / 2
    expect(
      thrownBy(() => decode(readEncryptedDataKeys(1, noLimit), fromHex(`000${length} ${id} 0000 0000`))),
    ).toMatchObject({
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: 'the provider id of an encrypted data key is not UTF-8',
    })
  })

  it('keeps U+FEFF and names of object members in a provider id', () => {
    const ids = ['\ufeffkms', '__proto__', 'toString']
    const bytes = concat(...ids.map((providerId) => encodeEncryptedDataKey({ ...empty, providerId })))
    const { value } = decode(readEncryptedDataKeys(3, noLimit), bytes)
    expect(value.map(({ providerId }) => providerId)).toEqual(ids)
  })
})

describe('the limit of encrypted data keys', () => {
  it.each([1, 10, 65535])('lets %i keys pass where as many are allowed', (count) => {
    expect(decode(readEncryptedDataKeys(count, count), new Uint8Array(6 * count)).value.length).toBe(count)
  })

  it('is told with what was found and what is allowed', () => {
    expect(thrownBy(() => decode(readEncryptedDataKeys(11, 10), new Uint8Array(66)))).toMatchObject({
      name: 'LimitError',
      code: 'ERR_ESDK_LIMIT',
      limit: 'maxEncryptedDataKeys',
      allowed: 10,
      found: 11,
      message: 'the message has too many encrypted data keys: found 11, at most 10 allowed by maxEncryptedDataKeys',
    })
  })

  it('is known from the count: not one byte of a key is asked for (P6, many encrypted data keys)', () => {
    expect(thrownBy(() => readEncryptedDataKeys(65535, 10).next())).toMatchObject({ code: 'ERR_ESDK_LIMIT' })
  })

  it('asks for one field at a time, never for what a length claims of the whole (P5, lengths that lie)', () => {
    const reader = readEncryptedDataKeys(65535, noLimit)
    expect(reader.next().value).toBe(2)
    expect(reader.next(fromHex('0003')).value).toBe(3 + 2)
    expect(reader.next(concat(ascii('kms'), fromHex('ffff'))).value).toBe(65535 + 2)
  })
})
