/**
 * What S3 client-side encryption needs from a platform beside {@link CryptoBackend}: AES over bodies of any length, as
 * they pass, and the ways in which old objects wrap their keys.
 *
 * Bytes that are handed in stay as they are until the call has answered. Bytes that come out are in memory of their own.
 *
 * @module
 */

import type { Awaitable } from './backend.ts'

/** AES over long bodies. Two come with the package, as for messages: over `node:crypto`, and over any WebCrypto. */
export interface BodyBackend {
  /** `node`, `web`, or what the author of a backend calls it. */
  readonly name: string
  /** A key of 16, 24 or 32 bytes. It is copied. */
  importBodyKey(key: Uint8Array): Awaitable<BodyKey>
  /** The key that was wrapped with AES Key Wrap (RFC 3394), `undefined` when it does not unwrap or is not an AES key. */
  unwrapAesKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Awaitable<Uint8Array | undefined>
  /**
   * The key that was encrypted block by block (AES-ECB, PKCS #7 padding), `undefined` when the padding is wrong or what
   * comes out is not an AES key.
   */
  decryptAesKey(wrappingKey: Uint8Array, encrypted: Uint8Array): Awaitable<Uint8Array | undefined>
}

/**
 * An imported AES key. It shows no bytes.
 *
 * What goes from the first byte to the last takes one call at a time: await each before the next.
 */
export interface BodyKey {
  /** Encrypt one body with AES-GCM, from its first byte to its last. The IV has 12 bytes. */
  sealBody(iv: Uint8Array, aad: Uint8Array): BodySealer
  /** Decrypt one body with AES-GCM. What it gives is not authentic before `finish`. */
  openBody(iv: Uint8Array, aad: Uint8Array): BodyOpener
  /** One body of AES-GCM in parts of any length, in any order, and at the same time. */
  bodyInParts(iv: Uint8Array, aad: Uint8Array): BodyParts
  /**
   * Decrypt a stretch of an AES-GCM body without its tag: AES-CTR from byte `offset` of the plaintext. Nothing is
   * authenticated.
   */
  readRange(iv: Uint8Array, offset: number): BodyRange
  /** Decrypt AES-CBC; the IV has 16 bytes, and is the block before where it begins within a body. */
  openCbc(iv: Uint8Array): CbcOpener
}

/** One body that is encrypted as it passes. Nothing may follow on `finish`; a body that is given up is zeroed. */
export interface BodySealer {
  /** The ciphertext of some of the bytes so far. */
  update(plaintext: Uint8Array): Awaitable<Uint8Array>
  /** The rest of the ciphertext, and the tag of 16 bytes. */
  finish(): Awaitable<Uint8Array>
  /**
   * Forget what would give the tag of another body away, and what has not come out. Nothing may follow; not while a call
   * is under way. May be called again, and after `finish`, which does it too.
   */
  zero(): void
}

/** One body that is decrypted as it passes. Nothing may follow on `finish`; a body that is given up is zeroed. */
export interface BodyOpener {
  /** The plaintext of some of the bytes so far, which are ciphertext without the tag. Not authentic yet. */
  update(ciphertext: Uint8Array): Awaitable<Uint8Array>
  /** The rest of the plaintext, `undefined` when the tag does not match. */
  finish(tag: Uint8Array): Awaitable<Uint8Array | undefined>
  /** As {@link BodySealer.zero}. */
  zero(): void
}

/**
 * Parts of one body. The tag of GCM is a sum over its blocks, to which each part adds what it is worth wherever it
 * stands, so that parts can be encrypted side by side, and again.
 */
export interface BodyParts {
  /**
   * The ciphertext of the plaintext that stands at `offset`.
   *
   * The same again gives the same again, so that a part can be sent once more.
   *
   * @throws RangeError - other bytes were given for this place before, or a part that overlaps it: the same key stream
   * must not hide both
   */
  seal(offset: number, plaintext: Uint8Array): Promise<Uint8Array>
  /** The plaintext of the ciphertext that stands at `offset`. Not authentic before `isRight`. */
  open(offset: number, ciphertext: Uint8Array): Promise<Uint8Array>
  /**
   * The tag of all parts. The same again gives the same again.
   *
   * @throws RangeError - the parts do not add up to `length` bytes without gap and overlap, or the tag of a shorter body
   * was given before: two tags of one key and IV would let anybody forge a third
   */
  tag(length: number): Promise<Uint8Array>
  /**
   * Is this the tag of all parts? Compared in constant time. It is not when other bytes were opened in one place: the
   * tag can speak for one of both at most.
   *
   * @throws RangeError - as `tag`
   */
  isRight(length: number, tag: Uint8Array): Promise<boolean>
  /**
   * Forget the key, and what would give it away. Nothing works after it, and what is under way fails with a `TypeError`.
   * May be called again.
   */
  zero(): void
}

/** A stretch of a body that is decrypted as it passes. */
export interface BodyRange {
  /** As many bytes as were given. */
  update(ciphertext: Uint8Array): Awaitable<Uint8Array>
}

/** A body of AES-CBC that is decrypted as it passes, to one of the two ends. */
export interface CbcOpener {
  /** The plaintext of some of the blocks so far. */
  update(ciphertext: Uint8Array): Awaitable<Uint8Array>
  /** The rest of the plaintext without its padding, `undefined` when that or the length is wrong. */
  finish(): Awaitable<Uint8Array | undefined>
  /** The rest of the plaintext of whole blocks that do not reach the end of the body, `undefined` when they are not whole. */
  finishWithin(): Awaitable<Uint8Array | undefined>
}
