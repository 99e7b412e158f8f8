/**
 * The algorithm suites of the message format, as a table of data.
 *
 * | id     | AES-GCM | key derivation | commitment | signature        | version |
 * | ------ | ------- | -------------- | ---------- | ---------------- | ------- |
 * | `0014` | 128     | none           |            |                  | 1       |
 * | `0046` | 192     | none           |            |                  | 1       |
 * | `0078` | 256     | none           |            |                  | 1       |
 * | `0114` | 128     | HKDF SHA-256   |            |                  | 1       |
 * | `0146` | 192     | HKDF SHA-256   |            |                  | 1       |
 * | `0178` | 256     | HKDF SHA-256   |            |                  | 1       |
 * | `0214` | 128     | HKDF SHA-256   |            | P-256, SHA-256   | 1       |
 * | `0346` | 192     | HKDF SHA-384   |            | P-384, SHA-384   | 1       |
 * | `0378` | 256     | HKDF SHA-384   |            | P-384, SHA-384   | 1       |
 * | `0478` | 256     | HKDF SHA-512   | yes        |                  | 2       |
 * | `0578` | 256     | HKDF SHA-512   | yes        | P-384, SHA-384   | 2       |
 *
 * The suites of the S3 Encryption Client (`0070`-`0074`) and of the Database Encryption SDK (`6700`, `6701`) are no
 * suites of this format and are refused.
 *
 * Spec: framework/algorithm-suites.md
 *
 * @module
 */

import { MessageFormatError } from './errors.ts'

/** What a suite signs with, or `none`. */
export type SuiteSignature =
  | { readonly kind: 'none' }
  | { readonly kind: 'ecdsa'; readonly curve: 'P-256'; readonly hash: 'SHA-256' }
  | { readonly kind: 'ecdsa'; readonly curve: 'P-384'; readonly hash: 'SHA-384' }

/** How a suite turns a data key into the key of one message. `identity` uses the data key itself. */
export type SuiteKdf =
  | { readonly kind: 'identity' }
  | { readonly kind: 'hkdf'; readonly hash: 'SHA-256' | 'SHA-384' | 'SHA-512' }

/** One row of the table. Lengths in bytes. */
interface SuiteCommon {
  readonly name: string
  /** Length of the data key, and of the key that is derived from it. */
  readonly keyLength: 16 | 24 | 32
  readonly ivLength: 12
  readonly tagLength: 16
  readonly kdf: SuiteKdf
  readonly signature: SuiteSignature
}

/** A suite of message format 1: no key commitment. */
export interface SuiteV1 extends SuiteCommon {
  readonly id: 0x0014 | 0x0046 | 0x0078 | 0x0114 | 0x0146 | 0x0178 | 0x0214 | 0x0346 | 0x0378
  readonly messageVersion: 1
  readonly messageIdLength: 16
  readonly committing: false
}

/** A suite of message format 2: the header commits to the key. */
export interface SuiteV2 extends SuiteCommon {
  readonly id: 0x0478 | 0x0578
  readonly messageVersion: 2
  readonly messageIdLength: 32
  readonly committing: true
  /** Length of the commitment in the header ("algorithm suite data"). */
  readonly commitmentLength: 32
}

/** One of the eleven suites. */
export type AlgorithmSuite = SuiteV1 | SuiteV2

/** The number of a suite, as it is written in a message: `0x0478` for example. */
export type AlgorithmSuiteId = AlgorithmSuite['id']

const none: SuiteSignature = /* @__PURE__ */ Object.freeze({ kind: 'none' })
const p256: SuiteSignature = /* @__PURE__ */ Object.freeze({ kind: 'ecdsa', curve: 'P-256', hash: 'SHA-256' })
const p384: SuiteSignature = /* @__PURE__ */ Object.freeze({ kind: 'ecdsa', curve: 'P-384', hash: 'SHA-384' })
const identity: SuiteKdf = /* @__PURE__ */ Object.freeze({ kind: 'identity' })
const hkdf256: SuiteKdf = /* @__PURE__ */ Object.freeze({ kind: 'hkdf', hash: 'SHA-256' })
const hkdf384: SuiteKdf = /* @__PURE__ */ Object.freeze({ kind: 'hkdf', hash: 'SHA-384' })
const hkdf512: SuiteKdf = /* @__PURE__ */ Object.freeze({ kind: 'hkdf', hash: 'SHA-512' })

