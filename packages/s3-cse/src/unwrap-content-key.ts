/**
 * From an envelope to the key of the body. What is not allowed is refused before any key is asked for.
 *
 * @module
 */

import { CommitmentPolicyError, type DataKey, type EncryptionContext, type EsdkError, quote } from '@esdk/cmm'
import { checkDecryptionMaterials } from './check-object-materials.ts'
import { type ContentKey, contentKeyOf } from './content-key.ts'
import { type ContentSuite, contentSuites } from './content-suite.ts'
import { type Envelope, isLegacyWrapping, v1Wrapping } from './envelope.ts'
import { NotAllowedError } from './errors.ts'
import type { Settings } from './options.ts'

/** The suite of an object. */
export function suiteOf({ content }: Envelope): ContentSuite {
  return contentSuites[content.kind]
}

/**
 * May this client read such an object?
 *
 * @throws CommitmentPolicyError - it does not commit to its key, and the policy demands that
 * @throws NotAllowedError - its body or its data key is encrypted in an old way
 */
export function checkAllowed(settings: Settings, envelope: Envelope): void {
  for (const refusal of refusals(settings, envelope)) throw refusal
}

/** All reasons for which this client does not read such an object. */
export function* refusals(settings: Settings, envelope: Envelope): Generator<EsdkError> {
  const suite = suiteOf(envelope)
  const { commitmentPolicy, readsLegacyContent, readsLegacyWrapping } = settings
  if (!suite.committing && commitmentPolicy === 'require-encrypt-require-decrypt') {
    yield new CommitmentPolicyError('decrypt', commitmentPolicy, suite.id, false)
  }
  if (suite.kind === 'cbc' && !readsLegacyContent) {
    yield new NotAllowedError(
      'the body of the object is encrypted with AES-CBC, where changes are not noticed',
      'enableLegacyUnauthenticatedModes',
    )
  }
  const { algorithm } = envelope.dataKey
  if (isLegacyWrapping(algorithm) && !readsLegacyWrapping) {
    yield new NotAllowedError(
      `the data key of the object is wrapped in an old way (${algorithm === v1Wrapping ? 'format V1' : quote(algorithm)})`,
      'enableLegacyWrappingAlgorithms',
    )
  }
}

/**
 * @throws DataKeyError, EncryptionContextError, MaterialsError - the data key is not to be had
 * @throws ObjectNotAuthenticError - the object commits to another key
 */
export async function unwrapContentKey(
  settings: Settings,
  envelope: Envelope,
  encryptionContext: EncryptionContext | undefined,
  signal: AbortSignal | undefined,
): Promise<ContentKey> {
  const dataKey = await unwrapDataKey(settings, envelope, encryptionContext, signal)
  try {
    return await contentKeyOf(settings, envelope, dataKey)
  } finally {
    dataKey.zero()
  }
}

/**
 * The data key itself. Whoever gets it zeroes it.
 *
 * @throws DataKeyError, EncryptionContextError, MaterialsError - it is not to be had
 */
export async function unwrapDataKey(
  settings: Pick<Settings, 'cmm' | 'commitmentPolicy'>,
  envelope: Envelope,
  encryptionContext: EncryptionContext | undefined,
  signal: AbortSignal | undefined,
): Promise<DataKey> {
  const request = {
    suite: suiteOf(envelope),
    encryptionContext,
    commitmentPolicy: settings.commitmentPolicy,
    wrappedDataKey: envelope.dataKey,
    ...(signal !== undefined && { signal }),
  }
  return checkDecryptionMaterials(request, await settings.cmm.decryptMaterials(request)).dataKey
}
