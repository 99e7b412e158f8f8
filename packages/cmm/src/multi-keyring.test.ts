import { algorithmSuite, contextOf, type EncryptedDataKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { toyKeyring } from '../test/toy-keyring.ts'
import { DataKey } from './data-key.ts'
import { KeyringError, NoDataKeyError, type UnwrapError } from './errors.ts'
import type { CallOptions, Keyring } from './keyring.ts'
import type {
  EmptyDecryptionMaterials,
  EmptyEncryptionMaterials,
  EncryptionMaterials,
  ReadyDecryptionMaterials,
  ReadyEncryptionMaterials,
} from './materials.ts'
import { type MultiKeyringOptions, multiKeyring } from './multi-keyring.ts'

const common = {
  suite: algorithmSuite(0x0478),
  encryptionContext: contextOf([['tenant', '42']]),
  requiredContextKeys: new Set<string>(),
}
const empty: EmptyEncryptionMaterials = Object.freeze({ ...common, encryptedDataKeys: [] as const })
const toDecrypt: EmptyDecryptionMaterials = Object.freeze(common)

/** A keyring that fails. */
function failing(reason: unknown): Keyring {
  return { onEncrypt: () => Promise.reject(reason), onDecrypt: () => Promise.reject(reason) }
}

/** A keyring whose answers wait until they are let go. */
function held(inner: Keyring) {
  const calls: string[] = []
  let letGo = () => {}
  const gate = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const keyring: Keyring = {
    async onEncrypt(materials, options) {
      calls.push('onEncrypt')
      await gate
      return inner.onEncrypt(materials, options)
    },
    async onDecrypt(materials, keys, options) {
      calls.push('onDecrypt')
      await gate
      return inner.onDecrypt(materials, keys, options)
    },
  }
  return { keyring, calls, letGo: () => letGo() }
}

function names(keys: readonly EncryptedDataKey[]): readonly string[] {
  return keys.map(({ providerId }) => providerId)
}

function changing(change: (ready: ReadyEncryptionMaterials) => unknown, inner = toyKeyring('odd')): Keyring {
  return {
    ...inner,
    onEncrypt: async (...call) => change(await inner.onEncrypt(...call)) as ReadyEncryptionMaterials,
  }
}

describe('a multi-keyring, to encrypt', () => {
  it('wraps one data key with all: generator first, then the children in their order', async () => {
    const children = ['one', 'two', 'three'].map(toyKeyring)
    const keyring = multiKeyring({ generator: toyKeyring('generator'), children })
    const { dataKey, encryptedDataKeys } = await keyring.onEncrypt(empty)
    expect(names(encryptedDataKeys)).toEqual(['toy-generator', 'toy-one', 'toy-two', 'toy-three'])
    for (const single of [toyKeyring('generator'), ...children]) {
      expect((await single.onDecrypt(toDecrypt, encryptedDataKeys)).dataKey.expose()).toEqual(dataKey.expose())
    }
  })

  it('keeps that order when the first child is the last to answer', async () => {
    const slow = held(toyKeyring('slow'))
    const keyring = multiKeyring({ generator: toyKeyring('generator'), children: [slow.keyring, toyKeyring('fast')] })
    const pending = keyring.onEncrypt(empty)
    await Promise.resolve()
    slow.letGo()
    expect(names((await pending).encryptedDataKeys)).toEqual(['toy-generator', 'toy-slow', 'toy-fast'])
  })

  it('lets two slow children wrap at the same time: the second is asked while the first has not answered', async () => {
    const [first, second] = [held(toyKeyring('one')), held(toyKeyring('two'))]
    const given = await toyKeyring('outer').onEncrypt(empty)
    const pending = multiKeyring({ children: [first.keyring, second.keyring] }).onEncrypt(given)
    for (let step = 0; step < 10; step++) await Promise.resolve()
    expect([first.calls, second.calls]).toEqual([['onEncrypt'], ['onEncrypt']])
    first.letGo()
    second.letGo()
    expect(names((await pending).encryptedDataKeys)).toEqual(['toy-outer', 'toy-one', 'toy-two'])
  })

  it('needs no children: the generator alone is enough', async () => {
    const ready = await multiKeyring({ generator: toyKeyring('generator') }).onEncrypt(empty)
    expect(names(ready.encryptedDataKeys)).toEqual(['toy-generator'])
  })

  it('needs no generator to wrap a data key that is there', async () => {
    const given = await toyKeyring('outer').onEncrypt(empty)
    const ready = await multiKeyring({ children: [toyKeyring('one'), toyKeyring('two')] }).onEncrypt(given)
    expect(names(ready.encryptedDataKeys)).toEqual(['toy-outer', 'toy-one', 'toy-two'])
    expect(ready.dataKey).toBe(given.dataKey)
  })

  it('may be a child of another: with several keys of its own', async () => {
    const inner = multiKeyring({ children: [toyKeyring('a'), toyKeyring('b')] })
    const keyring = multiKeyring({ generator: toyKeyring('g'), children: [inner, toyKeyring('c')] })
    expect(names((await keyring.onEncrypt(empty)).encryptedDataKeys)).toEqual(['toy-g', 'toy-a', 'toy-b', 'toy-c'])
  })

  it('gives each child the same materials, and the signal', async () => {
    const seen: [EncryptionMaterials, CallOptions | undefined][] = []
    const watching = (name: string): Keyring => {
      const inner = toyKeyring(name)
      return {
        ...inner,
        onEncrypt(materials, options) {
          seen.push([materials, options])
          return inner.onEncrypt(materials, options)
        },
      }
    }
    const options = { signal: new AbortController().signal }
    const keyring = multiKeyring({ generator: watching('g'), children: [watching('a'), watching('b')] })
    await keyring.onEncrypt(empty, options)
    expect(seen.map(([{ encryptedDataKeys }]) => names(encryptedDataKeys))).toEqual([[], ['toy-g'], ['toy-g']])
    expect(seen.every(([, given]) => given === options)).toBe(true)
  })

  it('gives frozen materials, and leaves those it was given', async () => {
    const ready = await multiKeyring({ generator: toyKeyring('g'), children: [toyKeyring('a')] }).onEncrypt(empty)
    expect([ready, ready.encryptedDataKeys].every(Object.isFrozen)).toBe(true)
    expect(empty).toEqual({ ...common, encryptedDataKeys: [] })
  })
})

describe('a multi-keyring that cannot encrypt', () => {
  it('has no generator, and there is no data key', async () => {
    await expect(multiKeyring({ children: [toyKeyring()] }).onEncrypt(empty)).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'this multi-keyring has no generator, and there is no data key yet: give it a generator',
    })
  })

  it('has a generator, and there is a data key', async () => {
    const given = await toyKeyring().onEncrypt(empty)
    await expect(multiKeyring({ generator: toyKeyring() }).onEncrypt(given)).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'this multi-keyring has a generator, and there is a data key already',
    })
  })

  it('has a generator that fails: it fails alike, and asks no child', async () => {
    const reason = new Error('the vault is closed')
    const child = held(toyKeyring())
    const keyring = multiKeyring({ generator: failing(reason), children: [child.keyring] })
    await expect(keyring.onEncrypt(empty)).rejects.toBe(reason)
    expect(child.calls).toEqual([])
  })

  it.each([
    ['nothing', () => undefined],
    ['the materials as they were', () => empty],
    ['a data key that is not wrapped', (ready: ReadyEncryptionMaterials) => ({ ...ready, encryptedDataKeys: [] })],
    ['a data key without a list', ({ encryptedDataKeys: _, ...ready }: ReadyEncryptionMaterials) => ready],
  ])('has a generator that gives %s', async (_, change) => {
    await expect(multiKeyring({ generator: changing(change) }).onEncrypt(empty)).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'the generator of this multi-keyring made no data key, or did not wrap it',
    })
  })

  it('has children that fail: all their errors are told, when all have answered', async () => {
    const [one, two] = [new KeyringError('no key'), new Error('no network')]
    const slow = held(toyKeyring('slow'))
    const keyring = multiKeyring({ generator: toyKeyring(), children: [failing(one), slow.keyring, failing(two)] })
    const pending = keyring.onEncrypt(empty).catch((error: unknown) => error)
    slow.letGo()
    const error = await pending
    expect(error).toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: '2 of 3 keyrings could not wrap the data key: no key; no network',
    })
    expect((error as KeyringError).attempts).toEqual([one, two])
  })

  it('has a child that throws before it gives a promise', async () => {
    const hasty: Keyring = {
      ...toyKeyring(),
      onEncrypt() {
        throw new Error('at once')
      },
    }
    await expect(multiKeyring({ generator: toyKeyring(), children: [hasty] }).onEncrypt(empty)).rejects.toMatchObject({
      message: '1 of 1 keyrings could not wrap the data key: at once',
    })
  })

  it.each([
    ['gives nothing', () => undefined],
    [
      'adds no key',
      (ready: ReadyEncryptionMaterials) => ({ ...ready, encryptedDataKeys: ready.encryptedDataKeys.slice(0, 1) }),
    ],
    ['gives no list', ({ encryptedDataKeys: _, ...ready }: ReadyEncryptionMaterials) => ready],
    [
      'drops those before it',
      (ready: ReadyEncryptionMaterials) => ({ ...ready, encryptedDataKeys: ready.encryptedDataKeys.slice(1) }),
    ],
    [
      'changes those before it',
      (ready: ReadyEncryptionMaterials) => ({
        ...ready,
        encryptedDataKeys: ready.encryptedDataKeys.map((key) => ({ ...key })),
      }),
    ],
    ['makes another data key', (ready: ReadyEncryptionMaterials) => ({ ...ready, dataKey: ready.dataKey.clone() })],
  ])('has a child that %s', async (_, change) => {
    const keyring = multiKeyring({ generator: toyKeyring(), children: [changing(change)] })
    await expect(keyring.onEncrypt(empty)).rejects.toMatchObject({
      code: 'ERR_ESDK_KEYRING',
      message: 'a keyring of this multi-keyring changed the materials it was given, or added no key',
    })
  })

  it.each([
    ['fails', failing(new Error('no'))],
    ['gives nothing', changing(() => undefined)],
  ])('zeroes the data key that its generator made when a child %s (K2)', async (_, child) => {
    let made: Uint8Array | undefined
    const generator = changing((ready) => {
      made = ready.dataKey.expose()
      expect(made.some((byte) => byte !== 0)).toBe(true)
      return ready
    })
    await expect(multiKeyring({ generator, children: [child] }).onEncrypt(empty)).rejects.toThrow(KeyringError)
    expect(made).toEqual(new Uint8Array(32))
  })

  it('leaves a data key that it was given to its owner, who may still use it', async () => {
    const given = await toyKeyring().onEncrypt(empty)
    const before = given.dataKey.expose().slice()
    await expect(multiKeyring({ children: [failing(new Error('no'))] }).onEncrypt(given)).rejects.toThrow(KeyringError)
    expect(given.dataKey.expose()).toEqual(before)
  })

  it('was aborted: its generator says so', async () => {
    const reason = new Error('the user left')
    const signal = AbortSignal.abort(reason)
    await expect(multiKeyring({ generator: toyKeyring() }).onEncrypt(empty, { signal })).rejects.toBe(reason)
  })
})

