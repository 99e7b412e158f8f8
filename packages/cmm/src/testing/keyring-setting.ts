/**
 * What the rules of a keyring work with: the keyring, its partner, and what it says of itself.
 *
 * @module
 */

import type { AlgorithmSuite, AlgorithmSuiteId, EncryptedDataKey } from '@esdk/serialize'
import type { CallOptions, Keyring } from '../keyring.ts'
import type {
  EmptyDecryptionMaterials,
  EncryptionMaterials,
  ReadyDecryptionMaterials,
  ReadyEncryptionMaterials,
} from '../materials.ts'
import { demand, type Make, type Rule } from './contract.ts'
import { emptyToEncrypt, readyToEncrypt, suitesOf } from './samples.ts'

/** What a keyring says of itself. Without options, it must do everything. */
export type KeyringContractOptions = {
  /** Which data keys it wraps. A multi-keyring with a generator wraps `new` ones only, one without `given` ones only. */
  readonly wraps?: 'new and given' | 'new' | 'given'
  /** The suites it takes. Default: all. */
  readonly suites?: readonly AlgorithmSuiteId[]
  /** Does a wrapped key unwrap in the context only that it was wrapped in? Default: true. Not so with RSA. */
  readonly bindsContext?: boolean
  /**
   * Does it notice every change of a wrapped key? Default: true. Not so with RSA and PKCS #1 v1.5; then the rules only
   * cut keys short.
   */
  readonly noticesChanges?: boolean
  /** Does it wrap with AWS KMS? Then, and only then, its provider ids begin with `aws-kms`. Default: false. */
  readonly usesAwsKms?: boolean
} & (
  | { readonly does?: 'encrypt and decrypt'; readonly partner?: undefined }
  /** `partner` makes a keyring for the other half: to unwrap what this one wraps, or the reverse. */
  | { readonly does: 'encrypt' | 'decrypt'; readonly partner: Make<Keyring> }
)

/** A keyring, its partner, and what it says of itself. */
export interface KeyringSetting {
  readonly keyring: Keyring
  readonly encrypts: boolean
  readonly decrypts: boolean
  readonly generates: boolean
  readonly wraps: 'new and given' | 'new' | 'given'
  readonly bindsContext: boolean
  readonly noticesChanges: boolean
  readonly usesAwsKms: boolean
  readonly suites: readonly AlgorithmSuite[]
  /** One of the suites, for rules to which any is as good. */
  readonly suite: AlgorithmSuite
  /** Materials that the keyring can be given to encrypt. */
  start(suite: AlgorithmSuite, purpose?: string): EncryptionMaterials
  wrap(materials: EncryptionMaterials, options?: CallOptions): Promise<ReadyEncryptionMaterials>
  wrapped(suite: AlgorithmSuite, purpose?: string): Promise<Wrapped>
  unwrap(
    materials: EmptyDecryptionMaterials,
    keys: readonly EncryptedDataKey[],
    options?: CallOptions,
  ): Promise<ReadyDecryptionMaterials>
}

/** Materials before and after, and the keys that came to them. */
interface Wrapped {
  readonly given: EncryptionMaterials
  readonly ready: ReadyEncryptionMaterials
  readonly own: readonly EncryptedDataKey[]
}

/** A rule whose check gets a keyring of its own to try, and rejects with what that does instead. */
export function rule(
  name: string,
  check: (setting: KeyringSetting) => Promise<void>,
): Rule<Keyring, KeyringContractOptions> {
  return { name, check: async (make, options = {}) => check(await settingOf(make, options)) }
}

async function settingOf(make: Make<Keyring>, options: KeyringContractOptions): Promise<KeyringSetting> {
  const { does = 'encrypt and decrypt', wraps = 'new and given' } = options
  const keyring = await make()
  const partner = await partnerOf(keyring, options)
  const encrypts = does !== 'decrypt'
  const decrypts = does !== 'encrypt'
  const wrapper = encrypts ? keyring : partner
  const unwrapper = decrypts ? keyring : partner
  const suites = suitesOf(options.suites)
  const start = (suite: AlgorithmSuite, purpose?: string): EncryptionMaterials =>
    encrypts && wraps === 'given' ? readyToEncrypt(suite, purpose) : emptyToEncrypt(suite, purpose)
  return {
    keyring,
    encrypts,
    decrypts,
    generates: encrypts && wraps !== 'given',
    wraps,
    bindsContext: options.bindsContext ?? true,
    noticesChanges: options.noticesChanges ?? true,
    usesAwsKms: options.usesAwsKms ?? false,
    suites,
    suite: suites[suites.length - 1] as AlgorithmSuite,
    start,
    wrap: async (materials, callOptions) => wrapper.onEncrypt(materials, callOptions),
    unwrap: async (materials, keys, callOptions) => unwrapper.onDecrypt(materials, keys, callOptions),
    async wrapped(suite, purpose) {
      const given = start(suite, purpose)
      const count = given.encryptedDataKeys.length
      const ready = await wrapper.onEncrypt(given)
      demand(Array.isArray(ready?.encryptedDataKeys), 'onEncrypt gave no encrypted data keys')
      return { given, ready, own: ready.encryptedDataKeys.slice(count) }
    },
  }
}

async function partnerOf(keyring: Keyring, { does, partner }: KeyringContractOptions): Promise<Keyring> {
  if (does !== 'encrypt' && does !== 'decrypt') return keyring
  if (partner === undefined)
    throw new TypeError(`a keyring that only does "${String(does)}" needs a partner for the other half`)
  return partner()
}
