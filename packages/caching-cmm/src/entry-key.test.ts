import type { DecryptionMaterialsRequest, EncryptionMaterialsRequest } from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, contextOf, hex } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { context, edk, forbidding, strict, toEncrypt } from '../test/requests.ts'
import { encryptionEntryId } from './entry-id.ts'
import { decryptionKey, encryptionKey } from './entry-key.ts'

const allowing = 'require-encrypt-allow-decrypt'

const keyToEncrypt = (request: EncryptionMaterialsRequest, partitionId = 'one') =>
  encryptionKey(defaultBackend, partitionId, request)

const keyToDecrypt = (request: DecryptionMaterialsRequest, partitionId = 'one') =>
  decryptionKey(defaultBackend, partitionId, request)

/** Texts that differ in one character, or in where they end. */
const near = (i: number) => [`${i}`, `${i}0`, `${i}\0`, ` ${i}`][i % 4] as string

/** Two requests that differ in the one field that is named, for each number another pair. */
const encryptionPairs: Record<string, (i: number) => [Promise<string>, Promise<string>]> = {
  'the partition': (i) => pair((partition) => keyToEncrypt(toEncrypt(), partition), near(i), `${near(i)}\0`),
  'the commitment policy': (i) =>
    pair(
      (commitmentPolicy) => keyToEncrypt(toEncrypt({ commitmentPolicy, encryptionContext: tenant(near(i)) })),
      strict,
      allowing,
    ),
  'the suite': (i) =>
    pair(
      (id) => keyToEncrypt(toEncrypt({ suite: algorithmSuite(id), encryptionContext: tenant(near(i)) })),
      0x0478,
      0x0578,
    ),
  'whether a suite was asked for': (i) => {
    const { suite: _, ...without } = toEncrypt({ encryptionContext: tenant(near(i)) })
    return pair((request) => keyToEncrypt(request), without, toEncrypt({ encryptionContext: tenant(near(i)) }))
  },
  'a value of the context': (i) =>
    pair((value) => keyToEncrypt(toEncrypt({ encryptionContext: tenant(value) })), near(i), near(i + 1)),
  'where a key of the context ends': (i) =>
    pair(
      ([key, value]) => keyToEncrypt(toEncrypt({ encryptionContext: contextOf([[key, value]]) })),
      [`k${i}`, 'x'] as [string, string],
      [`k${i}x`, ''] as [string, string],
    ),
  'the keys that are not stored': (i) =>
    pair(
      (names) =>
        keyToEncrypt(toEncrypt({ encryptionContext: pairsOf(i), requiredContextKeys: new Set<string>(names) })),
      ['a'],
      ['a', 'b'],
    ),
}

const decryptionPairs: Record<string, (i: number) => [Promise<string>, Promise<string>]> = {
  'the partition': (i) => pair((partition) => keyToDecrypt(message(), partition), near(i), `${near(i)}\0`),
  'the commitment policy': (i) =>
    pair(
      (commitmentPolicy) => keyToDecrypt(message({ commitmentPolicy, encryptionContext: tenant(near(i)) })),
      strict,
      allowing,
    ),
  'the suite': (i) =>
    pair(
      (id) => keyToDecrypt(message({ suite: algorithmSuite(id), encryptionContext: tenant(near(i)) })),
      0x0178,
      0x0378,
    ),
  'a value of the context': (i) =>
    pair((value) => keyToDecrypt(message({ encryptionContext: tenant(value) })), near(i), near(i + 1)),
  'the provider id of a key': (i) =>
    pair((id) => keyToDecrypt(message({ encryptedDataKeys: [edk(id, 'i', 'c')] })), near(i), near(i + 1)),
  'the ciphertext of a key': (i) =>
    pair((text) => keyToDecrypt(message({ encryptedDataKeys: [edk('p', 'i', text)] })), near(i), near(i + 1)),
  'where a field of a key ends': (i) =>
    pair(
      ([info, text]) => keyToDecrypt(message({ encryptedDataKeys: [edk('p', info, text)] })),
      [`${i}x`, 'y'] as [string, string],
      [`${i}`, 'xy'] as [string, string],
    ),
  'the number of keys': (i) =>
    pair(
      (encryptedDataKeys) => keyToDecrypt(message({ encryptedDataKeys })),
      [edk('p', near(i), 'c')],
      [edk('p', near(i), 'c'), edk('p', near(i), 'c')],
    ),
  'the context that was given again': (i) =>
    pair((value) => keyToDecrypt(message({ reproducedContext: tenant(value) })), near(i), near(i + 1)),
}

