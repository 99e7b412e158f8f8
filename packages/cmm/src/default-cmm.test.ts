import { defaultBackend } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  algorithmSuite,
  algorithmSuites,
  contextOf,
  decodeBase64,
  emptyContext,
  encodeBase64,
  publicKeyContextKey,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { toyKeyring } from '../test/toy-keyring.ts'
import type { DecryptionMaterialsRequest, EncryptionMaterialsRequest } from './cmm.ts'
import { commitmentPolicies, defaultSuite } from './commitment-policy.ts'
import { defaultCmm } from './default-cmm.ts'
import type { CallOptions, Keyring } from './keyring.ts'
import type { EmptyDecryptionMaterials, EncryptionMaterials, ReadyEncryptionMaterials } from './materials.ts'

const context = contextOf([['tenant', '42']])
const strict = 'require-encrypt-require-decrypt'
const loose = 'forbid-encrypt-allow-decrypt'

/** A keyring that tells what it was called with. */
function observed() {
  const toEncrypt: EncryptionMaterials[] = []
  const toDecrypt: EmptyDecryptionMaterials[] = []
  const options: (CallOptions | undefined)[] = []
  const toy = toyKeyring()
  const keyring: Keyring = {
    onEncrypt(materials, callOptions) {
      toEncrypt.push(materials)
      options.push(callOptions)
      return toy.onEncrypt(materials, callOptions)
    },
    onDecrypt(materials, keys, callOptions) {
      toDecrypt.push(materials)
      options.push(callOptions)
      return toy.onDecrypt(materials, keys, callOptions)
    },
  }
  return { keyring, toEncrypt, toDecrypt, options }
}

function requestFor(suite: AlgorithmSuite | undefined, changes: Partial<EncryptionMaterialsRequest> = {}) {
  return {
    commitmentPolicy: suite?.committing === false ? loose : strict,
    encryptionContext: context,
    ...(suite && { suite }),
    ...changes,
  } as const
}

function decryptionRequest(
  { suite, encryptionContext, encryptedDataKeys }: ReadyEncryptionMaterials,
  changes: Partial<DecryptionMaterialsRequest> = {},
): DecryptionMaterialsRequest {
  return {
    commitmentPolicy: suite.committing ? strict : loose,
    suite,
    encryptionContext,
    encryptedDataKeys,
    ...changes,
  }
}

