/**
 * A whole result out of its parts.
 *
 * @module
 */

/**
 * All chunks in one array, in memory of its own. When they fail, what was collected is overwritten.
 *
 * @param expected - how many bytes will come, if the message is what it says; set aside at once
 */
export async function collect(
  chunks: AsyncGenerator<Uint8Array, void, undefined>,
  expected: number,
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(expected)
  let length = 0
  try {
    for await (const chunk of chunks) {
      if (length + chunk.length > bytes.length) bytes = grown(bytes, length, length + chunk.length)
      bytes.set(chunk, length)
      length += chunk.length
    }
  } catch (error) {
    bytes.fill(0)
    throw error
  }
  return length === bytes.length ? bytes : bytes.slice(0, length)
}

function grown(bytes: Uint8Array, used: number, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, 2 * used))
  larger.set(bytes.subarray(0, used))
  bytes.fill(0)
  return larger
}
