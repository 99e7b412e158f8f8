/**
 * An AWS KMS for tests, small and honest: keys that wrap, with the encryption context bound. What it is asked is written
 * down; a test may answer in its place.
 *
 * @module
 */

import { defaultBackend } from '@esdk/crypto-backend'
import type { S3KmsClient, S3KmsDiscoveryClient } from '../src/keyrings/kms-client.ts'

/** All that any call is given. */
interface FakeInput {
  readonly KeyId?: string
  readonly GrantTokens?: readonly string[]
  readonly EncryptionContext?: Readonly<Record<string, string>>
  readonly KeySpec?: string
  readonly Plaintext?: Uint8Array
  readonly CiphertextBlob?: Uint8Array
  readonly SourceKeyId?: string
  readonly SourceEncryptionContext?: Readonly<Record<string, string>>
  readonly DestinationKeyId?: string
  readonly DestinationEncryptionContext?: Readonly<Record<string, string>>
}

export interface FakeCall {
  readonly operation: string
  readonly input: FakeInput
  readonly options: { readonly abortSignal?: AbortSignal } | undefined
}

export interface FakeKms {
  /** What was asked, in order. */
  readonly calls: FakeCall[]
  /** Set by a test that wants other answers than honest ones. */
  answering: (call: FakeCall, honest: () => Promise<unknown>) => unknown
  readonly client: S3KmsClient & S3KmsDiscoveryClient
}

const ivLength = 12

/** An error as the AWS SDK throws it. */
export function awsError(name: string, message = `${name} of the fake`): Error {
  return Object.assign(new Error(message), { name })
}

/** The keys by their names: ARNs, and whatever aliases and ids stand for them. */
export function fakeKms(names: Readonly<Record<string, string>>): FakeKms {
  const arns = [...new Set(Object.values(names))]
  const keys = new Map(arns.map((arn) => [arn, defaultBackend.randomBytes(32)]))

  async function seal(arn: string, input: FakeInput, plaintext: Uint8Array): Promise<Uint8Array> {
    const key = await defaultBackend.importAesGcmKey(keys.get(arn) as Uint8Array)
    const iv = defaultBackend.randomBytes(ivLength)
    const sealed = await key.seal(iv, aadOf(input), plaintext)
    return Uint8Array.of(arns.indexOf(arn), ...iv, ...sealed)
  }

  async function open(input: FakeInput): Promise<{ KeyId: string; Plaintext: Uint8Array }> {
    const blob = input.CiphertextBlob as Uint8Array
    const arn = arns[blob[0] as number] as string
    if (input.KeyId !== undefined && find(input.KeyId) !== arn) throw awsError('IncorrectKeyException')
    const key = await defaultBackend.importAesGcmKey(keys.get(arn) as Uint8Array)
    const opened = await key.open(blob.subarray(1, 1 + ivLength), aadOf(input), blob.subarray(1 + ivLength))
    if (opened === undefined) throw awsError('InvalidCiphertextException')
    return { KeyId: arn, Plaintext: opened }
  }

  function find(keyId = ''): string {
    const arn = names[keyId]
    if (arn === undefined) throw awsError('NotFoundException')
    return arn
  }

  const operation =
    (name: string, work: (input: FakeInput) => Promise<unknown>) =>
    async (input: FakeInput, options?: { readonly abortSignal?: AbortSignal }) => {
      const call = { operation: name, input, options }
      kms.calls.push(call)
      return (await kms.answering(call, async () => work(input))) as object
    }

  const kms: FakeKms = {
    calls: [],
    answering: (_, honest) => honest(),
    client: {
      generateDataKey: operation('GenerateDataKey', async (input) => {
        const arn = find(input.KeyId)
        const plaintext = defaultBackend.randomBytes(input.KeySpec === 'AES_256' ? 32 : 0)
        return { KeyId: arn, Plaintext: plaintext, CiphertextBlob: await seal(arn, input, plaintext) }
      }),
      encrypt: operation('Encrypt', async (input) => {
        const arn = find(input.KeyId)
        return { KeyId: arn, CiphertextBlob: await seal(arn, input, input.Plaintext as Uint8Array) }
      }),
      decrypt: operation('Decrypt', open),
      reEncrypt: operation('ReEncrypt', async (input) => {
        const source = { ...input, ...(input.SourceKeyId !== undefined && { KeyId: input.SourceKeyId }) }
        const opened = await open({ ...source, EncryptionContext: input.SourceEncryptionContext ?? {} })
        const arn = find(input.DestinationKeyId)
        const context = { EncryptionContext: input.DestinationEncryptionContext ?? {} }
        return { SourceKeyId: opened.KeyId, KeyId: arn, CiphertextBlob: await seal(arn, context, opened.Plaintext) }
      }),
    },
  }
  return kms
}

function aadOf({ EncryptionContext = {} }: FakeInput): Uint8Array {
  const pairs = Object.entries(EncryptionContext).sort(([a], [b]) => (a < b ? -1 : 1))
  return new TextEncoder().encode(JSON.stringify(pairs))
}
