import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, type EncryptedDataKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { toyKeyring } from '../../test/toy-keyring.ts'
import { DataKey } from '../data-key.ts'
import { KeyringError, NoDataKeyError } from '../errors.ts'
import type { Keyring } from '../keyring.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from '../materials.ts'
import { multiKeyring } from '../multi-keyring.ts'
import { ContractError } from './contract.ts'
import { keyringContract, keyringRules } from './keyring-rules.ts'
import type { KeyringContractOptions } from './keyring-setting.ts'

/** The names of the rules that a keyring breaks. */
async function broken(make: () => Keyring, options?: KeyringContractOptions): Promise<readonly string[]> {
  try {
    await keyringContract(make, options)
  } catch (error) {
    if (error instanceof ContractError) return error.failures.map(({ rule }) => rule)
    throw error
  }
  return []
}

/** A toy keyring whose answers are changed. */
function answering({
  encrypted = (ready) => ready,
  decrypted = (ready) => ready,
}: {
  readonly encrypted?: (ready: ReadyEncryptionMaterials) => unknown
  readonly decrypted?: (ready: ReadyDecryptionMaterials) => unknown
}): () => Keyring {
  return () => {
    const toy = toyKeyring()
    return {
      onEncrypt: async (...call) => encrypted(await toy.onEncrypt(...call)) as ReadyEncryptionMaterials,
      onDecrypt: async (...call) => decrypted(await toy.onDecrypt(...call)) as ReadyDecryptionMaterials,
    }
  }
}

/** A toy keyring one of whose methods is another. */
function withMethod(change: (toy: Keyring) => Partial<Keyring>): () => Keyring {
  return () => {
    const toy = toyKeyring()
    return { ...toy, ...change(toy) }
  }
}

function ownKey(key: EncryptedDataKey): boolean {
  return key.providerId === 'toy-toy'
}

function lastChanged(ready: ReadyEncryptionMaterials, changes: Partial<EncryptedDataKey>): ReadyEncryptionMaterials {
  const keys = [...ready.encryptedDataKeys]
  const last = keys.pop() as EncryptedDataKey
  const encryptedDataKeys = [
    ...keys,
    { ...last, ...changes },
  ] as unknown as ReadyEncryptionMaterials['encryptedDataKeys']
  return { ...ready, encryptedDataKeys }
}

