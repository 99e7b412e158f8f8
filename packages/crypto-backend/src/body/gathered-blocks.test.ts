import { describe, expect, it } from 'vitest'
import { join, pattern } from '../testing/rule.ts'
import { GatheredBlocks } from './gathered-blocks.ts'

/** The lengths of the runs, and of what is left. */
function lengthsOf(gathered: GatheredBlocks, chunkLengths: readonly number[]) {
  const body = pattern(chunkLengths.reduce((sum, length) => sum + length, 0))
  const runs: Uint8Array[] = []
  let offset = 0
  for (const length of chunkLengths) {
    const run = gathered.take(body.subarray(offset, offset + length))
    if (run !== undefined) runs.push(run)
    offset += length
  }
  const rest = gathered.takeRest()
  expect(join(...runs, rest)).toEqual(body)
  return { runs: runs.map(({ length }) => length), rest: rest.length }
}

describe('gathered blocks', () => {
  it.each([
    { chunks: [10, 10, 10], runs: [], rest: 30 },
    { chunks: [31, 1], runs: [32], rest: 0 },
    { chunks: [33, 15, 31], runs: [32, 32], rest: 15 },
    { chunks: [0, 100, 0, 28], runs: [96, 32], rest: 0 },
    { chunks: Array.from({ length: 70 }, () => 1), runs: [32, 32], rest: 6 },
  ])('are runs of 32 bytes or more out of chunks of $chunks', ({ chunks, runs, rest }) => {
    expect(lengthsOf(new GatheredBlocks(32, 0), chunks)).toEqual({ runs, rest })
  })

  it.each([
    { chunks: [32], runs: [], rest: 32 },
    { chunks: [32, 1], runs: [32], rest: 1 },
    { chunks: [64, 64], runs: [48, 64], rest: 16 },
    { chunks: [49, 15], runs: [48], rest: 16 },
    { chunks: Array.from({ length: 70 }, () => 1), runs: [32, 32], rest: 6 },
  ])('keep back what may be the last block, out of chunks of $chunks', ({ chunks, runs, rest }) => {
    expect(lengthsOf(new GatheredBlocks(32, 1), chunks)).toEqual({ runs, rest })
  })

  it('are no copy where a chunk is a run, and a copy where a chunk was before', () => {
    const gathered = new GatheredBlocks(32, 0)
    const chunk = pattern(48)
    expect(gathered.take(chunk)?.buffer).toBe(chunk.buffer)
    gathered.take(pattern(5))
    expect(gathered.take(chunk)?.buffer).not.toBe(chunk.buffer)
  })

  it('leave nothing when the rest is taken', () => {
    const gathered = new GatheredBlocks(32, 0)
    gathered.take(pattern(20))
    expect(gathered.takeRest()).toEqual(pattern(20))
    expect(gathered.takeRest()).toEqual(new Uint8Array(0))
  })
})
