/**
 * Ranges of plaintext, and the ranges of the body that hold them.
 *
 * Spec: RFC 9110, section 14; s3-encryption/decryption.md
 *
 * @module
 */

import { EsdkError } from '@esdk/cmm'

/** What a caller asks for, in bytes of plaintext. */
export type AskedRange =
  | { readonly kind: 'from'; readonly first: number /** Included. */; readonly last: number | undefined }
  | { readonly kind: 'suffix'; readonly length: number }

/** Bytes of a body or a plaintext, the last one included. */
interface ByteRange {
  readonly first: number
  readonly last: number
}

/** A part of a whole that is `size` bytes long. */
export interface ContentRange extends ByteRange {
  readonly size: number
}

const blockLength = 16

/** The range begins at or after the end of the plaintext. Named, and answered, as Amazon S3 does it. */
export class InvalidRangeError extends EsdkError {
  override readonly name = 'InvalidRange'
  readonly code = 'ERR_ESDK_S3_RANGE'
  readonly $fault = 'client'
  readonly $metadata: { readonly httpStatusCode: number } = { httpStatusCode: 416 }
  /** Bytes of the plaintext; `undefined` where it is not known. */
  readonly size: number | undefined

  constructor(range: string, size: number | undefined, options?: ErrorOptions) {
    super(
      `the range ${JSON.stringify(range)} is not satisfiable: it begins behind the last byte${size === undefined ? '' : ` of the plaintext, which has ${size}`}`,
      options,
    )
    this.size = size
  }
}

/**
 * What a `Range` header asks for; `undefined` when Amazon S3 would answer with the whole object: a header that is
 * malformed, reversed, of several ranges or of another unit.
 */
export function parseRange(header: string): AskedRange | undefined {
  const [, start, end] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (start === undefined || end === undefined || (start === '' && end === '')) return undefined
  if (start === '') return { kind: 'suffix', length: bounded(end) }
  const first = bounded(start)
  if (end === '') return { kind: 'from', first, last: undefined }
  const last = bounded(end)
  return first > last ? undefined : { kind: 'from', first, last }
}

/** Further than any object reaches is as good as the exact number, and can be counted with. */
function bounded(digits: string): number {
  return Math.min(Number(digits), 2 ** 52)
}

/**
 * The `Range` header that gets enough of a body, whatever it is encrypted with: whole blocks, the block before them for
 * CBC, and for a suffix the tag or the padding behind them.
 */
export function rangeToFetch(asked: AskedRange): string {
  if (asked.kind === 'suffix') return `bytes=-${asked.length + 2 * blockLength + (blockLength - 1)}`
  const first = Math.max(0, blockStart(asked.first) - blockLength)
  return asked.last === undefined ? `bytes=${first}-` : `bytes=${first}-${blockStart(asked.last) + blockLength - 1}`
}

/** Where the block begins that holds this byte. */
export function blockStart(offset: number): number {
  return offset - (offset % blockLength)
}

/**
 * The part of the plaintext that the caller gets.
 *
 * @throws InvalidRangeError - it begins at or after the end
 */
export function plaintextRange(asked: AskedRange, size: number, header: string): ContentRange {
  const first = asked.kind === 'from' ? asked.first : Math.max(0, size - asked.length)
  const last = Math.min(size - 1, asked.kind === 'from' ? (asked.last ?? size - 1) : size - 1)
  if (first > last) throw new InvalidRangeError(header, size)
  return { first, last, size }
}

/** What a `Content-Range` header says; `undefined` when it says nothing that can be used. */
export function parseContentRange(header: string): ContentRange | undefined {
  const digits = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(header)
  if (digits === null) return undefined
  const [first, last, size] = digits.slice(1).map(Number) as [number, number, number]
  return first <= last && last < size ? { first, last, size } : undefined
}

/** Is this the part of the body that was asked for with {@link rangeToFetch}, as far as the body reaches? */
export function isFetched(asked: AskedRange, { first, last, size }: ContentRange): boolean {
  const [, start, end] = /^bytes=(\d*)-(\d*)$/.exec(rangeToFetch(asked)) as RegExpExecArray
  if (start === '') return first === Math.max(0, size - Number(end)) && last === size - 1
  return first === Number(start) && last === (end === '' ? size - 1 : Math.min(size - 1, Number(end)))
}

/** As a `Content-Range` header. */
export function formatContentRange({ first, last, size }: ContentRange): string {
  return `bytes ${first}-${last}/${size}`
}
