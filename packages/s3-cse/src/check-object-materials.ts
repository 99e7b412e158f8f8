/**
 * The one gate for materials of keyrings and materials managers, which may be anybody's code.
 *
 * Whatever passes is a frozen copy, so that nothing can change behind the client's back.
 *
 * @module
 */

import {
  contextOf,
  copyContext,
  type EncryptionContext,
  MaterialsError,
  quote,
  refusedMaterials,
  takingOver,
} from '@esdk/cmm'
import { type ContentSuite, newDataKeyLength } from './content-suite.ts'
import type { WritingAlgorithm } from './envelope.ts'
import { checkStoredContext } from './keyrings/kms-context.ts'
import { samePairs } from './keyrings/material-description.ts'
import { describeKeyLengths, fitsKeyLength } from './keyrings/wrapping-rules.ts'
import type {
  EmptyObjectDecryptionMaterials,
  ReadyObjectDecryptionMaterials,
  ReadyObjectEncryptionMaterials,
} from './materials.ts'

type WrittenDataKey = ReadyObjectEncryptionMaterials['wrappedDataKey']

/** What materials to encrypt are asked for. */
export interface AskedToWrap {
  readonly suite: ContentSuite
  readonly encryptionContext: EncryptionContext
}

const writingAlgorithms: readonly WritingAlgorithm[] = ['kms+context', 'AES/GCM', 'RSA-OAEP-SHA1']

const noPairs = /* @__PURE__ */ contextOf([])

/**
 * A frozen copy of materials that are fit to encrypt a new object. The data key is taken over: the given one is zeroed.
 *
 * @throws MaterialsError - they are not; the data key has been zeroed
 */
export function checkEncryptionMaterials(
  asked: AskedToWrap,
  given: ReadyObjectEncryptionMaterials,
): ReadyObjectEncryptionMaterials {
  return takingOver(given, (dataKey, fields) => {
    // Each field is read once: a getter may answer differently the second time.
    const { suite, encryptionContext, wrappedDataKey } = fields
    checkSuite(asked.suite, suite)
    if (dataKey.length !== newDataKeyLength) {
      throw refusedMaterials(`have a data key of ${dataKey.length} bytes, new ones have ${newDataKeyLength}`)
    }
    const context = copyContext(encryptionContext)
    checkHolds(context, asked.encryptionContext)
    return Object.freeze({
      suite: asked.suite,
      encryptionContext: context,
      dataKey,
      wrappedDataKey: checkWrappedDataKey({ suite: asked.suite, encryptionContext: context }, wrappedDataKey),
    })
  })
}

/**
 * A frozen copy of a wrapped data key that is fit to be written: for a new object, or for one whose data key is wrapped
 * again.
 *
 * @throws MaterialsError - it is not
 */
export function checkWrappedDataKey({ suite, encryptionContext }: AskedToWrap, given: WrittenDataKey): WrittenDataKey {
  const { algorithm, ciphertext, description } = given ?? {}
  if (!writingAlgorithms.includes(algorithm)) {
    throw refusedMaterials(`have a data key wrapped with ${quote(String(algorithm))}, which is not written`)
  }
  if (!(ciphertext instanceof Uint8Array) || ciphertext.length === 0) throw refusedMaterials('have no wrapped data key')
  const copy = { algorithm, ciphertext: new Uint8Array(ciphertext), description: copyDescription(description) }
  if (algorithm === 'kms+context') checkStoredContext(copy, suite, encryptionContext)
  else if (!samePairs(encryptionContext, noPairs)) {
    throw refusedMaterials(`have an encryption context, which ${quote(algorithm)} does not authenticate`)
  }
  return Object.freeze(copy)
}

/**
 * A frozen copy of materials that are fit to decrypt what was asked for. The data key is taken over: the given one is zeroed.
 *
 * @throws MaterialsError - they are not; the data key has been zeroed
 */
export function checkDecryptionMaterials(
  asked: EmptyObjectDecryptionMaterials,
  given: ReadyObjectDecryptionMaterials,
): ReadyObjectDecryptionMaterials {
  return takingOver(given, (dataKey, fields) => {
    checkSuite(asked.suite, fields.suite)
    if (!fitsKeyLength(dataKey, asked.suite)) {
      throw refusedMaterials(
        `have a data key of ${dataKey.length} bytes, ${asked.suite.name} takes ${describeKeyLengths(asked.suite)}`,
      )
    }
    return Object.freeze({ suite: asked.suite, encryptionContext: asked.encryptionContext, dataKey })
  })
}

function copyDescription(description: EncryptionContext): EncryptionContext {
  try {
    return copyContext(description, 'description')
  } catch (cause) {
    throw new MaterialsError(`the materials have a description that cannot be used: ${String(cause)}`, { cause })
  }
}

function checkSuite(asked: ContentSuite, given: ContentSuite): void {
  if (given?.id !== asked.id) throw refusedMaterials('have another suite than was asked for')
}

function checkHolds(context: EncryptionContext, expected: EncryptionContext): void {
  for (const [key, value] of Object.entries(expected)) {
    if (!Object.hasOwn(context, key) || context[key] !== value) {
      throw refusedMaterials(`drop or change the context key ${quote(key)}`)
    }
  }
}
