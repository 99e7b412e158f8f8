/**
 * Material descriptions: pairs that a writer stores beside a wrapped data key, to tell its keys apart.
 *
 * They are not authenticated: one that was changed picks another key, which then does not unwrap.
 *
 * @module
 */

import { contextOf, copyContext, type EncryptionContext } from '@esdk/cmm'

/** A key, and how its objects are described. */
export interface DescribedKey<Key> {
  readonly materialDescription: EncryptionContext
  readonly key: Key
}

/** Which key a description picks. */
export type KeyFor<Key> = (description: EncryptionContext) => Key

const none = /* @__PURE__ */ contextOf([])

/**
 * A frozen copy; without pairs when there is none.
 *
 * @throws TypeError - not an object of strings
 */
export function checkMaterialDescription(name: string, description: EncryptionContext = none): EncryptionContext {
  return copyContext(description, name)
}

/** The same pairs, in whatever order? */
export function samePairs(a: EncryptionContext, b: EncryptionContext): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
}

/**
 * A further key is picked by its very description; the own key is for all others.
 *
 * @throws TypeError - no list, a description that is none, or one that two keys have
 */
export function keyPicker<Given extends { readonly materialDescription: EncryptionContext }, Key>(
  own: DescribedKey<Key>,
  additionalDecryptionKeys: readonly Given[] = [],
  importKey: (name: string, given: Given) => Key,
): KeyFor<Key> {
  if (!isList(additionalDecryptionKeys)) throw new TypeError('additionalDecryptionKeys must be a list')
  const further: DescribedKey<Key>[] = []
  for (const [i, given] of additionalDecryptionKeys.entries()) {
    const name = `additionalDecryptionKeys[${i}]`
    if (typeof given !== 'object' || given === null || given.materialDescription === undefined) {
      throw new TypeError(`${name} must have a materialDescription: it is what the key is found by`)
    }
    const materialDescription = checkMaterialDescription(`${name}.materialDescription`, given.materialDescription)
    if ([own, ...further].some((other) => samePairs(other.materialDescription, materialDescription))) {
      throw new TypeError(
        `${name}.materialDescription is that of another key of this keyring: objects could mean either`,
      )
    }
    further.push({ materialDescription, key: importKey(name, given) })
  }
  return (description) =>
    further.find(({ materialDescription }) => samePairs(materialDescription, description))?.key ?? own.key
}

function isList(value: unknown): boolean {
  return Array.isArray(value)
}
