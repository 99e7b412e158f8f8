/**
 * What is done to each object of a bucket.
 *
 * | task          | each object                                                                             |
 * | ------------- | --------------------------------------------------------------------------------------- |
 * | `'inventory'` | is looked at; no key is asked for                                                       |
 * | `rewrap()`    | gets its data key wrapped by another key; bodies stay where they are                    |
 * | `reencrypt()` | is written anew in the format of the options, unless it has that format and key already |
 *
 * @module
 */

import { type EncryptionContext, hasMethods } from '@esdk/cmm'
import type { S3EncryptionOptions, S3Keyring } from '@esdk/s3-cse'

/** Which object it is. */
export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

/** With AWS KMS: the pairs of all objects, or those of each. */
export type ContextOf = EncryptionContext | ((object: ObjectName) => EncryptionContext)

export interface ReencryptOptions {
  /** What opens the objects, and all that has to be allowed for it. `release` says nothing here: bodies are streamed. */
  readonly encryption: S3EncryptionOptions
  /** Wraps data keys from now on, and must unwrap them too: that is how finished objects are known. Default: as before. */
  readonly newKeyring?: S3Keyring | undefined
  /** What the objects were written with. */
  readonly encryptionContext?: ContextOf | undefined
  /** What they have from now on. Default: `encryptionContext`. */
  readonly newEncryptionContext?: ContextOf | undefined
}

export interface RewrapOptions extends ReencryptOptions {
  /** Where data keys are from now on. Default: where they are. */
  readonly target?: 'metadata' | 'instruction-file' | undefined
  /** Write nothing if the old keyring would still unwrap the result. */
  readonly rotationRequired?: boolean | undefined
}

export interface RewrapTask extends RewrapOptions {
  readonly kind: 'rewrap'
}

export interface ReencryptTask extends ReencryptOptions {
  readonly kind: 'reencrypt'
}

export type RewritingTask = RewrapTask | ReencryptTask

export type MigrationTask = 'inventory' | RewritingTask

/** `inventory`, `rewrap` or `reencrypt` */
export type TaskKind = 'inventory' | RewritingTask['kind']

/** @throws TypeError - nothing would change */
export function rewrap(options: RewrapOptions): RewrapTask {
  const { newKeyring, newEncryptionContext, target } = checkOptions('rewrap', options)
  if (newKeyring === undefined && newEncryptionContext === undefined && target === undefined) {
    throw new TypeError('rewrap would change nothing: give a newKeyring, a newEncryptionContext or a target')
  }
  return Object.freeze({ ...options, kind: 'rewrap' })
}

export function reencrypt(options: ReencryptOptions): ReencryptTask {
  return Object.freeze({ ...checkOptions('reencrypt', options), kind: 'reencrypt' })
}

function checkOptions<Options extends ReencryptOptions>(name: string, options: Options): Options {
  const { encryption, newKeyring } = (options ?? {}) as Partial<ReencryptOptions>
  if (typeof encryption !== 'object' || encryption === null) {
    throw new TypeError(`${name} needs the options that open the objects: { encryption: { keyring, ... } }`)
  }
  if (newKeyring !== undefined && !hasMethods(newKeyring, 'onEncrypt', 'onDecrypt')) {
    throw new TypeError('newKeyring must be an object with onEncrypt and onDecrypt, such as s3KmsKeyring(...)')
  }
  return options
}

export function kindOf(task: MigrationTask): TaskKind {
  return task === 'inventory' ? task : task.kind
}

/** The pairs of one object. */
export function contextOf(context: ContextOf | undefined, object: ObjectName): EncryptionContext | undefined {
  return typeof context === 'function' ? context({ bucket: object.bucket, key: object.key }) : context
}
