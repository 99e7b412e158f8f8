/**
 * A branch key store: makes branch keys, rotates them, and reads them back.
 *
 * Spec: framework/branch-key-store.md
 *
 * @module
 */

import { type CallOptions, type DataKey, type EncryptionContext, isEsdkError, quote } from '@esdk/cmm'
import { checkGrantTokens } from '@esdk/cmm/services'
import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { copyContext, emptyContext } from '@esdk/serialize'
import {
  activeType,
  type BranchKeyHead,
  type BranchKeyRecord,
  beaconType,
  encodeItem,
  formatTime,
  kmsContextOf,
  readItem,
  versionType,
} from './branch-key-item.ts'
import {
  type BeaconKeyMaterials,
  type BranchKeyMaterials,
  checkBranchKeyId,
  faultOfName,
} from './branch-key-materials.ts'
import { dynamoStorage } from './dynamo-storage.ts'
import { BranchKeyStoreError, describeCause } from './errors.ts'
import { type KmsCalls, kmsCalls } from './kms-call.ts'
import { checkKmsKey, type KmsKeyChoice, keyToOpenWith, wrappingKeyOf } from './kms-key.ts'
import type { BranchKeyDynamoDb, BranchKeyKms } from './service-clients.ts'
import type { BranchKeyStorage, ItemToPut } from './storage.ts'
import { formatUuid, isUuid, newUuid } from './uuid.ts'

/** What a branch key store is made of. */
export type BranchKeyStoreOptions = {
  /** Bound to each key. Stays the same when the table is restored under another name. */
  readonly logicalKeyStoreName: string
  /** AWS SDK v3 `KMS`, or anything of that shape. */
  readonly kms: BranchKeyKms
  /** Sent with every call of AWS KMS. */
  readonly grantTokens?: readonly string[]
  readonly backend?: Pick<CryptoBackend, 'randomBytes'>
  /** Milliseconds since 1970, with fractions where there are any. Default: `Date.now`. */
  readonly now?: () => number
} & (
  | { readonly kmsKeyArn: string; readonly kmsKey?: undefined }
  /** Where one ARN is not enough: multi-Region keys, and stores that only read. */
  | { readonly kmsKeyArn?: undefined; readonly kmsKey: KmsKeyChoice }
) &
  (
    | { readonly tableName: string; readonly dynamoDb: BranchKeyDynamoDb; readonly storage?: undefined }
    | { readonly storage: BranchKeyStorage; readonly tableName?: undefined; readonly dynamoDb?: undefined }
  )

/** What a new branch key is called, and what is bound to it. */
export interface NewBranchKey {
  /** Default: a UUID. One of your own needs an `encryptionContext`. */
  readonly branchKeyId?: string
  readonly encryptionContext?: EncryptionContext
}

/**
 * Makes branch keys, rotates them, and reads them back. Arguments that cannot be right are a `TypeError`; all else that
 * it refuses is a `BranchKeyStoreError`.
 */
export interface BranchKeyStore {
  readonly logicalKeyStoreName: string
  /** `undefined` where the storage is none of DynamoDB. */
  readonly tableName: string | undefined
  readonly kmsKey: KmsKeyChoice
  /** Make the table, unless it is there, and wait for it. Gives its ARN. */
  createTable(options?: CallOptions): Promise<string>
  /** Make a branch key and its beacon key. Gives the branch key id. */
  createKey(key?: NewBranchKey, options?: CallOptions): Promise<string>
  /** Give a branch key a new version, which is the active one from then on. Gives that version. */
  versionKey(branchKeyId: string, options?: CallOptions): Promise<string>
  /** The version to encrypt with. */
  getActive(branchKeyId: string, options?: CallOptions): Promise<BranchKeyMaterials>
  /** The version that something was encrypted with. */
  getVersion(branchKeyId: string, version: string, options?: CallOptions): Promise<BranchKeyMaterials>
  getBeacon(branchKeyId: string, options?: CallOptions): Promise<BeaconKeyMaterials>
}

