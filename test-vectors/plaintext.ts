/**
 * The plaintexts of the vectors: SHA-256 in counter mode over a seed, so that none of them is stored.
 *
 * @module
 */

export interface PlaintextFormula {
  readonly seed: string
  readonly length: number
}

const plaintexts = new Map<string, Promise<Uint8Array>>()

/** The plaintext of a vector. Made once, for the long ones take seconds: do not change the bytes. */
export function plaintextOf({ seed, length }: PlaintextFormula): Promise<Uint8Array> {
  const name = `${length} ${seed}`
  const made = plaintexts.get(name) ?? makePlaintext(seed, length)
  plaintexts.set(name, made)
  return made
}

async function makePlaintext(seed: string, length: number): Promise<Uint8Array> {
  const prefix = new TextEncoder().encode(seed)
  const input = new Uint8Array(prefix.length + 4)
  input.set(prefix)
  const output = new Uint8Array(length)
  for (let counter = 0, offset = 0; offset < length; counter++, offset += 32) {
    new DataView(input.buffer).setUint32(prefix.length, counter)
    const block = new Uint8Array(await crypto.subtle.digest('SHA-256', input))
    output.set(block.subarray(0, length - offset), offset)
  }
  return output
}
