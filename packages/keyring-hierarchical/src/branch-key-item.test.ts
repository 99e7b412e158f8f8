import { expect, it } from 'vitest'
import { formatTime } from './branch-key-item.ts'

it.each([
  [Date.UTC(2023, 5, 3, 19, 3, 29, 358), '2023-06-03T19:03:29.358000Z'],
  [Date.UTC(2026, 10, 21, 8, 6, 55) + 0.753, '2026-11-21T08:06:55.000753Z'],
  [Date.UTC(2026, 11, 31, 23, 59, 59, 999) + 0.9999, '2027-01-01T00:00:00.000000Z'],
])('%f milliseconds are %s: UTC, with microseconds', (milliseconds, expected) => {
  expect(formatTime(milliseconds)).toBe(expected)
})
