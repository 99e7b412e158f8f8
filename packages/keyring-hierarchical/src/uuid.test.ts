import { expect, it } from 'vitest'
import { formatUuid, isUuid, newUuid, parseUuid } from './uuid.ts'

// The example of RFC 9562, appendix A.3.
const text = '919108f7-52d1-4320-9bac-f847db4148a8'
const bytes = Uint8Array.of(0x91, 0x91, 8, 0xf7, 0x52, 0xd1, 0x43, 0x20, 0x9b, 0xac, 0xf8, 0x47, 0xdb, 0x41, 0x48, 0xa8)

it('a UUID is read from its text, and written to it', () => {
  expect(parseUuid(text)).toEqual(bytes)
  expect(formatUuid(bytes)).toBe(text)
  expect(isUuid(text)).toBe(true)
})

it.each([0x00, 0xff])('a UUID of random bytes %i has version 4 and the variant of the RFC', (byte) => {
  const uuid = formatUuid(newUuid({ randomBytes: (length) => new Uint8Array(length).fill(byte) }))
  expect(uuid).toBe(byte === 0 ? '00000000-0000-4000-8000-000000000000' : 'ffffffff-ffff-4fff-bfff-ffffffffffff')
})

it.each([
  ['capitals', text.toUpperCase()],
  ['no hyphens', text.replaceAll('-', '')],
  ['version 1', text.replace('-4', '-1')],
  ['another variant', text.replace('-9bac', '-cbac')],
  ['something before it', `x${text}`],
  ['a line end after it', `${text}\n`],
  ['nothing', ''],
])('a text with %s is no UUID of version 4', (_, other) => {
  expect(isUuid(other)).toBe(false)
})
