import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, type EncryptedDataKey, publicKeyContextKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { toyKeyring } from '../../test/toy-keyring.ts'
import type { CryptographicMaterialsManager, DecryptionMaterialsRequest, EncryptionMaterialsRequest } from '../cmm.ts'
import { DataKey } from '../data-key.ts'
import { defaultCmm } from '../default-cmm.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from '../materials.ts'
import { multiKeyring } from '../multi-keyring.ts'
import { requiredContextCmm } from '../required-context-cmm.ts'
import { cmmContract, cmmRules } from './cmm-rules.ts'
import type { CmmContractOptions } from './cmm-setting.ts'
import { ContractError } from './contract.ts'

/** The names of the rules that a materials manager breaks. */
async function broken(
  make: () => CryptographicMaterialsManager,
  options?: CmmContractOptions,
): Promise<readonly string[]> {
  try {
    await cmmContract(make, options)
  } catch (error) {
    if (error instanceof ContractError) return error.failures.map(({ rule }) => rule)
    throw error
  }
  return []
}

function good(): CryptographicMaterialsManager {
  return defaultCmm(toyKeyring())
}

type Change<From, To = unknown> = (from: From) => To

/** A good materials manager whose requests and answers are changed on the way. */
function changing({
  toEncrypt = (request) => request,
  encrypted = (materials) => materials,
  toDecrypt = (request) => request,
  decrypted = (materials) => materials,
}: {
  readonly toEncrypt?: Change<EncryptionMaterialsRequest, EncryptionMaterialsRequest>
  readonly encrypted?: Change<ReadyEncryptionMaterials>
  readonly toDecrypt?: Change<DecryptionMaterialsRequest, DecryptionMaterialsRequest>
  readonly decrypted?: Change<ReadyDecryptionMaterials>
}): () => CryptographicMaterialsManager {
  return () => {
    const cmm = good()
    return {
      getEncryptionMaterials: async (request) =>
        encrypted(await cmm.getEncryptionMaterials(toEncrypt(request))) as ReadyEncryptionMaterials,
      decryptMaterials: async (request) =>
        decrypted(await cmm.decryptMaterials(toDecrypt(request))) as ReadyDecryptionMaterials,
    }
  }
}

describe('a materials manager that keeps the contract', () => {
  it.each(cmmRules)('$name', ({ check }) => check(good))

  it('is the default one, around any keyring', async () => {
    await cmmContract(good)
    await cmmContract(async () => good())
    await cmmContract(() => defaultCmm(multiKeyring({ generator: toyKeyring('one'), children: [toyKeyring('two')] })))
  })

  it('is one that requires pairs of the context, which every request then has', async () => {
    const encryptionContext = { tenant: '42', region: 'eu' }
    await cmmContract(() => requiredContextCmm(good(), ['tenant', 'region']), { encryptionContext })
    await cmmContract(() => requiredContextCmm(toyKeyring(), ['tenant']), { encryptionContext })
    await cmmContract(() => requiredContextCmm(requiredContextCmm(toyKeyring(), ['region']), ['tenant']), {
      encryptionContext,
    })
  })

  it('may take some suites and refuse others', async () => {
    const unsigned = changing({
      toEncrypt: (request) => {
        if (request.suite?.signature.kind === 'ecdsa') throw new Error('not for suites that sign')
        return request
      },
    })
    await cmmContract(unsigned, { suites: [0x0014, 0x0178, 0x0478] })
    expect(await broken(unsigned, { suites: [0x0178, 0x0578] })).toContain('keeps the suite that was asked for')
  })

  it('is made afresh for each rule', async () => {
    let made = 0
    await cmmContract(() => {
      made++
      return good()
    })
    expect(made).toBe(cmmRules.length)
  })
})

