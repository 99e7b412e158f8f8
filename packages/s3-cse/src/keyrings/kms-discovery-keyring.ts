/**
 * The keyring that decrypts with whichever key of AWS KMS has wrapped a data key.
 *
 * @module
 */

import { KeyringError } from '@esdk/cmm'
import { checkDiscoveryFilter, checkGrantTokens, filterAllows } from '@esdk/cmm/services'
import type { S3Keyring } from '../materials.ts'
import { clientSource, type S3KmsDiscoveryClient } from './kms-client.ts'
import { parseKmsKeyArn } from './kms-key-name.ts'
import { asSource } from './kms-re-encrypt.ts'
import { unwrapWithKms } from './kms-unwrap.ts'

/** Whose keys are trusted. */
export interface S3DiscoveryFilter {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string
  /** Ids of AWS accounts, 12 digits each. */
  readonly accountIds: Iterable<string>
}

/** What a KMS keyring is made of that knows no key. */
export interface S3KmsDiscoveryKeyringOptions {
  /** Default: one of `@aws-sdk/client-kms`, in the Region that the AWS SDK chooses. Its Region is the only one asked. */
  readonly client?: S3KmsDiscoveryClient
  /**
   * Objects do not say which key has wrapped theirs: AWS KMS is asked, and its answer is refused when it names a key of
   * another account. Without a filter, every key is trusted that the credentials may use.
   */
  readonly filter?: S3DiscoveryFilter
  readonly grantTokens?: readonly string[]
}

/**
 * A keyring that decrypts what any key of AWS KMS has wrapped that its credentials may use. It cannot encrypt.
 *
 * @throws TypeError - a client without methods, a filter without partition or accounts, grant tokens that are no texts
 */
export function s3KmsDiscoveryKeyring({ client, filter, grantTokens }: S3KmsDiscoveryKeyringOptions = {}): S3Keyring {
  const mayAnswer = filterOf(filter)
  const call = (operation: string) => ({ operation, key: 'the key that has wrapped the data key', mayAnswer })
  const key = {
    region: undefined,
    given: client,
    client: clientSource<S3KmsDiscoveryClient>(client, ['decrypt'], undefined),
    grantTokens: checkGrantTokens(grantTokens),
    call,
  }
  const keyring: S3Keyring = {
    async onEncrypt() {
      throw new KeyringError('a discovery keyring can only decrypt: to encrypt, name a key with s3KmsKeyring')
    },
    onDecrypt: unwrapWithKms({
      ...key,
      name: call('Decrypt'),
      decrypt: (kms, input, options) => kms.decrypt(input, options),
    }),
  }
  return asSource(keyring, key)
}

function filterOf(filter: S3DiscoveryFilter | undefined): (keyArn: string) => boolean {
  const checked = filter && checkDiscoveryFilter(filter)
  return (keyArn) => {
    const arn = parseKmsKeyArn(keyArn)
    return arn?.type === 'key' && filterAllows(checked, arn)
  }
}
