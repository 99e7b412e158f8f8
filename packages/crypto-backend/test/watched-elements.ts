/**
 * All elements of the field of GHASH that are made: the memory that H, its powers, the mask, sums and shares are in.
 *
 * @module
 */

/** Runs something, and gives the elements that it has made, as they are afterwards. */
export async function elementsMadeBy(run: () => Promise<unknown>): Promise<readonly Uint16Array[]> {
  const Real = globalThis.Uint16Array
  const made: Uint16Array[] = []
  globalThis.Uint16Array = new Proxy(Real, {
    construct(target, args, newTarget) {
      const element = Reflect.construct(target, args, newTarget) as Uint16Array
      made.push(element)
      return element
    },
  })
  try {
    await run()
  } finally {
    globalThis.Uint16Array = Real
  }
  return made
}