/**
 * A store of branch keys in a DynamoDB table, wrapped by AWS KMS and bound to all that their items say.
 *
 * @throws TypeError - a name, ARN or client that cannot be right
 */
export function branchKeyStore(options: BranchKeyStoreOptions): BranchKeyStore {
  const parts = partsOf(options)
  return Object.freeze({
    logicalKeyStoreName: parts.logicalKeyStoreName,
    tableName: options.tableName,
    kmsKey: parts.kmsKey,
    createTable: (how?: CallOptions) => parts.storage.createTable(how),
    createKey: (key: NewBranchKey = {}, how?: CallOptions) => createKey(parts, key, how),
    versionKey: (id: string, how?: CallOptions) => versionKey(parts, id, how),
    getActive: (id: string, how?: CallOptions) => getBranchKey(parts, id, activeType, how),
    async getVersion(id: string, version: string, how?: CallOptions) {
      if (!isUuid(version)) throw new TypeError('version must be a UUID of version 4')
      return getBranchKey(parts, id, versionType(version), how)
    },
    async getBeacon(id: string, how?: CallOptions) {
      const { record, key } = await openKey(parts, id, beaconType, how)
      return Object.freeze({ beaconKeyId: id, beaconKey: key, encryptionContext: record.encryptionContext })
    },
  })
}

interface Parts {
  readonly logicalKeyStoreName: string
  readonly storage: BranchKeyStorage
  readonly kmsKey: KmsKeyChoice
  readonly kms: KmsCalls
  readonly backend: Pick<CryptoBackend, 'randomBytes'>
  readonly now: () => number
}

function partsOf(options: BranchKeyStoreOptions): Parts {
  const { logicalKeyStoreName, grantTokens, backend = defaultBackend, now = Date.now } = options
  const fault = faultOfName(logicalKeyStoreName)
  if (fault !== undefined) throw new TypeError(`logicalKeyStoreName ${fault}`)
  if ((options.kmsKeyArn === undefined) === (options.kmsKey === undefined)) {
    throw new TypeError('a branch key store takes either kmsKeyArn or kmsKey')
  }
  return {
    logicalKeyStoreName,
    storage: storageOf(options),
    kmsKey: Object.freeze(checkKmsKey(options.kmsKey ?? { kind: 'single-region', arn: options.kmsKeyArn })),
    kms: kmsCalls(options.kms, checkGrantTokens(grantTokens)),
    backend,
    now,
  }
}

function storageOf(options: BranchKeyStoreOptions): BranchKeyStorage {
  if (options.storage === undefined) return dynamoStorage(options)
  if (options.tableName !== undefined || options.dynamoDb !== undefined) {
    throw new TypeError('a branch key store takes either tableName and dynamoDb, or storage')
  }
  return options.storage
}

async function createKey(
  parts: Parts,
  { branchKeyId, encryptionContext = emptyContext }: NewBranchKey,
  options?: CallOptions,
): Promise<string> {
  const context = copyContext(encryptionContext)
  if (branchKeyId !== undefined && Object.keys(context).length === 0) {
    throw new TypeError(
      'a branch key with an id of your own needs an encryptionContext, so that ids cannot be mixed up',
    )
  }
  const kmsArn = wrappingKeyOf(parts.kmsKey)
  const id = branchKeyId === undefined ? formatUuid(newUuid(parts.backend)) : checkBranchKeyId(branchKeyId)
  const head = { branchKeyId: id, kmsArn, createTime: formatTime(parts.now()), encryptionContext: context }
  const { versioned, active } = await newVersion(parts, head, options)
  const beacon = { ...head, type: beaconType }
  const beaconKey = await parts.kms.generate(kmsArn, kmsContextOf(beacon, parts.logicalKeyStoreName), options)
  await put(parts, id, [versioned, active, { item: encodeItem(beacon, beaconKey) }], options)
  return id
}