describe('a keyring that keeps the contract', () => {
  it.each(keyringRules)('$name', ({ check }) => check(() => toyKeyring()))

  it('passes as a whole, made at once or by and by', async () => {
    await keyringContract(() => toyKeyring())
    await keyringContract(async () => toyKeyring())
  })

  it('is made afresh for each rule', async () => {
    let made = 0
    await keyringContract(() => {
      made++
      return toyKeyring()
    })
    expect(made).toBe(keyringRules.length)
  })

  it('may be a multi-keyring, with a generator or without', async () => {
    const children = () => [toyKeyring('one'), toyKeyring('two')]
    await keyringContract(() => multiKeyring({ generator: toyKeyring(), children: children() }), { wraps: 'new' })
    await keyringContract(() => multiKeyring({ generator: toyKeyring() }), { wraps: 'new' })
    await keyringContract(() => multiKeyring({ children: children() }), { wraps: 'given' })
  })

  it('may only encrypt, or only decrypt, with a partner for the other half', async () => {
    const refuse = () => Promise.reject(new KeyringError('not by this keyring'))
    const partner = () => toyKeyring()
    const options = { partner } as const
    await keyringContract(() => ({ ...toyKeyring(), onDecrypt: refuse }), { does: 'encrypt', ...options })
    await keyringContract(() => ({ ...toyKeyring(), onEncrypt: refuse }), { does: 'decrypt', ...options })
  })

  it('may take some suites and refuse others', async () => {
    const picky = withMethod((toy) => ({
      async onEncrypt(materials, options) {
        if (materials.signingKey !== undefined) throw new KeyringError('not for suites that sign')
        return toy.onEncrypt(materials, options)
      },
    }))
    await keyringContract(picky, { suites: [0x0014, 0x0146, 0x0478] })
    expect(await broken(picky, { suites: [0x0578] })).toContain('unwraps what it wrapped to the same bytes')
  })

  it('may leave the context aside, and changes unnoticed, if it says so', async () => {
    // Wraps by turning bits around, as nobody should: it notices a key that is cut short, and nothing else.
    const turned = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff)
    const careless = (): Keyring => {
      const toy = toyKeyring()
      return {
        async onEncrypt(materials, options) {
          const ready = await toy.onEncrypt(materials, options)
          return lastChanged(ready, { ciphertext: turned(ready.dataKey.expose()) })
        },
        async onDecrypt(materials, keys, options) {
          options?.signal?.throwIfAborted()
          if ('dataKey' in materials) throw new KeyringError('there is a data key already')
          const own = keys.filter(ownKey)
          const fit = own.find(({ ciphertext }) => ciphertext.length === materials.suite.keyLength)
          if (fit === undefined) throw new NoDataKeyError(keys, own)
          return { ...materials, dataKey: new DataKey(turned(fit.ciphertext)) }
        },
      }
    }
    await keyringContract(careless, { bindsContext: false, noticesChanges: false })
    expect(await broken(careless, { noticesChanges: false })).toEqual([
      'refuses another encryption context than it wrapped with',
    ])
    expect(await broken(careless, { bindsContext: false })).toEqual([
      'goes on to the next key when one of its own does not open',
      'rejects with NoDataKeyError, with one attempt for each of its keys that does not open',
    ])
  })

  it('may wrap with AWS KMS, if it says so', async () => {
    const inner = () => toyKeyring()
    const kms = (): Keyring => {
      const toy = inner()
      return {
        onEncrypt: async (...call) => lastChanged(await toy.onEncrypt(...call), { providerId: 'aws-kms' }),
        onDecrypt: (materials, keys, options) => {
          const theirs = keys.map((key) => (key.providerId === 'aws-kms' ? { ...key, providerId: 'toy-toy' } : key))
          return toy.onDecrypt(materials, theirs, options).then(({ encryptedDataKey: _, ...ready }) => ready)
        },
      }
    }
    await keyringContract(kms, { usesAwsKms: true })
    const rule = 'has a provider id that begins with "aws-kms" only if it wraps with AWS KMS'
    expect(await broken(kms)).toEqual([rule])
    expect(await broken(inner, { usesAwsKms: true })).toEqual([rule])
  })
})