describe('a materials manager that breaks a rule is found by that rule', () => {
  const permissive = 'require-encrypt-allow-decrypt'

  const managers: readonly (readonly [rule: string, fault: string, make: () => CryptographicMaterialsManager])[] = [
    [
      'keeps the suite that was asked for',
      'it always takes that of the policy',
      changing({ toEncrypt: ({ suite: _, ...request }) => request }),
    ],
    [
      'keeps the suite that was asked for',
      'it leaves it out',
      changing({ encrypted: ({ suite: _, ...materials }) => materials }),
    ],
    [
      'chooses a suite that the commitment policy allows',
      'it chooses one that does not commit, whatever the policy',
      changing({
        toEncrypt: (request) =>
          request.suite === undefined
            ? { ...request, commitmentPolicy: 'forbid-encrypt-allow-decrypt', suite: algorithmSuite(0x0378) }
            : request,
      }),
    ],
    [
      'gives a data key as long as the suite takes',
      'it is a byte longer',
      changing({
        encrypted: (materials) => ({
          ...materials,
          dataKey: new DataKey(Uint8Array.of(...materials.dataKey.expose(), 1)),
        }),
      }),
    ],
    [
      'gives a data key as long as the suite takes',
      'there is none',
      changing({ encrypted: ({ dataKey: _, ...materials }) => materials }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'there is none',
      changing({ encrypted: (materials) => ({ ...materials, encryptedDataKeys: [] }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'there is no list',
      changing({ encrypted: ({ encryptedDataKeys: _, ...materials }) => materials }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'one is half there',
      changing({
        encrypted: (materials) => ({
          ...materials,
          encryptedDataKeys: [...materials.encryptedDataKeys, { providerId: 'x' } as EncryptedDataKey],
        }),
      }),
    ],
    [
      'gives a signing key, and its public key in the context, if and only if the suite signs',
      'there is no signing key',
      changing({ encrypted: ({ signingKey: _, ...materials }) => materials }),
    ],
    [
      'gives a signing key, and its public key in the context, if and only if the suite signs',
      'it is that of another curve',
      () => {
        const cmm = good()
        return {
          ...cmm,
          async getEncryptionMaterials(request) {
            const materials = await cmm.getEncryptionMaterials(request)
            const signingKey = materials.signingKey && (await defaultBackend.ecdsa.generateKey('P-256'))
            return { ...materials, ...(signingKey && { signingKey }) }
          },
        }
      },
    ],
    [
      'gives a signing key, and its public key in the context, if and only if the suite signs',
      'there is one for every suite',
      changing({
        encrypted: (materials) => ({
          ...materials,
          signingKey: materials.signingKey ?? { curve: 'P-256', publicKey: new Uint8Array(33) },
        }),
      }),
    ],
    [
      'gives a signing key, and its public key in the context, if and only if the suite signs',
      'the context has another public key',
      changing({
        encrypted: (materials) => ({
          ...materials,
          encryptionContext: contextOf([
            ...Object.entries(materials.encryptionContext),
            ...(materials.signingKey ? [[publicKeyContextKey, 'AAAA'] as const] : []),
          ]),
        }),
      }),
    ],
    [
      'gives a signing key, and its public key in the context, if and only if the suite signs',
      'the context has a public key for every suite',
      changing({
        encrypted: (materials) => ({
          ...materials,
          encryptionContext: contextOf([[publicKeyContextKey, 'AAAA'], ...Object.entries(materials.encryptionContext)]),
        }),
      }),
    ],
    [
      'keeps the pairs that were asked for',
      'it drops them',
      changing({ toEncrypt: (request) => ({ ...request, encryptionContext: contextOf([]) }) }),
    ],
    [
      'keeps the pairs that were asked for',
      'it takes names of object members for members',
      changing({
        toEncrypt: (request) => ({
          ...request,
          encryptionContext: contextOf(
            Object.entries(request.encryptionContext).filter(([key]) => !(key in Object.prototype)),
          ),
        }),
      }),
    ],
    [
      'keeps the required keys out of the message',
      'it does not hand them on',
      changing({ toEncrypt: ({ requiredContextKeys: _, ...request }) => request }),
    ],
    [
      'keeps the required keys out of the message',
      'it requires keys that have no pair',
      changing({
        encrypted: (materials) => ({
          ...materials,
          requiredContextKeys: new Set([...materials.requiredContextKeys, 'nowhere']),
        }),
      }),
    ],
    [
      'refuses to encrypt with a suite that the commitment policy forbids',
      'it takes any',
      changing({
        toEncrypt: (request) =>
          request.suite === undefined
            ? request
            : {
                ...request,
                commitmentPolicy: request.suite.committing ? permissive : 'forbid-encrypt-allow-decrypt',
              },
      }),
    ],
    [
      'refuses to decrypt with a suite that the commitment policy forbids',
      'it takes any',
      changing({ toDecrypt: (request) => ({ ...request, commitmentPolicy: permissive }) }),
    ],
    [
      'gives suite and data key again to decrypt',
      'it gives another suite',
      changing({ decrypted: (materials) => ({ ...materials, suite: algorithmSuite(0x0478) }) }),
    ],
    [
      'gives suite and data key again to decrypt',
      'it gives another data key',
      changing({
        decrypted: (materials) => ({
          ...materials,
          dataKey: new DataKey(materials.dataKey.expose().map((byte) => byte ^ 1)),
        }),
      }),
    ],
    [
      'gives the verification key of the context if and only if the suite signs',
      'there is none',
      changing({ decrypted: ({ verificationKey: _, ...materials }) => materials }),
    ],
    [
      'gives the verification key of the context if and only if the suite signs',
      'it is not that of the context',
      changing({
        decrypted: (materials) => ({
          ...materials,
          ...(materials.verificationKey && {
            verificationKey: { ...materials.verificationKey, publicKey: new Uint8Array(49) },
          }),
        }),
      }),
    ],
    [
      'refuses a public key that is missing, or that the suite has no use for',
      'it does not mind one that is of no use',
      changing({
        toDecrypt: (request) =>
          request.suite.signature.kind === 'ecdsa'
            ? request
            : {
                ...request,
                encryptionContext: contextOf(
                  Object.entries(request.encryptionContext).filter(([key]) => key !== publicKeyContextKey),
                ),
              },
      }),
    ],
    [
      'takes pairs that are given again and are in the message',
      'it refuses whatever is given again',
      changing({
        toDecrypt: (request) => {
          if (Object.keys(request.reproducedContext ?? {}).length > 0) throw new Error('nothing may be given again')
          return request
        },
      }),
    ],
    [
      'takes pairs that are given again and are in the message',
      'it requires them',
      changing({
        decrypted: (materials) => ({
          ...materials,
          requiredContextKeys: new Set(Object.keys(materials.encryptionContext)),
        }),
      }),
    ],
    [
      'refuses pairs that are given again with another value',
      'it takes those of the message',
      changing({
        toDecrypt: (request) => ({
          ...request,
          reproducedContext: { ...request.reproducedContext, ...request.encryptionContext },
        }),
      }),
    ],
    [
      'adds pairs that are given again and are not in the message, and requires them',
      'it drops them afterwards',
      changing({
        decrypted: (materials) => ({
          ...materials,
          encryptionContext: contextOf(
            Object.entries(materials.encryptionContext).filter(([key]) => !materials.requiredContextKeys.has(key)),
          ),
          requiredContextKeys: new Set(),
        }),
      }),
    ],
    [
      'adds pairs that are given again and are not in the message, and requires them',
      'it does not require them, so that nothing authenticates them',
      changing({ decrypted: (materials) => ({ ...materials, requiredContextKeys: new Set() }) }),
    ],
    [
      'adds pairs that are given again and are not in the message, and requires them',
      'it requires keys that have no pair',
      changing({
        decrypted: (materials) => ({
          ...materials,
          requiredContextKeys: new Set([...materials.requiredContextKeys, 'nowhere']),
        }),
      }),
    ],
    [
      'refuses a message none of whose keys it can unwrap',
      'it makes a data key up',
      () => {
        const cmm = good()
        return {
          ...cmm,
          decryptMaterials: (request) =>
            cmm.decryptMaterials(request).catch((error: unknown) => {
              if ((error as { code?: string }).code !== 'ERR_ESDK_NO_DATA_KEY') throw error
              return {
                suite: request.suite,
                encryptionContext: request.encryptionContext,
                requiredContextKeys: new Set<string>(),
                dataKey: new DataKey(new Uint8Array(request.suite.keyLength)),
              }
            }),
        }
      },
    ],
    [
      'leaves requests unchanged',
      'it takes the required keys out of the request to encrypt',
      () => {
        const cmm = good()
        return {
          ...cmm,
          async getEncryptionMaterials(request) {
            const { requiredContextKeys = new Set<string>() } = request
            const materials = await cmm.getEncryptionMaterials({
              ...request,
              requiredContextKeys: new Set(requiredContextKeys),
            })
            ;(requiredContextKeys as Set<string>).clear()
            return materials
          },
        }
      },
    ],
    [
      'leaves requests unchanged',
      'it zeroes a key of the request to decrypt',
      () => {
        const cmm = good()
        return {
          ...cmm,
          async decryptMaterials(request) {
            const materials = await cmm.decryptMaterials(request)
            request.encryptedDataKeys[0]?.ciphertext.fill(0)
            return materials
          },
        }
      },
    ],
    [
      'gives each call a data key that can be zeroed without harm to another',
      'it hands out one and the same',
      () => {
        const cmm = good()
        const known = new Map<string, Promise<ReadyEncryptionMaterials>>()
        return {
          ...cmm,
          getEncryptionMaterials(request) {
            if (request.signal !== undefined) return cmm.getEncryptionMaterials(request)
            const { suite, commitmentPolicy, encryptionContext, requiredContextKeys = [] } = request
            const id = JSON.stringify([suite?.id, commitmentPolicy, encryptionContext, [...requiredContextKeys]])
            const materials = known.get(id) ?? cmm.getEncryptionMaterials(request)
            known.set(id, materials)
            return materials
          },
        }
      },
    ],
    [
      'gives each call a data key that can be zeroed without harm to another',
      'it hands out the zeroes of the call before',
      () => {
        const cmm = good()
        const unwrapped = new WeakMap<object, ReadyDecryptionMaterials>()
        return {
          ...cmm,
          async decryptMaterials(request) {
            const [key] = request.encryptedDataKeys
            const materials = (key && unwrapped.get(key)) ?? (await cmm.decryptMaterials(request))
            if (key !== undefined && request.signal === undefined) unwrapped.set(key, materials)
            return materials
          },
        }
      },
    ],
    [
      'keeps calls at the same time apart',
      'it answers the last request to encrypt',
      () => {
        const cmm = good()
        let current: Promise<ReadyEncryptionMaterials>
        return {
          ...cmm,
          async getEncryptionMaterials(request) {
            current = cmm.getEncryptionMaterials(request)
            await Promise.resolve()
            return current
          },
        }
      },
    ],
    [
      'keeps calls at the same time apart',
      'it answers the last request to decrypt',
      () => {
        const cmm = good()
        let current: Promise<ReadyDecryptionMaterials>
        return {
          ...cmm,
          async decryptMaterials(request) {
            current = cmm.decryptMaterials(request)
            await Promise.resolve()
            return current
          },
        }
      },
    ],
    [
      'rejects when the signal is aborted',
      'it encrypts without it',
      changing({ toEncrypt: ({ signal: _, ...request }) => request }),
    ],
    [
      'rejects when the signal is aborted',
      'it decrypts without it',
      changing({ toDecrypt: ({ signal: _, ...request }) => request }),
    ],
  ]

  it.each(managers)('%s: %s', async (rule, _, make) => {
    expect(await broken(make)).toContain(rule)
  })

  it('names each rule with a fault at least once', () => {
    const shown = new Set(managers.map(([rule]) => rule))
    expect(cmmRules.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([])
  })

  it('is told with all that it breaks', async () => {
    const refusing: CryptographicMaterialsManager = {
      getEncryptionMaterials: () => Promise.reject(new Error('closed today')),
      decryptMaterials: () => Promise.reject(new Error('closed today')),
    }
    const error = (await cmmContract(() => refusing).catch((reason: unknown) => reason)) as ContractError
    expect(error.message.split('\n')[0]).toBe(
      `the materials manager breaks ${error.failures.length} of ${cmmRules.length} rules`,
    )
    expect(error.message).toContain('- it keeps the suite that was asked for: closed today')
  })
})
