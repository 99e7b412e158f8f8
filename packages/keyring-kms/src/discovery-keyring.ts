/**
 * Keyrings that decrypt with whichever keys of AWS KMS a message names.
 *
 * Spec: framework/aws-kms/aws-kms-discovery-keyring.md, framework/aws-kms/aws-kms-mrk-discovery-keyring.md
 *
 * @module
 */

import { checkNoDataKey, type Keyring, KeyringError, quote, UnwrapError } from '@esdk/cmm'
import { type CheckedFilter, checkDiscoveryFilter, checkGrantTokens, filterAllows } from '@esdk/cmm/services'
import { awsClientFor, type ClientFor, checkRegion, checkRegions, clientWith, reuseClients } from './client-for.ts'
import { inRegion, isMultiRegionArn } from './key-arn.ts'
import { callKms, kmsProviderId, symmetricInput, unwrappedKeyOf } from './kms-call.ts'
import type { KmsClient } from './kms-client.ts'
import { type Candidate, candidatesOf, unwrapCandidates } from './unwrap-candidates.ts'

/** Whose keys are asked for. */
export interface DiscoveryFilter {
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string
  /** Ids of AWS accounts, 12 digits each. */
  readonly accountIds: Iterable<string>
}

/** Which keys may be asked for, and how. */
export interface KmsDiscoveryKeyringOptions {
  /** Without one, keys of every account are asked for that the credentials may use. */
  readonly filter?: DiscoveryFilter
  /** Regions whose keys are asked for, in this order. Default: those that the message names, in its order. */
  readonly regions?: Iterable<string>
  /** Default: clients of `@aws-sdk/client-kms`. Keys of a Region without a client are passed over. */
  readonly clientFor?: ClientFor<DecryptingClient>
  readonly grantTokens?: readonly string[]
}

/** The same, for one Region. */
export interface KmsMrkDiscoveryKeyringOptions extends Omit<KmsDiscoveryKeyringOptions, 'regions'> {
  /** The Region that is asked: for keys of its own, and for its replicas of multi-Region keys. */
  readonly region: string
}

/** What a keyring that only decrypts asks of a client. */
type DecryptingClient = Pick<KmsClient, 'decrypt'>

const hostLabel = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i

/** A candidate, and what to ask for in its place. */
interface Asked extends Candidate {
  readonly keyId: string
  readonly region: string
}

/**
 * A keyring that decrypts with the keys a message names. It cannot encrypt.
 *
 * @throws TypeError - a filter without partition or accounts, a list of no Regions
 */
export function kmsDiscoveryKeyring(options: KmsDiscoveryKeyringOptions = {}): Keyring {
  const regions = options.regions === undefined ? undefined : [...checkRegions('regions', options.regions)]
  const wanted = regions === undefined ? 'discovery' : `discovery in ${regions.join(', ')}`
  return discoveryKeyring(options, wanted, (candidates) => {
    const asked = candidates.map((one) => ({ ...one, keyId: one.arn.arn, region: one.arn.region }))
    return regions === undefined ? asked : regions.flatMap((region) => asked.filter((one) => one.region === region))
  })
}

/**
 * A keyring that decrypts in one Region: with the keys of that Region, and with its replicas of multi-Region keys of
 * others. It cannot encrypt.
 *
 * @throws TypeError - no Region, a filter without partition or accounts
 */
export function kmsMrkDiscoveryKeyring(options: KmsMrkDiscoveryKeyringOptions): Keyring {
  const { region } = options
  checkRegion('region', region)
  return discoveryKeyring(options, `multi-Region discovery in ${region}`, (candidates) =>
    candidates
      .filter(({ arn }) => isMultiRegionArn(arn) || arn.region === region)
      .map((one) => ({ ...one, region, keyId: isMultiRegionArn(one.arn) ? inRegion(one.arn, region) : one.arn.arn })),
  )
}

function discoveryKeyring(
  options: Omit<KmsDiscoveryKeyringOptions, 'regions'>,
  how: string,
  ask: (candidates: readonly Candidate[]) => readonly Asked[],
): Keyring {
  const filter = options.filter === undefined ? undefined : checkDiscoveryFilter(options.filter)
  const wanted = `${how}${describeFilter(filter)}`
  const clientFor = reuseClients<DecryptingClient>(options.clientFor ?? awsClientFor)
  const grantTokens = checkGrantTokens(options.grantTokens)
  return {
    async onEncrypt() {
      throw new KeyringError('a discovery keyring can only decrypt: to encrypt, name a key with kmsKeyring')
    },
    async onDecrypt(materials, encryptedDataKeys, callOptions) {
      checkNoDataKey(materials)
      const candidates = candidatesOf(encryptedDataKeys, kmsProviderId).filter(({ arn }) => filterAllows(filter, arn))
      return unwrapCandidates({
        materials,
        encryptedDataKeys,
        candidates: ask(candidates),
        wanted,
        options: callOptions,
        unwrap: async ({ key, keyId, region }) => {
          // It becomes part of the name of a host, and anybody can have written it.
          if (!hostLabel.test(region)) throw new UnwrapError(key, `${quote(region)} can be no Region`)
          const kms = await clientWith<DecryptingClient>(clientFor, region, ['decrypt'], callOptions)
          if (kms === undefined) return undefined
          const name = { operation: 'Decrypt', keyId, region }
          const input = {
            ...symmetricInput(keyId, materials.encryptionContext, grantTokens),
            CiphertextBlob: new Uint8Array(key.ciphertext),
          }
          const answer = await callKms(name, callOptions, (each) => kms.decrypt(input, each))
          return unwrappedKeyOf(name, answer, { keyId, length: materials.suite.keyLength })
        },
      })
    },
  }
}

function describeFilter(filter: CheckedFilter | undefined): string {
  if (filter === undefined) return ''
  return `, filtered by the accounts ${[...filter.accounts].map(quote).join(', ')} of partition ${quote(filter.partition)}`
}
