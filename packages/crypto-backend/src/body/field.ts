/**
 * The field of GHASH: polynomials over one bit, modulo x^128 + x^7 + x^2 + x + 1. The first bit of a block is the
 * coefficient of 1.
 *
 * What is multiplied here gives the key of GHASH away, so nothing branches on, or indexes by, a bit of it. Words have 16
 * bits: engines keep larger numbers as objects now and then, and which ones would depend on the secret.
 *
 * Spec: NIST SP 800-38D, section 6.3
 *
 * @module
 */

/** 8 words of 16 bits. Operations write into their first argument. */
export type FieldElement = Uint16Array<ArrayBuffer>

const words = 8

export function zeroElement(): FieldElement {
  return new Uint16Array(words)
}

/** The element that a block of 16 bytes stands for. */
export function elementOf(block: Uint8Array): FieldElement {
  const element = zeroElement()
  for (let i = 0; i < words; i++) element[i] = ((block[2 * i] as number) << 8) | (block[2 * i + 1] as number)
  return element
}

/** The block that stands for an element. */
export function blockOf(element: FieldElement): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(2 * words)
  for (let i = 0; i < words; i++) {
    block[2 * i] = (element[i] as number) >> 8
    block[2 * i + 1] = element[i] as number
  }
  return block
}

/** Adds `other` to `element`. */
export function add(element: FieldElement, other: FieldElement): void {
  for (let i = 0; i < words; i++) element[i] = (element[i] as number) ^ (other[i] as number)
}

/** Multiplies `element` by `factor`; both may be one. */
export function multiply(element: FieldElement, factor: FieldElement): void {
  const product = zeroElement()
  const shifted = new Uint16Array(factor)
  for (let bit = 0; bit < 16 * words; bit++) {
    // All ones, or zero. Not with a minus sign: that of zero is no integer.
    const taken = 0 - (((element[bit >> 4] as number) >> (15 - (bit & 15))) & 1)
    for (let i = 0; i < words; i++) product[i] = (product[i] as number) ^ ((shifted[i] as number) & taken)
    timesX(shifted)
  }
  element.set(product)
  product.fill(0)
  shifted.fill(0)
}

function timesX(element: FieldElement): void {
  const overflow = 0 - ((element[words - 1] as number) & 1)
  for (let i = words - 1; i > 0; i--) {
    element[i] = ((element[i] as number) >> 1) | ((element[i - 1] as number) << 15)
  }
  element[0] = ((element[0] as number) >> 1) ^ (overflow & 0xe100)
}

/** `base` to a power. The exponent is a number of blocks, and no secret. */
export function power(base: FieldElement, exponent: number): FieldElement {
  const result = elementOf(Uint8Array.of(0x80, ...new Uint8Array(15)))
  const square = new Uint16Array(base)
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) multiply(result, square)
    multiply(square, square)
  }
  square.fill(0)
  return result
}
