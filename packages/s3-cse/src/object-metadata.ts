/**
 * The envelope in the metadata of an object.
 *
 * | there is                                  | it is                                                   |
 * | ----------------------------------------- | ------------------------------------------------------- |
 * | `x-amz-key` or `x-amz-key-v2`             | V1 or V2, complete                                      |
 * | `x-amz-c`, `-d`, `-i` and `x-amz-3`, `-w` | V3, complete                                            |
 * | `x-amz-c`, `-d`, `-i`                     | V3, its data key in the instruction file                |
 * | nothing                                   | V1 or V2 in the instruction file, or no encrypted object |
 *
 * All else is refused: pairs of two formats, and parts of one. Other user metadata is nobody's business.
 *
 * Spec: s3-encryption/data-format/content-metadata.md, "Determining S3EC Object Status"
 *
 * @module
 */

import { Fields } from './envelope/fields.ts'
import { envelopeNames, instructionFileMark, lengthHint, v3ContentNames, v3DataKeyNames } from './envelope/names.ts'
import { readV1OrV2, v1AndV2Names, writeV2 } from './envelope/v1-v2.ts'
import { readV3Content, readV3DataKey, writeV3Content, writeV3DataKey } from './envelope/v3.ts'
import type { CommittingEnvelope, Envelope, ObjectMetadata, WritingEnvelope } from './envelope.ts'

/** What the metadata of an object says of its envelope. */
export type ObjectEnvelope =
  | { readonly kind: 'complete'; readonly envelope: Envelope }
  /** V3, and the data key is in the instruction file. */
  | { readonly kind: 'committing'; readonly content: CommittingEnvelope['content'] }
  /** Nothing: the instruction file has to be looked for. */
  | { readonly kind: 'absent' }

/**
 * The envelope in the metadata of an object.
 *
 * @throws EnvelopeError - it is incomplete, malformed, of two formats, or names what is not known
 * @throws ObjectNotAuthenticError - its commitment cannot be one
 */
export function readObjectMetadata(metadata: ObjectMetadata): ObjectEnvelope {
  const fields = fieldsOf(metadata)
  if (fields.among([...v3ContentNames, ...v3DataKeyNames]).length > 0) return readV3(fields)
  if (fields.among(v1AndV2Names).length === 0) return { kind: 'absent' }
  return { kind: 'complete', envelope: readV1OrV2(fields) }
}

function readV3(fields: Fields): ObjectEnvelope {
  fields.refuse([...v1AndV2Names, lengthHint], 'V3')
  const content = readV3Content(fields)
  if (fields.among(v3DataKeyNames).length === 0) return { kind: 'committing', content }
  const dataKey = readV3DataKey(fields)
  return { kind: 'complete', envelope: { format: 'V3', dataKey, dataKeyIn: 'object', content } }
}

/** S3 and HTTP do not tell names in capitals from others. */
function fieldsOf(metadata: ObjectMetadata): Fields {
  const values = new Map<string, string>()
  const fields = new Fields('object', values)
  for (const [given, value] of Object.entries(metadata)) {
    const name = given.toLowerCase()
    if (!envelopeNames.has(name)) continue
    if (values.has(name)) throw fields.refusal(`has ${name} twice`)
    values.set(name, value)
  }
  return fields
}

/**
 * The pairs for the metadata of an object; those that go into an instruction file are not among them.
 *
 * @param plaintextLength - bytes, where they are known. V3 and instruction files do not tell.
 */
export function writeObjectMetadata(envelope: WritingEnvelope, plaintextLength?: number): Record<string, string> {
  const inObject = envelope.dataKeyIn === 'object'
  if (envelope.format === 'V3') {
    return { ...writeV3Content(envelope.content), ...(inObject && writeV3DataKey(envelope.dataKey)) }
  }
  if (!inObject) return {}
  return { ...writeV2(envelope), ...(plaintextLength !== undefined && { [lengthHint]: String(plaintextLength) }) }
}

/** User metadata without the pairs of an envelope. */
export function withoutEnvelope(metadata: ObjectMetadata): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !isReserved(name)))
}

/**
 * A copy of the user metadata that a caller gave.
 *
 * @throws TypeError - a name in it would be taken for a part of an envelope
 */
export function checkOwnMetadata(metadata: ObjectMetadata): Record<string, string> {
  const reserved = Object.keys(metadata).filter(isReserved)
  if (reserved.length > 0) {
    throw new TypeError(
      `Metadata must not hold ${reserved.join(', ')}: these names belong to client-side encryption, choose others`,
    )
  }
  return { ...metadata }
}

function isReserved(name: string): boolean {
  const lower = name.toLowerCase()
  return envelopeNames.has(lower) || lower === instructionFileMark
}

/** Bytes of user metadata that Amazon S3 stores with an object. */
const longestMetadata = 2048

/**
 * Refuses more user metadata than Amazon S3 stores: names and values in UTF-8, without the prefix `x-amz-meta-`.
 *
 * @throws RangeError
 */
export function checkMetadataSize(metadata: ObjectMetadata): void {
  let length = 0
  let ofEnvelope = 0
  for (const [name, value] of Object.entries(metadata)) {
    const bytes = new TextEncoder().encode(name + value).length
    length += bytes
    if (isReserved(name)) ofEnvelope += bytes
  }
  if (length <= longestMetadata) return
  throw new RangeError(
    `the metadata takes ${length} bytes, ${ofEnvelope} of them for encryption; Amazon S3 stores ${longestMetadata}: ` +
      'write an instruction file with instructionFile: { write: true }, or give less Metadata or EncryptionContext',
  )
}
