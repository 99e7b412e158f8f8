/**
 * What can go wrong between a client and Amazon S3.
 *
 * @module
 */

import type { Fault, MemoryS3 } from '../memory-s3.ts'
import { type S3Answer, S3Refusal, type S3Request } from './answer.ts'

/** The fault meets the requests of one kind, the first `times` of them. */
export function meeting(s3: MemoryS3, kind: (request: S3Request) => boolean, fault: Fault, times = Infinity): void {
  let left = times
  s3.fault = (request, next) => {
    if (left === 0 || !kind(request)) return next()
    left--
    return fault(request, next)
  }
}

export const gets = ({ method }: S3Request): boolean => method === 'GET'
export const puts = ({ method }: S3Request): boolean => method === 'PUT'

/** The connection is lost after so many bytes of the answer's body. */
export function cut(after: number): Fault {
  return async (_, next) => ({ ...(await next()), cutAfter: after })
}

/** After so many bytes of the answer's body, nothing comes any more. */
export function stall(after: number): Fault {
  return async (_, next) => ({ ...(await next()), stallAfter: after })
}

/** No answer. */
export const hang: Fault = () => new Promise<never>(() => {})

export const busy: Fault = async () => {
  throw new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.')
}

export const expired: Fault = async () => {
  throw new S3Refusal(400, 'ExpiredToken', 'The provided token has expired.')
}

/** The answer, changed. */
export function changed(change: (answer: S3Answer) => Partial<S3Answer>): Fault {
  return async (_, next) => {
    const honest = await next()
    return { ...honest, ...change(honest) }
  }
}
