/**
 * The rules of a keyring.
 *
 * Spec: framework/keyring-interface.md
 *
 * @module
 */

import { type EncryptedDataKey, isEsdkError, sameBytes } from '@esdk/serialize'
import type { Keyring } from '../keyring.ts'
import type { EmptyDecryptionMaterials, ReadyDecryptionMaterials } from '../materials.ts'
import { quote } from '../quote.ts'
import { demand, type Make, type Rule, rejectionOf, runRules } from './contract.ts'
import { type KeyringContractOptions, type KeyringSetting, rule } from './keyring-setting.ts'
import {
  bytesOf,
  cutShort,
  demandWellFormed,
  emptyKey,
  emptyToDecrypt,
  emptyToEncrypt,
  flipped,
  foreignKey,
  otherContexts,
  pictureOf,
  readyToEncrypt,
  textOf,
} from './samples.ts'

/** The rules, one by one: for a test of its own for each. */
export const keyringRules: readonly Rule<Keyring, KeyringContractOptions>[] = [
  rule('generates a data key as long as the suite takes', async ({ wrap, generates, suites }) => {
    for (const suite of generates ? suites : []) {
      const { dataKey } = await wrap(emptyToEncrypt(suite))
      const { length } = bytesOf(dataKey)
      demand(length === suite.keyLength, `it made ${length} bytes for ${suite.name}, which takes ${suite.keyLength}`)
    }
  }),

  rule('gives at least one well-formed encrypted data key', async ({ encrypts, wrapped, suites }) => {
    for (const suite of encrypts ? suites : []) {
      const { own } = await wrapped(suite)
      demand(own.length > 0, `it gave no encrypted data key of its own for ${suite.name}`)
      own.forEach(demandWellFormed)
    }
  }),

  rule(
    'hands on suite, encryption context, required keys and signature keys as they are',
    async ({ encrypts, decrypts, wrapped, unwrap, suites }) => {
      for (const suite of suites) {
        const { given, ready } = await wrapped(suite)
        if (encrypts) {
          demandSame(given, ready)
          demand(given.signingKey === ready.signingKey, 'the signing key is another')
        }
        if (!decrypts) continue
        const toDecrypt = emptyToDecrypt(suite, given.encryptionContext)
        const decrypted = await unwrap(toDecrypt, ready.encryptedDataKeys)
        demandSame(toDecrypt, decrypted)
        demand(toDecrypt.verificationKey === decrypted.verificationKey, 'the verification key is another')
        const { encryptedDataKey: used } = decrypted
        demand(
          used === undefined || ready.encryptedDataKeys.includes(used),
          'the key it has used is none of those given',
        )
      }
    },
  ),

  rule(
    'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
    async ({ encrypts, wraps, wrap, suites }) => {
      for (const suite of encrypts && wraps !== 'new' ? suites : []) {
        const given = readyToEncrypt(suite)
        const before = bytesOf(given.dataKey)
        const keysBefore = [...given.encryptedDataKeys]
        const ready = await wrap(given)
        demand(ready.dataKey === given.dataKey, 'the data key is another')
        demand(sameBytes(bytesOf(ready.dataKey), before), 'the bytes of the data key are others')
        demand(ready.encryptedDataKeys.length > keysBefore.length, 'no encrypted data key was added')
        demand(
          keysBefore.every((key, i) => ready.encryptedDataKeys[i] === key),
          'the encrypted data keys that were there are not the first, in their order',
        )
      }
    },
  ),

  rule('unwraps what it wrapped to the same bytes', async ({ wrapped, unwrap, suites }) => {
    for (const suite of suites) {
      const { given, ready } = await wrapped(suite)
      const expected = bytesOf(ready.dataKey)
      const { dataKey } = await unwrap(emptyToDecrypt(suite, given.encryptionContext), ready.encryptedDataKeys)
      demand(sameBytes(bytesOf(dataKey), expected), `another data key came back for ${suite.name}`)
    }
  }),

  rule('refuses another encryption context than it wrapped with', async ({ bindsContext, wrapped, unwrap, suite }) => {
    if (!bindsContext) return
    const { given, ready } = await wrapped(suite)
    for (const [what, context] of otherContexts(given.encryptionContext)) {
      const refused = () => unwrap(emptyToDecrypt(suite, context), ready.encryptedDataKeys)
      await rejectionOf(refused, `it unwrapped with ${what}`)
    }
  }),

  rule('skips encrypted data keys of others', async ({ decrypts, wrapped, unwrap, suite }) => {
    if (!decrypts) return
    const { given, ready, own } = await wrapped(suite)
    const keys = [foreignKey('someone'), emptyKey, ...own, foreignKey('someone else')]
    const { dataKey } = await unwrap(emptyToDecrypt(suite, given.encryptionContext), keys)
    demand(sameBytes(bytesOf(dataKey), bytesOf(ready.dataKey)), 'another data key came back')
  }),

  rule('goes on to the next key when one of its own does not open', async (setting) => {
    const { decrypts, wrapped, unwrap, suite } = setting
    if (!decrypts) return
    for (const spoil of waysToSpoil(setting)) {
      const { given, ready, own } = await wrapped(suite)
      const keys = [...own.map(spoil), ...own]
      const { dataKey } = await unwrap(emptyToDecrypt(suite, given.encryptionContext), keys)
      demand(sameBytes(bytesOf(dataKey), bytesOf(ready.dataKey)), 'another data key came back')
    }
  }),

  rule(
    'rejects with NoDataKeyError, without attempts, when no key is its own',
    async ({ decrypts, wrapped, unwrap, suite }) => {
      if (!decrypts) return
      const { given } = await wrapped(suite)
      for (const keys of [[], [foreignKey('someone'), emptyKey]]) {
        const refused = () => unwrap(emptyToDecrypt(suite, given.encryptionContext), keys)
        const attempts = attemptsOf(await rejectionOf(refused, 'it unwrapped a key of others'))
        demand(attempts.length === 0, `it tells of ${attempts.length} attempts`)
      }
    },
  ),

  rule('rejects with NoDataKeyError, with one attempt for each of its keys that does not open', async (setting) => {
    const { decrypts, wrapped, unwrap, suite } = setting
    if (!decrypts) return
    for (const spoil of waysToSpoil(setting)) {
      const { given, own } = await wrapped(suite)
      const keys = [foreignKey('someone'), ...own.map(spoil)]
      const refused = () => unwrap(emptyToDecrypt(suite, given.encryptionContext), keys)
      const attempts = attemptsOf(await rejectionOf(refused, 'it unwrapped a changed key'))
      demand(attempts.length === own.length, `it tells of ${attempts.length} attempts for ${own.length} keys`)
    }
  }),

  rule('refuses decryption materials that have a data key', async ({ decrypts, wrapped, unwrap, suite }) => {
    if (!decrypts) return
    const { given, ready } = await wrapped(suite)
    const { dataKey } = readyToEncrypt(suite)
    const materials = { ...emptyToDecrypt(suite, given.encryptionContext), dataKey }
    const refused = () => unwrap(materials as unknown as EmptyDecryptionMaterials, ready.encryptedDataKeys)
    await rejectionOf(refused, 'it replaced the data key')
  }),

  rule('leaves what it is given unchanged', async ({ encrypts, decrypts, wrap, wrapped, start, unwrap, suite }) => {
    if (encrypts) {
      const given = start(suite)
      const before = pictureOf(given, given.encryptedDataKeys)
      await wrap(given)
      demand(pictureOf(given, given.encryptedDataKeys) === before, 'it changed the encryption materials')
    }
    if (!decrypts) return
    const { given, own } = await wrapped(suite)
    const keys = [foreignKey('someone'), ...own]
    const toDecrypt = emptyToDecrypt(suite, given.encryptionContext)
    const before = pictureOf(toDecrypt, keys)
    await unwrap(toDecrypt, keys)
    demand(pictureOf(toDecrypt, keys) === before, 'it changed the decryption materials, or encrypted data keys')
  }),

  rule(
    'has a provider id that begins with "aws-kms" only if it wraps with AWS KMS',
    async ({ encrypts, usesAwsKms, wrapped, suite }) => {
      if (!encrypts) return
      const { own } = await wrapped(suite)
      for (const { providerId } of own) {
        demand(providerId.startsWith('aws-kms') === usesAwsKms, `its provider id is ${quote(providerId)}`)
      }
    },
  ),

  rule('rejects when the signal is aborted', async ({ encrypts, decrypts, wrap, wrapped, start, unwrap, suite }) => {
    const options = { signal: AbortSignal.abort(new Error('the rule has aborted')) }
    if (encrypts) await rejectionOf(() => wrap(start(suite), options), 'onEncrypt went on')
    if (!decrypts) return
    const { given, ready } = await wrapped(suite)
    const materials = emptyToDecrypt(suite, given.encryptionContext)
    await rejectionOf(() => unwrap(materials, ready.encryptedDataKeys, options), 'onDecrypt went on')
  }),

  rule('keeps calls at the same time apart', async ({ wrapped, unwrap, suites }) => {
    const calls = [...suites, ...suites].map((suite, i) => ({ suite, purpose: `call ${i}` }))
    const all = await Promise.all(calls.map(({ suite, purpose }) => wrapped(suite, purpose)))
    const back = await Promise.all(
      all.map(({ given, ready }) =>
        unwrap(emptyToDecrypt(given.suite, given.encryptionContext), ready.encryptedDataKeys),
      ),
    )
    all.forEach(({ given, ready }, i) => {
      demandSame(given, ready)
      const { dataKey } = back[i] as ReadyDecryptionMaterials
      demand(sameBytes(bytesOf(dataKey), bytesOf(ready.dataKey)), 'a call got the data key of another')
    })
  }),

  rule('makes another data key for each call', async ({ generates, wrap, suite }) => {
    if (!generates) return
    const made: Uint8Array[] = []
    for (let call = 0; call < 8; call++) {
      const bytes = bytesOf((await wrap(emptyToEncrypt(suite))).dataKey)
      demand(!made.some((other) => sameBytes(other, bytes)), 'two calls got the same data key')
      made.push(bytes)
    }
  }),

  rule('rejects what it says that it does not do', async ({ keyring, encrypts, decrypts, wraps, wrapped, suite }) => {
    const toGenerate = emptyToEncrypt(suite)
    const toWrap = readyToEncrypt(suite)
    if (!encrypts || wraps === 'given') await rejectionOf(() => keyring.onEncrypt(toGenerate), 'it made a data key')
    if (!encrypts || wraps === 'new') await rejectionOf(() => keyring.onEncrypt(toWrap), 'it wrapped a given data key')
    if (decrypts) return
    const { given, ready } = await wrapped(suite)
    const materials = emptyToDecrypt(suite, given.encryptionContext)
    await rejectionOf(() => keyring.onDecrypt(materials, ready.encryptedDataKeys), 'it unwrapped a data key')
  }),
]

