import { describe, expect, it } from 'vitest'
import { decodeHeaderText } from './header-text.ts'

// U+00FC is C3 BC in UTF-8. Read as Latin-1 that is U+00C3 U+00BC, in UTF-8 again C3 83 C2 BC: 'w4PCvA==' in base64.
describe('a value of metadata', () => {
  it('is decoded twice when Amazon S3 has encoded it twice', () => {
    expect(decodeHeaderText('=?UTF-8?B?w4PCvA==?=')).toBe('ü')
    expect(decodeHeaderText('=?UTF-8?Q?=C3=83=C2=BC?=')).toBe('ü')
    expect(decodeHeaderText('=?utf-8?q?=c3=83=c2=bc_=22?=')).toBe('ü "')
  })

  it('is decoded from the bytes of several words, which may cut a character', () => {
    expect(decodeHeaderText('=?UTF-8?Q?=C3=83=C2?= =?UTF-8?Q?=BC?=')).toBe('ü')
    expect(decodeHeaderText('=?UTF-8?B?w4M=?=\r\n =?UTF-8?Q?=C2=BC!?=')).toBe('ü!')
  })

  it('keeps what stands around encoded words', () => {
    expect(decodeHeaderText('{"a": "=?UTF-8?B?w4PCvA==?="}')).toBe('{"a": "ü"}')
  })

  it('is decoded once when UTF-8 is shown as Latin-1', () => {
    expect(decodeHeaderText('Z\u{c3}\u{bc}rich')).toBe('Zürich')
  })

  it.each([
    ['it is US-ASCII', '{"a":"b=?"}'],
    ['it is Unicode already', 'Grüße – 我 😀'],
    ['it is Latin-1 already', 'Zürich'],
    ['the words hold Latin-1 that is no UTF-8', '=?UTF-8?Q?=C3=BC?='],
    ['the words hold more than Latin-1', '=?UTF-8?B?5oiR?='],
    ['the words are not UTF-8', '=?UTF-8?Q?=FF?='],
    ['the base64 is none', '=?UTF-8?B?w4PCvA?='],
    ['the Q encoding is none', '=?UTF-8?Q?=C?='],
    ['one of two words is broken', '=?UTF-8?Q?=C3=83=C2=BC?= =?UTF-8?Q?=0?='],
    ['the charset is another', '=?ISO-8859-1?Q?=FC?='],
    ['the encoding is another', '=?UTF-8?X?a?='],
    ['the word does not end', '=?UTF-8?Q?=C3=83=C2=BC'],
    ['it is empty', ''],
  ])('stays as it is when %s', (_, value) => {
    expect(decodeHeaderText(value)).toBe(value)
  })

  it('takes no longer for many beginnings of words', () => {
    const start = performance.now()
    decodeHeaderText('=?UTF-8?Q?'.repeat(20_000))
    decodeHeaderText('=?UTF-8?Q?a?='.repeat(20_000))
    decodeHeaderText(`?=${' '.repeat(200_000)}`)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
