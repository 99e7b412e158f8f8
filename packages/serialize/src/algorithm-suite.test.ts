import { describe, expect, it } from 'vitest'
import { thrownBy } from '../test/bytes.ts'
import {
  type AlgorithmSuiteId,
  algorithmSuite,
  algorithmSuites,
  findAlgorithmSuite,
  formatSuiteId,
  suiteOfMessage,
} from './algorithm-suite.ts'

/**
 * The rows for this format of the tables in framework/algorithm-suites.md: "Supported Algorithm Suites", "Encryption Key
 * Derivation Settings", "Encryption Settings", "Commit Key Derivation Settings", "Signature Settings". Lengths are bits
 * or bytes as the tables have them.
 */
const specification = `
ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384 | 05 78 | 2.0 | 32  | 256 | HKDF         | SHA-512 | True  | 256 | 12 | 16 | 256 | ECDSA with P-384 and SHA-384
ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY            | 04 78 | 2.0 | 32  | 256 | HKDF         | SHA-512 | True  | 256 | 12 | 16 | 256 | Not applicable
ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384 | 03 78 | 1.0 | N/A | 256 | HKDF         | SHA-384 | False | 256 | 12 | 16 | N/A | ECDSA with P-384 and SHA-384
ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384 | 03 46 | 1.0 | N/A | 192 | HKDF         | SHA-384 | False | 192 | 12 | 16 | N/A | ECDSA with P-384 and SHA-384
ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256_ECDSA_P256 | 02 14 | 1.0 | N/A | 128 | HKDF         | SHA-256 | False | 128 | 12 | 16 | N/A | ECDSA with P-256 and SHA-256
ALG_AES_256_GCM_IV12_TAG16_HKDF_SHA256            | 01 78 | 1.0 | N/A | 256 | HKDF         | SHA-256 | False | 256 | 12 | 16 | N/A | Not applicable
ALG_AES_192_GCM_IV12_TAG16_HKDF_SHA256            | 01 46 | 1.0 | N/A | 192 | HKDF         | SHA-256 | False | 192 | 12 | 16 | N/A | Not applicable
ALG_AES_128_GCM_IV12_TAG16_HKDF_SHA256            | 01 14 | 1.0 | N/A | 128 | HKDF         | SHA-256 | False | 128 | 12 | 16 | N/A | Not applicable
ALG_AES_256_GCM_IV12_TAG16_NO_KDF                 | 00 78 | 1.0 | N/A | 256 | Identity KDF | N/A     | False | 256 | 12 | 16 | N/A | Not applicable
ALG_AES_192_GCM_IV12_TAG16_NO_KDF                 | 00 46 | 1.0 | N/A | 192 | Identity KDF | N/A     | False | 192 | 12 | 16 | N/A | Not applicable
ALG_AES_128_GCM_IV12_TAG16_NO_KDF                 | 00 14 | 1.0 | N/A | 128 | Identity KDF | N/A     | False | 128 | 12 | 16 | N/A | Not applicable
`

const rows = specification
  .trim()
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))

/** Of the S3 Encryption Client, of the Database Encryption SDK, and the reserved one. */
const foreignIds = [0x0000, 0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x6700, 0x6701]

describe('the table of algorithm suites', () => {
  it.each(rows)('has %s (%s) as the specification has it', (...row) => {
    const [name, id, version, dataLength, inputBits, kdf, hash, commitment, keyBits, iv, tag, commitBits, signature] =
      row
    const suite = algorithmSuite(Number(`0x${id?.replace(' ', '')}`) as AlgorithmSuiteId)
    expect(`ALG_${suite.name}`).toBe(name)
    expect(`${suite.messageVersion}.0`).toBe(version)
    expect(suite.committing ? `${suite.commitmentLength}` : 'N/A').toBe(dataLength)
    expect(suite.keyLength * 8).toBe(Number(inputBits))
    expect(suite.keyLength * 8).toBe(Number(keyBits))
    expect(suite.kdf).toEqual(kdf === 'HKDF' ? { kind: 'hkdf', hash } : { kind: 'identity' })
    expect(suite.committing ? 'True' : 'False').toBe(commitment)
    expect(suite.ivLength).toBe(Number(iv))
    expect(suite.tagLength).toBe(Number(tag))
    expect(suite.committing ? `${suite.commitmentLength * 8}` : 'N/A').toBe(commitBits)
    expect(
      suite.signature.kind === 'none'
        ? 'Not applicable'
        : `ECDSA with ${suite.signature.curve} and ${suite.signature.hash}`,
    ).toBe(signature)
  })

  it('has no other suite, and lists them by number', () => {
    const ids = algorithmSuites.map(({ id }) => id)
    expect(ids).toEqual(rows.map(([, id]) => Number(`0x${id?.replace(' ', '')}`)).sort((a, b) => a - b))
  })

  it.each(algorithmSuites)('gives $name the message id of its version: 16 bytes in 1, 32 in 2', (suite) => {
    expect(suite.messageIdLength).toBe(suite.messageVersion === 1 ? 16 : 32)
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(algorithmSuites)).toBe(true)
    for (const suite of algorithmSuites) {
      expect([suite, suite.kdf, suite.signature].every(Object.isFrozen)).toBe(true)
    }
  })
})

describe('finding a suite', () => {
  it('gives the row of the number', () => {
    expect(findAlgorithmSuite(0x0478)?.name).toBe('AES_256_GCM_HKDF_SHA512_COMMIT_KEY')
    expect(findAlgorithmSuite(0x0214)).toBe(algorithmSuite(0x0214))
  })

  it('gives nothing for any other of the 65536 numbers', () => {
    const known = new Set<number>(algorithmSuites.map(({ id }) => id))
    for (let id = 0; id <= 0xffff; id++) expect(findAlgorithmSuite(id) !== undefined).toBe(known.has(id))
  })

  it.each([Number.NaN, -1, 0x10478, 1144.5])('gives nothing for %d', (id) => {
    expect(findAlgorithmSuite(id)).toBeUndefined()
  })

  it('throws a RangeError that names the number when it must be a suite', () => {
    expect(() => algorithmSuite(0x0072 as AlgorithmSuiteId)).toThrow(
      new RangeError('0x0072 is not an algorithm suite of the message format'),
    )
  })
})

describe('a suite number as text', () => {
  it.each([
    [0x0014, '0x0014'],
    [0x0578, '0x0578'],
    [0xffff, '0xffff'],
    [0, '0x0000'],
  ])('%d is %s', (id, text) => expect(formatSuiteId(id)).toBe(text))
})

describe('the suite of a message', () => {
  it.each(algorithmSuites)('$name belongs to one version, and is refused in the other', ({ id, messageVersion }) => {
    expect(suiteOfMessage(messageVersion as 1, id)).toBe(algorithmSuite(id))
    const other = messageVersion === 1 ? 2 : 1
    expect(thrownBy(() => suiteOfMessage(other as 1, id))).toMatchObject({
      name: 'MessageFormatError',
      code: 'ERR_ESDK_HEADER_MALFORMED',
      message: `algorithm suite ${formatSuiteId(id)} belongs to message format ${messageVersion}, the header says ${other}`,
    })
  })

  it.each(foreignIds.flatMap((id) => [[1, id] as const, [2, id] as const]))(
    'a message of version %i cannot be of suite %i, which is none of this format',
    (version, id) => {
      expect(thrownBy(() => suiteOfMessage(version as 1, id))).toMatchObject({
        code: 'ERR_ESDK_HEADER_MALFORMED',
        message: `algorithm suite ${formatSuiteId(id)} is not known: the message is damaged, or written by a newer format`,
      })
    },
  )
})
