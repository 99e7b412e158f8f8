/**
 * What esdk needs from a platform, and nothing more. A backend knows keys, bytes and curves; it knows no message.
 *
 * Two come with the package: `node` over `node:crypto`, synchronous where that is faster, and `web` over any WebCrypto
 * `Crypto` object. Everything above is one code path for both, so results are {@link Awaitable}.
 *
 * A refusal that is a normal outcome (a tag that does not match, a point that is not on its curve) is `undefined`, not
 * an error. Keys that are handed in are copied; the caller may zero its array as soon as the call has returned.
 *
 * @module
 */

/** A value now, or a promise of it. Callers `await` either. */
export type Awaitable<Value> = Value | Promise<Value>

/** Go on with a value at once, or when it is there: a promise that is not needed costs as much as a short hash. */
export function andThen<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}

export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'
export type CurveName = 'P-256' | 'P-384' | 'P-521'

/** The whole of what a platform gives. */
export interface CryptoBackend {
  /** `node`, `web`, or what the author of a backend calls it. */
  readonly name: string
  /** Bytes of the platform's secure generator, in memory of their own. Throws when the platform has none. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>
  digest(hash: HashName, data: Uint8Array): Awaitable<Uint8Array>
  /** The key may have any length, zero included. */
  hmac(hash: HashName, key: Uint8Array, data: Uint8Array): Awaitable<Uint8Array>
  /** A key of 16, 24 or 32 bytes for AES-GCM with 12-byte IVs and 16-byte tags. */
  importAesGcmKey(key: Uint8Array): Awaitable<AesGcmKey>
  readonly ecdsa: Ecdsa
  readonly ecdh: Ecdh
  readonly rsa: Rsa
}

/** Bytes with a place (or several) where a big-endian 32-bit number is written before each use. */
export interface NumberedBytes {
  readonly bytes: Uint8Array
  readonly numberAt: readonly number[]
}

/** Pieces of one length to seal, one after the other, each under its own number. */
export interface SealRun {
  /** `count` times `pieceLength` bytes. */
  readonly plaintext: Uint8Array
  readonly pieceLength: number
  readonly count: number
  /** The number of the first piece; each further one has the next. */
  readonly firstNumber: number
  readonly iv: NumberedBytes
  readonly aad: NumberedBytes
  /** Stands before each sealed piece in the output. */
  readonly prefix: NumberedBytes
  /** Where to write: exactly as long as what comes out. Without it, the backend takes memory of its own. */
  readonly output?: Uint8Array | undefined
}

/** Sealed pieces of one length to open, each with its own number, and its IV somewhere in its prefix. */
export interface OpenRun {
  /** `count` times prefix, content and tag. */
  readonly sealed: Uint8Array
  readonly pieceLength: number
  readonly count: number
  readonly firstNumber: number
  readonly aad: NumberedBytes
  readonly prefixLength: number
  /** The IV of the only piece, or where the 12 bytes of each IV stand in the prefix. */
  readonly iv: Uint8Array | number
  /** Where to write: exactly as long as all plaintext. Without it, the backend takes memory of its own. */
  readonly output?: Uint8Array | undefined
}

/** What came out of a run: the pieces before the first that did not open, in one or more parts. */
export interface OpenedRun {
  readonly plaintext: readonly Uint8Array[]
  /** How many pieces opened; fewer than `count` when a tag did not match. */
  readonly opened: number
}

/** An imported AES key. It shows no bytes. An IV that has not 12 bytes is a `RangeError`. */
export interface AesGcmKey {
  /** Ciphertext and tag. */
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>
  /** The plaintext of ciphertext and tag, `undefined` when the tag does not match. */
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Awaitable<Uint8Array | undefined>
  /**
   * Seal a run of equal pieces: for each, prefix, ciphertext and tag; in one or more parts. The bytes of `iv`, `aad`
   * and `prefix` are written to.
   */
  sealRun(run: SealRun): Awaitable<readonly Uint8Array[]>
  /** Open a run of equal pieces. Nothing of a piece is released before its tag is right. */
  openRun(run: OpenRun): Awaitable<OpenedRun>
}

/** Signatures are r ‖ s, each as long as the curve's field; public keys are compressed points. */
export interface Ecdsa {
  generateKey(curve: SigningCurve): Awaitable<SigningKey>
  /** `undefined` when the bytes are not a compressed point of the curve. */
  importPublicKey(curve: SigningCurve, point: Uint8Array): Awaitable<VerificationKey | undefined>
}

/** The curves that messages are signed on, with the hash that belongs to each. */
export type SigningCurve = 'P-256' | 'P-384'

/** A private key that can sign messages of any length. It shows no bytes. */
export interface SigningKey {
  readonly curve: SigningCurve
  /** The compressed point. */
  readonly publicKey: Uint8Array
  signer(): Signer
}

