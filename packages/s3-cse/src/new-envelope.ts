/**
 * The envelope of a new object, and the key of its body.
 *
 * @module
 */

import type { EncryptionContext } from '@esdk/cmm'
import { checkEncryptionMaterials } from './check-object-materials.ts'
import { type GcmContentKey, newContentKey } from './content-key.ts'
import type { WritingEnvelope } from './envelope.ts'
import type { Settings } from './options.ts'

/**
 * @param length - bytes of the plaintext, where that is known
 * @throws DataKeyError, EncryptionContextError, MaterialsError - there is no data key to be had
 */
export async function newEnvelope(
  settings: Settings,
  encryptionContext: EncryptionContext,
  length: number | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly envelope: WritingEnvelope; readonly contentKey: GcmContentKey }> {
  const { suite, commitmentPolicy, cmm } = settings
  const request = {
    suite,
    commitmentPolicy,
    encryptionContext,
    ...(length !== undefined && { maxPlaintextLength: length }),
    ...(signal !== undefined && { signal }),
  }
  const { dataKey, wrappedDataKey } = checkEncryptionMaterials(request, await cmm.getEncryptionMaterials(request))
  try {
    const { contentKey, content } = await newContentKey(settings, suite, dataKey)
    const dataKeyIn = settings.writesInstructionFiles ? 'instruction-file' : 'object'
    const common = { dataKey: wrappedDataKey, dataKeyIn } as const
    const envelope: WritingEnvelope =
      content.kind === 'gcm' ? { ...common, format: 'V2', content } : { ...common, format: 'V3', content }
    return { envelope: Object.freeze(envelope), contentKey }
  } finally {
    dataKey.zero()
  }
}
