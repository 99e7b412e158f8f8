/**
 * A clock that never goes back.
 *
 * @module
 */

/** Milliseconds since any moment, as `performance.now` counts them. */
export type Clock = () => number

/** The clock of the platform that nobody can set. */
export const platformClock: Clock = () => performance.now()

/**
 * The same clock, but when it is set back, time goes on from where it was: what was too old stays too old, and nothing
 * gets younger.
 *
 * @throws TypeError - no function
 */
export function steadyClock(now: Clock): Clock {
  if (typeof now !== 'function') throw new TypeError('now must be a function that gives milliseconds')
  let last = Number.NEGATIVE_INFINITY
  let lost = 0
  return () => {
    const time = now()
    if (time < last) lost += last - time
    last = time
    return time + lost
  }
}