async function versionKey(parts: Parts, branchKeyId: string, options?: CallOptions): Promise<string> {
  const keyId = wrappingKeyOf(parts.kmsKey)
  checkBranchKeyId(branchKeyId)
  const { kmsArn, encryptionContext, enc } = await about(branchKeyId, activeType, options, async () => {
    const record = await getRecord(parts, branchKeyId, activeType, options)
    keyToOpenWith(parts.kmsKey, record.kmsArn)
    // Into the same context: it only tells whether the item is authentic.
    await parts.kms.rewrap(keyId, record.enc, { from: record.kmsContext, to: record.kmsContext }, options)
    return record
  })
  // The ARN stays as it was found: readers that know one replica only would not accept another.
  const head = { branchKeyId, kmsArn, createTime: formatTime(parts.now()), encryptionContext }
  const { version, versioned, active } = await newVersion(parts, head, options)
  await put(parts, branchKeyId, [versioned, { ...active, replaces: enc }], options)
  return version
}

/** A new key, wrapped once as the version it is for good, and once more as the active one. */
async function newVersion(parts: Parts, head: Omit<BranchKeyHead, 'type' | 'version'>, options?: CallOptions) {
  const keyId = wrappingKeyOf(parts.kmsKey)
  const version = formatUuid(newUuid(parts.backend))
  const versioned = { ...head, type: versionType(version) }
  const active = { ...head, type: activeType, version }
  const from = kmsContextOf(versioned, parts.logicalKeyStoreName)
  const to = kmsContextOf(active, parts.logicalKeyStoreName)
  const wrapped = await parts.kms.generate(keyId, from, options)
  const rewrapped = await parts.kms.rewrap(keyId, wrapped, { from, to }, options)
  return {
    version,
    versioned: { item: encodeItem(versioned, wrapped) },
    active: { item: encodeItem(active, rewrapped) },
  }
}

async function put(parts: Parts, branchKeyId: string, items: readonly ItemToPut[], options?: CallOptions) {
  try {
    await parts.storage.put(items, options)
  } catch (error) {
    options?.signal?.throwIfAborted()
    throw new BranchKeyStoreError(`the branch key ${quote(branchKeyId)} was not written: ${describeCause(error)}`, {
      cause: error,
    })
  }
}

async function getBranchKey(
  parts: Parts,
  branchKeyId: string,
  type: string,
  options?: CallOptions,
): Promise<BranchKeyMaterials> {
  const { record, key } = await openKey(parts, branchKeyId, type, options)
  const { version = type.slice(versionType('').length), encryptionContext } = record
  return Object.freeze({ branchKeyId, branchKeyVersion: version, branchKey: key, encryptionContext })
}

async function openKey(
  parts: Parts,
  branchKeyId: string,
  type: string,
  options?: CallOptions,
): Promise<{ record: BranchKeyRecord; key: DataKey }> {
  checkBranchKeyId(branchKeyId)
  return about(branchKeyId, type, options, async () => {
    const record = await getRecord(parts, branchKeyId, type, options)
    const keyId = keyToOpenWith(parts.kmsKey, record.kmsArn)
    return { record, key: await parts.kms.unwrap(keyId, record.enc, record.kmsContext, options) }
  })
}

async function getRecord(
  { storage, logicalKeyStoreName }: Parts,
  branchKeyId: string,
  type: string,
  options?: CallOptions,
): Promise<BranchKeyRecord> {
  const item = await storage.get(branchKeyId, type, options)
  options?.signal?.throwIfAborted()
  if (item === undefined || item === null) throw new BranchKeyStoreError('there is no such item in the table')
  return readItem(item, { branchKeyId, type }, logicalKeyStoreName)
}

/** Says of an error which item it is about. */
async function about<Value>(
  branchKeyId: string,
  type: string,
  options: CallOptions | undefined,
  use: () => Promise<Value>,
): Promise<Value> {
  try {
    return await use()
  } catch (error) {
    options?.signal?.throwIfAborted()
    const cause = isEsdkError(error) ? (error.cause ?? error) : error
    throw new BranchKeyStoreError(`the branch key ${quote(branchKeyId)}, ${quote(type)}: ${describeCause(error)}`, {
      cause,
    })
  }
}
