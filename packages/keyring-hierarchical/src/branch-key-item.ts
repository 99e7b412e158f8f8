/**
 * A branch key as it lies in the table, and the encryption context that AWS KMS binds it to.
 *
 * | attribute                | type | meaning                                                                  |
 * | ------------------------ | ---- | ------------------------------------------------------------------------ |
 * | `branch-key-id`          | S    | partition key                                                            |
 * | `type`                   | S    | sort key: `branch:ACTIVE`, `branch:version:UUID` or `beacon:ACTIVE`      |
 * | `version`                | S    | `branch:version:UUID`, where the type is `branch:ACTIVE` and nowhere else |
 * | `enc`                    | B    | the wrapped key                                                          |
 * | `kms-arn`                | S    | the key it is wrapped with                                               |
 * | `create-time`            | S    | ISO 8601, UTC, with microseconds                                         |
 * | `hierarchy-version`      | N    | 1                                                                        |
 * | `aws-crypto-ec:` and key | S    | the caller's own context                                                 |
 *
 * The context has every attribute but `enc`, as text, and `tablename`: the logical name of the store.
 *
 * Spec: framework/branch-key-store.md, "Record Format" and "Encryption Context"
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { contextOf, type EncryptionContext } from '@esdk/serialize'
import { BranchKeyStoreError } from './errors.ts'
import type { AttributeValue, StoredAttribute } from './service-clients.ts'
import { isUuid } from './uuid.ts'

export const activeType = 'branch:ACTIVE'
export const beaconType = 'beacon:ACTIVE'
const versionPrefix = 'branch:version:'
const contextPrefix = 'aws-crypto-ec:'
const hierarchyVersion = '1'

/** The type under which that version is kept for good. */
export function versionType(version: string): string {
  return `${versionPrefix}${version}`
}

/** An item as it is written. */
export type BranchKeyItem = Readonly<Record<string, AttributeValue>>

/** An item as it may come back. */
export type StoredItem = Readonly<Record<string, StoredAttribute>>

/** What an item says of its key. */
export interface BranchKeyHead {
  readonly branchKeyId: string
  readonly type: string
  /** The UUID. There if, and only if, `type` is `branch:ACTIVE`. */
  readonly version?: string
  readonly kmsArn: string
  readonly createTime: string
  /** The caller's own, without prefix. */
  readonly encryptionContext: EncryptionContext
}

/** An item that is complete and was found where it belongs. Only AWS KMS can tell whether it is authentic. */
export interface BranchKeyRecord extends BranchKeyHead {
  readonly enc: Uint8Array
  readonly kmsContext: EncryptionContext
}

/** The context that binds a wrapped key to all that its item says. */
export function kmsContextOf(head: BranchKeyHead, logicalKeyStoreName: string): EncryptionContext {
  return contextOf([...textsOf(head), ['tablename', logicalKeyStoreName]])
}

export function encodeItem(head: BranchKeyHead, enc: Uint8Array): BranchKeyItem {
  const attributes = textsOf(head).map(([name, text]): [string, AttributeValue] => [
    name,
    name === 'hierarchy-version' ? { N: text } : { S: text },
  ])
  return Object.fromEntries<AttributeValue>([...attributes, ['enc', { B: enc }]])
}

function textsOf({ branchKeyId, type, version, kmsArn, createTime, encryptionContext }: BranchKeyHead) {
  const texts: [name: string, text: string][] = [
    ['branch-key-id', branchKeyId],
    ['type', type],
    ['create-time', createTime],
    ['hierarchy-version', hierarchyVersion],
    ['kms-arn', kmsArn],
  ]
  if (version !== undefined) texts.push(['version', versionType(version)])
  for (const [key, value] of Object.entries(encryptionContext)) texts.push([`${contextPrefix}${key}`, value])
  return texts
}

/**
 * The item that was asked for by `branchKeyId` and `type`. Everything in it is copied.
 *
 * @throws BranchKeyStoreError - it is not that item, lacks something, or holds what no item may hold
 */
export function readItem(
  item: StoredItem,
  { branchKeyId, type }: Pick<BranchKeyHead, 'branchKeyId' | 'type'>,
  logicalKeyStoreName: string,
): BranchKeyRecord {
  const { enc, texts } = takeApart(item)
  const text = (name: string): string => {
    const found = texts.get(name)
    if (found === undefined || found === '') throw new BranchKeyStoreError(`it has no attribute ${name}`)
    return found
  }
  demandSame('branch-key-id', text('branch-key-id'), branchKeyId)
  demandSame('type', text('type'), type)
  demandSame('hierarchy-version', text('hierarchy-version'), hierarchyVersion)
  // The name of the store comes from the caller alone.
  if (texts.has('tablename')) throw new BranchKeyStoreError('it has an attribute tablename')
  const version = versionOf(type, texts.get('version'))
  return {
    branchKeyId,
    type,
    ...(version !== undefined && { version }),
    kmsArn: text('kms-arn'),
    createTime: text('create-time'),
    encryptionContext: contextOf(
      [...texts].flatMap(([name, value]) =>
        name.startsWith(contextPrefix) ? [[name.slice(contextPrefix.length), value] as const] : [],
      ),
    ),
    enc,
    // Of the attributes as they were found, those that are not known here included.
    kmsContext: contextOf([...texts, ['tablename', logicalKeyStoreName]]),
  }
}

function takeApart(item: StoredItem): { enc: Uint8Array; texts: ReadonlyMap<string, string> } {
  const texts = new Map<string, string>()
  let enc: Uint8Array | undefined
  for (const [name, attribute] of Object.entries(item)) {
    if (name === 'enc') enc = attribute?.B
    else texts.set(name, textOf(name, attribute))
  }
  if (!(enc instanceof Uint8Array) || enc.length === 0) throw new BranchKeyStoreError('it has no wrapped key in enc')
  return { enc: new Uint8Array(enc), texts }
}

function textOf(name: string, attribute: StoredAttribute | undefined): string {
  const [kind, found] = name === 'hierarchy-version' ? (['N', attribute?.N] as const) : (['S', attribute?.S] as const)
  if (typeof found === 'string') return found
  throw new BranchKeyStoreError(`its attribute ${quote(name)} is not of type ${kind}`)
}

function demandSame(name: string, found: string, expected: string): void {
  if (found === expected) return
  throw new BranchKeyStoreError(`its ${name} is ${quote(found)} where ${quote(expected)} is expected`)
}

/** The version that an item names beside its type: the active one names one, the others do not. */
function versionOf(type: string, version: string | undefined): string | undefined {
  if (type !== activeType) {
    if (version !== undefined) throw new BranchKeyStoreError('it has an attribute version, and is not the active one')
    return undefined
  }
  const uuid = version?.startsWith(versionPrefix) ? version.slice(versionPrefix.length) : ''
  if (!isUuid(uuid)) {
    throw new BranchKeyStoreError(
      `its version is ${version === undefined ? 'missing' : quote(version)}, not ${versionPrefix} and a UUID of version 4`,
    )
  }
  return uuid
}

/** A time, in milliseconds, as items have it: `2026-11-21T08:06:55.000753Z`. */
export function formatTime(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000)
  const rest = String(microseconds % 1000).padStart(3, '0')
  return new Date(Math.floor(microseconds / 1000)).toISOString().replace('Z', `${rest}Z`)
}
