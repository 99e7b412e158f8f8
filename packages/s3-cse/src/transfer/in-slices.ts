/**
 * A part of a body through the cipher, a slice at a time: what the cipher gives is in memory of its own, and a part is
 * long.
 *
 * @module
 */

const sliceLength = 1024 * 1024

/** What `pass` gives for the bytes, in `target`, which may be where they are. Offsets are those of the body. */
export async function inSlices(
  offset: number,
  bytes: Uint8Array,
  target: Uint8Array,
  pass: (offset: number, slice: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  for (let at = 0; at < bytes.length; at += sliceLength) {
    target.set(await pass(offset + at, bytes.subarray(at, at + sliceLength)), at)
  }
}
