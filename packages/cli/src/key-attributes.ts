/**
 * `-w type=raw-aes,namespace=NS,name=NAME,file=PATH`, `-w key=ARN`: a key that exists already, described by attributes.
 *
 * | attribute         | for                | meaning                                                     |
 * | ----------------- | ------------------ | ----------------------------------------------------------- |
 * | `type`            | all                | `raw-aes`, `raw-rsa`, `raw-ecdh`, `kms` and others          |
 * | `file`, `env`     | raw                | where the key is: a file, or an environment variable        |
 * | `namespace`       | raw-aes, raw-rsa   | as in the messages                                          |
 * | `name`            | raw-aes, raw-rsa   | as in the messages                                          |
 * | `encoding`        | raw-aes            | `binary`, `hex`, `base64`; found out by itself where absent |
 * | `padding`         | raw-rsa            | `oaep-sha256`, ...                                          |
 * | `curve`           | raw-ecdh           | `P-256`, `P-384`, `P-521`                                   |
 *
 * Those of keys in AWS KMS are in `kms-key-attributes.ts`. Key material itself is no attribute: arguments can be seen by
 * everybody.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import type { CurveName } from '@esdk/crypto-backend'
import type { RsaPaddingName } from '@esdk/keyring-raw'
import { type KeyEncoding, keyEncodings } from './aes-key-text.ts'
import { Attributes } from './attributes.ts'
import { UsageError } from './cli-error.ts'
import { inNoArgument, type KeyLocation, takeLocation } from './key-location.ts'
import { isKmsWithoutType, type KmsKeyDescription, kmsReaders } from './kms-key-attributes.ts'
import { curves, rsaPaddings } from './raw-key.ts'

interface NamedKey {
  readonly namespace: string
  readonly name: string
}

/** A key that the user holds, without its material. */
export type RawKeyDescription = { readonly location: KeyLocation } & (
  | ({ readonly type: 'raw-aes'; readonly encoding?: KeyEncoding } & NamedKey)
  | ({ readonly type: 'raw-rsa'; readonly padding: RsaPaddingName } & NamedKey)
  | { readonly type: 'raw-ecdh'; readonly curve: CurveName }
)

/** A described key: one that the user holds, or one in AWS KMS. */
export type KeyDescription = RawKeyDescription | KmsKeyDescription

const wrappingKeyOption = {
  option: '--wrapping-key',
  example: 'For example: -w type=raw-aes,namespace=my-app,name=key-1,file=key.bin, or -w key=KEY-ARN for AWS KMS',
}

/** @throws UsageError - an attribute is missing, unknown, repeated, or has no such value */
export function parseKeyAttributes(text: string): KeyDescription {
  const attributes = new Attributes(wrappingKeyOption, text)
  const type = isKmsWithoutType(attributes) ? 'kms' : attributes.take('type')
  const read = readers.get(type)
  if (read === undefined) {
    throw new UsageError(
      `${quote(type)} is no type of key that --wrapping-key knows`,
      `Types are ${[...readers.keys()].join(', ')}. Without a type, key=ARN is a key of AWS KMS.`,
    )
  }
  const description = read(attributes)
  attributes.checkNoOthers(' for this type of key', inNoArgument)
  return description
}

const readers: ReadonlyMap<string, (attributes: Attributes) => KeyDescription> = new Map<
  string,
  (attributes: Attributes) => KeyDescription
>([['raw-aes', readAes], ['raw-rsa', readRsa], ['raw-ecdh', readEcdh], ...kmsReaders])

function readAes(attributes: Attributes): RawKeyDescription {
  const encoding = attributes.takeChoice('encoding', keyEncodings)
  const location = takeLocation(attributes)
  if (encoding === 'binary' && location.kind === 'env') {
    throw new UsageError('an environment variable holds text: hex or base64, not binary')
  }
  return { type: 'raw-aes', ...takeKeyName(attributes), location, ...(encoding && { encoding }) }
}

function readRsa(attributes: Attributes): RawKeyDescription {
  const padding = attributes.takeChoice('padding', rsaPaddings) ?? attributes.missing('padding', rsaPaddings.join(', '))
  return { type: 'raw-rsa', ...takeKeyName(attributes), padding, location: takeLocation(attributes) }
}

function readEcdh(attributes: Attributes): RawKeyDescription {
  const curve = attributes.takeChoice('curve', curves) ?? attributes.missing('curve', curves.join(', '))
  return { type: 'raw-ecdh', curve, location: takeLocation(attributes) }
}

function takeKeyName(attributes: Attributes): NamedKey {
  return { namespace: attributes.take('namespace'), name: attributes.take('name') }
}
