/**
 * Ways to cut a body, and to mix the pieces: random, and the same each time.
 *
 * @module
 */

import { pattern } from './rule.ts'

/** From `start` up to, not including, `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** 1 to 12 spans that follow on each other from 0, of 0 to 300 bytes, some of which begin with a block. */
export function randomPartition(seed: number): Span[] {
  const random = pattern(40, seed)
  const count = 1 + ((random[0] as number) % 12)
  const spans: Span[] = []
  for (let i = 0, start = 0; i < count; i++) {
    const any = (random[2 * i + 1] as number) + ((random[2 * i + 2] as number) % 46)
    const end = any % 3 === 0 ? start + any - ((start + any) % 16) : start + any
    spans.push({ start, end: Math.max(start, end) })
    start = Math.max(start, end)
  }
  return spans
}

/** The same in another order. */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = pattern(items.length, seed + 1000)
  return items
    .map((item, i) => ({ item, place: random[i] as number }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
