/**
 * As much of DER as keys need: nested elements with definite, shortest lengths. Anything else is `undefined`.
 *
 * Spec: ITU-T X.690, section 10
 *
 * @module
 */

/** Tags of the elements that occur in keys. */
export const derTag = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30 } as const

/** One element: its tag, its content, and what follows it. */
export interface DerElement {
  readonly tag: number
  readonly content: Uint8Array
  readonly rest: Uint8Array
}

/** The element that `bytes` begins with. */
export function readElement(bytes: Uint8Array): DerElement | undefined {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return undefined
  let length = first
  let start = 2
  if (first >= 0x80) {
    const size = first - 0x80
    if (size === 0 || size > 4 || bytes.length < 2 + size || bytes[2] === 0) return undefined
    length = 0
    for (; start < 2 + size; start++) length = length * 256 + (bytes[start] as number)
    if (length < 0x80) return undefined
  }
  if (length > bytes.length - start) return undefined
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) }
}

/** The content of the one element of that tag which the bytes hold, with nothing behind it. */
export function readOnly(tag: number, bytes: Uint8Array): Uint8Array | undefined {
  const element = readElement(bytes)
  return element?.tag === tag && element.rest.length === 0 ? element.content : undefined
}

/** All elements that follow each other in the bytes; `undefined` when they do not come out even. */
export function readAll(bytes: Uint8Array): DerElement[] | undefined {
  const elements: DerElement[] = []
  for (let rest = bytes; rest.length > 0; ) {
    const element = readElement(rest)
    if (element === undefined) return undefined
    elements.push(element)
    rest = element.rest
  }
  return elements
}

/** One element with this content: the parts, one after the other. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const head =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  const bytes = new Uint8Array(head.length + length)
  bytes.set(head)
  let offset = head.length
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Compare object identifiers and the like. */
export function isSame(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i])
}
