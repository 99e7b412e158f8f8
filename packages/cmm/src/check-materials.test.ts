import { defaultBackend, type SigningKey, type VerificationKey } from '@esdk/crypto-backend'
import {
  type AlgorithmSuiteId,
  algorithmSuite,
  contextOf,
  type EncryptedDataKey,
  encodeBase64,
  publicKeyContextKey,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { checkDecryptionMaterials, checkEncryptionMaterials } from './check-materials.ts'
import type { DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { DataKey } from './data-key.ts'
import { MaterialsError } from './errors.ts'
import type { ReadyDecryptionMaterials, ReadyEncryptionMaterials } from './materials.ts'

const context = contextOf([
  ['tenant', '42'],
  ['purpose', 'backup'],
])

const edk: EncryptedDataKey = {
  providerId: 'vault',
  providerInfo: Uint8Array.of(1, 2),
  ciphertext: Uint8Array.of(3, 4, 5),
}

const signingKey: SigningKey = await defaultBackend.ecdsa.generateKey('P-384')
const otherSigningKey: SigningKey = await defaultBackend.ecdsa.generateKey('P-384')
const shortSigningKey: SigningKey = await defaultBackend.ecdsa.generateKey('P-256')
const verificationKey = (await defaultBackend.ecdsa.importPublicKey('P-384', signingKey.publicKey)) as VerificationKey

const signedContext = contextOf([...Object.entries(context), [publicKeyContextKey, encodeBase64(signingKey.publicKey)]])

/** A key whose bytes are 1, 2, 3 ... */
function keyOf(length = 32): DataKey {
  return new DataKey(Uint8Array.from({ length }, (_, i) => i + 1))
}

function encryptionRequest(changes: Partial<EncryptionMaterialsRequest> = {}): EncryptionMaterialsRequest {
  return {
    commitmentPolicy: 'require-encrypt-require-decrypt',
    encryptionContext: context,
    suite: algorithmSuite(0x0478),
    ...changes,
  }
}

function encryptionMaterials(changes: object = {}): ReadyEncryptionMaterials {
  return {
    suite: algorithmSuite(0x0478),
    encryptionContext: context,
    requiredContextKeys: new Set<string>(),
    dataKey: keyOf(),
    encryptedDataKeys: [edk],
    ...changes,
  }
}

/** The same for a suite that signs. */
function signed(changes: object = {}): ReadyEncryptionMaterials {
  return encryptionMaterials({
    suite: algorithmSuite(0x0578),
    encryptionContext: signedContext,
    signingKey,
    ...changes,
  })
}

function decryptionRequest(changes: Partial<DecryptionMaterialsRequest> = {}): DecryptionMaterialsRequest {
  return {
    commitmentPolicy: 'require-encrypt-require-decrypt',
    suite: algorithmSuite(0x0478),
    encryptedDataKeys: [edk],
    encryptionContext: context,
    ...changes,
  }
}

function decryptionMaterials(changes: object = {}): ReadyDecryptionMaterials {
  return {
    suite: algorithmSuite(0x0478),
    encryptionContext: context,
    requiredContextKeys: new Set<string>(),
    dataKey: keyOf(),
    ...changes,
  }
}

const signedRequest = decryptionRequest({ suite: algorithmSuite(0x0578), encryptionContext: signedContext })

function verified(changes: object = {}): ReadyDecryptionMaterials {
  return decryptionMaterials({
    suite: algorithmSuite(0x0578),
    encryptionContext: signedContext,
    verificationKey,
    ...changes,
  })
}

const at = ': the keyring or materials manager is at fault'

/** An object whose fields answer once; every further answer is another. */
function shifty<Fields extends object>(first: Fields, later: Partial<Fields>): Fields {
  const asked = new Map<PropertyKey, number>()
  return new Proxy(first, {
    get(target, key, receiver) {
      const times = (asked.get(key) ?? 0) + 1
      asked.set(key, times)
      return Reflect.get(times > 1 && key in later ? later : target, key, receiver) as unknown
    },
  })
}

describe('materials that are fit to encrypt', () => {
  it('come back with all their fields', () => {
    expect(checkEncryptionMaterials(encryptionRequest(), encryptionMaterials())).toMatchObject({
      suite: algorithmSuite(0x0478),
      encryptionContext: context,
      requiredContextKeys: new Set(),
      encryptedDataKeys: [edk],
    })
    const checked = checkEncryptionMaterials(encryptionRequest({ suite: algorithmSuite(0x0578) }), signed())
    expect(checked.signingKey).toBe(signingKey)
  })

  it.each([0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178] as const)(
    'may be of any suite that is allowed: %i',
    (id) => {
      const suite = algorithmSuite(id)
      const request = encryptionRequest({ suite, commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
      const checked = checkEncryptionMaterials(request, encryptionMaterials({ suite, dataKey: keyOf(suite.keyLength) }))
      expect(checked.suite).toBe(suite)
      expect(checked.dataKey.length).toBe(suite.keyLength)
    },
  )

  it('may have a suite of their choice when none was asked for', () => {
    const { suite: _, ...request } = encryptionRequest()
    expect(checkEncryptionMaterials(request, encryptionMaterials()).suite.id).toBe(0x0478)
  })

  it('may add pairs, and required keys', () => {
    const encryptionContext = contextOf([...Object.entries(context), ['region', 'eu']])
    const given = encryptionMaterials({ encryptionContext, requiredContextKeys: new Set(['region', 'tenant']) })
    const checked = checkEncryptionMaterials(encryptionRequest({ requiredContextKeys: new Set(['tenant']) }), given)
    expect({ ...checked.encryptionContext }).toEqual({ tenant: '42', purpose: 'backup', region: 'eu' })
    expect([...checked.requiredContextKeys]).toEqual(['region', 'tenant'])
  })

  it('may have a row of the suite table that is a copy: the row of our own is used', () => {
    const checked = checkEncryptionMaterials(
      encryptionRequest(),
      encryptionMaterials({ suite: { ...algorithmSuite(0x0478), keyLength: 16, committing: false } }),
    )
    expect(checked.suite).toBe(algorithmSuite(0x0478))
  })

  it('may have a data key of a second copy of this package', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i)
    const foreign = { expose: () => bytes, zero: () => bytes.fill(0) }
    const { dataKey } = checkEncryptionMaterials(encryptionRequest(), encryptionMaterials({ dataKey: foreign }))
    expect(dataKey).toBeInstanceOf(DataKey)
    expect(dataKey.expose()[31]).toBe(31)
    expect(bytes).toEqual(new Uint8Array(32))
  })

  it('may have fields as long as the format has room for', () => {
    const longest = {
      providerId: 'x'.repeat(65535),
      providerInfo: new Uint8Array(65535),
      ciphertext: new Uint8Array(65535),
    }
    const given = encryptionMaterials({ encryptedDataKeys: Array.from({ length: 10 }, () => longest) })
    expect(checkEncryptionMaterials(encryptionRequest(), given).encryptedDataKeys.length).toBe(10)
    const many = encryptionMaterials({ encryptedDataKeys: Array.from({ length: 65_535 }, () => edk) })
    expect(checkEncryptionMaterials(encryptionRequest(), many).encryptedDataKeys.length).toBe(65535)
  })

  it('are copied and frozen: what the plug-in changes later is not seen (K3)', () => {
    const keys: EncryptedDataKey[] = [
      { ...edk, ciphertext: edk.ciphertext.slice(), providerInfo: edk.providerInfo.slice() },
    ]
    const given = encryptionMaterials({
      encryptedDataKeys: keys,
      encryptionContext: { tenant: '42', purpose: 'backup' },
      requiredContextKeys: new Set(['tenant']),
    })
    const checked = checkEncryptionMaterials(encryptionRequest(), given)
    Object.assign(given, { suite: algorithmSuite(0x0014), encryptedDataKeys: [] })
    Object.assign(given.encryptionContext, { tenant: '43' })
    ;(given.requiredContextKeys as Set<string>).clear()
    keys[0]?.ciphertext.fill(0)
    keys[0]?.providerInfo.fill(0)
    keys.push(edk)
    expect(checked).toMatchObject({ suite: algorithmSuite(0x0478), encryptedDataKeys: [edk] })
    expect(checked.encryptionContext['tenant']).toBe('42')
    expect([...checked.requiredContextKeys]).toEqual(['tenant'])
    const frozen = [checked, checked.encryptedDataKeys, checked.encryptedDataKeys[0], checked.encryptionContext]
    expect(frozen.every(Object.isFrozen)).toBe(true)
  })

  it('keep an encryption context that is the very one of the request, and cannot change', () => {
    expect(checkEncryptionMaterials(encryptionRequest(), encryptionMaterials()).encryptionContext).toBe(context)
  })

  it('copy a context that is the one of the request and could change', () => {
    const open = { tenant: '42' }
    const checked = checkEncryptionMaterials(
      encryptionRequest({ encryptionContext: open }),
      encryptionMaterials({ encryptionContext: open }),
    )
    open.tenant = '43'
    expect({ ...checked.encryptionContext }).toEqual({ tenant: '42' })
  })
})

describe('a data key that passes', () => {
  it('is taken over: a copy of our own, and the given one zeroed (K2)', () => {
    const dataKey = keyOf()
    const bytes = dataKey.expose()
    const checked = checkEncryptionMaterials(encryptionRequest(), encryptionMaterials({ dataKey }))
    expect(checked.dataKey).not.toBe(dataKey)
    expect(checked.dataKey.expose()).toEqual(Uint8Array.from({ length: 32 }, (_, i) => i + 1))
    expect(bytes).toEqual(new Uint8Array(32))
    expect(() => dataKey.expose()).toThrow('has been zeroed')
    const toDecrypt = keyOf()
    const bytesToDecrypt = toDecrypt.expose()
    expect(
      checkDecryptionMaterials(decryptionRequest(), decryptionMaterials({ dataKey: toDecrypt })).dataKey.length,
    ).toBe(32)
    expect(bytesToDecrypt).toEqual(new Uint8Array(32))
  })

  it('cannot be changed any more by whoever kept its bytes', () => {
    const bytes = new Uint8Array(32).fill(7)
    const dataKey = { expose: () => bytes, zero() {} }
    const checked = checkEncryptionMaterials(encryptionRequest(), encryptionMaterials({ dataKey }))
    bytes.fill(9)
    expect(checked.dataKey.expose()).toEqual(new Uint8Array(32).fill(7))
  })

  it('lies in memory of its own (K1)', () => {
    const { dataKey } = checkEncryptionMaterials(encryptionRequest(), encryptionMaterials())
    const { byteOffset, buffer } = dataKey.expose()
    expect([byteOffset, buffer.byteLength]).toEqual([0, 32])
  })
})

describe('materials of a hostile or careless plug-in, to encrypt (K4)', () => {
  const hole: EncryptedDataKey[] = []
  hole.length = 1

  const cases: readonly (readonly [fault: string, given: unknown, message: string])[] = [
    ['nothing', undefined, `the materials are no object${at}`],
    ['null', null, `the materials are no object${at}`],
    ['a text', 'materials', `the materials are no object${at}`],
    [
      'no data key',
      encryptionMaterials({ dataKey: undefined }),
      `the materials have no data key of class DataKey${at}`,
    ],
    [
      'bytes for a data key',
      encryptionMaterials({ dataKey: new Uint8Array(32) }),
      `the materials have no data key of class DataKey${at}`,
    ],
    [
      'a data key that exposes a number, which would make a key of zeros',
      encryptionMaterials({ dataKey: { expose: () => 32, zero() {} } }),
      'the materials cannot be used: TypeError: a data key is made of bytes, found number',
    ],
    [
      'a data key that was zeroed before',
      encryptionMaterials({
        dataKey: (() => {
          const key = keyOf()
          key.zero()
          return key
        })(),
      }),
      'the materials cannot be used: TypeError: this data key has been zeroed: take a clone before it is handed over',
    ],
    [
      'a key of 31 bytes',
      encryptionMaterials({ dataKey: keyOf(31) }),
      `the materials have a data key of 31 bytes, the suite takes 32${at}`,
    ],
    [
      'a key of 16 bytes',
      encryptionMaterials({ dataKey: keyOf(16) }),
      `the materials have a data key of 16 bytes, the suite takes 32${at}`,
    ],
    [
      'an empty key',
      encryptionMaterials({ dataKey: keyOf(0) }),
      `the materials have a data key of 0 bytes, the suite takes 32${at}`,
    ],
    [
      'a longer key',
      encryptionMaterials({ dataKey: keyOf(33) }),
      `the materials have a data key of 33 bytes, the suite takes 32${at}`,
    ],
    [
      'no suite',
      encryptionMaterials({ suite: undefined }),
      `the materials have no algorithm suite of the message format${at}`,
    ],
    [
      'null for a suite',
      encryptionMaterials({ suite: null }),
      `the materials have no algorithm suite of the message format${at}`,
    ],
    [
      'a suite of S3',
      encryptionMaterials({ suite: { id: 0x0073 } }),
      `the materials have no algorithm suite of the message format${at}`,
    ],
    ['another suite', signed(), `the materials have another suite than was asked for${at}`],
    [
      'no list of keys',
      encryptionMaterials({ encryptedDataKeys: undefined }),
      `the materials have no encrypted data key${at}`,
    ],
    [
      'no encrypted data key',
      encryptionMaterials({ encryptedDataKeys: [] }),
      `the materials have no encrypted data key${at}`,
    ],
    [
      'a set of keys',
      encryptionMaterials({ encryptedDataKeys: new Set([edk]) }),
      `the materials have no encrypted data key${at}`,
    ],
    [
      '65536 keys',
      encryptionMaterials({ encryptedDataKeys: Array.from({ length: 65_536 }, () => edk) }),
      `the materials have 65536 encrypted data keys, the format has room for 65535${at}`,
    ],
    [
      'a key that is null',
      encryptionMaterials({ encryptedDataKeys: [edk, null] }),
      `the materials have an encrypted data key whose providerId is no string${at}`,
    ],
    [
      'a hole in the list',
      encryptionMaterials({ encryptedDataKeys: hole }),
      `the materials have an encrypted data key whose providerId is no string${at}`,
    ],
    [
      'a provider id in bytes',
      encryptionMaterials({ encryptedDataKeys: [{ ...edk, providerId: new Uint8Array(3) }] }),
      `the materials have an encrypted data key whose providerId is no string${at}`,
    ],
    [
      'a provider id of 65536 bytes',
      encryptionMaterials({ encryptedDataKeys: [{ ...edk, providerId: `${'€'.repeat(21845)}x` }] }),
      `the materials have an encrypted data key whose providerId has more than 65535 bytes${at}`,
    ],
    [
      'a provider info in text',
      encryptionMaterials({ encryptedDataKeys: [{ ...edk, providerInfo: 'key-1' }] }),
      `the materials have an encrypted data key whose providerInfo is no Uint8Array${at}`,
    ],
    [
      'a ciphertext as an ArrayBuffer',
      encryptionMaterials({ encryptedDataKeys: [{ ...edk, ciphertext: new ArrayBuffer(8) }] }),
      `the materials have an encrypted data key whose ciphertext is no Uint8Array${at}`,
    ],
    [
      'a ciphertext of 65536 bytes',
      encryptionMaterials({ encryptedDataKeys: [{ ...edk, ciphertext: new Uint8Array(65536) }] }),
      `the materials have an encrypted data key whose ciphertext has more than 65535 bytes${at}`,
    ],
    [
      'no context',
      encryptionMaterials({ encryptionContext: undefined }),
      'the materials have an encryption context that cannot be used: TypeError: encryptionContext must be an object whose values are strings',
    ],
    [
      'a context with a number',
      encryptionMaterials({ encryptionContext: { tenant: 42 } }),
      'the materials have an encryption context that cannot be used: TypeError: encryptionContext["tenant"] must be a string, found number',
    ],
    [
      'a pair dropped',
      encryptionMaterials({ encryptionContext: { tenant: '42' } }),
      `the materials drop or change the context key "purpose"${at}`,
    ],
    [
      'a pair changed',
      encryptionMaterials({ encryptionContext: { ...context, tenant: '43' } }),
      `the materials drop or change the context key "tenant"${at}`,
    ],
    [
      'a reserved pair added',
      encryptionMaterials({ encryptionContext: { ...context, 'aws-crypto-mine': '' } }),
      `the materials add the reserved context key "aws-crypto-mine"${at}`,
    ],
    [
      'no required keys',
      encryptionMaterials({ requiredContextKeys: undefined }),
      `the materials have no set of required context keys${at}`,
    ],
    [
      'required keys in a list',
      encryptionMaterials({ requiredContextKeys: ['tenant'] }),
      `the materials have no set of required context keys${at}`,
    ],
    [
      'a required key without a pair',
      encryptionMaterials({ requiredContextKeys: new Set(['nowhere']) }),
      `the materials require the context key "nowhere", which has no value${at}`,
    ],
    [
      'a required key that every object has, but no context',
      encryptionMaterials({ requiredContextKeys: new Set(['toString']) }),
      `the materials require the context key "toString", which has no value${at}`,
    ],
    [
      'a signing key for a suite that does not sign',
      encryptionMaterials({ signingKey }),
      `the materials have a signing key, the suite does not sign${at}`,
    ],
    [
      'a public key for a suite that does not sign',
      encryptionMaterials({ encryptionContext: signedContext }),
      `the materials have "aws-crypto-public-key" in the context, the suite does not sign${at}`,
    ],
    [
      'a getter that throws',
      encryptionMaterials({
        suite: {
          get id(): number {
            throw new RangeError('not today')
          },
        },
      }),
      'the materials cannot be used: RangeError: not today',
    ],
  ]

  it.each(cases)('are refused: %s', (_, given, message) => {
    let refused: unknown
    try {
      checkEncryptionMaterials(encryptionRequest(), given as ReadyEncryptionMaterials)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(MaterialsError)
    expect(refused).toMatchObject({ code: 'ERR_ESDK_MATERIALS', message })
  })

  const signedCases: readonly (readonly [fault: string, given: ReadyEncryptionMaterials, message: string])[] = [
    ['no signing key', signed({ signingKey: undefined }), `the materials have no signing key, the suite signs${at}`],
    [
      'no public key',
      signed({ encryptionContext: context }),
      `the materials have a signing key that does not belong to "aws-crypto-public-key" in the context${at}`,
    ],
    [
      'the signing key of another public key',
      signed({ signingKey: otherSigningKey }),
      `the materials have a signing key that does not belong to "aws-crypto-public-key" in the context${at}`,
    ],
    [
      'a signing key of another curve',
      signed({ signingKey: shortSigningKey }),
      `the materials have a signing key of P-256, the suite signs on P-384${at}`,
    ],
    [
      'a public key that must be given again, where a reader looks for it in the message',
      signed({ requiredContextKeys: new Set([publicKeyContextKey]) }),
      `the materials keep "aws-crypto-public-key" out of the message, where a reader looks for it${at}`,
    ],
    [
      'a signing key without a public key',
      signed({ signingKey: { curve: 'P-384' } }),
      'the materials cannot be used: TypeError:',
    ],
  ]

  it.each(signedCases)('are refused for a suite that signs: %s', (_, given, message) => {
    const request = encryptionRequest({ suite: algorithmSuite(0x0578) })
    expect(() => checkEncryptionMaterials(request, given)).toThrow(MaterialsError)
    expect(() => checkEncryptionMaterials(request, { ...given, dataKey: keyOf() })).toThrow(message)
  })

  it('are refused without the required keys that were asked for', () => {
    const request = encryptionRequest({ requiredContextKeys: new Set(['tenant']) })
    expect(() => checkEncryptionMaterials(request, encryptionMaterials())).toThrow(
      `the materials do not keep the required context key "tenant" out of the message${at}`,
    )
  })

  it('are refused with a suite that the commitment policy forbids, which they chose themselves', () => {
    const { suite: _, ...request } = encryptionRequest()
    const given = encryptionMaterials({ suite: algorithmSuite(0x0178) })
    expect(() => checkEncryptionMaterials(request, given)).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_COMMITMENT_POLICY', suite: 0x0178 }),
    )
  })

  it('do not get around a check with a second answer (K3)', () => {
    const key = shifty({ ...edk }, { ciphertext: new Uint8Array(65536), providerId: 7 as unknown as string })
    const given = shifty(encryptionMaterials({ encryptedDataKeys: [key] }), {
      suite: algorithmSuite(0x0014),
      dataKey: keyOf(16),
      encryptedDataKeys: [] as never,
      encryptionContext: { tenant: '43' },
      requiredContextKeys: new Set(['purpose']),
    })
    const checked = checkEncryptionMaterials(encryptionRequest(), given)
    expect(checked.suite.id).toBe(0x0478)
    expect(checked.dataKey.length).toBe(32)
    expect(checked.encryptedDataKeys).toEqual([edk])
    expect({ ...checked.encryptionContext }).toEqual({ ...context })
    expect(checked.requiredContextKeys.size).toBe(0)
  })

  it('lose their data key all the same: it is zeroed when they are refused (K2)', () => {
    const dataKey = keyOf()
    const bytes = dataKey.expose()
    const given = encryptionMaterials({ dataKey, encryptedDataKeys: [] })
    expect(() => checkEncryptionMaterials(encryptionRequest(), given)).toThrow(MaterialsError)
    expect(bytes).toEqual(new Uint8Array(32))
  })

  it('are told without a byte of their keys (P15)', () => {
    const dataKey = new DataKey(new TextEncoder().encode('the-secret-of-31-bytes-is-here.'))
    try {
      checkEncryptionMaterials(encryptionRequest(), encryptionMaterials({ dataKey }))
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  })

  it('are told with their names quoted, so that they forge no line of a log', () => {
    const key = 'a\nERROR all is lost \u202e"'
    const given = encryptionMaterials({ requiredContextKeys: new Set([key]) })
    expect(() => checkEncryptionMaterials(encryptionRequest(), given)).toThrow(
      `require the context key "a\\u{a}ERROR all is lost \\u{202e}\\"", which has no value`,
    )
  })
})

describe('materials that are fit to decrypt', () => {
  it('come back with all their fields', () => {
    const checked = checkDecryptionMaterials(signedRequest, verified({ encryptedDataKey: edk }))
    expect(checked).toMatchObject({
      suite: algorithmSuite(0x0578),
      encryptionContext: signedContext,
      requiredContextKeys: new Set(),
    })
    expect(checked.verificationKey).toBe(verificationKey)
    expect(checked.encryptedDataKey).toBe(edk)
  })

  it('tell which key was used only if it is one of the message', () => {
    const stranger = { ...edk }
    const checked = checkDecryptionMaterials(decryptionRequest(), decryptionMaterials({ encryptedDataKey: stranger }))
    expect('encryptedDataKey' in checked).toBe(false)
    expect('verificationKey' in checked).toBe(false)
  })

  it('may hold pairs that the message does not, if they are required', () => {
    const encryptionContext = contextOf([...Object.entries(context), ['region', 'eu']])
    const request = decryptionRequest({ reproducedContext: contextOf([['region', 'eu']]) })
    const given = decryptionMaterials({ encryptionContext, requiredContextKeys: new Set(['region']) })
    const checked = checkDecryptionMaterials(request, given)
    expect(checked.encryptionContext['region']).toBe('eu')
    expect([...checked.requiredContextKeys]).toEqual(['region'])
    expect(Object.isFrozen(checked)).toBe(true)
  })
})

describe('materials of a hostile or careless plug-in, to decrypt (K4)', () => {
  const more = contextOf([...Object.entries(context), ['region', 'eu']])

  const cases: readonly (readonly [fault: string, given: unknown, message: string])[] = [
    ['nothing', undefined, `the materials are no object${at}`],
    [
      'no data key',
      decryptionMaterials({ dataKey: undefined }),
      `the materials have no data key of class DataKey${at}`,
    ],
    [
      'a key of 24 bytes',
      decryptionMaterials({ dataKey: keyOf(24) }),
      `the materials have a data key of 24 bytes, the suite takes 32${at}`,
    ],
    [
      'an empty key',
      decryptionMaterials({ dataKey: keyOf(0) }),
      `the materials have a data key of 0 bytes, the suite takes 32${at}`,
    ],
    [
      'no suite',
      decryptionMaterials({ suite: undefined }),
      `the materials have no algorithm suite of the message format${at}`,
    ],
    [
      'another suite',
      decryptionMaterials({ suite: algorithmSuite(0x0578) }),
      `the materials have another suite than the message${at}`,
    ],
    [
      'a weaker suite',
      decryptionMaterials({ suite: algorithmSuite(0x0078) }),
      `the materials have another suite than the message${at}`,
    ],
    [
      'no context',
      decryptionMaterials({ encryptionContext: null }),
      'the materials have an encryption context that cannot be used: TypeError: encryptionContext must be an object whose values are strings',
    ],
    [
      'an empty context',
      decryptionMaterials({ encryptionContext: {} }),
      `the materials drop or change the context key "tenant"${at}`,
    ],
    [
      'a pair changed',
      decryptionMaterials({ encryptionContext: { ...context, purpose: 'restore' } }),
      `the materials drop or change the context key "purpose"${at}`,
    ],
    [
      'a pair added that nothing authenticates',
      decryptionMaterials({ encryptionContext: more }),
      `the materials add the context key "region", which nothing authenticates${at}`,
    ],
    [
      'a key required that is in the message',
      decryptionMaterials({ requiredContextKeys: new Set(['tenant']) }),
      `the materials require the context key "tenant", which is in the message${at}`,
    ],
    [
      'a key required that is in the message, beside one that is not',
      decryptionMaterials({ encryptionContext: more, requiredContextKeys: new Set(['region', 'purpose']) }),
      `the materials require the context key "purpose", which is in the message${at}`,
    ],
    [
      'no required keys',
      decryptionMaterials({ requiredContextKeys: undefined }),
      `the materials have no set of required context keys${at}`,
    ],
    [
      'a required key without a pair',
      decryptionMaterials({ requiredContextKeys: new Set(['nowhere']) }),
      `the materials require the context key "nowhere", which has no value${at}`,
    ],
    [
      'a verification key for a suite that does not sign',
      decryptionMaterials({ verificationKey }),
      `the materials have a verification key, the suite does not sign${at}`,
    ],
  ]

  it.each(cases)('are refused: %s', (_, given, message) => {
    expect(() => checkDecryptionMaterials(decryptionRequest(), given as ReadyDecryptionMaterials)).toThrow(
      expect.objectContaining({ name: 'MaterialsError', code: 'ERR_ESDK_MATERIALS', message }),
    )
  })

  it.each([
    [
      'no verification key',
      { verificationKey: undefined },
      `the materials have no verification key, the suite signs${at}`,
    ],
    [
      'another verification key than that of the message',
      { verificationKey: { ...otherSigningKey } },
      `the materials have a verification key that does not belong to "aws-crypto-public-key" in the context${at}`,
    ],
    [
      'a verification key of another curve',
      { verificationKey: { ...shortSigningKey } },
      `the materials have a verification key of P-256, the suite signs on P-384${at}`,
    ],
  ])('are refused for a suite that signs: %s', (_, changes, message) => {
    expect(() => checkDecryptionMaterials(signedRequest, verified(changes))).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_MATERIALS', message }),
    )
  })

  it('are refused for a message of a suite that does not sign and yet holds a public key (P11)', () => {
    const request = decryptionRequest({ encryptionContext: signedContext })
    expect(() => checkDecryptionMaterials(request, decryptionMaterials({ encryptionContext: signedContext }))).toThrow(
      `the materials have "aws-crypto-public-key" in the context, the suite does not sign${at}`,
    )
  })

  it('are refused when they do not hold what was given again', () => {
    const request = decryptionRequest({ reproducedContext: contextOf([['region', 'eu']]) })
    expect(() => checkDecryptionMaterials(request, decryptionMaterials())).toThrow(
      `the materials drop or change the context key "region"${at}`,
    )
  })

  it.each([0x0014, 0x0178, 0x0378] as readonly AlgorithmSuiteId[])(
    'are refused for suite %i when the policy requires commitment (P11)',
    (id) => {
      const suite = algorithmSuite(id)
      const given = decryptionMaterials({ suite, dataKey: keyOf(suite.keyLength) })
      expect(() => checkDecryptionMaterials(decryptionRequest({ suite }), given)).toThrow(
        expect.objectContaining({ code: 'ERR_ESDK_COMMITMENT_POLICY', suite: id }),
      )
    },
  )

  it('do not get around a check with a second answer (K3)', () => {
    const given = shifty(decryptionMaterials(), {
      suite: algorithmSuite(0x0014),
      dataKey: keyOf(16),
      encryptionContext: { tenant: '43' },
      requiredContextKeys: new Set(['purpose']),
    })
    const checked = checkDecryptionMaterials(decryptionRequest(), given)
    expect(checked.suite.id).toBe(0x0478)
    expect(checked.dataKey.length).toBe(32)
    expect(checked.encryptionContext).toEqual(context)
    expect(checked.requiredContextKeys.size).toBe(0)
  })

  it('lose their data key all the same: it is zeroed when they are refused (K2)', () => {
    const dataKey = keyOf()
    const bytes = dataKey.expose()
    const given = decryptionMaterials({ dataKey, encryptionContext: {} })
    expect(() => checkDecryptionMaterials(decryptionRequest(), given)).toThrow(MaterialsError)
    expect(bytes).toEqual(new Uint8Array(32))
  })

  it('are refused when their data key cannot be zeroed', () => {
    const dataKey = {
      expose: () => new Uint8Array(32),
      zero() {
        throw new Error('no')
      },
    }
    expect(() => checkDecryptionMaterials(decryptionRequest(), decryptionMaterials({ dataKey }))).toThrow(
      expect.objectContaining({ code: 'ERR_ESDK_MATERIALS', message: 'the materials cannot be used: Error: no' }),
    )
  })
})
