/**
 * Numbers, texts and fields as the format has them.
 *
 * @module
 */

import { joined } from './message-fields.mjs'

const encoder = new TextEncoder()

/** @param {string} value */
export const text = (value) => encoder.encode(value)

/** @param {number} value */
export const u16 = (value) => Uint8Array.of(value >>> 8, value)

/** @param {number} value */
export const u32 = (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)

/** Bytes behind their length. @param {Uint8Array} bytes */
export const field = (bytes) => joined([u16(bytes.length), bytes])
