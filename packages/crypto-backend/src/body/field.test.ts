import { describe, expect, it } from 'vitest'
import { hex, pattern } from '../testing/rule.ts'
import { add, blockOf, elementOf, type FieldElement, multiply, power, zeroElement } from './field.ts'

/** x to a power: the bit of that number, counted from the first. */
function x(exponent: number): FieldElement {
  const block = new Uint8Array(16)
  block[exponent >> 3] = 0x80 >> (exponent & 7)
  return elementOf(block)
}

function product(a: FieldElement, b: FieldElement): FieldElement {
  const result = new Uint16Array(a)
  multiply(result, b)
  return result
}

function sum(...elements: readonly FieldElement[]): FieldElement {
  const result = zeroElement()
  for (const element of elements) add(result, element)
  return result
}

const [a, b, c] = [elementOf(pattern(16, 1)), elementOf(pattern(16, 2)), elementOf(pattern(16, 3))]

describe('multiplication in the field of GHASH', () => {
  // McGrew and Viega, test case 2: X1 is the product of the ciphertext and H.
  it('gives the published products', () => {
    const h = elementOf(hex('66e94bd4ef8a2c3b884cfa59ca342b2e'))
    const ciphertext = elementOf(hex('0388dace60b6a392f328c2b971b2fe78'))
    const first = product(ciphertext, h)
    expect(blockOf(first)).toEqual(hex('5e2ec746917062882c85b0685353deb7'))
    const lengths = elementOf(hex('00000000000000000000000000000080'))
    expect(blockOf(product(sum(first, lengths), h))).toEqual(hex('f38cbb1ad69223dcc3457ae5b6b0f885'))
  })

  it('adds exponents, and takes x^128 as x^7 + x^2 + x + 1', () => {
    for (let i = 0; i < 128; i++) {
      for (const j of [0, 1, 15, 16, 64, 127 - i]) {
        if (i + j < 128) expect(product(x(i), x(j))).toEqual(x(i + j))
      }
    }
    expect(product(x(127), x(1))).toEqual(sum(x(7), x(2), x(1), x(0)))
    expect(product(x(100), x(28))).toEqual(sum(x(7), x(2), x(1), x(0)))
    expect(product(x(127), x(2))).toEqual(sum(x(8), x(3), x(2), x(1)))
  })

  it('is commutative, associative and distributive, and knows zero and one', () => {
    expect(product(a, b)).toEqual(product(b, a))
    expect(product(product(a, b), c)).toEqual(product(a, product(b, c)))
    expect(product(a, sum(b, c))).toEqual(sum(product(a, b), product(a, c)))
    expect(product(a, zeroElement())).toEqual(zeroElement())
    expect(product(a, x(0))).toEqual(a)
  })

  it('squares an element by itself, and leaves the factor as it was', () => {
    const square = new Uint16Array(a)
    multiply(square, square)
    expect(square).toEqual(product(a, new Uint16Array(a)))
    const factor = new Uint16Array(b)
    product(a, factor)
    expect(factor).toEqual(b)
  })
})

describe('a power', () => {
  it('is a product as many times', () => {
    let expected = x(0)
    for (let exponent = 0; exponent <= 70; exponent++) {
      expect(power(a, exponent)).toEqual(expected)
      expected = product(expected, a)
    }
  })

  it.each([2 ** 31, 2 ** 32 - 2, 2 ** 32])('adds up for %i, more than 31 bits', (exponent) => {
    expect(product(power(a, exponent - 5), power(a, 5))).toEqual(power(a, exponent))
    expect(power(a, exponent)).toEqual(power(power(a, exponent / 2), 2))
  })

  // Fermat: the field has 2^128 elements.
  it('comes back to the element after 2^128', () => {
    const result = new Uint16Array(a)
    for (let i = 0; i < 128; i++) multiply(result, result)
    expect(result).toEqual(a)
  })
})

describe('a block', () => {
  it('is read and written with its first bit as the coefficient of 1', () => {
    expect(elementOf(hex('0123456789abcdef0000000000008001'))).toEqual(
      Uint16Array.of(0x0123, 0x4567, 0x89ab, 0xcdef, 0, 0, 0, 0x8001),
    )
    expect(blockOf(elementOf(pattern(16)))).toEqual(pattern(16))
  })
})
