/**
 * What a rule is, and what its checks are made of.
 *
 * @module
 */

import type { CryptoBackend } from '../backend.ts'
import type { BodyBackend } from '../body-backend.ts'

/** One thing that every backend of a kind does. `name` is a sentence. */
export interface Rule<Backend> {
  readonly name: string
  /** Rejects when the backend does not do it. */
  check(backend: Backend): Promise<void>
}

/** One thing that every backend for messages does. */
export interface BackendRule extends Rule<CryptoBackend> {}

/** One thing that every backend for bodies does. */
export interface BodyBackendRule extends Rule<BodyBackend> {}

/**
 * @throws Error - it does not hold
 */
export function expectThat(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/**
 * @throws Error - there is nothing, or other bytes
 */
export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  expectThat(actual !== undefined, `${what}: nothing, expected ${shorten(expected)}`)
  expectThat(areSame(actual, expected), `${what}: ${shorten(actual)}, expected ${shorten(expected)}`)
}

/**
 * The whole of an `ArrayBuffer`, so that nothing else is within reach.
 *
 * @throws Error - it is a part of one
 */
export function expectOwnMemory(bytes: Uint8Array, what: string): void {
  const { byteOffset, buffer, length } = bytes
  const place = `${length} bytes at ${byteOffset} of an ArrayBuffer of ${buffer.byteLength}`
  expectThat(byteOffset === 0 && buffer.byteLength === length, `${what}: ${place}`)
}

/** The same, and no two of them in one. */
export function expectOwnMemoryEach(parts: readonly Uint8Array[], what: string): void {
  for (const part of parts) expectOwnMemory(part, what)
  expectThat(new Set(parts.map(({ buffer }) => buffer)).size === parts.length, `${what}: two in one ArrayBuffer`)
}

/**
 * @throws Error - it succeeds, or fails with something else
 */
export async function expectFailure(
  operation: () => unknown,
  ErrorType: new (message: string) => Error,
  what: string,
): Promise<void> {
  let failure: unknown
  try {
    await operation()
  } catch (error) {
    failure = error
  }
  expectThat(failure instanceof ErrorType, `${what}: ${String(failure)}, expected a ${ErrorType.name}`)
}

/** What came back, where there has to be something. */
export function present<Value>(value: Value | undefined, what: string): Value {
  expectThat(value !== undefined, `${what}: nothing came back`)
  return value
}

export function areSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** The bytes with one of them changed. */
export function changedAt(bytes: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(bytes)
  changed[index] = (changed[index] as number) ^ 0x40
  return changed
}

/** Bytes that differ from place to place, the same each time. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let state = seed
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** Bytes whose `slice()` is a view, as that of a `Buffer` is: whoever copies with it shares the caller's memory. */
class ViewSlicingArray extends Uint8Array<ArrayBuffer> {
  override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
    return this.subarray(start, end)
  }
}

/** The same bytes, as a caller in Node may hand them over. */
export function bufferLike(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new ViewSlicingArray(new ArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}

/** The bytes that hexadecimal text stands for; spaces are left out. */
export function hex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.replaceAll(' ', '').match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
}

export function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function shorten(bytes: Uint8Array): string {
  const start = Array.from(bytes.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return bytes.length > 24 ? `${start}... (${bytes.length} bytes)` : start
}
