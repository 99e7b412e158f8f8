/**
 * The rules of a cryptographic materials manager.
 *
 * Spec: framework/cmm-interface.md
 *
 * @module
 */

import {
  type AlgorithmSuite,
  contextOf,
  type EncryptionContext,
  encodeBase64,
  formatSuiteId,
  publicKeyContextKey,
  sameBytes,
} from '@esdk/serialize'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from '../cmm.ts'
import { type CommitmentPolicy, commitmentPolicies, defaultSuite } from '../commitment-policy.ts'
import type { ReadyDecryptionMaterials } from '../materials.ts'
import { quote } from '../quote.ts'
import { type CmmContractOptions, rule, storedPairs } from './cmm-setting.ts'
import { demand, type Make, type Rule, rejectionOf, runRules } from './contract.ts'
import { bytesOf, demandWellFormed, foreignKey } from './samples.ts'

/** The rules, one by one: for a test of its own for each. */
export const cmmRules: readonly Rule<CryptographicMaterialsManager, CmmContractOptions>[] = [
  rule('keeps the suite that was asked for', async ({ encrypt, suites }) => {
    for (const suite of suites) {
      const found = await encrypt({ suite })
      demand(found.suite?.id === suite.id, `it gave ${nameOf(found.suite)} for ${suite.name}`)
    }
  }),

  rule('chooses a suite that the commitment policy allows', async ({ encrypt, suites }) => {
    for (const commitmentPolicy of commitmentPolicies) {
      if (!suites.includes(defaultSuite(commitmentPolicy))) continue
      const { suite } = await encrypt({ commitmentPolicy })
      demand(mayEncrypt(commitmentPolicy, suite), `it chose ${nameOf(suite)} under '${commitmentPolicy}'`)
    }
  }),

  rule('gives a data key as long as the suite takes', async ({ encrypt, suites }) => {
    for (const suite of suites) {
      const { length } = bytesOf((await encrypt({ suite })).dataKey)
      demand(length === suite.keyLength, `it gave ${length} bytes for ${suite.name}, which takes ${suite.keyLength}`)
    }
  }),

  rule('gives at least one well-formed encrypted data key', async ({ encrypt, suites }) => {
    for (const suite of suites) {
      const { encryptedDataKeys } = await encrypt({ suite })
      demand(encryptedDataKeys?.length > 0, `it gave no encrypted data key for ${suite.name}`)
      encryptedDataKeys.forEach(demandWellFormed)
    }
  }),

  rule(
    'gives a signing key, and its public key in the context, if and only if the suite signs',
    async ({ encrypt, suites }) => {
      for (const suite of suites) {
        const { signingKey, encryptionContext } = await encrypt({ suite })
        demandPublicKey(suite, signingKey, encryptionContext, 'signing key')
      }
    },
  ),

  rule('keeps the pairs that were asked for', async ({ encrypt, suite }) => {
    const asked = { 'esdk-contract': 'kept', ключ: 'значение', toString: '' }
    const { encryptionContext } = await encrypt({ suite, encryptionContext: contextOf(Object.entries(asked)) })
    for (const [key, value] of Object.entries(asked)) {
      demand(encryptionContext[key] === value, `the pair ${quote(key)} is missing, or has another value`)
    }
  }),

  rule('keeps the required keys out of the message', async ({ encrypt, suite }) => {
    const requiredContextKeys = new Set(['esdk-contract'])
    const found = await encrypt({ suite, requiredContextKeys })
    demand(found.requiredContextKeys.has('esdk-contract'), 'a required key that was asked for is not required')
    for (const key of found.requiredContextKeys) {
      demand(key in found.encryptionContext, `the required key ${quote(key)} has no value`)
    }
  }),

  rule('refuses to encrypt with a suite that the commitment policy forbids', async ({ encrypt, suites }) => {
    for (const commitmentPolicy of commitmentPolicies) {
      for (const suite of suites) {
        if (mayEncrypt(commitmentPolicy, suite)) continue
        const refused = () => encrypt({ commitmentPolicy, suite })
        await rejectionOf(refused, `it gave materials of ${suite.name} under '${commitmentPolicy}'`)
      }
    }
  }),

  rule('refuses to decrypt with a suite that the commitment policy forbids', async ({ encrypt, decrypt, suites }) => {
    const commitmentPolicy = 'require-encrypt-require-decrypt'
    for (const suite of suites) {
      if (suite.committing) continue
      const encrypted = await encrypt({ suite })
      const refused = () => decrypt(encrypted, { commitmentPolicy })
      await rejectionOf(refused, `it gave materials of ${suite.name} under '${commitmentPolicy}'`)
    }
  }),

  rule('gives suite and data key again to decrypt', async ({ encrypt, decrypt, suites }) => {
    for (const suite of suites) {
      const encrypted = await encrypt({ suite })
      const expected = bytesOf(encrypted.dataKey)
      const decrypted = await decrypt(encrypted)
      demand(decrypted.suite?.id === suite.id, `it gave ${nameOf(decrypted.suite)} for ${suite.name}`)
      demand(sameBytes(bytesOf(decrypted.dataKey), expected), `another data key came back for ${suite.name}`)
    }
  }),

  rule(
    'gives the verification key of the context if and only if the suite signs',
    async ({ encrypt, decrypt, suites }) => {
      for (const suite of suites) {
        const { verificationKey, encryptionContext } = await decrypt(await encrypt({ suite }))
        demandPublicKey(suite, verificationKey, encryptionContext, 'verification key')
      }
    },
  ),

  rule(
    'refuses a public key that is missing, or that the suite has no use for',
    async ({ encrypt, decrypt, suites }) => {
      for (const suite of suites) {
        const encrypted = await encrypt({ suite })
        const stored = storedPairs(encrypted)
        const signs = suite.signature.kind !== 'none'
        const encryptionContext = signs
          ? contextOf(stored.filter(([key]) => key !== publicKeyContextKey))
          : contextOf([...stored, [publicKeyContextKey, 'AAAA']])
        const refused = () => decrypt(encrypted, { encryptionContext })
        await rejectionOf(refused, `it took a context ${signs ? 'without' : 'with'} a public key for ${suite.name}`)
      }
    },
  ),

  rule('takes pairs that are given again and are in the message', async ({ encrypt, decrypt, suite }) => {
    const decrypted = await decrypt(await encrypt({ suite }), { reproduced: { 'esdk-contract': 'rule' } })
    demand(decrypted.encryptionContext['esdk-contract'] === 'rule', 'the pair is missing, or has another value')
    demand(!decrypted.requiredContextKeys.has('esdk-contract'), 'it requires a pair that is in the message')
  }),

  rule('refuses pairs that are given again with another value', async ({ encrypt, decrypt, suite }) => {
    const encrypted = await encrypt({ suite })
    for (const value of ['another', '', 'RULE']) {
      const refused = () => decrypt(encrypted, { reproduced: { 'esdk-contract': value } })
      await rejectionOf(refused, 'it gave materials for another value than the message has')
    }
  }),

  rule(
    'adds pairs that are given again and are not in the message, and requires them',
    async ({ encrypt, decrypt, suite }) => {
      const encrypted = await encrypt({ suite, requiredContextKeys: new Set(['esdk-contract']) })
      const decrypted = await decrypt(encrypted, { reproduced: { 'esdk-contract': 'rule' } })
      demand(decrypted.encryptionContext['esdk-contract'] === 'rule', 'the pair is missing, or has another value')
      demand(decrypted.requiredContextKeys.has('esdk-contract'), 'the added pair is not required')
      for (const key of decrypted.requiredContextKeys) {
        demand(key in decrypted.encryptionContext, `the required key ${quote(key)} has no value`)
      }
    },
  ),

  rule('refuses a message none of whose keys it can unwrap', async ({ encrypt, decrypt, suite }) => {
    const encrypted = await encrypt({ suite })
    for (const encryptedDataKeys of [[], [foreignKey('someone')]]) {
      await rejectionOf(() => decrypt(encrypted, { encryptedDataKeys }), 'it gave materials without any key')
    }
  }),

  rule('leaves requests unchanged', async ({ encryptionRequest, decryptionRequest, cmm, suite }) => {
    const toEncrypt = encryptionRequest({ suite, requiredContextKeys: new Set(['esdk-contract']) })
    const before = pictureOf(toEncrypt)
    const encrypted = await cmm.getEncryptionMaterials(toEncrypt)
    demand(pictureOf(toEncrypt) === before, 'it changed the request to encrypt')
    const toDecrypt = decryptionRequest(encrypted, { reproduced: { 'esdk-contract': 'rule' } })
    const beforeDecryption = pictureOf(toDecrypt)
    await cmm.decryptMaterials(toDecrypt)
    demand(pictureOf(toDecrypt) === beforeDecryption, 'it changed the request to decrypt')
  }),

  rule('gives each call a data key that can be zeroed without harm to another', async ({ encrypt, decrypt, suite }) => {
    const first = await encrypt({ suite })
    const expected = bytesOf(first.dataKey)
    first.dataKey.zero()
    const again = await decrypt(first)
    demand(sameBytes(bytesOf(again.dataKey), expected), 'the data key of the message came back as another')
    again.dataKey.zero()
    const third = await decrypt(first)
    demand(sameBytes(bytesOf(third.dataKey), expected), 'the data key of the message came back as another')
    const other = bytesOf((await encrypt({ suite })).dataKey)
    demand(
      other.some((byte) => byte !== 0),
      'a data key is zero',
    )
  }),

  rule('keeps calls at the same time apart', async ({ encrypt, decrypt, suites }) => {
    const calls = [...suites, ...suites].map((suite, i) => ({
      suite,
      encryptionContext: contextOf([['esdk-contract', `call ${i}`]]),
    }))
    const encrypted = await Promise.all(calls.map((call) => encrypt(call)))
    const decrypted = await Promise.all(encrypted.map((materials) => decrypt(materials)))
    encrypted.forEach((materials, i) => {
      const { suite, encryptionContext } = calls[i] as (typeof calls)[number]
      const back = decrypted[i] as ReadyDecryptionMaterials
      demand(materials.suite?.id === suite.id, 'a call got the suite of another')
      demand(
        materials.encryptionContext['esdk-contract'] === encryptionContext['esdk-contract'],
        'a call got the encryption context of another',
      )
      demand(sameBytes(bytesOf(back.dataKey), bytesOf(materials.dataKey)), 'a call got the data key of another')
    })
  }),

  rule('rejects when the signal is aborted', async ({ encrypt, decrypt, suite }) => {
    const signal = AbortSignal.abort(new Error('the rule has aborted'))
    await rejectionOf(() => encrypt({ suite, signal }), 'getEncryptionMaterials went on')
    const encrypted = await encrypt({ suite })
    await rejectionOf(() => decrypt(encrypted, { signal }), 'decryptMaterials went on')
  }),
]

