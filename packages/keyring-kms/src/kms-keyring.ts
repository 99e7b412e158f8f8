/**
 * Keyrings over symmetric keys of AWS KMS that are named.
 *
 * Spec: framework/aws-kms/aws-kms-multi-keyrings.md, framework/aws-kms/aws-kms-mrk-multi-keyrings.md
 *
 * @module
 */

import { type Keyring, quote } from '@esdk/cmm'
import { checkGrantTokens } from '@esdk/cmm/services'
import { awsClientFor, type ClientFor, reuseClients } from './client-for.ts'
import { checkKeyIdentifier, isMultiRegionArn, isSameKey, isSameMultiRegionKey, type KeyIdentifier } from './key-arn.ts'
import { type KeyUse, type NamedKeys, strictKeyring } from './strict-keyring.ts'

/** Which keys a keyring has. */
export interface KmsKeyringOptions {
  /** The key that makes data keys (`kms:GenerateDataKey`). Without one, the keyring cannot encrypt by itself. */
  readonly generatorKeyId?: string
  /** Further keys that each wrap the data key (`kms:Encrypt`). Any one of all keys decrypts (`kms:Decrypt`). */
  readonly keyIds?: Iterable<string>
  /** Default: clients of `@aws-sdk/client-kms`, with the credentials of the environment. */
  readonly clientFor?: ClientFor
  /** Sent with every call. */
  readonly grantTokens?: readonly string[]
}

/**
 * A keyring over keys of AWS KMS, in one Region or several.
 *
 * Keys are named by ARN; for encryption alone also by alias or key id. A message decrypts with any one of its keys that
 * is named here, and no other is ever asked for.
 *
 * @throws TypeError - no key, a name that is none, grant tokens that are no texts
 */
export function kmsKeyring(options: KmsKeyringOptions): Keyring {
  return keyringOf(keysOf(options), options, isSameKey)
}

/**
 * The same for multi-Region keys: a replica in the Region that is named here opens what any other replica has wrapped.
 *
 * @throws TypeError - as for {@link kmsKeyring}; and a multi-Region key that is named in two Regions
 */
export function kmsMrkKeyring(options: KmsKeyringOptions): Keyring {
  const keys = keysOf(options)
  checkReplicas([...(keys.generator ? [keys.generator] : []), ...keys.others])
  return keyringOf(keys, options, isSameMultiRegionKey)
}

function keysOf({ generatorKeyId, keyIds = [] }: KmsKeyringOptions): NamedKeys {
  if (typeof keyIds === 'string') throw new TypeError('keyIds must be a list of keys, found one text')
  const others = [...keyIds].map((id) => checkKeyIdentifier('keyIds', id))
  const generator = generatorKeyId === undefined ? undefined : checkKeyIdentifier('generatorKeyId', generatorKeyId)
  if (generator === undefined && others.length === 0) {
    throw new TypeError(
      'a keyring of AWS KMS needs generatorKeyId, keyIds or both; to decrypt with whichever key a message names, use a discovery keyring',
    )
  }
  return { generator, others }
}

function keyringOf(
  keys: NamedKeys,
  { clientFor = awsClientFor, grantTokens }: KmsKeyringOptions,
  matches: KeyUse['matches'],
): Keyring {
  return strictKeyring(keys, {
    clientFor: reuseClients(clientFor),
    grantTokens: checkGrantTokens(grantTokens),
    matches,
  })
}

/**
 * Replicas share their key material: a second one adds cost and no way to decrypt.
 *
 * Spec: framework/aws-kms/aws-kms-mrk-are-unique.md
 */
function checkReplicas(keys: readonly KeyIdentifier[]): void {
  const byId = new Map<string, KeyIdentifier[]>()
  for (const key of keys) {
    const id = multiRegionId(key)
    if (id !== undefined) byId.set(id, [...(byId.get(id) ?? []), key])
  }
  const twice = [...byId.values()].filter((replicas) => replicas.length > 1).flat()
  if (twice.length === 0) return
  throw new TypeError(
    `a multi-Region key may be named once, in one Region; found ${twice.map(({ text }) => quote(text)).join(', ')}`,
  )
}

function multiRegionId({ text, arn }: KeyIdentifier): string | undefined {
  if (arn !== undefined) return isMultiRegionArn(arn) ? arn.id : undefined
  return text.startsWith('mrk-') ? text : undefined
}
