/**
 * The fields of a request, checked as they are read: they come from a network, or from code without types.
 *
 * @module
 */

import { LocalKmsError } from './kms-error.ts'

/** A request of which nothing is known. */
export type Input = Readonly<Record<string, unknown>>

export function optionalText(input: Input, name: string): string | undefined {
  const value = input[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw wrongType(name, 'a text', value)
}

/** Not empty. */
export function text(input: Input, name: string): string {
  const value = optionalText(input, name)
  if (value === undefined || value === '') throw invalid(name, 'must be there')
  return value
}

export function oneOf<Value extends string>(
  input: Input,
  name: string,
  values: readonly Value[],
  fallback: Value,
): Value {
  const value = optionalText(input, name) ?? fallback
  const known = values.find((one) => one === value)
  if (known === undefined) throw invalid(name, `must be one of ${values.join(', ')}`)
  return known
}

export function flag(input: Input, name: string): boolean {
  const value = input[name] ?? false
  if (typeof value !== 'boolean') throw wrongType(name, 'true or false', value)
  return value
}

export function optionalInteger(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name] ?? undefined
  if (value === undefined) return undefined
  if (!Number.isInteger(value)) throw wrongType(name, 'a whole number', value)
  if ((value as number) < least || (value as number) > most) {
    throw invalid(name, `must be from ${least} to ${most}`)
  }
  return value as number
}

/** A view of the caller's bytes: at least one, at most `most`. */
export function bytes(input: Input, name: string, most: number): Uint8Array {
  const value = input[name] ?? undefined
  if (value === undefined) throw invalid(name, 'must be there')
  if (!(value instanceof Uint8Array)) throw wrongType(name, 'bytes', value)
  if (value.length === 0 || value.length > most) throw invalid(name, `must have from 1 to ${most} bytes`)
  return value
}

/** Names and values, in whatever order they came. */
export function pairs(input: Input, name: string): readonly (readonly [string, string])[] {
  const value = input[name] ?? {}
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(name, 'an object of texts', value)
  return Object.entries(value).map(([key, each]) => {
    if (typeof each !== 'string') throw wrongType(name, 'an object of texts', each)
    // UTF-8 has no half of a pair: two contexts would become one.
    if (/\p{Surrogate}/u.test(key + each)) throw invalid(name, 'must be of whole characters')
    return [key, each] as const
  })
}

/** @throws LocalKmsError - DryRunOperationException, as AWS KMS does when the request is allowed */
export function stopDryRun(input: Input): void {
  if (!flag(input, 'DryRun')) return
  throw new LocalKmsError('DryRunOperationException', 'the request would have succeeded, but the DryRun option is set')
}

export function invalid(name: string, rule: string): LocalKmsError {
  return new LocalKmsError('ValidationException', `1 validation error detected: ${name} ${rule}`)
}

function wrongType(name: string, expected: string, found: unknown): LocalKmsError {
  return new LocalKmsError('SerializationException', `${name} must be ${expected}, found ${typeof found}`)
}