describe('a keyring that breaks a rule is found by that rule', () => {
  const keyrings: readonly (readonly [rule: string, fault: string, make: () => Keyring])[] = [
    [
      'generates a data key as long as the suite takes',
      'it is a byte short',
      answering({ encrypted: (ready) => ({ ...ready, dataKey: new DataKey(ready.dataKey.expose().subarray(1)) }) }),
    ],
    [
      'generates a data key as long as the suite takes',
      'there is none',
      answering({ encrypted: ({ dataKey: _, ...ready }) => ready }),
    ],
    [
      'generates a data key as long as the suite takes',
      'it is bytes, not a DataKey',
      answering({ encrypted: (ready) => ({ ...ready, dataKey: ready.dataKey.expose() }) }),
    ],
    [
      'generates a data key as long as the suite takes',
      'it is zeroed already',
      answering({
        encrypted: (ready) => {
          ready.dataKey.zero()
          return ready
        },
      }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'there is none',
      answering({ encrypted: (ready) => ({ ...ready, encryptedDataKeys: [] }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'there is no list',
      answering({ encrypted: (ready) => ({ ...ready, encryptedDataKeys: undefined }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'one is null',
      answering({ encrypted: (ready) => ({ ...ready, encryptedDataKeys: [...ready.encryptedDataKeys, null] }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'its ciphertext is text',
      answering({ encrypted: (ready) => lastChanged(ready, { ciphertext: 'abc' as unknown as Uint8Array }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'its provider info is an array',
      answering({ encrypted: (ready) => lastChanged(ready, { providerInfo: [1, 2] as unknown as Uint8Array }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'its provider id is bytes',
      answering({ encrypted: (ready) => lastChanged(ready, { providerId: new Uint8Array(3) as unknown as string }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'its provider id has 65536 bytes in UTF-8',
      answering({ encrypted: (ready) => lastChanged(ready, { providerId: 'é'.repeat(32768) }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'its ciphertext has 65536 bytes',
      answering({ encrypted: (ready) => lastChanged(ready, { ciphertext: new Uint8Array(65536) }) }),
    ],
    [
      'gives at least one well-formed encrypted data key',
      'it signs, which is not for a keyring to do',
      withMethod((toy) => ({
        async onEncrypt(materials, options) {
          await materials.signingKey?.signer().sign()
          return toy.onEncrypt(materials, options)
        },
      })),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'another suite to encrypt',
      answering({ encrypted: (ready) => ({ ...ready, suite: algorithmSuite(0x0478) }) }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'a pair more to encrypt',
      answering({
        encrypted: (ready) => ({ ...ready, encryptionContext: { ...ready.encryptionContext, added: 'x' } }),
      }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'no required keys to encrypt',
      answering({ encrypted: (ready) => ({ ...ready, requiredContextKeys: new Set() }) }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'no signing key',
      answering({ encrypted: ({ signingKey: _, ...ready }) => ready }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'another suite to decrypt',
      answering({ decrypted: (ready) => ({ ...ready, suite: algorithmSuite(0x0578) }) }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'an empty context to decrypt',
      answering({ decrypted: (ready) => ({ ...ready, encryptionContext: contextOf([]) }) }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'more required keys to decrypt',
      answering({
        decrypted: (ready) => ({ ...ready, requiredContextKeys: new Set([...ready.requiredContextKeys, 'ключ']) }),
      }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'no verification key',
      answering({ decrypted: ({ verificationKey: _, ...ready }) => ready }),
    ],
    [
      'hands on suite, encryption context, required keys and signature keys as they are',
      'it tells of a key that was not given',
      answering({
        decrypted: (ready) => ({ ...ready, encryptedDataKey: { ...(ready.encryptedDataKey as EncryptedDataKey) } }),
      }),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it makes a data key in any case',
      withMethod((toy) => ({
        onEncrypt: (materials, options) => {
          const { dataKey: _, ...empty } = materials
          return toy.onEncrypt({ ...empty, encryptedDataKeys: [] }, options)
        },
      })),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it hands on a copy of the key',
      answering({ encrypted: (ready) => ({ ...ready, dataKey: ready.dataKey.clone() }) }),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it zeroes the key that it was given',
      withMethod((toy) => ({
        async onEncrypt(materials, options) {
          const ready = await toy.onEncrypt(materials, options)
          if (materials.dataKey !== undefined) ready.dataKey.expose().fill(0)
          return ready
        },
      })),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it puts its own first',
      answering({
        encrypted: (ready) => ({ ...ready, encryptedDataKeys: [...ready.encryptedDataKeys].reverse() }),
      }),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it drops those of others',
      answering({ encrypted: (ready) => ({ ...ready, encryptedDataKeys: ready.encryptedDataKeys.filter(ownKey) }) }),
    ],
    [
      'only adds to materials that have a data key: the key and the encrypted data keys before its own stay',
      'it adds nothing',
      withMethod((toy) => ({
        onEncrypt: async (materials, options) =>
          materials.dataKey === undefined ? toy.onEncrypt(materials, options) : materials,
      })),
    ],
    [
      'unwraps what it wrapped to the same bytes',
      'to others',
      answering({
        decrypted: (ready) => ({ ...ready, dataKey: new DataKey(ready.dataKey.expose().map((byte) => byte ^ 1)) }),
      }),
    ],
    [
      'unwraps what it wrapped to the same bytes',
      'to none',
      answering({ decrypted: ({ dataKey: _, ...ready }) => ready }),
    ],
    [
      'refuses another encryption context than it wrapped with',
      'it does not look at it',
      withMethod((toy) => ({
        onEncrypt: async (materials, options) => ({
          ...(await toy.onEncrypt({ ...materials, encryptionContext: {} }, options)),
          encryptionContext: materials.encryptionContext,
        }),
        onDecrypt: async (materials, keys, options) => ({
          ...(await toy.onDecrypt({ ...materials, encryptionContext: {} }, keys, options)),
          encryptionContext: materials.encryptionContext,
        }),
      })),
    ],
    [
      'skips encrypted data keys of others',
      'it only looks at the first',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) => toy.onDecrypt(materials, keys.slice(0, 1), options),
      })),
    ],
    [
      'skips encrypted data keys of others',
      'it fails at the first of another',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          const foreign = keys.findIndex((key) => !ownKey(key))
          return toy.onDecrypt(materials, foreign === -1 ? keys : keys.slice(0, foreign), options)
        },
      })),
    ],
    [
      'goes on to the next key when one of its own does not open',
      'it stops at the first of its own',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) => {
          const first = keys.findIndex(ownKey)
          return toy.onDecrypt(materials, keys.slice(0, first + 1), options)
        },
      })),
    ],
    [
      'rejects with NoDataKeyError, without attempts, when no key is its own',
      'it rejects with an error of another kind',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          if (!keys.some(ownKey)) throw new Error('nothing for me')
          return toy.onDecrypt(materials, keys, options)
        },
      })),
    ],
    [
      'rejects with NoDataKeyError, without attempts, when no key is its own',
      'it counts those of others',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          if (!keys.some(ownKey)) throw new NoDataKeyError(keys, [new Error('not mine')])
          return toy.onDecrypt(materials, keys, options)
        },
      })),
    ],
    [
      'rejects with NoDataKeyError, without attempts, when no key is its own',
      'it resolves without a data key',
      withMethod((toy) => ({
        onDecrypt: async (materials, keys, options) =>
          keys.some(ownKey)
            ? toy.onDecrypt(materials, keys, options)
            : (materials as unknown as ReadyDecryptionMaterials),
      })),
    ],
    [
      'rejects with NoDataKeyError, with one attempt for each of its keys that does not open',
      'it tells of none',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) =>
          toy.onDecrypt(materials, keys, options).catch((error: unknown) => {
            throw error instanceof NoDataKeyError ? new NoDataKeyError(keys, []) : error
          }),
      })),
    ],
    [
      'rejects with NoDataKeyError, with one attempt for each of its keys that does not open',
      'it tells of all that there are',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) =>
          toy.onDecrypt(materials, keys, options).catch((error: unknown) => {
            throw error instanceof NoDataKeyError && error.attempts.length > 0 ? new NoDataKeyError(keys, keys) : error
          }),
      })),
    ],
    [
      'rejects with NoDataKeyError, with one attempt for each of its keys that does not open',
      'it rejects with the first failure',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) =>
          toy.onDecrypt(materials, keys, options).catch((error: unknown) => {
            throw error instanceof NoDataKeyError ? (error.attempts[0] ?? error) : error
          }),
      })),
    ],
    [
      'refuses decryption materials that have a data key',
      'it replaces it',
      withMethod((toy) => ({
        onDecrypt: (materials, keys, options) => {
          const { dataKey: _, ...empty } = materials
          return toy.onDecrypt(empty, keys, options)
        },
      })),
    ],
    [
      'refuses decryption materials that have a data key',
      'it hands it on',
      withMethod((toy) => ({
        onDecrypt: async (materials, keys, options) =>
          'dataKey' in materials
            ? (materials as unknown as ReadyDecryptionMaterials)
            : toy.onDecrypt(materials, keys, options),
      })),
    ],
    [
      'leaves what it is given unchanged',
      'it writes into the context to encrypt',
      withMethod((toy) => ({
        async onEncrypt(materials, options) {
          const ready = await toy.onEncrypt(materials, options)
          Object.assign(materials.encryptionContext, { seen: 'yes' })
          return { ...ready, encryptionContext: { ...ready.encryptionContext } }
        },
      })),
    ],
    [
      'leaves what it is given unchanged',
      'it pushes into the list of keys',
      withMethod((toy) => ({
        async onEncrypt(materials, options) {
          const ready = await toy.onEncrypt(materials, options)
          ;(materials.encryptedDataKeys as unknown as EncryptedDataKey[]).push(...ready.encryptedDataKeys)
          return ready
        },
      })),
    ],
    [
      'leaves what it is given unchanged',
      'it puts the data key into the materials to decrypt',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          const ready = await toy.onDecrypt(materials, keys, options)
          Object.assign(materials, { dataKey: ready.dataKey })
          return ready
        },
      })),
    ],
    [
      'leaves what it is given unchanged',
      'it zeroes the wrapped key that it has used',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          const ready = await toy.onDecrypt(materials, keys, options)
          ready.encryptedDataKey?.ciphertext.fill(0)
          return ready
        },
      })),
    ],
    [
      'leaves what it is given unchanged',
      'it adds a required key to decrypt',
      withMethod((toy) => ({
        async onDecrypt(materials, keys, options) {
          const ready = await toy.onDecrypt(materials, keys, options)
          const copy = { ...ready, requiredContextKeys: new Set(materials.requiredContextKeys) }
          ;(materials.requiredContextKeys as Set<string>).add('ключ')
          return copy
        },
      })),
    ],
    [
      'has a provider id that begins with "aws-kms" only if it wraps with AWS KMS',
      'it begins with that',
      answering({ encrypted: (ready) => lastChanged(ready, { providerId: 'aws-kms-of-mine' }) }),
    ],
    [
      'rejects when the signal is aborted',
      'onEncrypt goes on',
      withMethod((toy) => ({ onEncrypt: (materials) => toy.onEncrypt(materials) })),
    ],
    [
      'rejects when the signal is aborted',
      'onDecrypt goes on',
      withMethod((toy) => ({ onDecrypt: (materials, keys) => toy.onDecrypt(materials, keys) })),
    ],
    [
      'keeps calls at the same time apart',
      'it keeps the data key of the last call to wrap',
      withMethod((toy) => {
        let current: Promise<ReadyEncryptionMaterials>
        return {
          async onEncrypt(materials, options) {
            current = toy.onEncrypt(materials, options)
            await Promise.resolve()
            return current
          },
        }
      }),
    ],
    [
      'keeps calls at the same time apart',
      'it keeps the data key of the last call to unwrap',
      withMethod((toy) => {
        let current: Promise<ReadyDecryptionMaterials>
        return {
          async onDecrypt(materials, keys, options) {
            current = toy.onDecrypt(materials, keys, options)
            await Promise.resolve()
            return current
          },
        }
      }),
    ],
    [
      'makes another data key for each call',
      'it keeps its first',
      () => {
        const toy = toyKeyring()
        const first = new DataKey(defaultBackend.randomBytes(32))
        return {
          ...toy,
          async onEncrypt(materials, options) {
            if (materials.dataKey !== undefined) return toy.onEncrypt(materials, options)
            const dataKey = new DataKey(first.expose().subarray(0, materials.suite.keyLength))
            const stranger = { providerId: 'nobody', providerInfo: new Uint8Array(0), ciphertext: new Uint8Array(0) }
            const ready = { ...materials, dataKey, encryptedDataKeys: [stranger] as const }
            const { encryptedDataKeys } = await toy.onEncrypt(ready, options)
            return { ...ready, encryptedDataKeys: [encryptedDataKeys[1] as EncryptedDataKey] }
          },
        }
      },
    ],
  ]

  it.each(keyrings)('%s: %s', async (rule, _, make) => {
    expect(await broken(make)).toContain(rule)
  })

  it('names each rule with a fault at least once, but those about options', () => {
    const shown = new Set(keyrings.map(([rule]) => rule))
    expect(keyringRules.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([
      'rejects what it says that it does not do',
    ])
  })

  const lastRule = 'rejects what it says that it does not do'

  it('it says that it only encrypts, only decrypts, or only wraps some data keys, and does more', async () => {
    const make = () => toyKeyring()
    expect(await broken(make, { does: 'encrypt', partner: make })).toEqual([lastRule])
    expect(await broken(make, { does: 'decrypt', partner: make })).toEqual([lastRule])
    expect(await broken(make, { wraps: 'new' })).toEqual([lastRule])
    expect(await broken(make, { wraps: 'given' })).toEqual([lastRule])
  })

  it('where it only does one half, faults of that half are found with the partner', async () => {
    const refuse = () => Promise.reject(new KeyringError('not by this keyring'))
    const partner = () => toyKeyring()
    const forgetful = answering({ encrypted: ({ signingKey: _, ...ready }) => ready })
    const encryptsOnly = () => ({ ...forgetful(), onDecrypt: refuse })
    expect(await broken(encryptsOnly, { does: 'encrypt', partner })).toEqual([
      'hands on suite, encryption context, required keys and signature keys as they are',
    ])
    const impatient = withMethod((toy) => ({ onDecrypt: (materials, keys) => toy.onDecrypt(materials, keys) }))
    const decryptsOnly = () => ({ ...impatient(), onEncrypt: refuse })
    expect(await broken(decryptsOnly, { does: 'decrypt', partner })).toEqual(['rejects when the signal is aborted'])
  })
})