type Row = Pick<AlgorithmSuite, 'name' | 'keyLength' | 'kdf' | 'signature'>

function v1(id: SuiteV1['id'], row: Row): SuiteV1 {
  return Object.freeze({
    id,
    ...row,
    ivLength: 12,
    tagLength: 16,
    messageVersion: 1,
    messageIdLength: 16,
    committing: false,
  })
}

function v2(id: SuiteV2['id'], row: Row): SuiteV2 {
  return Object.freeze({
    id,
    ...row,
    ivLength: 12,
    tagLength: 16,
    messageVersion: 2,
    messageIdLength: 32,
    committing: true,
    commitmentLength: 32,
  })
}

/** Every suite, in the order of its number. */
export const algorithmSuites: readonly AlgorithmSuite[] = /* @__PURE__ */ Object.freeze([
  v1(0x0014, { name: 'AES_128_GCM_IV12_TAG16_NO_KDF', keyLength: 16, kdf: identity, signature: none }),
  v1(0x0046, { name: 'AES_192_GCM_IV12_TAG16_NO_KDF', keyLength: 24, kdf: identity, signature: none }),
  v1(0x0078, { name: 'AES_256_GCM_IV12_TAG16_NO_KDF', keyLength: 32, kdf: identity, signature: none }),
  v1(0x0114, { name: 'AES_128_GCM_IV12_TAG16_HKDF_SHA256', keyLength: 16, kdf: hkdf256, signature: none }),
  v1(0x0146, { name: 'AES_192_GCM_IV12_TAG16_HKDF_SHA256', keyLength: 24, kdf: hkdf256, signature: none }),
  v1(0x0178, { name: 'AES_256_GCM_IV12_TAG16_HKDF_SHA256', keyLength: 32, kdf: hkdf256, signature: none }),
  v1(0x0214, { name: 'AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256', keyLength: 16, kdf: hkdf256, signature: p256 }),
  v1(0x0346, { name: 'AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', keyLength: 24, kdf: hkdf384, signature: p384 }),
  v1(0x0378, { name: 'AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384', keyLength: 32, kdf: hkdf384, signature: p384 }),
  v2(0x0478, { name: 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY', keyLength: 32, kdf: hkdf512, signature: none }),
  v2(0x0578, { name: 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384', keyLength: 32, kdf: hkdf512, signature: p384 }),
])

const byId: ReadonlyMap<number, AlgorithmSuite> = /* @__PURE__ */ new Map(
  algorithmSuites.map((suite) => [suite.id as number, suite]),
)

/** The row of a suite number that is known to be one. */
export function algorithmSuite(id: SuiteV1['id']): SuiteV1
export function algorithmSuite(id: SuiteV2['id']): SuiteV2
export function algorithmSuite(id: AlgorithmSuiteId): AlgorithmSuite
export function algorithmSuite(id: AlgorithmSuiteId): AlgorithmSuite {
  const suite = byId.get(id)
  if (suite === undefined) throw new RangeError(`${formatSuiteId(id)} is not an algorithm suite of the message format`)
  return suite
}

/** The suite of that number, or `undefined` when there is none. */
export function findAlgorithmSuite(id: number): AlgorithmSuite | undefined {
  return byId.get(id)
}

/** The suite number as four hexadecimal digits: `0x0478`. */
export function formatSuiteId(id: number): string {
  return `0x${id.toString(16).padStart(4, '0')}`
}

/**
 * The suite that a header of message format `version` names.
 *
 * @throws MessageFormatError - `ERR_ESDK_HEADER_MALFORMED`: no such suite, or a suite of the other version
 */
export function suiteOfMessage(version: 1, id: number): SuiteV1
export function suiteOfMessage(version: 2, id: number): SuiteV2
export function suiteOfMessage(version: 1 | 2, id: number): AlgorithmSuite {
  const suite = byId.get(id)
  if (suite === undefined) {
    throw new MessageFormatError(
      'ERR_ESDK_HEADER_MALFORMED',
      `algorithm suite ${formatSuiteId(id)} is not known: the message is damaged, or written by a newer format`,
    )
  }
  if (suite.messageVersion !== version) {
    throw new MessageFormatError(
      'ERR_ESDK_HEADER_MALFORMED',
      `algorithm suite ${formatSuiteId(id)} belongs to message format ${suite.messageVersion}, the header says ${version}`,
    )
  }
  return suite
}
