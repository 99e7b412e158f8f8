/**
 * From one wrapped data key to another, of the same data key.
 *
 * @module
 */

import { type DataKey, type EncryptionContext, hasMethods, refusedMaterials } from '@esdk/cmm'
import { equalInConstantTime } from '@esdk/crypto-backend'
import { checkWrappedDataKey } from './check-object-materials.ts'
import type { CheckKey } from './check-pair.ts'
import { contentKeyOf } from './content-key.ts'
import type { Envelope, WritingEnvelope } from './envelope.ts'
import { DataKeyError, RewrapError } from './errors.ts'
import type { ReadyObjectEncryptionMaterials, S3Keyring } from './materials.ts'
import type { Settings } from './options.ts'
import { suiteOf, unwrapContentKey, unwrapDataKey } from './unwrap-content-key.ts'

type NewDataKey = ReadyObjectEncryptionMaterials['wrappedDataKey']

/** What is to be wrapped again, and for whom. */
export interface Rewrapping {
  readonly envelope: Envelope
  readonly encryptionContext: EncryptionContext | undefined
  readonly newEncryptionContext: EncryptionContext
  readonly keyring: S3Keyring
  /** There where the data key may be that of another object. */
  readonly checkKey: CheckKey | undefined
  readonly signal: AbortSignal | undefined
}

/**
 * The data key of the object, wrapped by `keyring`: in AWS KMS where that has both keys, otherwise here.
 *
 * @throws DataKeyError, EncryptionContextError, MaterialsError - it does not unwrap, or not wrap
 * @throws ObjectNotAuthenticError - the object commits to another data key
 * @throws RewrapError - it is the data key of another object
 */
export async function rewrapDataKey(settings: Settings, rewrapping: Rewrapping): Promise<NewDataKey> {
  const { envelope, newEncryptionContext } = rewrapping
  const wrapped = (await reEncrypt(settings, rewrapping)) ?? (await unwrapAndWrap(settings, rewrapping))
  return checkWrappedDataKey({ suite: suiteOf(envelope), encryptionContext: newEncryptionContext }, wrapped)
}

async function reEncrypt(
  settings: Settings,
  { envelope, encryptionContext, newEncryptionContext, keyring, checkKey, signal }: Rewrapping,
): Promise<NewDataKey | undefined> {
  const { keyring: from } = settings
  if (from === undefined) return undefined
  const wrappedDataKey = envelope.dataKey
  const wrapped = await keyring.onReEncrypt?.(
    { suite: suiteOf(envelope), from, wrappedDataKey, encryptionContext, newEncryptionContext },
    signal && { signal },
  )
  if (wrapped !== undefined && checkKey !== undefined) {
    await checkKey(await unwrapContentKey(settings, envelope, encryptionContext, signal))
  }
  return wrapped
}

async function unwrapAndWrap(
  settings: Settings,
  { envelope, encryptionContext, newEncryptionContext, keyring, checkKey, signal }: Rewrapping,
): Promise<NewDataKey> {
  const dataKey = await unwrapDataKey(settings, envelope, encryptionContext, signal)
  const handedOver = dataKey.clone()
  try {
    // Only for its checks: a data key that the object does not commit to is not passed on.
    const contentKey = await contentKeyOf(settings, envelope, dataKey)
    await checkKey?.(contentKey)
    const materials = { suite: suiteOf(envelope), encryptionContext: newEncryptionContext, dataKey: handedOver }
    const given = await keyring.onEncrypt(materials, signal && { signal })
    checkSameKey(dataKey, given?.dataKey)
    return given.wrappedDataKey
  } finally {
    handedOver.zero()
    dataKey.zero()
  }
}

/** A keyring that made a new data key instead would leave an object that nobody can read. */
function checkSameKey(dataKey: DataKey, given: DataKey): void {
  const isKey = hasMethods(given, 'expose', 'zero')
  const same = isKey && equalInConstantTime(dataKey.expose(), given.expose())
  if (isKey) given.zero()
  if (!same) throw refusedMaterials('have another data key than the one that was to be wrapped')
}

/** What AWS KMS calls it when a key is not the one that wrapped this. */
const refusalsOfKms: readonly string[] = [
  'IncorrectKeyException',
  'InvalidCiphertextException',
  'AccessDeniedException',
  'NotFoundException',
]

/**
 * @throws RewrapError - the client's own key still unwraps the data key
 * @throws - whatever leaves the question open, such as a connection that broke
 */
export async function checkRotated(
  settings: Settings,
  envelope: WritingEnvelope,
  encryptionContext: EncryptionContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const dataKey = await unwrapDataKey(settings, envelope, encryptionContext, signal)
    dataKey.zero()
  } catch (error) {
    if (isRefusal(error)) return
    throw error
  }
  throw new RewrapError(
    'RotationRequired: the keyring of this client still unwraps the data key that the new keyring has wrapped: give one of another key',
  )
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof DataKeyError)) return false
  const { cause } = error
  return cause === undefined || (cause instanceof Error && refusalsOfKms.includes(cause.name))
}
