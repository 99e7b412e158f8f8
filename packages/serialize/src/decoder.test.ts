import { describe, expect, it } from 'vitest'
import { beginnings, counting, fromHex, thrownBy } from '../test/bytes.ts'
import { type Decoder, decode } from './decoder.ts'

/** One byte that says how many follow, then those. */
function* lengthPrefixed(): Decoder<Uint8Array> {
  const [length] = yield 1
  return yield length as number
}

describe('decode', () => {
  it('gives the value, the bytes it was read from, and those that are left', () => {
    const { value, raw, rest } = decode(lengthPrefixed(), fromHex('02 aabb cc'))
    expect(value).toEqual(fromHex('aabb'))
    expect(raw).toEqual(fromHex('02aabb'))
    expect(rest).toEqual(fromHex('cc'))
  })

  it('hands on views, not copies', () => {
    const bytes = fromHex('02 aabb cc')
    const { value, raw, rest } = decode(lengthPrefixed(), bytes)
    expect([value, raw, rest].every(({ buffer }) => buffer === bytes.buffer)).toBe(true)
  })

  it('reads nothing when nothing is asked for', () => {
    function* empty(): Decoder<string> {
      yield* []
      return 'nothing was read'
    }
    expect(decode(empty(), fromHex('aa'))).toEqual({
      value: 'nothing was read',
      raw: new Uint8Array(0),
      rest: fromHex('aa'),
    })
  })

  it('can end exactly where the bytes end', () => {
    expect(decode(lengthPrefixed(), fromHex('02 aabb')).rest).toEqual(new Uint8Array(0))
    expect(decode(lengthPrefixed(), fromHex('00')).value).toEqual(new Uint8Array(0))
  })

  it('refuses every beginning of what it reads', () => {
    for (const beginning of beginnings(fromHex('03 aabbcc'))) {
      expect(thrownBy(() => decode(lengthPrefixed(), beginning))).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
    }
  })

  it('says how many bytes there were and how many it wanted', () => {
    expect(thrownBy(() => decode(lengthPrefixed(), fromHex('ff aabb')))).toMatchObject({
      name: 'MessageFormatError',
      message: 'the message ends after 3 bytes, at least 256 were expected: it was cut, or is not complete yet',
    })
  })

  it('hands on what the decoder throws', () => {
    const failure = new Error('the decoder does not like it')
    function* failing(): Decoder<never> {
      yield 1
      throw failure
    }
    expect(thrownBy(() => decode(failing(), counting(1)))).toBe(failure)
  })
})
