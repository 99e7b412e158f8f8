import { randomFillSync } from 'node:crypto'

/** A call for 4 KiB costs as much as one for 32 bytes. */
const pool = new Uint8Array(4096)
let used = pool.length

/** Random bytes, from a pool that keeps nothing of what it has handed out. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  if (length > 256) return randomFillSync(new Uint8Array(length))
  if (used + length > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const bytes = pool.slice(used, used + length)
  for (const end = used + length; used < end; used++) pool[used] = 0
  return bytes
}
