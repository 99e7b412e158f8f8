/**
 * Messages are bytes: a terminal neither shows nor types them.
 *
 * @module
 */

import { UsageError } from './cli-error.ts'
import type { Surroundings } from './surroundings.ts'

/** @throws UsageError - a message would go to a terminal */
export function checkNoTerminalOutput({ stdout }: Pick<Surroundings, 'stdout'>): void {
  if (stdout.isTTY) {
    throw new UsageError(
      'the output is binary, and the standard output is a terminal',
      'Name a file with -o, or send it somewhere: > FILE',
    )
  }
}

/** @throws UsageError - a message would come from a terminal */
export function checkNoTerminalInput({ stdin }: Pick<Surroundings, 'stdin'>, verb: string): void {
  if (stdin.isTTY) {
    throw new UsageError(
      'the standard input is a terminal, and no message can be typed',
      `Send a file to it, esdk ${verb} - < FILE, or give the name of one.`,
    )
  }
}
