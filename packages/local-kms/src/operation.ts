/**
 * The form of an operation.
 *
 * @module
 */

import type { Place } from './find-key.ts'
import type { Input } from './input.ts'
import type { KeyStore } from './key-store.ts'
import type { KmsOperations, OperationName } from './operation-types.ts'

/** Where an operation works. */
export interface Site {
  readonly store: KeyStore
  readonly region: string
}

/** The answer to a request, or a `LocalKmsError`. */
export type Operation<Name extends OperationName> = (
  site: Site,
  input: Input,
) => KmsOperations[Name]['output'] | Promise<KmsOperations[Name]['output']>

/** The place that names of keys are looked up in. */
export function placeOf({ store, region }: Site): Place {
  return { state: store.read(), region }
}
