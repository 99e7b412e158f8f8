/**
 * Matchers of vitest with types: its own are `any`.
 *
 * @module
 */

import { expect } from 'vitest'

/** A text that holds this one. */
export function containing(text: string): unknown {
  return expect.stringContaining(text)
}

/** The code of any error of esdk. */
export const anyCode: unknown = expect.stringMatching(/^ERR_ESDK_/)
