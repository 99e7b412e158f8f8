/**
 * Taking over what a keyring or materials manager gives: they may be anybody's code.
 *
 * @module
 */

import { isEsdkError } from '@esdk/serialize'
import { DataKey } from './data-key.ts'
import { MaterialsError } from './errors.ts'
import { hasMethods } from './keyring.ts'

/**
 * Checks with a data key of our own, the given one zeroed: nobody else can change it, or zero it, any more. When the
 * check fails, it is zeroed too, and whatever the plug-in's objects throw is the plug-in's fault.
 */
export function takingOver<Given extends { readonly dataKey: DataKey }, Checked>(
  given: Given,
  check: (ownKey: DataKey, fields: Given) => Checked,
): Checked {
  let ownKey: DataKey | undefined
  try {
    if (typeof given !== 'object' || given === null) throw refusedMaterials('are no object')
    const { dataKey } = given
    // By shape: the class of a second copy of this package is as good.
    if (!hasMethods(dataKey, 'expose', 'zero')) throw refusedMaterials('have no data key of class DataKey')
    ownKey = new DataKey(dataKey.expose())
    dataKey.zero()
    return check(ownKey, given)
  } catch (error) {
    ownKey?.zero()
    throw isEsdkError(error)
      ? error
      : new MaterialsError(`the materials cannot be used: ${String(error)}`, { cause: error })
  }
}

/** Materials that must not be used. `what` goes on from "the materials". */
export function refusedMaterials(what: string): MaterialsError {
  return new MaterialsError(`the materials ${what}: the keyring or materials manager is at fault`)
}
