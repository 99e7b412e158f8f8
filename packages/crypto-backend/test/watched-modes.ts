/**
 * AES of this platform under one key, and what was asked of it.
 *
 * @module
 */

import type { Awaitable } from '../src/backend.ts'
import type { BlockModes } from '../src/body/block-modes.ts'

/** What came out of one call. */
export interface Answered {
  readonly mode: keyof BlockModes
  readonly given: number
  readonly bytes: Uint8Array
}

/** The same, and each answer is kept, to see what becomes of it. */
export function watched(modes: BlockModes): { readonly modes: BlockModes; readonly answers: readonly Answered[] } {
  const answers: Answered[] = []
  const keep = async (mode: keyof BlockModes, given: number, answer: Awaitable<Uint8Array>) => {
    const bytes = await answer
    answers.push({ mode, given, bytes })
    return bytes
  }
  return {
    answers,
    modes: {
      ctr: (counter, skip, bytes) => keep('ctr', bytes.length, modes.ctr(counter, skip, bytes)),
      gmac: (iv, aad) => keep('gmac', aad.length, modes.gmac(iv, aad)),
      decryptCbc: (iv, blocks) => keep('decryptCbc', blocks.length, modes.decryptCbc(iv, blocks)),
    },
  }
}
