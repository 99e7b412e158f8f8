/**
 * Operations that make keys, show them, and say whether they may be used.
 *
 * @module
 */

import { randomBytes, randomUUID } from 'node:crypto'
import { checkNotPending, findKey, findKeyItself } from './find-key.ts'
import { flag, type Input, invalid, oneOf, optionalInteger, optionalText, text } from './input.ts'
import { algorithmsOf, factsOf, generateMaterial, type KeySpec, keySpecs } from './key-spec.ts'
import {
  type KeyState,
  keyArn,
  keyIn,
  keysIn,
  partitionOf,
  type RegionalKey,
  type Residence,
  withKey,
  withReplica,
  withResidence,
} from './key-state.ts'
import { LocalKmsError } from './kms-error.ts'
import { type Operation, placeOf, type Site } from './operation.ts'
import type { KeyMetadata } from './operation-types.ts'
import { pageOf } from './page.ts'
import { isRegionName } from './region.ts'

export const createKey: Operation<'CreateKey'> = async ({ store, region }, input) => {
  const spec = specOf(input)
  checkUsage(spec, input)
  if (optionalText(input, 'Origin') !== undefined) oneOf(input, 'Origin', ['AWS_KMS'], 'AWS_KMS')
  const multiRegion = flag(input, 'MultiRegion')
  const id = multiRegion ? `mrk-${randomBytes(16).toString('hex')}` : randomUUID()
  const primary = newResidence(region, input)
  const material = await generateMaterial(spec)
  store.change((state) => withKey(state, { id, spec, multiRegion, material, residences: [primary] }))
  return { KeyMetadata: metadataOf(store.read(), region, id) }
}

function specOf(input: Input): KeySpec {
  const older = optionalText(input, 'CustomerMasterKeySpec')
  const name = older === undefined || optionalText(input, 'KeySpec') !== undefined ? 'KeySpec' : 'CustomerMasterKeySpec'
  return oneOf(input, name, keySpecs, 'SYMMETRIC_DEFAULT')
}

