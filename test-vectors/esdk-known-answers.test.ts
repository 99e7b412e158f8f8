import { createClient } from '@esdk/client'
import type { CryptoBackend } from '@esdk/crypto-backend'
import { type HashName, hkdfExpand, hkdfExtract } from '@esdk/crypto-backend'
import {
  algorithmSuite,
  bodyAad,
  decode,
  encodeContext,
  formatSuiteId,
  headerAad,
  parseSignature,
  readHeader,
  readHeaderTag,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { codeOfClass, staticDataKeyKeyring } from './esdk-manifest.ts'
import { fromBase64, fromHex, readBytes, readJson, toHex } from './source.ts'

/** A published message, and the data key that its encrypted data keys hold. */
interface StaticKeyTest {
  readonly id: string
  readonly message: { readonly base64: string }
  readonly keyring: { readonly plaintextDataKey: string }
  readonly plaintext?: { readonly base64: string }
  readonly messageId?: string
  readonly commitKey?: string
  readonly derivedKey?: string
  readonly encryptionContext?: Readonly<Record<string, string>>
  readonly result: 'ok' | { readonly error: string }
}

interface HkdfTest {
  readonly name: string
  readonly hash: string
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly length: number
  readonly okm: string
}

/** A message with every value on the way to its plaintext, in hex. */
interface Walkthrough {
  readonly id: string
  readonly message: string
  readonly suiteId: string
  readonly messageId: string
  readonly encryptionContext: Readonly<Record<string, string>>
  readonly encryptionContextSerialized: string
  readonly requiredEncryptionContext?: Readonly<Record<string, string>>
  readonly requiredEncryptionContextSerialized?: string
  readonly dataKey: string
  readonly derivedKey: string
  readonly kdf?: { readonly commitKey?: string }
  readonly headerBody: string
  readonly headerAad?: string
  readonly headerIv: string
  readonly headerTag: string
  readonly body: readonly {
    readonly kind: 'Frame' | 'Final Frame' | 'Single Block'
    readonly sequenceNumber: number
    readonly iv: string
    readonly aad: string
    readonly plaintext: string
    readonly ciphertext: string
    readonly tag: string
  }[]
  readonly signature?: {
    readonly curve: string
    readonly hash: string
    readonly signedBytes: readonly [number, number]
    readonly signedBytesDigest: string
    readonly der: string
  }
}

const testsOf = async <Test>(name: string) => (await readJson<{ tests: Test[] }>(`esdk/kat/${name}.json`)).tests
const staticKeyTests = [
  ...(await testsOf<StaticKeyTest>('commitment')),
  ...(await testsOf<StaticKeyTest>('static-data-key')),
]
const hkdfTests = await testsOf<HkdfTest>('hkdf')
const walkthroughs = await testsOf<Walkthrough>('walkthrough')

/** The backend, and the content keys that were made on it. */
function watching(backend: CryptoBackend): { backend: CryptoBackend; contentKeys: string[] } {
  const contentKeys: string[] = []
  return {
    contentKeys,
    backend: {
      ...backend,
      importAesGcmKey(key) {
        contentKeys.push(toHex(key))
        return backend.importAesGcmKey(key)
      },
    },
  }
}

function hashNamed(name: string): HashName {
  return name.replace('sha', 'SHA-') as HashName
}

describe.each(backends)('known answers, on %s', (_, given) => {
  it.each(staticKeyTests.map((test) => [test.id, test] as const))('%s', async (_, test) => {
    const { backend, contentKeys } = watching(given)
    const client = createClient({ commitmentPolicy: 'require-encrypt-allow-decrypt', backend })
    const message = fromBase64(test.message.base64)
    const options = { keyring: staticDataKeyKeyring(fromBase64(test.keyring.plaintextDataKey)) }
    if (test.result !== 'ok') {
      const code = codeOfClass[test.result.error] as string
      await expect(client.decrypt(message, options)).rejects.toMatchObject({ code })
      await expect(client.decryptStream([message], options)).rejects.toMatchObject({ code })
      // The key was not used for anything else.
      expect(contentKeys).toEqual([])
      return
    }
    const { plaintext, header } = await client.decrypt(message, options)
    expect(toHex(plaintext)).toBe(toHex(fromBase64(test.plaintext?.base64 ?? '')))
    if (test.messageId) expect(toHex(header.messageId)).toBe(toHex(fromBase64(test.messageId)))
    if (test.encryptionContext) expect({ ...header.encryptionContext }).toEqual(test.encryptionContext)
    if (test.derivedKey) expect(contentKeys).toEqual([toHex(fromBase64(test.derivedKey))])
    if (test.commitKey) expect(header).toMatchObject({ version: 2, commitment: fromBase64(test.commitKey) })
  })

  it.each(hkdfTests.map((test) => [test.name, test] as const))('HKDF: %s', async (_, test) => {
    const hash = hashNamed(test.hash)
    const extracted = await hkdfExtract(given, hash, fromHex(test.ikm), fromHex(test.salt))
    expect(toHex(await hkdfExpand(given, hash, extracted, fromHex(test.info), test.length))).toBe(test.okm)
  })

  it.each(walkthroughs.map((test) => [test.id, test] as const))('step by step: %s', async (_, test) => {
    const message = await readBytes(`esdk/kat/${test.message}`)
    const { value: header, raw, rest } = decode(readHeader({ maxEncryptedDataKeys: 65535 }), message)
    const suite = algorithmSuite(header.suite)
    expect(formatSuiteId(header.suite)).toBe(test.suiteId)
    expect(toHex(header.messageId)).toBe(test.messageId)
    expect(toHex(raw)).toBe(test.headerBody)
    expect(toHex(encodeContext(header.encryptionContext))).toBe(test.encryptionContextSerialized)
    if (test.kdf?.commitKey) expect(header).toMatchObject({ commitment: fromHex(test.kdf.commitKey) })

    const required = test.requiredEncryptionContext ?? {}
    expect(toHex(encodeContext(required))).toBe(test.requiredEncryptionContextSerialized ?? '')
    const wholeContext = { ...header.encryptionContext, ...required }
    const aad = headerAad(raw, wholeContext, new Set(Object.keys(required)))
    expect(toHex(aad)).toBe(test.headerAad ?? test.headerBody)
    const { value: tag, rest: body } = decode(readHeaderTag(suite), rest)
    expect({ iv: toHex(tag.iv), tag: toHex(tag.tag) }).toEqual({ iv: test.headerIv, tag: test.headerTag })

    const { backend, contentKeys } = watching(given)
    const client = createClient({ commitmentPolicy: 'require-encrypt-allow-decrypt', backend })
    const keyring = staticDataKeyKeyring(fromHex(test.dataKey))
    const result = await client.decrypt(message, { keyring, encryptionContext: required })
    expect(contentKeys).toEqual([test.derivedKey])
    expect(toHex(result.plaintext)).toBe(test.body.map(({ plaintext }) => plaintext).join(''))

    const key = await given.importAesGcmKey(fromHex(test.derivedKey))
    expect(toHex(await key.seal(tag.iv, aad, new Uint8Array(0)))).toBe(test.headerTag)
    let offset = message.length - body.length
    for (const { kind, sequenceNumber, iv, plaintext, ciphertext, tag, ...piece } of test.body) {
      const bytes = fromHex(plaintext)
      const aad = bodyAad(header.messageId, contentNames[kind], sequenceNumber, bytes.length)
      expect(toHex(aad)).toBe(piece.aad)
      expect(toHex(await key.seal(fromHex(iv), aad, bytes))).toBe(ciphertext + tag)
      // Where the ciphertext is in the message: behind what stands in front of it.
      offset += prefixLengths[kind]
      expect(toHex(message.subarray(offset, offset + bytes.length + 16))).toBe(ciphertext + tag)
      offset += bytes.length + 16
    }

    if (test.signature === undefined) {
      expect(offset).toBe(message.length)
      return
    }
    const { hash, signedBytes, signedBytesDigest, der } = test.signature
    expect(signedBytes).toEqual([0, offset])
    const digest = await given.digest(hashNamed(hash), message.subarray(...signedBytes))
    expect(toHex(digest)).toBe(signedBytesDigest)
    expect(toHex(message.subarray(offset + 2))).toBe(der)
    expect(suite.signature.kind === 'ecdsa' && parseSignature(suite.signature.curve, fromHex(der))).toHaveLength(
      test.signature.curve === 'secp384r1' ? 96 : 64,
    )
  })
})

const contentNames = { Frame: 'regular frame', 'Final Frame': 'final frame', 'Single Block': 'nonframed' } as const

/** Number and IV; marker, number, IV and length; IV and length. */
const prefixLengths = { Frame: 4 + 12, 'Final Frame': 4 + 4 + 12 + 4, 'Single Block': 12 + 8 } as const

it('the messages that are taken step by step are of all suites, in all layouts', () => {
  expect(new Set(walkthroughs.map(({ suiteId }) => suiteId)).size).toBe(11)
  expect(new Set(walkthroughs.flatMap(({ body }) => body.map(({ kind }) => kind))).size).toBe(3)
  expect(walkthroughs.filter((test) => test.requiredEncryptionContext)).not.toEqual([])
})