/**
 * Checks all rules of a materials manager. `make` is called afresh for each.
 *
 * @throws ContractError - naming every rule that is not kept
 */
export function cmmContract(make: Make<CryptographicMaterialsManager>, options?: CmmContractOptions): Promise<void> {
  return runRules('materials manager', cmmRules, make, options)
}

function mayEncrypt(policy: CommitmentPolicy, suite: AlgorithmSuite | undefined): boolean {
  return suite?.committing === (policy !== 'forbid-encrypt-allow-decrypt')
}

function demandPublicKey(
  { signature, name }: AlgorithmSuite,
  key: { readonly curve: string; readonly publicKey: Uint8Array } | undefined,
  context: EncryptionContext,
  what: string,
): void {
  const stored = context[publicKeyContextKey]
  if (signature.kind === 'none') {
    demand(key === undefined, `there is a ${what} for ${name}, which does not sign`)
    demand(stored === undefined, `there is a public key in the context for ${name}, which does not sign`)
    return
  }
  demand(key !== undefined, `there is no ${what} for ${name}, which signs`)
  demand(key.curve === signature.curve, `the ${what} for ${name} is one of ${key.curve}`)
  demand(stored === encodeBase64(key.publicKey), `the public key in the context is not that of the ${what}`)
}

function nameOf(suite: AlgorithmSuite | undefined): string {
  return suite?.id === undefined ? 'no suite' : `${suite.name} (${formatSuiteId(suite.id)})`
}

/** All that a materials manager could change in a request, to compare before and after. */
function pictureOf(request: EncryptionMaterialsRequest | DecryptionMaterialsRequest): string {
  return JSON.stringify(
    Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1)),
    (_, value: unknown): unknown => {
      if (value instanceof Set) return [...(value as Set<unknown>)]
      return value instanceof Uint8Array ? Array.from(value) : value
    },
  )
}