function checkUsage(spec: KeySpec, input: Input): void {
  const { kind, usage } = factsOf(spec)
  const asked = optionalText(input, 'KeyUsage')
  if (asked === undefined && kind !== 'symmetric') {
    throw new LocalKmsError(
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  }
  if (asked === undefined || asked === usage) return
  throw new LocalKmsError('ValidationException', `a local KMS has keys of ${spec} for ${usage} alone, not for ${asked}`)
}

function newResidence(region: string, input: Input): Residence {
  const description = optionalText(input, 'Description') ?? ''
  return { region, state: 'Enabled', description, createdAt: new Date() }
}

export const replicateKey: Operation<'ReplicateKey'> = (site, input) => {
  const { store, region } = site
  const found = findKeyItself(placeOf(site), text(input, 'KeyId'))
  const { key, arn } = found
  const to = text(input, 'ReplicaRegion')
  if (!isRegionName(to) || partitionOf(to) !== partitionOf(region)) {
    throw invalid('ReplicaRegion', 'must be the name of a Region of the same partition')
  }
  if (!key.multiRegion || key.residences[0].region !== region) {
    throw new LocalKmsError('UnsupportedOperationException', `${arn} is no multi-Region primary key.`)
  }
  checkNotPending(found)
  if (key.residences.some((one) => one.region === to)) {
    throw new LocalKmsError('AlreadyExistsException', `${arn} has a replica in ${to} already, or is there itself`)
  }
  const replica = newResidence(to, input)
  store.change((state) => withReplica(state, (keyIn(state, region, key.id) ?? found).key, replica))
  return { ReplicaKeyMetadata: metadataOf(store.read(), to, key.id) }
}

export const describeKey: Operation<'DescribeKey'> = (site, input) => {
  const place = placeOf(site)
  const { key } = findKey(place, text(input, 'KeyId'))
  return { KeyMetadata: metadataOf(place.state, site.region, key.id) }
}

export const listKeys: Operation<'ListKeys'> = (site, input) => {
  const { items, ...page } = pageOf(keysIn(site.store.read(), site.region), input, 100)
  return { Keys: items.map(({ key, arn }) => ({ KeyId: key.id, KeyArn: arn })), ...page }
}

export const enableKey: Operation<'EnableKey'> = (site, input) => {
  setState(site, input, 'Enabled', checkNotPending)
  return {}
}

export const disableKey: Operation<'DisableKey'> = (site, input) => {
  setState(site, input, 'Disabled', checkNotPending)
  return {}
}

const dayMs = 86_400_000

/** The key is never deleted here: it may not be used, until this is taken back. */
export const scheduleKeyDeletion: Operation<'ScheduleKeyDeletion'> = (site, input) => {
  const days = optionalInteger(input, 'PendingWindowInDays', 7, 30) ?? 30
  const { arn } = setState(site, input, 'PendingDeletion', checkNotPending)
  const date = new Date(Date.now() + days * dayMs)
  return { KeyId: arn, DeletionDate: date, KeyState: 'PendingDeletion', PendingWindowInDays: days }
}

/** The key is disabled then, as AWS KMS has it. */
export const cancelKeyDeletion: Operation<'CancelKeyDeletion'> = (site, input) => {
  const { arn } = setState(site, input, 'Disabled', ({ residence, arn: pending }) => {
    if (residence.state === 'PendingDeletion') return
    throw new LocalKmsError('KMSInvalidStateException', `${pending} is not pending deletion.`)
  })
  return { KeyId: arn }
}

function setState(
  site: Site,
  input: Input,
  newState: Residence['state'],
  check: (found: RegionalKey) => void,
): RegionalKey {
  const found = findKeyItself(placeOf(site), text(input, 'KeyId'))
  check(found)
  site.store.change((state) => {
    const now = keyIn(state, site.region, found.key.id) ?? found
    return withResidence(state, now, (one) => ({ ...one, state: newState }))
  })
  return found
}

function metadataOf(state: KeyState, region: string, id: string): KeyMetadata {
  const found = keyIn(state, region, id)
  if (found === undefined) throw new LocalKmsError('KMSInternalException', `the key ${id} was taken away`)
  const { key, residence, arn } = found
  return {
    AWSAccountId: state.accountId,
    KeyId: id,
    Arn: arn,
    CreationDate: new Date(residence.createdAt),
    Enabled: residence.state === 'Enabled',
    Description: residence.description,
    KeyState: residence.state,
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    MultiRegion: key.multiRegion,
    ...kindOf(key.spec),
    ...(key.multiRegion && { MultiRegionConfiguration: regionsOf(state.accountId, found) }),
  }
}

type Kind = Pick<
  KeyMetadata,
  'KeyUsage' | 'KeySpec' | 'CustomerMasterKeySpec' | 'EncryptionAlgorithms' | 'KeyAgreementAlgorithms'
>

/** What a kind of key is for, in the words of answers. */
export function kindOf(spec: KeySpec): Kind {
  const { usage } = factsOf(spec)
  const common = { KeyUsage: usage, KeySpec: spec, CustomerMasterKeySpec: spec }
  return usage === 'KEY_AGREEMENT'
    ? { ...common, KeyAgreementAlgorithms: ['ECDH'] }
    : { ...common, EncryptionAlgorithms: [...algorithmsOf(spec)] }
}

function regionsOf(
  accountId: string,
  { key, residence }: RegionalKey,
): NonNullable<KeyMetadata['MultiRegionConfiguration']> {
  const [primary, ...replicas] = key.residences
  const regionalArn = ({ region }: Residence) => ({ Arn: keyArn(accountId, region, key.id), Region: region })
  return {
    MultiRegionKeyType: residence === primary ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: regionalArn(primary),
    ReplicaKeys: replicas.map(regionalArn),
  }
}