describe('a multi-keyring, to decrypt', () => {
  const [one, two, three] = ['one', 'two', 'three'].map(toyKeyring) as [Keyring, Keyring, Keyring]

  it('asks the generator, then the children, and stops at the first that unwraps', async () => {
    const asked: string[] = []
    const watching = (name: string, inner: Keyring): Keyring => ({
      ...inner,
      onDecrypt(materials, keys, options) {
        asked.push(name)
        return inner.onDecrypt(materials, keys, options)
      },
    })
    const { dataKey, encryptedDataKeys } = await two.onEncrypt(empty)
    const keyring = multiKeyring({
      generator: watching('one', one),
      children: [watching('two', two), watching('three', three)],
    })
    const ready = await keyring.onDecrypt(toDecrypt, encryptedDataKeys)
    expect(ready.dataKey.expose()).toEqual(dataKey.expose())
    expect(ready.encryptedDataKey).toBe(encryptedDataKeys[0])
    expect(asked).toEqual(['one', 'two'])
  })

  it('opens what any of its keyrings has wrapped', async () => {
    const keyring = multiKeyring({ generator: one, children: [two, three] })
    for (const single of [one, two, three]) {
      const { dataKey, encryptedDataKeys } = await single.onEncrypt(empty)
      expect((await keyring.onDecrypt(toDecrypt, encryptedDataKeys)).dataKey.expose()).toEqual(dataKey.expose())
    }
  })

  it('goes on when a keyring fails, whatever it fails with (M4)', async () => {
    const { encryptedDataKeys } = await three.onEncrypt(empty)
    const children = [failing(new Error('no network')), failing('a text'), failing(undefined), three]
    expect((await multiKeyring({ children }).onDecrypt(toDecrypt, encryptedDataKeys)).dataKey.length).toBe(32)
  })

  it.each([
    ['nothing', undefined],
    ['the materials as they were', toDecrypt],
  ])('goes on when a keyring gives %s', async (_, answer) => {
    const idle: Keyring = { ...one, onDecrypt: async () => answer as unknown as ReadyDecryptionMaterials }
    const { encryptedDataKeys } = await two.onEncrypt(empty)
    const ready = await multiKeyring({ children: [idle, two] }).onDecrypt(toDecrypt, encryptedDataKeys)
    expect(ready.dataKey.length).toBe(32)
    const refused = multiKeyring({ children: [idle] }).onDecrypt(toDecrypt, encryptedDataKeys)
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      attempts: [expect.objectContaining({ code: 'ERR_ESDK_KEYRING' })],
    })
  })

  it('tells of all attempts, in the order in which they were made', async () => {
    const wrapped = await multiKeyring({ generator: one, children: [two] }).onEncrypt(empty)
    const cut = wrapped.encryptedDataKeys.map((key) => ({ ...key, ciphertext: key.ciphertext.slice(1) }))
    const reason = new Error('no network')
    const keyring = multiKeyring({ generator: two, children: [failing(reason), one, three] })
    const error = (await keyring.onDecrypt(toDecrypt, cut).catch((thrown: unknown) => thrown)) as NoDataKeyError
    expect(error).toBeInstanceOf(NoDataKeyError)
    expect(error.attempts.length).toBe(3)
    expect((error.attempts[0] as UnwrapError).encryptedDataKey).toBe(cut[1])
    expect(error.attempts[1]).toBe(reason)
    expect((error.attempts[2] as UnwrapError).encryptedDataKey).toBe(cut[0])
    expect(error.message).toBe(
      'none of the encrypted data keys (2) could be unwrapped: "toy-two" / 12 bytes: it does not open; no network; "toy-one" / 12 bytes: it does not open',
    )
  })

  it('says that no key is its own when no keyring has tried one', async () => {
    const { encryptedDataKeys } = await three.onEncrypt(empty)
    const refused = multiKeyring({ generator: one, children: [two] }).onDecrypt(toDecrypt, encryptedDataKeys)
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_ESDK_NO_DATA_KEY',
      attempts: [],
      message: expect.stringContaining('belongs to this keyring (2 keyrings in one)') as string,
    })
  })

  it('knows the error of a second copy of this package by its code', async () => {
    const attempt = new Error('tried there')
    const foreign = Object.assign(new Error('none'), { code: 'ERR_ESDK_NO_DATA_KEY', attempts: [attempt] })
    const odd = Object.assign(new Error('none'), { code: 'ERR_ESDK_NO_DATA_KEY', attempts: 'several' })
    const refused = multiKeyring({ children: [failing(foreign), failing(odd)] }).onDecrypt(toDecrypt, [])
    await expect(refused).rejects.toMatchObject({ attempts: [attempt, odd] })
  })

  it('refuses materials that have a data key, and asks nobody', async () => {
    const child = held(one)
    const ready = { ...toDecrypt, dataKey: new DataKey(new Uint8Array(32)) }
    const refused = multiKeyring({ children: [child.keyring] }).onDecrypt(
      ready as unknown as EmptyDecryptionMaterials,
      [],
    )
    await expect(refused).rejects.toThrow(new KeyringError('the decryption materials have a data key already'))
    expect(child.calls).toEqual([])
  })

  it('stops at once when it is aborted (R3)', async () => {
    const controller = new AbortController()
    const reason = new Error('the user left')
    const leaving: Keyring = {
      ...one,
      onDecrypt: () => {
        controller.abort(reason)
        return Promise.reject(new Error('cut off'))
      },
    }
    const next = held(two)
    const keyring = multiKeyring({ children: [leaving, next.keyring] })
    await expect(keyring.onDecrypt(toDecrypt, [], { signal: controller.signal })).rejects.toBe(reason)
    expect(next.calls).toEqual([])
    await expect(keyring.onDecrypt(toDecrypt, [], { signal: controller.signal })).rejects.toBe(reason)
  })

  it('tells the reason of the abort when the last keyring was cut off by it', async () => {
    const controller = new AbortController()
    const reason = new Error('the user left')
    const leaving: Keyring = {
      ...one,
      onDecrypt: () => {
        controller.abort(reason)
        return Promise.reject(new Error('cut off'))
      },
    }
    const refused = multiKeyring({ generator: leaving }).onDecrypt(toDecrypt, [], { signal: controller.signal })
    await expect(refused).rejects.toBe(reason)
  })
})

describe('what makes no multi-keyring', () => {
  it.each([
    ['nothing', {}, 'multiKeyring needs a generator, or children, or both'],
    ['no children', { children: [] }, 'multiKeyring needs a generator, or children, or both'],
    [
      'a generator that is no keyring',
      { generator: {} },
      'multiKeyring takes keyrings: objects with onEncrypt and onDecrypt',
    ],
    [
      'a child that is no keyring',
      { generator: toyKeyring(), children: [undefined] },
      'multiKeyring takes keyrings: objects with onEncrypt and onDecrypt',
    ],
  ])('is told: %s', (_, options, message) => {
    expect(() => multiKeyring(options as unknown as MultiKeyringOptions)).toThrow(new TypeError(message))
  })

  it('does not see what is done later to the list of children', async () => {
    const children = [toyKeyring('one')]
    const keyring = multiKeyring({ generator: toyKeyring('g'), children })
    children.push(toyKeyring('two'))
    expect(names((await keyring.onEncrypt(empty)).encryptedDataKeys)).toEqual(['toy-g', 'toy-one'])
  })
})
