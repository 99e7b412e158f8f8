/**
 * Numbers that look random and can be had again: everything a mutant is made of comes from its seed.
 *
 * @module
 */

/** @typedef {ReturnType<typeof seeded>} Random */

/**
 * @param {number} seed
 * @param {number} index of the mutant, so that each can be made again alone
 */
export function seeded(seed, index) {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) | 0

  /** From 0 up to 1. */
  function next() {
    // mulberry32, by Tommy Ettinger: public domain.
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to, not including, `end`. @param {number} end */
  const below = (end) => Math.floor(next() * end)

  return {
    below,
    /** @param {number} one in so many */
    oneIn: (one) => below(one) === 0,
    /** @template Item @param {readonly Item[]} items @returns {Item} */
    pick: (items) => /** @type {Item} */ (items[below(items.length)]),
    /** @param {number} length */
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}
