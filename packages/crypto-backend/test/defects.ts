/**
 * Backends with something wrong, and what they are made of.
 *
 * @module
 */

/** A backend with something wrong, made out of the right one, and the rule that it breaks. */
export interface Defect<Backend> {
  readonly rule: string
  readonly what: string
  readonly backend: Backend
}

export function inLargerMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length + 8)
  larger.set(bytes, 4)
  return larger.subarray(4, 4 + bytes.length)
}

/** Does its work a moment later, on the arguments as they are then. */
export function late<Args extends unknown[], Result>(
  operation: (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    await Promise.resolve()
    return operation(...args)
  }
}
