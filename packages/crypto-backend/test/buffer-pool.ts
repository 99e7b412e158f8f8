/**
 * The memory that all short Buffers of a process share: what is copied into it stays there, within reach of everybody.
 *
 * @module
 */

/** Are the bytes somewhere in the pool, after this operation has run? */
export async function leavesInPool(secret: Uint8Array, operation: () => unknown): Promise<boolean> {
  // Before and after: a pool that is full is replaced by another.
  const before = Buffer.from('?').buffer
  await operation()
  const after = Buffer.from('?').buffer
  return [before, after].some((pool) => indexOf(new Uint8Array(pool), secret) !== -1)
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  return bytes.findIndex((_, start) => part.every((byte, i) => byte === bytes[start + i]))
}
