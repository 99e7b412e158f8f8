/**
 * The formats V1 and V2, which differ in what they name: V1 names no algorithm.
 *
 * | `x-amz-cek-alg`        | body    | `x-amz-iv` | `x-amz-tag-len` |
 * | ---------------------- | ------- | ---------- | --------------- |
 * | (V1)                   | AES-CBC | 16 bytes   |                 |
 * | `AES/CBC/PKCS5Padding` | AES-CBC | 16 bytes   |                 |
 * | `AES/CBC/PKCS7Padding` | AES-CBC | 16 bytes   |                 |
 * | `AES/GCM/NoPadding`    | AES-GCM | 12 bytes   | 128             |
 *
 * @module
 */

import { encodeBase64 } from '@esdk/cmm'
import { contentSuites } from '../content-suite.ts'
import {
  type CbcEnvelope,
  type GcmEnvelope,
  v1Wrapping,
  type WrappingAlgorithm,
  type WritingEnvelope,
  wrappingAlgorithms,
} from '../envelope.ts'
import { encodeDescription } from './description.ts'
import type { Fields } from './fields.ts'
import { type EnvelopeName, lengthHint, v1Names, v2Names } from './names.ts'

const cbcIvLength = 16
const gcmIvLength = 12
const tagBits = '128'

/** One client of old named the padding so. The bytes are the same. */
const cbcAlias = 'AES/CBC/PKCS7Padding'

const notOfV1 = without(v2Names, v1Names)

/** All pairs of V1 and V2 that say something. */
export const v1AndV2Names: readonly EnvelopeName[] = without([...v1Names, ...notOfV1], [lengthHint])

/** The envelope of V1 or V2 in these pairs, which belong to no other format. */
export function readV1OrV2(fields: Fields): CbcEnvelope | GcmEnvelope {
  return fields.has('x-amz-key') ? readV1(fields) : readV2(fields)
}

function readV1(fields: Fields): CbcEnvelope {
  fields.refuse(notOfV1, 'V1')
  fields.text('x-amz-matdesc')
  return {
    format: 'V1',
    dataKey: {
      algorithm: v1Wrapping,
      ciphertext: fields.bytes('x-amz-key'),
      description: fields.description('x-amz-matdesc'),
    },
    dataKeyIn: fields.source,
    content: { kind: 'cbc', iv: fields.bytes('x-amz-iv', cbcIvLength) },
  }
}

function readV2(fields: Fields): CbcEnvelope | GcmEnvelope {
  const ciphertext = fields.bytes('x-amz-key-v2')
  const algorithm = readWrapping(fields)
  const content = readContent(fields)
  const common = {
    dataKey: { algorithm, ciphertext, description: fields.description('x-amz-matdesc') },
    dataKeyIn: fields.source,
  }
  return content.kind === 'gcm' ? { format: 'V2', ...common, content } : { format: 'V2', ...common, content }
}

function readWrapping(fields: Fields): WrappingAlgorithm {
  const name = fields.text('x-amz-wrap-alg')
  const algorithm = wrappingAlgorithms.find((known) => known === name)
  if (algorithm === undefined) throw fields.unsupported('x-amz-wrap-alg')
  return algorithm
}

function readContent(fields: Fields): CbcEnvelope['content'] | GcmEnvelope['content'] {
  switch (fields.text('x-amz-cek-alg')) {
    case contentSuites.gcm.contentAlgorithm:
      if (fields.text('x-amz-tag-len') !== tagBits) throw fields.refusal(`has an x-amz-tag-len other than ${tagBits}`)
      return { kind: 'gcm', iv: fields.bytes('x-amz-iv', gcmIvLength) }
    case contentSuites.cbc.contentAlgorithm:
    case cbcAlias:
      if (fields.has('x-amz-tag-len')) throw fields.refusal('has an x-amz-tag-len, and CBC has no tag')
      return { kind: 'cbc', iv: fields.bytes('x-amz-iv', cbcIvLength) }
    default:
      throw fields.unsupported('x-amz-cek-alg')
  }
}

/** The pairs of V2. */
export function writeV2({ dataKey, content }: Extract<WritingEnvelope, { format: 'V2' }>): Record<string, string> {
  return {
    'x-amz-key-v2': encodeBase64(dataKey.ciphertext),
    'x-amz-iv': encodeBase64(content.iv),
    'x-amz-matdesc': encodeDescription(dataKey.description),
    'x-amz-wrap-alg': dataKey.algorithm,
    'x-amz-cek-alg': contentSuites.gcm.contentAlgorithm,
    'x-amz-tag-len': tagBits,
  }
}

function without(names: readonly EnvelopeName[], others: readonly EnvelopeName[]): readonly EnvelopeName[] {
  return names.filter((name) => !others.includes(name))
}
