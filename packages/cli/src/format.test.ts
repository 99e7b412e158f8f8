import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatDuration, plural } from './format.ts'

describe('numbers as people read them', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [64 * 1024 ** 2, '64.0 MiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
    [2 ** 62, '4096.0 PiB'],
  ])('shows %i bytes as %s', (count, text) => {
    expect(formatBytes(count)).toBe(text)
  })

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
  ])('puts the thousands of %i apart', (count, text) => {
    expect(formatCount(count)).toBe(text)
  })

  it.each([
    [0, '0:00'],
    [7.4, '0:07'],
    [59.6, '1:00'],
    [3723, '1:02:03'],
    [360000, '100:00:00'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text)
  })

  it('says one file, and two files', () => {
    expect(plural(1, 'file')).toBe('1 file')
    expect(plural(2000, 'file')).toBe('2,000 files')
  })
})
