/**
 * The format V3: what is said of the body is in the metadata of the object, what is said of the data key there as well or
 * in an instruction file.
 *
 * | `x-amz-w` | wrapping        | described in |
 * | --------- | --------------- | ------------ |
 * | `02`      | `AES/GCM`       | `x-amz-m`    |
 * | `12`      | `kms+context`   | `x-amz-t`    |
 * | `22`      | `RSA-OAEP-SHA1` | `x-amz-m`    |
 *
 * @module
 */

import { type EncryptionContext, encodeBase64 } from '@esdk/cmm'
import { commitmentLength, messageIdLength } from '../content-key.ts'
import { contentSuites } from '../content-suite.ts'
import type { CommittingEnvelope, WrappedDataKey, WritingAlgorithm, WritingEnvelope } from '../envelope.ts'
import { ObjectNotAuthenticError } from '../errors.ts'
import { encodeDescription } from './description.ts'
import type { Fields } from './fields.ts'

const wrappingCodes: Readonly<Record<WritingAlgorithm, string>> = {
  'AES/GCM': '02',
  'kms+context': '12',
  'RSA-OAEP-SHA1': '22',
}
const algorithms = Object.keys(wrappingCodes) as WritingAlgorithm[]

/** What V3 says of the body. */
export function readV3Content(fields: Fields): CommittingEnvelope['content'] {
  if (fields.text('x-amz-c') !== contentSuites.committing.contentAlgorithm) throw fields.unsupported('x-amz-c')
  const commitment = fields.bytes('x-amz-d')
  if (commitment.length !== commitmentLength) {
    const found = `${commitment.length} bytes, expected ${commitmentLength}`
    throw new ObjectNotAuthenticError('commitment', `the object has an x-amz-d of ${found}: it commits to no key`)
  }
  return { kind: 'committing', messageId: fields.bytes('x-amz-i', messageIdLength), commitment }
}

export function writeV3Content({ commitment, messageId }: CommittingEnvelope['content']): Record<string, string> {
  return {
    'x-amz-c': contentSuites.committing.contentAlgorithm,
    'x-amz-d': encodeBase64(commitment),
    'x-amz-i': encodeBase64(messageId),
  }
}

/** What V3 says of the data key. */
export function readV3DataKey(fields: Fields): WrappedDataKey {
  const ciphertext = fields.bytes('x-amz-3')
  const code = fields.text('x-amz-w')
  const algorithm = algorithms.find((known) => wrappingCodes[known] === code)
  if (algorithm === undefined) throw fields.unsupported('x-amz-w')
  return { algorithm, ciphertext, description: readDescription(fields, algorithm) }
}

export function writeV3DataKey({
  algorithm,
  ciphertext,
  description,
}: WritingEnvelope['dataKey']): Record<string, string> {
  const name = algorithm === 'kms+context' ? 'x-amz-t' : 'x-amz-m'
  return {
    'x-amz-3': encodeBase64(ciphertext),
    'x-amz-w': wrappingCodes[algorithm],
    ...(Object.keys(description).length > 0 && { [name]: encodeDescription(description) }),
  }
}

/** One client writes all descriptions as `x-amz-t`, so that stands in where there is no `x-amz-m`. */
function readDescription(fields: Fields, algorithm: WritingAlgorithm): EncryptionContext {
  const context = readMap(fields, 'x-amz-t')
  const material = readMap(fields, 'x-amz-m')
  if (hasPairs(context) && hasPairs(material)) {
    throw fields.refusal('has both x-amz-m and x-amz-t, and a data key has one description')
  }
  if (algorithm !== 'kms+context') return hasPairs(material) ? material : context
  if (hasPairs(material)) throw fields.refusal('has an x-amz-m, and a data key of AWS KMS is described in x-amz-t')
  return context
}

/** One client writes `null` for a description that it does not use. */
function readMap(fields: Fields, name: 'x-amz-m' | 'x-amz-t'): EncryptionContext {
  return fields.find(name) === 'null' ? {} : fields.description(name)
}

function hasPairs(description: EncryptionContext): boolean {
  return Object.keys(description).length > 0
}
