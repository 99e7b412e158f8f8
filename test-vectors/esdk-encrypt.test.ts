import { ciphertextLength, createClient } from '@esdk/client'
import {
  type CryptographicMaterialsManager,
  DataKey,
  type EncryptedDataKey,
  type Keyring,
  withGeneratedDataKey,
} from '@esdk/cmm'
import type { CryptoBackend } from '@esdk/crypto-backend'
import {
  algorithmSuite,
  concat,
  decode,
  findAlgorithmSuite,
  headerLength,
  type MessageHeader,
  readHeader,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { cmmOf, needsBranchKeys, needsPkcs1, type VectorTest } from './esdk-manifest.ts'
import { plaintextOf } from './plaintext.ts'
import { readBytes, readJson, toHex } from './source.ts'

const { tests } = await readJson<{ tests: (VectorTest & { readonly messageLength: number })[] }>(
  'esdk/decrypt/manifest.json',
)

async function headerOf(test: VectorTest): Promise<MessageHeader> {
  return decode(readHeader({ maxEncryptedDataKeys: 65535 }), await readBytes(`esdk/decrypt/${test.message}`)).value
}

/**
 * Messages that leave nothing to choose: unsigned, with all of their context in the header, and in as many frames as
 * esdk makes. (Some writers end a plaintext that fills its frames with an empty frame, which makes the message longer.)
 */
async function determined(): Promise<VectorTest[]> {
  const found: VectorTest[] = []
  for (const test of tests) {
    const { result, contentType, suiteId, group, plaintext } = test
    if (result !== 'ok' || contentType !== 'framed' || group === 'crafted' || test.reproducedEncryptionContext) continue
    if (findAlgorithmSuite(Number(suiteId))?.signature.kind !== 'none' || needsBranchKeys(test.decryptKeyDescription))
      continue
    const header = await headerOf(test)
    if (ciphertextLength(header, plaintext.length, headerLength(header)) === test.messageLength) found.push(test)
  }
  return found
}

/** A backend whose next message has this id. */
function withMessageId(backend: CryptoBackend, messageId: Uint8Array): CryptoBackend {
  return {
    ...backend,
    randomBytes(length) {
      expect(length).toBe(messageId.length)
      return new Uint8Array(messageId)
    },
  }
}

/** Gives one data key, wrapped as somebody else has wrapped it. */
function keyringWith(dataKey: Uint8Array, encryptedDataKeys: readonly EncryptedDataKey[]): Keyring {
  const [first, ...others] = encryptedDataKeys as [EncryptedDataKey, ...EncryptedDataKey[]]
  return {
    async onEncrypt(materials) {
      if (materials.dataKey !== undefined) throw new Error('this keyring makes the data key')
      const generated = withGeneratedDataKey(materials, new DataKey(dataKey), first)
      return { ...generated, encryptedDataKeys: [first, ...others] }
    },
    onDecrypt: () => Promise.reject(new Error('encrypts only')),
  }
}

describe.each(backends)('messages of other implementations, on %s', async (name, backend) => {
  const possible = (await determined()).filter(
    (test) => name === 'node:crypto' || !needsPkcs1(test.decryptKeyDescription),
  )

  it.each(possible.map((test) => [test.id, test] as const))('%s is written again byte for byte', async (_, test) => {
    const message = await readBytes(`esdk/decrypt/${test.message}`)
    const plaintext = await plaintextOf(test.plaintext)
    const cmm = cmmOf(test.decryptKeyDescription, backend)
    let dataKey = new Uint8Array(0)
    const watched: CryptographicMaterialsManager = {
      ...cmm,
      async decryptMaterials(request) {
        const materials = await cmm.decryptMaterials(request)
        dataKey = new Uint8Array(materials.dataKey.expose())
        return materials
      },
    }
    const commitmentPolicy = algorithmSuite((await headerOf(test)).suite).committing
      ? 'require-encrypt-require-decrypt'
      : 'forbid-encrypt-allow-decrypt'
    const { header } = await createClient({ commitmentPolicy, backend }).decrypt(message, { cmm: watched })

    const { suite, frameLength, encryptionContext, messageId, encryptedDataKeys } = header
    const client = createClient({ commitmentPolicy, backend: withMessageId(backend, messageId) })
    const keyring = keyringWith(dataKey, encryptedDataKeys)
    const options = { keyring, suite, frameLength, encryptionContext }
    const { ciphertext } = await client.encrypt(plaintext, options)
    expect(toHex(ciphertext)).toBe(toHex(message))
    const parts: Uint8Array[] = []
    const reader = (await client.encryptStream(plaintext, options)).ciphertext.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value)
    expect(toHex(concat(...parts))).toBe(toHex(message))
  })

  it('these messages are of all suites that do not sign', () => {
    expect(new Set(possible.map(({ suiteId }) => suiteId)).size).toBe(7)
  })
})
