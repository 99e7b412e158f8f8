/**
 * Does the time that an operation takes depend on its input? A test as in "Dude, is my code constant time?"
 * (Reparaz, Balasch, Verbauwhede, 2016): two classes of input in random order, and Welch's t over what each took.
 *
 * @module
 */

import { randomFillSync } from 'node:crypto'

/** Above this, the two classes take different times: it happens by chance once in 150,000 tests. */
export const tThreshold = 4.5

/** Times of one operation, in nanoseconds, and to which of the two classes each belongs. */
export interface Samples {
  readonly times: Float64Array
  readonly classes: Uint8Array
}

/**
 * Takes `count` samples. `prepare` makes the input of a class, outside the time that is taken; without a branch, which
 * the processor would still be busy with.
 */
export function measure(count: number, prepare: (inputClass: 0 | 1) => void, operation: () => void): Samples {
  const classes = randomClasses(count)
  const times = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    prepare(classes[i] as 0 | 1)
    const start = performance.now()
    operation()
    times[i] = (performance.now() - start) * 1e6
  }
  return { times, classes }
}

/** The same for an operation that is asynchronous. */
export async function measureAsync(
  count: number,
  prepare: (inputClass: 0 | 1) => void,
  operation: () => Promise<unknown>,
): Promise<Samples> {
  const classes = randomClasses(count)
  const times = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    prepare(classes[i] as 0 | 1)
    const start = performance.now()
    await operation()
    times[i] = (performance.now() - start) * 1e6
  }
  return { times, classes }
}

/** Which of the two, in an order that nothing else in the process follows. */
function randomClasses(count: number): Uint8Array {
  return randomFillSync(new Uint8Array(count)).map((byte) => byte & 1)
}

/** Welch's t. The slowest tenth is left out: it is about interrupts and garbage, not about the operation. */
export function tValue({ times, classes }: Samples): number {
  const limit = times.slice().sort()[Math.floor(times.length * 0.9)] as number
  const groups = [moments(), moments()] as const
  for (let i = 0; i < times.length; i++) {
    const time = times[i] as number
    if (time <= limit) groups[classes[i] as 0 | 1].add(time)
  }
  const [a, b] = groups
  const spread = Math.sqrt(a.variance() / a.count() + b.variance() / b.count())
  return spread === 0 ? 0 : (a.mean() - b.mean()) / spread
}

/** Mean and variance in one pass (Welford). */
function moments() {
  let count = 0
  let mean = 0
  let squares = 0
  return {
    add(value: number) {
      count++
      const distance = value - mean
      mean += distance / count
      squares += distance * (value - mean)
    },
    count: () => count,
    mean: () => mean,
    variance: () => squares / (count - 1),
  }
}

/**
 * The smallest |t| of up to three attempts, stopping at the first below the threshold: a machine that is busy with
 * something else may disturb one, while an operation whose time depends on its input shows it in all.
 */
export async function smallestT(attempt: () => Samples | Promise<Samples>): Promise<number> {
  let smallest = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && smallest >= tThreshold; i++) {
    smallest = Math.min(smallest, Math.abs(tValue(await attempt())))
  }
  return smallest
}
