/**
 * The instruction file: an envelope, or the part of it that is about the data key, as an object of its own beside the
 * encrypted one.
 *
 * | format | in the file                            | in the metadata of the object   |
 * | ------ | -------------------------------------- | ------------------------------- |
 * | V1, V2 | all                                    | nothing                         |
 * | V3     | `x-amz-3`, `x-amz-w`, `x-amz-m` or `-t` | `x-amz-c`, `x-amz-d`, `x-amz-i` |
 *
 * Spec: s3-encryption/data-format/metadata-strategy.md, "Instruction File"
 *
 * @module
 */

import { parseUtf8, quote } from '@esdk/cmm'
import { Fields } from './envelope/fields.ts'
import { encodeAsciiJson, escapeUnit, type FlatValue, parseFlatObject } from './envelope/flat-json.ts'
import {
  type EnvelopeName,
  envelopeNames,
  instructionFileMark,
  lengthHint,
  v3ContentNames,
  v3DataKeyNames,
} from './envelope/names.ts'
import { readV1OrV2, v1AndV2Names, writeV2 } from './envelope/v1-v2.ts'
import { readV3DataKey, writeV3DataKey } from './envelope/v3.ts'
import type { Envelope, ObjectMetadata, WritingEnvelope } from './envelope.ts'
import { EnvelopeError } from './errors.ts'
import type { ObjectEnvelope } from './object-metadata.ts'

/** Most bytes of an instruction file. Those of clients have a few hundred. */
export const longestInstructionFile: number = 2 ** 20

const usualSuffix = '.instruction'

/**
 * The key of the instruction file of an object.
 *
 * @param suffix - used as it is
 * @throws TypeError - the suffix is empty, or could lead away from the object
 */
export function instructionFileKey(key: string, suffix: string = usualSuffix): string {
  if (typeof suffix !== 'string' || suffix === '' || suffix.includes('/') || suffix.includes('..')) {
    throw new TypeError('InstructionFileSuffix must be a string that is not empty and holds neither "/" nor ".."')
  }
  return key + suffix
}

/**
 * The envelope of an object from its instruction file and what its metadata says.
 *
 * @throws EnvelopeError - the file is incomplete, malformed or not for such an object, or names what is not known
 */
export function readInstructionFile(
  file: Uint8Array,
  inObject: Exclude<ObjectEnvelope, { kind: 'complete' }>,
): Envelope {
  const fields = parseFile(file)
  if (inObject.kind === 'absent') {
    fields.refuse(v3DataKeyNames, 'V1 or V2')
    return readV1OrV2(fields)
  }
  fields.refuse([...v1AndV2Names, lengthHint], 'V3')
  const dataKey = readV3DataKey(fields)
  return { format: 'V3', dataKey, dataKeyIn: 'instruction-file', content: inObject.content }
}

/** Is that an instruction file, of whatever object? Other objects may have such names. */
export function isInstructionFile(file: Uint8Array): boolean {
  try {
    const fields = parseFile(file)
    return fields.has('x-amz-key') || fields.has('x-amz-key-v2') || fields.has('x-amz-3')
  } catch (error) {
    if (error instanceof EnvelopeError) return false
    throw error
  }
}

function parseFile(file: Uint8Array): Fields {
  if (file.length > longestInstructionFile) {
    throw refusal(`has ${file.length} bytes, and may have ${longestInstructionFile}`)
  }
  const text = parseUtf8(file)
  if (text === undefined) throw refusal('is not UTF-8')
  if (text.startsWith('\u{feff}')) throw refusal('begins with a byte order mark')
  return new Fields('instruction-file', new Map(parseFlatObject(text, refusal).map(textPair)))
}

function textPair([name, value]: readonly [string, FlatValue]): readonly [string, string] {
  if (!envelopeNames.has(name)) throw refusal(`has ${quote(name.slice(0, 40))}, which no instruction file has`)
  if (withObject.includes(name)) throw refusal(`has ${name}, which may be with the object only`)
  if (typeof value === 'string') return [name, value]
  if (typeof value === 'number' && mayBeNumber.includes(name)) return [name, String(value)]
  if (value === null && mayBeNull.includes(name)) return [name, '']
  throw refusal(`has ${name}, which is not a string`)
}

const withObject: readonly string[] = v3ContentNames
const mayBeNumber: readonly string[] = ['x-amz-tag-len', lengthHint] satisfies EnvelopeName[]
const mayBeNull: readonly string[] = ['x-amz-m', 'x-amz-t'] satisfies EnvelopeName[]

function refusal(what: string): EnvelopeError {
  return new Fields('instruction-file', new Map()).refusal(what)
}

/** User metadata of the file itself. */
export const instructionFileMetadata: ObjectMetadata = { [instructionFileMark]: '' }

/** The bytes of the instruction file for an envelope, whose other part is `writeObjectMetadata`. */
export function writeInstructionFile(envelope: WritingEnvelope): Uint8Array<ArrayBuffer> {
  const pairs = envelope.format === 'V3' ? writeV3DataKey(envelope.dataKey) : writeV2(envelope)
  // One client stops reading at the first space, so there is none, in strings neither.
  return new TextEncoder().encode(encodeAsciiJson(pairs).replaceAll(' ', escapeUnit))
}
