/**
 * An AWS KMS for tests, small and honest: keys that wrap, with the encryption context bound, in Regions that do not
 * know each other's keys. What it is asked is written down; a test may answer in its place.
 *
 * @module
 */

import { type CurveName, defaultBackend, parseEcSpki } from '@esdk/crypto-backend'
import { concat, contextOf, encodeContext } from '@esdk/serialize'
import type { KmsCallOptions, KmsClient, KmsEcdhClient, KmsRsaPadding } from '../src/kms-client.ts'

export type FakeClient = KmsClient & KmsEcdhClient

/** All that any call is given. */
export interface FakeInput {
  readonly KeyId: string
  readonly GrantTokens?: readonly string[]
  readonly EncryptionContext?: Readonly<Record<string, string>>
  readonly NumberOfBytes?: number
  readonly Plaintext?: Uint8Array
  readonly CiphertextBlob?: Uint8Array
  readonly EncryptionAlgorithm?: KmsRsaPadding
  readonly KeyAgreementAlgorithm?: string
  readonly PublicKey?: Uint8Array
}

/** All that any answer may hold. */
export interface FakeAnswer {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
  readonly Plaintext?: Uint8Array | undefined
  readonly PublicKey?: Uint8Array | undefined
  readonly SharedSecret?: Uint8Array | undefined
}

export interface FakeCall {
  readonly operation: string
  readonly region: string | undefined
  readonly input: FakeInput
  readonly options: KmsCallOptions | undefined
}

type Answering = (call: FakeCall, honest: () => Promise<FakeAnswer>) => unknown

interface FakeKey {
  readonly arn: string
  readonly privateKey: Uint8Array
  readonly publicKey?: Uint8Array
  readonly curve?: CurveName
}

export interface FakeKms {
  /** What was asked, in order. */
  readonly calls: FakeCall[]
  /** The Regions for which a client was asked, in order. */
  readonly regions: (string | undefined)[]
  /** Set by a test that wants other answers than honest ones. */
  answering: Answering
  readonly clientFor: (region: string | undefined) => FakeClient
  /** New keys; those with `mrk-` ids share their material with their replicas. */
  addKeys(...arns: readonly string[]): void
  addAlias(alias: string, arn: string): void
  /** Resolves to the public key, SPKI in DER. */
  addRsaKey(arn: string): Promise<Uint8Array>
  addEccKey(arn: string, curve: CurveName): Promise<Uint8Array>
}

const defaultRegion = 'us-west-2'
const ivLength = 12

/** An error as the AWS SDK throws it. */
export function awsError(name: string, message = `${name} of the fake`): Error {
  return Object.assign(new Error(message), { name })
}

