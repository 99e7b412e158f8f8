/**
 * UUIDs of version 4: branch keys have them for versions, as text in the table and as bytes in messages.
 *
 * Spec: RFC 9562, section 5.4
 *
 * @module
 */

import type { CryptoBackend } from '@esdk/crypto-backend'
import { hex } from '@esdk/serialize'

export const uuidLength = 16

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Is this a UUID of version 4, in its one form of lower case with four hyphens? */
export function isUuid(text: string): boolean {
  return form.test(text)
}

/** The 16 random bytes of a new one. */
export function newUuid(backend: Pick<CryptoBackend, 'randomBytes'>): Uint8Array<ArrayBuffer> {
  const bytes = backend.randomBytes(uuidLength)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes
}

export function formatUuid(bytes: Uint8Array): string {
  const digits = hex(bytes)
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map((part) => digits.slice(...part)).join('-')
}

/** The bytes of a text that {@link isUuid}. */
export function parseUuid(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll('-', '')
  return Uint8Array.from({ length: uuidLength }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}
