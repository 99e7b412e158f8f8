/**
 * `@esdk/cli`: the command `esdk`, as a function.
 *
 * @module
 */

export { type EndingSignal, exitStatus, Interrupted, signalStatus } from './exit-status.ts'
export { main } from './main.ts'
export type { OutputStream, Surroundings } from './surroundings.ts'