describe('the default materials manager, to encrypt', () => {
  it.each(commitmentPolicies)('takes the default suite of %s when none is asked for', async (commitmentPolicy) => {
    const { suite } = await defaultCmm(toyKeyring()).getEncryptionMaterials({
      commitmentPolicy,
      encryptionContext: emptyContext,
    })
    expect(suite).toBe(defaultSuite(commitmentPolicy))
  })

  it.each(algorithmSuites)('takes the suite that is asked for: $name', async (suite) => {
    expect((await defaultCmm(toyKeyring()).getEncryptionMaterials(requestFor(suite))).suite).toBe(suite)
  })

  it('refuses a suite that the policy forbids, before it asks the keyring', async () => {
    const { keyring, toEncrypt } = observed()
    const request = requestFor(algorithmSuite(0x0178), { commitmentPolicy: strict })
    await expect(defaultCmm(keyring).getEncryptionMaterials(request)).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
      suite: 0x0178,
    })
    expect(toEncrypt).toEqual([])
  })

  it.each(algorithmSuites.filter(({ signature }) => signature.kind === 'ecdsa'))(
    'makes a signing key for $name, and puts its public key into a copy of the context',
    async (suite) => {
      const open = { tenant: '42' }
      const { keyring, toEncrypt } = observed()
      const request = requestFor(suite, { encryptionContext: open })
      const { signingKey, encryptionContext } = await defaultCmm(keyring).getEncryptionMaterials(request)
      const stored = decodeBase64(encryptionContext[publicKeyContextKey] as string)
      expect(stored).toEqual(signingKey?.publicKey)
      // A compressed point of 32 or 48 bytes.
      expect(stored?.length).toBe(suite.id === 0x0214 ? 33 : 49)
      expect([2, 3]).toContain(stored?.[0])
      expect(signingKey?.curve).toBe(suite.id === 0x0214 ? 'P-256' : 'P-384')
      expect(encryptionContext['tenant']).toBe('42')
      expect(open).toEqual({ tenant: '42' })
      expect(toEncrypt[0]?.encryptionContext).toBe(encryptionContext)
    },
  )

  it('makes another signing key for each message', async () => {
    const cmm = defaultCmm(toyKeyring())
    const [one, two] = await Promise.all([
      cmm.getEncryptionMaterials(requestFor(undefined)),
      cmm.getEncryptionMaterials(requestFor(undefined)),
    ])
    expect(one.signingKey?.publicKey).not.toEqual(two.signingKey?.publicKey)
  })

  it.each(algorithmSuites.filter(({ signature }) => signature.kind === 'none'))(
    'makes no signing key for $name, and leaves the context alone',
    async (suite) => {
      const materials = await defaultCmm(toyKeyring()).getEncryptionMaterials(requestFor(suite))
      expect('signingKey' in materials).toBe(false)
      expect(materials.encryptionContext).toBe(context)
    },
  )

  it('can be given a backend, which makes the signing keys', async () => {
    const curves: string[] = []
    const { ecdsa } = defaultBackend
    const backend = {
      ecdsa: {
        importPublicKey: ecdsa.importPublicKey,
        generateKey: (curve: 'P-256' | 'P-384') => {
          curves.push(curve)
          return ecdsa.generateKey(curve)
        },
      },
    }
    await defaultCmm(toyKeyring(), { backend }).getEncryptionMaterials(requestFor(algorithmSuite(0x0214)))
    expect(curves).toEqual(['P-256'])
  })

  it('does the same with a backend that answers by and by', async () => {
    const { ecdsa } = defaultBackend
    const backend = {
      ecdsa: {
        generateKey: async (curve: 'P-256' | 'P-384') => ecdsa.generateKey(curve),
        importPublicKey: async (curve: 'P-256' | 'P-384', point: Uint8Array) => ecdsa.importPublicKey(curve, point),
      },
    }
    const cmm = defaultCmm(toyKeyring(), { backend })
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0578)))
    const decrypted = await cmm.decryptMaterials(decryptionRequest(encrypted))
    expect(decrypted.verificationKey?.publicKey).toEqual(encrypted.signingKey?.publicKey)
  })

  it('refuses a context with the key that it writes itself', async () => {
    const encryptionContext = contextOf([[publicKeyContextKey, 'AAAA']])
    for (const suite of [algorithmSuite(0x0478), algorithmSuite(0x0578)]) {
      const request = requestFor(suite, { encryptionContext })
      await expect(defaultCmm(toyKeyring()).getEncryptionMaterials(request)).rejects.toMatchObject({
        code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        message: 'the encryption context key "aws-crypto-public-key" is reserved',
      })
    }
  })

  it('hands required keys on, and wants a pair for each', async () => {
    const { keyring, toEncrypt } = observed()
    const cmm = defaultCmm(keyring)
    const request = requestFor(undefined, { requiredContextKeys: new Set(['tenant']) })
    expect([...(await cmm.getEncryptionMaterials(request)).requiredContextKeys]).toEqual(['tenant'])
    expect([...(toEncrypt[0]?.requiredContextKeys ?? [])]).toEqual(['tenant'])
    const missing = requestFor(undefined, { requiredContextKeys: new Set(['tenant', 'a\nb']) })
    await expect(cmm.getEncryptionMaterials(missing)).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
      message: 'the encryption context must have a value for "a\\u{a}b", and has none',
    })
  })

  it('takes names of object members for plain keys, whatever object the context is (P10)', async () => {
    const cmm = defaultCmm(toyKeyring())
    const plain = { tenant: '42' }
    const request = requestFor(undefined, { encryptionContext: plain, requiredContextKeys: new Set(['toString']) })
    await expect(cmm.getEncryptionMaterials(request)).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    const encrypted = await cmm.getEncryptionMaterials(requestFor(undefined, { encryptionContext: plain }))
    const reproducedContext = { constructor: 'c' } as unknown as Record<string, string>
    const request2 = decryptionRequest(encrypted, {
      encryptionContext: { ...encrypted.encryptionContext },
      reproducedContext,
    })
    // Not found in the message, and so added; the key then does not unwrap, which is another matter.
    await expect(cmm.decryptMaterials(request2)).rejects.toMatchObject({ code: 'ERR_ESDK_NO_DATA_KEY' })
  })

  it('hands the signal on, and nothing else of the request', async () => {
    const { keyring, options } = observed()
    const { signal } = new AbortController()
    await defaultCmm(keyring).getEncryptionMaterials(requestFor(undefined, { signal }))
    await defaultCmm(keyring).getEncryptionMaterials(requestFor(undefined, { maxPlaintextLength: 10 }))
    expect(options).toEqual([{ signal }, {}])
    expect(options[0]?.signal).toBe(signal)
  })

  it('rejects with what the keyring rejects with', async () => {
    const failure = new Error('the vault is closed')
    const keyring: Keyring = { ...toyKeyring(), onEncrypt: () => Promise.reject(failure) }
    await expect(defaultCmm(keyring).getEncryptionMaterials(requestFor(undefined))).rejects.toBe(failure)
  })
})

