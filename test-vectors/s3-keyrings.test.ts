import { contextOf, type EncryptionContext } from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import {
  type ContentSuite,
  contentSuites,
  type S3Keyring,
  s3AesKeyring,
  s3KmsDiscoveryKeyring,
  s3KmsKeyring,
  s3RsaKeyring,
  type WrappedDataKey,
  type WrappingAlgorithm,
} from '@esdk/s3-cse'
import { describe, expect, it } from 'vitest'
import {
  allowedErrors,
  bodyOf,
  replayingS3Kms,
  type S3DecryptRequest,
  type S3KeyRef,
  type S3Vector,
  s3VectorKeys,
  s3Vectors,
} from './s3-vectors.ts'
import { fromBase64, sha256 } from './source.ts'

/** What an object says of its data key and its body, taken from its metadata by hand. */
interface Read {
  readonly suite: ContentSuite
  readonly wrapped: WrappedDataKey
  readonly iv: Uint8Array
  readonly messageId: Uint8Array
  readonly commitment: string | undefined
}

const shortNames: Readonly<Record<string, WrappingAlgorithm>> = {
  '02': 'AES/GCM',
  '12': 'kms+context',
  '22': 'RSA-OAEP-SHA1',
}

const suites: Readonly<Record<string, ContentSuite>> = {
  '115': contentSuites.committing,
  'AES/GCM/NoPadding': contentSuites.gcm,
}

function readBy(vector: S3Vector, suffix = vector.instructionFile?.suffix): Read {
  const files = [vector.instructionFile, ...(vector.extraInstructionFiles ?? [])]
  const file = files.find((one) => one?.suffix === suffix)
  const pairs: EncryptionContext = { ...vector.metadata, ...(file && (JSON.parse(file.body) as EncryptionContext)) }
  const algorithm = shortNames[pairs['x-amz-w'] ?? ''] ?? pairs['x-amz-wrap-alg'] ?? 'v1'
  const description = pairs['x-amz-matdesc'] || pairs['x-amz-m'] || pairs['x-amz-t'] || '{}'
  const contentAlgorithm = pairs['x-amz-c'] ?? pairs['x-amz-cek-alg'] ?? ''
  return {
    suite: suites[contentAlgorithm] ?? contentSuites.cbc,
    wrapped: {
      algorithm: algorithm as WrappingAlgorithm,
      ciphertext: fromBase64(pairs['x-amz-3'] ?? pairs['x-amz-key-v2'] ?? pairs['x-amz-key'] ?? ''),
      description: contextOf(Object.entries(JSON.parse(description) as EncryptionContext)),
    },
    iv: fromBase64(pairs['x-amz-iv'] ?? ''),
    messageId: fromBase64(pairs['x-amz-i'] ?? ''),
    commitment: pairs['x-amz-d'],
  }
}

function keyringFor({ type, id }: S3KeyRef, asked: S3DecryptRequest[] = []): S3Keyring {
  if (type === 'kms') return s3KmsKeyring({ keyId: s3VectorKeys.kms[id]?.arn ?? '', client: replayingS3Kms(asked) })
  if (type === 'rsa') return s3RsaKeyring({ privateKey: s3VectorKeys.rsa[id]?.privateKeyPem ?? '' })
  return s3AesKeyring({ wrappingKey: fromBase64(s3VectorKeys.aes[id]?.base64 ?? '') })
}

async function unwrap(keyring: S3Keyring, { suite, wrapped }: Read, encryptionContext: EncryptionContext) {
  return (await keyring.onDecrypt({ suite, encryptionContext }, wrapped)).dataKey.expose() as Uint8Array<ArrayBuffer>
}

/** The SHA-256 of what the data key makes of the body, by WebCrypto alone. */
async function plaintextHash({ suite, iv, messageId, commitment }: Read, dataKey: Uint8Array, body: Uint8Array) {
  const { subtle } = crypto
  const decrypt = async (parameters: AesCbcParams | AesGcmParams, bytes: Uint8Array) => {
    const key = await subtle.importKey('raw', bytes as BufferSource, parameters.name, false, ['decrypt'])
    return sha256(new Uint8Array(await subtle.decrypt(parameters, key, body as BufferSource)))
  }
  if (suite.kind === 'cbc') return decrypt({ name: 'AES-CBC', iv: iv as BufferSource }, dataKey)
  if (suite.kind === 'gcm') return decrypt({ name: 'AES-GCM', iv: iv as BufferSource }, dataKey)
  const key = await subtle.importKey('raw', dataKey as BufferSource, 'HKDF', false, ['deriveBits'])
  const derive = async (label: string, length: number) => {
    const info = Uint8Array.of(0x00, 0x73, ...new TextEncoder().encode(label))
    const hkdf = { name: 'HKDF', hash: 'SHA-512', salt: messageId as BufferSource, info }
    return new Uint8Array(await subtle.deriveBits(hkdf, key, length * 8))
  }
  expect(await derive('COMMITKEY', 28)).toEqual(fromBase64(commitment ?? ''))
  const parameters = { name: 'AES-GCM', iv: new Uint8Array(12).fill(1), additionalData: Uint8Array.of(0x00, 0x73) }
  return decrypt(parameters, await derive('DERIVEKEY', 32))
}

