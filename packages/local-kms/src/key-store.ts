/**
 * Where the keys are: in memory, or in a file that other processes may use as well.
 *
 * @module
 */

import { KeyFileError, keyFileIdentity, readKeyFile, writeKeyFile } from './key-file.ts'
import type { KeyState } from './key-state.ts'

export interface KeyStore {
  /** What is known now. */
  read(): KeyState
  /** Has the change in the file when it returns; if that fails, nothing has changed. */
  change(make: (state: KeyState) => KeyState): void
}

export interface KeyStoreOptions {
  /** Made if it is not there. Without one, keys are gone with the process. */
  readonly keyFile?: string | undefined
  /** Default: that of the key file, or 111122223333. */
  readonly accountId?: string | undefined
}

const defaultAccountId = '111122223333'

/** @throws KeyFileError - the file holds something else, or keys of another account */
export function openKeyStore({ keyFile, accountId }: KeyStoreOptions): KeyStore {
  if (accountId !== undefined && !/^\d{12}$/.test(accountId)) {
    throw new TypeError(`accountId must be 12 digits, found ${JSON.stringify(accountId)}`)
  }
  const empty = { accountId: accountId ?? defaultAccountId, keys: [], aliases: [] }
  return keyFile === undefined ? inMemory(empty) : inFile(keyFile, empty, accountId)
}

function inMemory(initial: KeyState): KeyStore {
  let state = initial
  return {
    read: () => state,
    change(make) {
      state = make(state)
    },
  }
}

function inFile(path: string, empty: KeyState, accountId: string | undefined): KeyStore {
  if (keyFileIdentity(path) === undefined) writeKeyFile(path, empty)
  let state = readKeyFile(path)
  let identity = keyFileIdentity(path)
  if (accountId !== undefined && state.accountId !== accountId) {
    throw new KeyFileError(`${JSON.stringify(path)} has keys of the account ${state.accountId}, not ${accountId}`)
  }

  function read(): KeyState {
    const now = keyFileIdentity(path)
    if (now !== identity) {
      state = readKeyFile(path)
      identity = now
    }
    return state
  }

  return {
    read,
    change(make) {
      const changed = make(read())
      writeKeyFile(path, changed)
      state = changed
      identity = keyFileIdentity(path)
    },
  }
}