describe('the default materials manager, to decrypt', () => {
  const cmm = defaultCmm(toyKeyring())

  it.each(algorithmSuites)('gives the data key and, if the suite signs, the verification key: $name', async (suite) => {
    const encrypted = await cmm.getEncryptionMaterials(requestFor(suite))
    const decrypted = await cmm.decryptMaterials(decryptionRequest(encrypted))
    expect(decrypted.dataKey.expose()).toEqual(encrypted.dataKey.expose())
    expect(decrypted.verificationKey?.publicKey).toEqual(encrypted.signingKey?.publicKey)
    expect('verificationKey' in decrypted).toBe(suite.signature.kind === 'ecdsa')
    expect(decrypted.encryptionContext).toBe(encrypted.encryptionContext)
    expect(decrypted.encryptedDataKey).toBe(encrypted.encryptedDataKeys[0])
  })

  it('refuses a suite that the policy forbids, before it asks the keyring (P11)', async () => {
    const { keyring, toDecrypt } = observed()
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0378)))
    const request = decryptionRequest(encrypted, { commitmentPolicy: strict })
    await expect(defaultCmm(keyring).decryptMaterials(request)).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
    expect(toDecrypt).toEqual([])
  })

  it('refuses a signed message without a public key, before it asks the keyring (P11)', async () => {
    const { keyring, toDecrypt } = observed()
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0578)))
    const request = decryptionRequest(encrypted, { encryptionContext: context })
    await expect(defaultCmm(keyring).decryptMaterials(request)).rejects.toMatchObject({
      name: 'PublicKeyError',
      code: 'ERR_ESDK_PUBLIC_KEY',
      message:
        'the message is signed (AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384), but holds no "aws-crypto-public-key"',
    })
    expect(toDecrypt).toEqual([])
  })

  it('refuses an unsigned message with one (P11)', async () => {
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0478)))
    const encryptionContext = contextOf([...Object.entries(context), [publicKeyContextKey, 'AAAA']])
    await expect(cmm.decryptMaterials(decryptionRequest(encrypted, { encryptionContext }))).rejects.toMatchObject({
      code: 'ERR_ESDK_PUBLIC_KEY',
      message:
        'the message holds "aws-crypto-public-key", but its suite AES_256_GCM_HKDF_SHA512_COMMIT_KEY does not sign',
    })
  })

  it('refuses a public key that is no compressed point of the curve in base64 (P13)', async () => {
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0578)))
    const compressed = encrypted.signingKey?.publicKey as Uint8Array
    const ofP256 = await defaultBackend.ecdsa.generateKey('P-256')
    const [first = 0] = compressed
    const texts: readonly (readonly [what: string, text: string])[] = [
      ['empty', ''],
      ['no base64', 'not base64!'],
      ['base64 with white space', `${encodeBase64(compressed)}\n`],
      ['base64 for URLs', encodeBase64(compressed).replace(/.$/, '_')],
      ['a point of another curve', encodeBase64(ofP256.publicKey)],
      ['a point cut short', encodeBase64(compressed.subarray(0, 48))],
      ['a byte more', encodeBase64(Uint8Array.of(...compressed, 0))],
      ['another form', encodeBase64(Uint8Array.of(first ^ 4, ...compressed.subarray(1)))],
      ['a hybrid form', encodeBase64(Uint8Array.of(first + 4, ...compressed.subarray(1)))],
      ['the point at infinity', encodeBase64(Uint8Array.of(0))],
      ['no point of the field', encodeBase64(Uint8Array.of(2, ...new Uint8Array(48).fill(0xff)))],
    ]
    for (const [what, text] of texts) {
      const encryptionContext = contextOf([...Object.entries(context), [publicKeyContextKey, text]])
      const refused = cmm.decryptMaterials(decryptionRequest(encrypted, { encryptionContext }))
      await expect(refused, what).rejects.toMatchObject({
        code: 'ERR_ESDK_PUBLIC_KEY',
        message: '"aws-crypto-public-key" of the message is not a compressed point of P-384 in base64',
      })
    }
  })

  it('refuses a public key that is given from outside, and not by the message', async () => {
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0578)))
    const text = encrypted.encryptionContext[publicKeyContextKey] as string
    const request = decryptionRequest(encrypted, {
      encryptionContext: context,
      reproducedContext: contextOf([[publicKeyContextKey, text]]),
    })
    await expect(cmm.decryptMaterials(request)).rejects.toMatchObject({
      code: 'ERR_ESDK_PUBLIC_KEY',
      message: '"aws-crypto-public-key" was given to decrypt, but the message does not hold it',
    })
  })

  it('compares what is given again with the message', async () => {
    const encrypted = await cmm.getEncryptionMaterials(requestFor(algorithmSuite(0x0478)))
    const same = decryptionRequest(encrypted, { reproducedContext: contextOf([['tenant', '42']]) })
    const decrypted = await cmm.decryptMaterials(same)
    expect(decrypted.encryptionContext).toBe(encrypted.encryptionContext)
    expect(decrypted.requiredContextKeys.size).toBe(0)
    for (const value of ['43', '', '42 ']) {
      const other = decryptionRequest(encrypted, { reproducedContext: contextOf([['tenant', value]]) })
      await expect(cmm.decryptMaterials(other)).rejects.toMatchObject({
        name: 'EncryptionContextError',
        code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        message: 'the encryption context has another value for "tenant" in the message than was given to decrypt',
      })
    }
  })

  it('adds what is given again and not in the message, and requires it', async () => {
    const request = requestFor(algorithmSuite(0x0578), { requiredContextKeys: new Set(['tenant']) })
    const encrypted = await cmm.getEncryptionMaterials(request)
    const stored = contextOf(Object.entries(encrypted.encryptionContext).filter(([key]) => key !== 'tenant'))
    const decrypted = await cmm.decryptMaterials(
      decryptionRequest(encrypted, { encryptionContext: stored, reproducedContext: contextOf([['tenant', '42']]) }),
    )
    expect({ ...decrypted.encryptionContext }).toEqual({ ...encrypted.encryptionContext })
    expect([...decrypted.requiredContextKeys]).toEqual(['tenant'])
    expect(Object.isFrozen(decrypted.encryptionContext)).toBe(true)
  })

  it('hands the signal on', async () => {
    const { keyring, options } = observed()
    const { signal } = new AbortController()
    const own = defaultCmm(keyring)
    const encrypted = await own.getEncryptionMaterials(requestFor(undefined))
    await own.decryptMaterials(decryptionRequest(encrypted, { signal }))
    expect(options[1]?.signal).toBe(signal)
  })
})

describe('the default materials manager', () => {
  it.each([
    ['nothing', undefined],
    ['a materials manager', defaultCmm(toyKeyring())],
    ['an object with one method', { onEncrypt: () => undefined }],
  ])('needs a keyring, not %s', (_, value) => {
    expect(() => defaultCmm(value as unknown as Keyring)).toThrow(
      new TypeError('defaultCmm needs a keyring: an object with onEncrypt and onDecrypt'),
    )
  })
})