describe('the error of a broken contract', () => {
  it('names every rule that is broken, with what was found', async () => {
    const refusing: Keyring = {
      onEncrypt: () => Promise.reject(new Error('the vault is closed')),
      onDecrypt: () => Promise.reject(new Error('the vault is closed')),
    }
    const error = await keyringContract(() => refusing).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ContractError)
    const { failures, message, name } = error as ContractError
    expect(name).toBe('ContractError')
    // All but the one about what it says that it does not do: it says nothing of that kind.
    expect(failures.length).toBe(keyringRules.length - 1)
    expect(message.split('\n')[0]).toBe(`the keyring breaks ${failures.length} of ${keyringRules.length} rules`)
    for (const { rule, error: cause } of failures) {
      expect(message).toContain(`- it ${rule}: ${(cause as Error).message}`)
    }
  })

  it('holds what a keyring threw, whatever it is', async () => {
    const odd: Keyring = { ...toyKeyring(), onEncrypt: () => Promise.reject('no error, but a text') }
    const error = (await keyringContract(() => odd).catch((reason: unknown) => reason)) as ContractError
    expect(error.failures.map(({ error: cause }) => cause)).toContain('no error, but a text')
    expect(error.message).toContain(': no error, but a text')
  })

  it('comes as well when no keyring can be made', async () => {
    const make = () => {
      throw new TypeError('no key')
    }
    expect((await broken(make)).length).toBe(keyringRules.length)
  })
})

describe('options that make no sense', () => {
  it('are told: no partner for the other half', async () => {
    const options = { does: 'encrypt' } as unknown as KeyringContractOptions
    await expect(keyringContract(() => toyKeyring(), options)).rejects.toThrow(
      'a keyring that only does "encrypt" needs a partner for the other half',
    )
  })

  it('are told: no suites', async () => {
    await expect(keyringContract(() => toyKeyring(), { suites: [] })).rejects.toThrow(
      'suites must name at least one algorithm suite',
    )
  })
})