export function fakeKms(): FakeKms {
  const keys = new Map<string, FakeKey>()
  const aliases = new Map<string, string>()
  const kms: FakeKms = {
    calls: [],
    regions: [],
    answering: (_, honest) => honest(),
    clientFor(region) {
      kms.regions.push(region)
      return clientIn(region)
    },
    addKeys(...arns) {
      for (const arn of arns) {
        const replica = [...keys.values()].find((key) => key.arn.includes(':key/mrk-') && idOf(key.arn) === idOf(arn))
        keys.set(arn, { arn, privateKey: replica?.privateKey ?? defaultBackend.randomBytes(32) })
      }
    },
    addAlias(alias, arn) {
      aliases.set(alias, arn)
    },
    async addRsaKey(arn) {
      const pair = await defaultBackend.rsa.generateKeyPair(2048)
      keys.set(arn, { arn, ...pair })
      return pair.publicKey
    },
    async addEccKey(arn, curve) {
      const pair = await defaultBackend.ecdh.generateKeyPair(curve)
      keys.set(arn, { arn, curve, ...pair })
      return pair.publicKey
    },
  }

  function find(region: string | undefined, keyId: string): FakeKey {
    const here = `:kms:${region ?? defaultRegion}:`
    const target = aliases.get(keyId) ?? keyId
    const found = [...keys.values()].find(({ arn }) => arn.includes(here) && (arn === target || idOf(arn) === target))
    if (found === undefined) throw awsError('NotFoundException')
    return found
  }

  function clientIn(region: string | undefined): FakeClient {
    const operation =
      (name: string, work: (key: FakeKey, input: FakeInput) => Promise<FakeAnswer>) =>
      async (input: FakeInput, options?: KmsCallOptions) => {
        const call = { operation: name, region, input, options }
        kms.calls.push(call)
        return (await kms.answering(call, async () => work(find(region, input.KeyId), input))) as FakeAnswer
      }
    return {
      generateDataKey: operation('GenerateDataKey', async (key, input) => {
        const Plaintext = defaultBackend.randomBytes(input.NumberOfBytes ?? 0)
        return { KeyId: key.arn, Plaintext, CiphertextBlob: await seal(key, input, Plaintext) }
      }),
      encrypt: operation('Encrypt', async (key, input) => ({
        KeyId: key.arn,
        CiphertextBlob: await seal(key, input, input.Plaintext as Uint8Array),
      })),
      decrypt: operation('Decrypt', async (key, input) => ({ KeyId: key.arn, Plaintext: await open(key, input) })),
      getPublicKey: operation('GetPublicKey', async ({ arn, publicKey }) => ({ KeyId: arn, PublicKey: publicKey })),
      deriveSharedSecret: operation('DeriveSharedSecret', async (key, input) => ({
        KeyId: key.arn,
        SharedSecret: await agree(key, input),
      })),
    }
  }

  return kms
}

function idOf(arn: string): string {
  return arn.slice(arn.indexOf('/') + 1)
}

async function seal({ privateKey }: FakeKey, input: FakeInput, plaintext: Uint8Array): Promise<Uint8Array> {
  const iv = defaultBackend.randomBytes(ivLength)
  const key = await defaultBackend.importAesGcmKey(privateKey)
  return concat(iv, await key.seal(iv, aadOf(input), plaintext))
}

async function open(key: FakeKey, input: FakeInput): Promise<Uint8Array> {
  const blob = input.CiphertextBlob as Uint8Array
  const opened = key.publicKey ? await openRsa(key, input, blob) : await openAes(key, input, blob)
  if (opened === undefined) throw awsError('InvalidCiphertextException')
  return opened
}

async function openAes({ privateKey }: FakeKey, input: FakeInput, blob: Uint8Array): Promise<Uint8Array | undefined> {
  const key = await defaultBackend.importAesGcmKey(privateKey)
  return key.open(blob.subarray(0, ivLength), aadOf(input), blob.subarray(ivLength))
}

async function openRsa(
  { privateKey }: FakeKey,
  { EncryptionAlgorithm, EncryptionContext }: FakeInput,
  blob: Uint8Array,
): Promise<Uint8Array | undefined> {
  if (EncryptionContext !== undefined) throw awsError('ValidationException', 'RSA keys take no EncryptionContext')
  const hash = EncryptionAlgorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256'
  const key = await defaultBackend.rsa.importPrivateKey(privateKey, { scheme: 'oaep', hash })
  return key?.decrypt(blob)
}

async function agree({ curve, privateKey }: FakeKey, { PublicKey }: FakeInput): Promise<Uint8Array> {
  const named = parseEcSpki(PublicKey as Uint8Array)
  if (curve === undefined || named?.curve !== curve) throw awsError('InvalidKeyUsageException')
  const own = await defaultBackend.ecdh.importPrivateKey(curve, privateKey)
  const other = await defaultBackend.ecdh.importPublicKey(curve, named.point)
  if (own === undefined || other === undefined) throw awsError('ValidationException')
  return own.sharedSecret(other)
}

function aadOf({ EncryptionContext = {} }: FakeInput): Uint8Array {
  return encodeContext(contextOf(Object.entries(EncryptionContext)))
}