/**
 * Checks all rules of a keyring. `make` is called afresh for each.
 *
 * @throws ContractError - naming every rule that is not kept
 */
export function keyringContract(make: Make<Keyring>, options?: KeyringContractOptions): Promise<void> {
  return runRules('keyring', keyringRules, make, options)
}

type Spoil = (key: EncryptedDataKey) => EncryptedDataKey

function waysToSpoil({ noticesChanges }: KeyringSetting): readonly Spoil[] {
  return noticesChanges
    ? [cutShort, (key) => flipped(key, 0), (key) => flipped(key, key.ciphertext.length - 1)]
    : [cutShort]
}

type Common = Pick<EmptyDecryptionMaterials, 'suite' | 'encryptionContext' | 'requiredContextKeys'>

function demandSame(given: Common, found: Common): void {
  demand(found.suite?.id === given.suite.id, `the suite is ${String(found.suite?.name)}, not ${given.suite.name}`)
  demand(textOf(found.encryptionContext) === textOf(given.encryptionContext), 'the encryption context is another')
  const [before, after] = [given, found].map(({ requiredContextKeys }) => [...requiredContextKeys].sort().join())
  demand(before === after, 'the required keys are others')
}

/** By code and shape: the class of a second copy of this package is as good. */
function attemptsOf(error: unknown): readonly unknown[] {
  const isOurs = isEsdkError(error) && error.code === 'ERR_ESDK_NO_DATA_KEY' && 'attempts' in error
  demand(isOurs, `it rejected with ${String(error)}`)
  return error.attempts as readonly unknown[]
}
