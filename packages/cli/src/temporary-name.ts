/**
 * Names of the files that a run writes before it renames them.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'

/** What such a name looks like: to leave alone what a killed run left behind. */
export const temporaryName: RegExp = /^\.esdk-[0-9a-f]{32}\.tmp$/

/** A name that nobody can know before. */
export function newTemporaryName(): string {
  return `.esdk-${randomBytes(16).toString('hex')}.tmp`
}
