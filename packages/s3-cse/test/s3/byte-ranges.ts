/**
 * `Range` as Amazon S3 answers it.
 *
 * @module
 */

import { S3Refusal } from './answer.ts'

/** The part that is asked for; `undefined` for the whole, which is the answer to what is malformed as well. */
export function rangeOf(header: string | undefined, size: number): { first: number; last: number } | undefined {
  const [, start = '', end = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (start === '' && end === '') return undefined
  if (start !== '' && end !== '' && Number(end) < Number(start)) return undefined
  const first = start === '' ? Math.max(0, size - Number(end)) : Number(start)
  const last = start === '' || end === '' ? size - 1 : Math.min(size - 1, Number(end))
  if (first >= size || (start === '' && Number(end) === 0)) {
    throw new S3Refusal(416, 'InvalidRange', 'The requested range is not satisfiable')
  }
  return { first, last }
}
