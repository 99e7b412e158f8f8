/**
 * All that a local KMS knows: its keys and their other names. A change is a new value.
 *
 * @module
 */

import type { KeySpec } from './key-spec.ts'

export interface KeyState {
  /** 12 digits, in every ARN. */
  readonly accountId: string
  readonly keys: readonly LocalKey[]
  readonly aliases: readonly Alias[]
}

/** A key, and each Region that it is in; a multi-Region key may be in several. */
export interface LocalKey {
  readonly id: string
  readonly spec: KeySpec
  readonly multiRegion: boolean
  /** 32 bytes, or a private key in PKCS #8. */
  readonly material: Uint8Array
  /** The primary comes first, then its replicas. */
  readonly residences: readonly [Residence, ...Residence[]]
}

export const residenceStates = ['Enabled', 'Disabled', 'PendingDeletion'] as const

export interface Residence {
  readonly region: string
  readonly state: (typeof residenceStates)[number]
  readonly description: string
  readonly createdAt: Date
}

export interface Alias {
  readonly region: string
  /** With `alias/` before it. */
  readonly name: string
  readonly keyId: string
  readonly createdAt: Date
}

/** A key as one Region sees it. */
export interface RegionalKey {
  readonly key: LocalKey
  readonly residence: Residence
  readonly arn: string
}

/** The key of this id, if it is in the Region. */
export function keyIn({ keys, accountId }: KeyState, region: string, id: string): RegionalKey | undefined {
  const key = keys.find((one) => one.id === id)
  const residence = key?.residences.find((one) => one.region === region)
  if (key === undefined || residence === undefined) return undefined
  return { key, residence, arn: keyArn(accountId, region, id) }
}

/** The keys that are in the Region. */
export function keysIn(state: KeyState, region: string): readonly RegionalKey[] {
  return state.keys.flatMap(({ id }) => keyIn(state, region, id) ?? [])
}

export function keyArn(accountId: string, region: string, id: string): string {
  return `${arnPrefix(accountId, region)}key/${id}`
}

export function aliasArn(accountId: string, { region, name }: Alias): string {
  return `${arnPrefix(accountId, region)}${name}`
}

function arnPrefix(accountId: string, region: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:`
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

export function withKey(state: KeyState, key: LocalKey): KeyState {
  return { ...state, keys: [...state.keys, key] }
}

/** The key, with what `change` makes of its residence in a Region. */
export function withResidence(
  state: KeyState,
  { key, residence }: RegionalKey,
  change: (residence: Residence) => Residence,
): KeyState {
  const [primary, ...replicas] = key.residences
  const changed = (one: Residence) => (one.region === residence.region ? change(one) : one)
  return replaceKey(state, { ...key, residences: [changed(primary), ...replicas.map(changed)] })
}

export function withReplica(state: KeyState, key: LocalKey, replica: Residence): KeyState {
  return replaceKey(state, { ...key, residences: [...key.residences, replica] })
}

function replaceKey(state: KeyState, key: LocalKey): KeyState {
  return { ...state, keys: state.keys.map((one) => (one.id === key.id ? key : one)) }
}