/** Takes the message in parts, then signs it. */
export interface Signer {
  update(bytes: Uint8Array): Awaitable<void>
  /** A signature of all that was given. Each further call gives another one of the same message. */
  sign(): Awaitable<Uint8Array>
}

/** A public key that is known to be a point of its curve. */
export interface VerificationKey {
  readonly curve: SigningCurve
  /** The compressed point. */
  readonly publicKey: Uint8Array
  verifier(): Verifier
}

/** Takes the message in parts, then tells whether the signature is right. */
export interface Verifier {
  update(bytes: Uint8Array): Awaitable<void>
  verify(signature: Uint8Array): Awaitable<boolean>
}

/** Key agreement. Private keys are PKCS #8, public keys points, compressed or not. */
export interface Ecdh {
  generateKeyPair(curve: CurveName): Awaitable<KeyPairDer>
  /** `undefined` when the bytes are not a private key of that curve, by name. */
  importPrivateKey(curve: CurveName, pkcs8: Uint8Array): Awaitable<EcdhPrivateKey | undefined>
  /** `undefined` when the bytes are not a point of the curve. */
  importPublicKey(curve: CurveName, point: Uint8Array): Awaitable<EcdhPublicKey | undefined>
}

/** A point that is known to be on its curve. */
export interface EcdhPublicKey {
  readonly curve: CurveName
  /** The compressed point. */
  readonly point: Uint8Array
}

/** A private key. It shows no bytes. */
export interface EcdhPrivateKey {
  readonly curve: CurveName
  readonly publicKey: EcdhPublicKey
  /** The x coordinate of the shared point. The caller zeroes it. */
  sharedSecret(publicKey: EcdhPublicKey): Awaitable<Uint8Array>
}

/** How RSA hides a key. `mgf1Hash` is the hash of `oaep` unless it is given. */
export type RsaPadding =
  | { readonly scheme: 'pkcs1' }
  | { readonly scheme: 'oaep'; readonly hash: HashName; readonly mgf1Hash?: HashName }

/** RSA encryption. Public keys are SPKI, private keys PKCS #8. */
export interface Rsa {
  generateKeyPair(modulusBits: number): Awaitable<KeyPairDer>
  /** Can this backend encrypt with that padding, and decrypt? */
  supports(padding: RsaPadding): boolean
  /** `undefined` when the bytes are not an RSA public key. */
  importPublicKey(spki: Uint8Array, padding: RsaPadding): Awaitable<RsaPublicKey | undefined>
  /** `undefined` when the bytes are not an RSA private key. */
  importPrivateKey(pkcs8: Uint8Array, padding: RsaPadding): Awaitable<RsaPrivateKey | undefined>
}

export interface RsaPublicKey {
  readonly modulusBits: number
  encrypt(plaintext: Uint8Array): Awaitable<Uint8Array>
}

export interface RsaPrivateKey {
  readonly modulusBits: number
  /**
   * `undefined` for every failure alike. PKCS #1 v1.5 padding that is wrong gives bytes that depend on the key and the
   * ciphertext alone (implicit rejection), so that nobody learns whether it was wrong.
   */
  decrypt(ciphertext: Uint8Array): Awaitable<Uint8Array | undefined>
}

/** A key pair as it is stored: SPKI and PKCS #8 in DER. */
export interface KeyPairDer {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** This platform has no such algorithm. */
export class UnsupportedAlgorithmError extends Error {
  override readonly name = 'UnsupportedAlgorithmError'
  readonly code = 'ERR_ESDK_UNSUPPORTED'
}

/** The hash that belongs to each signing curve. */
export const signatureHash = { 'P-256': 'SHA-256', 'P-384': 'SHA-384' } as const

/** Bytes of a coordinate, and of a private scalar, of each curve. */
export const fieldLength: Readonly<Record<CurveName, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 }

/** Bytes of every tag, and of every IV. */
export const gcmTagLength = 16
export const gcmIvLength = 12

/**
 * @throws RangeError - not 16, 24 or 32 bytes
 */
export function checkAesKeyLength(key: Uint8Array): void {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) {
    throw new RangeError(`an AES key has 16, 24 or 32 bytes, found ${key.length}`)
  }
}

/**
 * @throws RangeError - not 12 bytes: GCM takes others, the message formats have none
 */
export function checkGcmIvLength(iv: Uint8Array): void {
  if (iv.length !== gcmIvLength) throw new RangeError(`an IV has ${gcmIvLength} bytes, found ${iv.length}`)
}

/** A copy in memory of its own. Not `slice()`: that of a `Buffer` is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}

/** Overwrite a few bytes: for those, a loop is faster than `fill`. */
export function zero(bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = 0
}

/** Write a number into each of its places. */
export function writeNumber(target: NumberedBytes, value: number): void {
  const { bytes } = target
  for (const offset of target.numberAt) {
    bytes[offset] = value >>> 24
    bytes[offset + 1] = value >>> 16
    bytes[offset + 2] = value >>> 8
    bytes[offset + 3] = value
  }
}