/** WebCrypto has neither PKCS #1 v1.5 nor OAEP with two hashes. */
function isBeyondPlatform(vector: S3Vector): boolean {
  const { algorithm } = readBy(vector).wrapped
  if (vector.keyRef.type !== 'rsa' || (algorithm !== 'v1' && !algorithm.startsWith('RSA/'))) return false
  return !defaultBackend.rsa.supports(
    algorithm === 'v1' ? { scheme: 'pkcs1' } : { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' },
  )
}

const written = s3Vectors.filter((vector) => vector.class === undefined)

describe('the data key of every object of another client', () => {
  it('there are 277 objects', () => {
    expect(written).toHaveLength(277)
  })

  const mine = written.filter((vector) => !isBeyondPlatform(vector))
  it.each(mine.map((vector) => [vector.id, vector] as const))('decrypts its body: %s', async (_, vector) => {
    const reads = vector.reads ?? [{ instructionFileSuffix: vector.instructionFile?.suffix, keyRef: vector.keyRef }]
    for (const { instructionFileSuffix, keyRef } of reads) {
      const read = readBy(vector, instructionFileSuffix)
      const dataKey = await unwrap(keyringFor(keyRef), read, vector.encryptionContext)
      expect(await plaintextHash(read, dataKey, await bodyOf(vector))).toBe(vector.plaintext.sha256)
    }
  })

  it('of AWS KMS is found without the name of the key', async () => {
    for (const vector of written.filter(({ keyRef }) => keyRef.type === 'kms')) {
      const read = readBy(vector)
      const asked: S3DecryptRequest[] = []
      const keyring = s3KmsDiscoveryKeyring({ client: replayingS3Kms(asked) })
      const dataKey = await unwrap(keyring, read, vector.encryptionContext)
      expect(dataKey).toEqual(await unwrap(keyringFor(vector.keyRef), read, vector.encryptionContext))
      expect(asked).toEqual([
        { CiphertextBlob: read.wrapped.ciphertext, EncryptionContext: { ...read.wrapped.description } },
      ])
    }
  })

  it('is picked by its description where the own key is another', async () => {
    const described = written.filter(({ materialDescription, keyRef }) => materialDescription && keyRef.type === 'aes')
    expect(described.length).toBeGreaterThan(20)
    for (const vector of described) {
      const { wrapped, suite } = readBy(vector)
      const keyring = s3AesKeyring({
        wrappingKey: new Uint8Array(32),
        additionalDecryptionKeys: [
          { materialDescription: { name: 'no such key' }, wrappingKey: new Uint8Array(32) },
          {
            materialDescription: vector.materialDescription as EncryptionContext,
            wrappingKey: fromBase64(s3VectorKeys.aes[vector.keyRef.id]?.base64 ?? ''),
          },
        ],
      })
      const { dataKey } = await keyring.onDecrypt({ suite, encryptionContext: undefined }, wrapped)
      expect(dataKey.expose()).toEqual(await unwrap(keyringFor(vector.keyRef), readBy(vector), {}))
    }
  })

  const beyond = written.filter(isBeyondPlatform)
  it('is not to be had where the platform lacks the algorithm, and the error says so', async () => {
    expect(beyond).toHaveLength(defaultBackend.name === 'node' ? 0 : 20)
    for (const vector of beyond) {
      await expect(unwrap(keyringFor(vector.keyRef), readBy(vector), {})).rejects.toMatchObject({
        code: 'ERR_ESDK_UNSUPPORTED',
      })
    }
  })
})

const codes: Readonly<Record<string, string>> = {
  key: 'ERR_ESDK_S3_DATA_KEY',
  unsupported: 'ERR_ESDK_S3_DATA_KEY',
  context: 'ERR_ESDK_ENCRYPTION_CONTEXT',
}

/** What may fail at the data key, and is an envelope that can be read. */
const hostile = s3Vectors.filter((vector) => {
  const errors = allowedErrors(vector)
  return (
    ['edk', 'wrong-key', 'context', 'downgrade', 'instruction'].includes(vector.class ?? '') &&
    errors.some((error) => error === 'key' || error === 'context')
  )
})

describe('a hostile object that fails at its data key', () => {
  it('is one of at least 40', () => {
    expect(hostile.length).toBeGreaterThanOrEqual(40)
  })

  it.each(hostile.map((vector) => [vector.id, vector] as const))('is refused: %s', async (_, vector) => {
    const asked: S3DecryptRequest[] = []
    const attempt = unwrap(keyringFor(vector.keyRef, asked), readBy(vector), vector.encryptionContext)
    const error = await attempt.then(
      () => undefined,
      (reason: unknown) => reason as { readonly code: string },
    )
    const expected = isBeyondPlatform(vector)
      ? ['ERR_ESDK_UNSUPPORTED']
      : allowedErrors(vector).flatMap((name) => codes[name] ?? [])
    expect(expected).toContain(error?.code)
    // What is refused for its context never reaches AWS KMS.
    if (error?.code === 'ERR_ESDK_ENCRYPTION_CONTEXT') expect(asked).toEqual([])
  })
})