function pair<const Value>(
  keyFor: (value: Value) => string | Promise<string>,
  a: Value,
  b: Value,
): [Promise<string>, Promise<string>] {
  return [(async () => keyFor(a))(), (async () => keyFor(b))()]
}

function tenant(value: string) {
  return contextOf([['tenant', value]])
}

function pairsOf(i: number) {
  return contextOf([
    ['a', `${i}`],
    ['b', ''],
  ])
}

function message(changes: Partial<DecryptionMaterialsRequest> = {}): DecryptionMaterialsRequest {
  return {
    commitmentPolicy: strict,
    suite: algorithmSuite(0x0478),
    encryptedDataKeys: [edk('p', 'i', 'c')],
    encryptionContext: context,
    ...changes,
  }
}

describe('requests that differ in one field never share an entry (M6, cache mixing)', () => {
  const kinds = [
    ...Object.entries(encryptionPairs).map(([field, make]) => [`to encrypt: ${field}`, make] as const),
    ...Object.entries(decryptionPairs).map(([field, make]) => [`to decrypt: ${field}`, make] as const),
  ]
  // 16 fields, 625 pairs of each: 10,000 pairs.
  it.each(kinds)('%s', async (_, make) => {
    const pairs = await Promise.all(Array.from({ length: 625 }, (__, i) => Promise.all(make(i))))
    expect(pairs).toHaveLength(625)
    expect(pairs.filter(([a, b]) => a === b)).toEqual([])
  })

  it('there are sixteen of them', () => {
    expect(kinds).toHaveLength(16)
  })

  it('nor do a request to encrypt and one to decrypt', async () => {
    expect(await keyToEncrypt(toEncrypt())).not.toBe(await keyToDecrypt(message()))
  })

  it('nor do two policies of which one forbids the suite (CVE-2026-6550)', async () => {
    const { suite: _, ...request } = toEncrypt()
    expect(await keyToEncrypt(request)).not.toBe(await keyToEncrypt({ ...request, commitmentPolicy: forbidding }))
  })

  it('nor do two requests whose specified ids are one, since their fields have no lengths', async () => {
    // Before the separators of the first: p. Its context: one pair, a key of 1 byte, a value of 3 zero bytes.
    // The second takes all of that but the zero bytes for its partition, and those for its separators.
    const { suite: _, ...first } = toEncrypt({ encryptionContext: contextOf([['k', '\0\0\0']]) })
    const second = { ...first, encryptionContext: contextOf([]) }
    const partition = 'p\0\0\0\0\u0001\0\u0001k\0\u0003'
    const idOf = async (partitionId: string, { encryptionContext }: EncryptionMaterialsRequest) =>
      hex(await encryptionEntryId(defaultBackend, { partitionId, encryptionContext }))
    expect(await idOf('p', first)).toBe(await idOf(partition, second))
    expect(await keyToEncrypt(first, 'p')).not.toBe(await keyToEncrypt(second, partition))
  })
})

describe('requests for the same share an entry', () => {
  it('whatever the order of pairs, of required keys and of encrypted data keys', async () => {
    const swapped = contextOf(Object.entries(context).toReversed())
    const required = (names: string[]) => ({ requiredContextKeys: new Set(names) })
    expect(await keyToEncrypt(toEncrypt(required(['tenant', 'purpose'])))).toBe(
      await keyToEncrypt(toEncrypt({ encryptionContext: swapped, ...required(['purpose', 'tenant']) })),
    )
    const keys = [edk('p', 'i', 'c'), edk('q', 'j', 'd')]
    expect(await keyToDecrypt(message({ encryptedDataKeys: keys }))).toBe(
      await keyToDecrypt(message({ encryptedDataKeys: keys.toReversed(), encryptionContext: swapped })),
    )
  })

  it('whether no context is given again, or an empty one', async () => {
    expect(await keyToDecrypt(message())).toBe(await keyToDecrypt(message({ reproducedContext: contextOf([]) })))
  })

  it('whatever the length of the plaintext', async () => {
    expect(await keyToEncrypt(toEncrypt())).toBe(await keyToEncrypt(toEncrypt({ maxPlaintextLength: 1 })))
  })
})

describe('a context without a UTF-8 form', () => {
  it('has no key: two of them would have one', () => {
    const broken = Object.freeze({ tenant: '\ud800' })
    expect(() => keyToEncrypt(toEncrypt({ encryptionContext: broken }))).toThrow(TypeError)
    expect(() => keyToDecrypt(message({ reproducedContext: broken }))).toThrow(TypeError)
  })
})
