/**
 * Which key a request means: by id, ARN, alias or ARN of an alias.
 *
 * @module
 */

import { type KeyState, keyIn, partitionOf, type RegionalKey } from './key-state.ts'
import { LocalKmsError } from './kms-error.ts'

/** Where a request came in. */
export interface Place {
  readonly state: KeyState
  readonly region: string
}

/**
 * The key of a name that every operation understands.
 *
 * @throws LocalKmsError - NotFoundException, InvalidArnException, AccessDeniedException
 */
export function findKey({ state, region }: Place, name: string): RegionalKey {
  const resource = name.startsWith('arn:') ? resourceOf(state.accountId, region, name) : name
  const isAlias = resource.startsWith('alias/')
  const id = isAlias ? aliasTarget(state, region, resource) : resource.replace(/^key\//, '')
  const found = id === undefined ? undefined : keyIn(state, region, id)
  if (found !== undefined) return found
  if (isAlias) throw new LocalKmsError('NotFoundException', `Alias ${shown(name)} is not found in ${region}.`)
  throw new LocalKmsError('NotFoundException', `Key ${shown(name)} does not exist in ${region}`)
}

/**
 * The same, for operations that take no alias.
 *
 * @throws LocalKmsError - also ValidationException
 */
export function findKeyItself(place: Place, name: string): RegionalKey {
  if (/^alias\/|:alias\//.test(name)) {
    throw new LocalKmsError(
      'ValidationException',
      `${shown(name)} is an alias; this operation takes a key id or its ARN`,
    )
  }
  return findKey(place, name)
}

/**
 * A key that may be used.
 *
 * @throws LocalKmsError - also DisabledException, KMSInvalidStateException
 */
export function findUsableKey(place: Place, name: string): RegionalKey {
  const found = findKey(place, name)
  checkEnabled(found)
  return found
}

/** @throws LocalKmsError - DisabledException, KMSInvalidStateException */
export function checkEnabled({ residence, arn }: RegionalKey): void {
  if (residence.state === 'Disabled') throw new LocalKmsError('DisabledException', `${arn} is disabled.`)
  checkNotPending({ residence, arn })
}

/** @throws LocalKmsError - KMSInvalidStateException */
export function checkNotPending({ residence, arn }: Pick<RegionalKey, 'residence' | 'arn'>): void {
  if (residence.state !== 'PendingDeletion') return
  throw new LocalKmsError('KMSInvalidStateException', `${arn} is pending deletion.`)
}

/** `key/ID` or `alias/NAME` */
function resourceOf(accountId: string, region: string, arn: string): string {
  const [, partition, service, arnRegion, account, resource = '', ...others] = arn.split(':')
  const isKms = service === 'kms' && /^(?:key|alias)\/./.test(resource) && others.length === 0
  if (!isKms || !/^\d{12}$/.test(account ?? '') || arnRegion === undefined || partition !== partitionOf(arnRegion)) {
    throw new LocalKmsError('InvalidArnException', `${shown(arn)} is no ARN of a key or an alias`)
  }
  if (arnRegion !== region) {
    throw new LocalKmsError('NotFoundException', `Invalid arn ${arnRegion}: the request was made in ${region}`)
  }
  if (account !== accountId) {
    throw new LocalKmsError(
      'AccessDeniedException',
      `the account ${accountId} is not authorized to use ${shown(arn)}: it is of another account`,
    )
  }
  return resource
}

function aliasTarget({ aliases }: KeyState, region: string, name: string): string | undefined {
  return aliases.find((alias) => alias.region === region && alias.name === name)?.keyId
}

function shown(text: string): string {
  return JSON.stringify(text)
}
