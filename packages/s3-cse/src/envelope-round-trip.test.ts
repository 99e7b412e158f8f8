import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WritingEnvelope } from './envelope.ts'
import { readInstructionFile, writeInstructionFile } from './instruction-file.ts'
import { readObjectMetadata, writeObjectMetadata } from './object-metadata.ts'

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength })
const text = fc.string({ unit: 'binary' })
const description = fc.dictionary(
  fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '=?UTF-8?Q?a?=')),
  fc.oneof(text, fc.constantFrom('=?UTF-8?B?YQ==?=', '\u{feff}', '\u{c3}\u{bc}')),
)
const algorithm = fc.constantFrom('kms+context', 'AES/GCM', 'RSA-OAEP-SHA1')
const dataKey = fc.record({ algorithm, ciphertext: bytes(1, 600), description })
const dataKeyIn = fc.constantFrom('object', 'instruction-file')

const envelopes: fc.Arbitrary<WritingEnvelope> = fc.oneof(
  fc.record({
    format: fc.constant('V2'),
    dataKey,
    dataKeyIn,
    content: fc.record({ kind: fc.constant('gcm'), iv: bytes(12) }),
  }),
  fc.record({
    format: fc.constant('V3'),
    dataKey,
    dataKeyIn,
    content: fc.record({ kind: fc.constant('committing'), messageId: bytes(28), commitment: bytes(28) }),
  }),
)

function readBack(envelope: WritingEnvelope, plaintextLength: number | undefined) {
  const metadata = writeObjectMetadata(envelope, plaintextLength)
  for (const value of Object.values(metadata)) expect(value).toMatch(/^[\x20-\x7e]*$/)
  const found = readObjectMetadata(metadata)
  expect(found.kind === 'complete').toBe(envelope.dataKeyIn === 'object')
  return found.kind === 'complete' ? found.envelope : readInstructionFile(writeInstructionFile(envelope), found)
}

describe('every envelope that is written', () => {
  it('is read as it was, from the object or from an instruction file', () => {
    fc.assert(
      fc.property(envelopes, fc.option(fc.maxSafeNat(), { nil: undefined }), (envelope, plaintextLength) => {
        const { description: written, ...rest } = envelope.dataKey
        const found = readBack(envelope, plaintextLength)
        expect(Object.entries(found.dataKey.description)).toEqual(Object.entries(written))
        expect({ ...found, dataKey: { ...found.dataKey, description: undefined } }).toEqual({
          ...envelope,
          dataKey: { ...rest, description: undefined },
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('is read by JSON.parse as well, which other clients have', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const file = JSON.parse(new TextDecoder().decode(writeInstructionFile(envelope))) as Record<string, string>
        const stored = file['x-amz-t'] ?? file['x-amz-m'] ?? file['x-amz-matdesc'] ?? '{}'
        expect(Object.entries(JSON.parse(stored) as object)).toEqual(Object.entries(envelope.dataKey.description))
      }),
    )
  })
})
