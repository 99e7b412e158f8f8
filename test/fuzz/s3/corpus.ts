/**
 * The S3 objects that mutants are made of: those of other clients, and our own.
 *
 * @module
 */

import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { s3AesKeyring } from '../../../packages/s3-cse/src/keyrings/aes-keyring.ts'
import type { S3Keyring } from '../../../packages/s3-cse/src/materials.ts'
import type { S3EncryptionOptions } from '../../../packages/s3-cse/src/options.ts'
import { Bucket, clientOf, plaintext as counted } from '../../../packages/s3-cse/test/clients.ts'
import type { MemoryS3 } from '../../../packages/s3-cse/test/memory-s3.ts'
import { countingBackend } from '../../../packages/s3-cse/test/random.ts'
import { plaintextOf } from '../../../test-vectors/plaintext.ts'
import { keyringOf, storedVector } from '../../../test-vectors/s3-stored-vector.ts'
import { type S3KeyRef, type S3Vector, s3VectorKeys, s3Vectors } from '../../../test-vectors/s3-vectors.ts'
import { fromBase64 } from '../../../test-vectors/source.ts'
import { formsOf } from '../secrets.mjs'

/** Names and values, in order. */
export type Pairs = readonly (readonly [name: string, value: string])[]

/** An object as it stands in a bucket. */
export interface StoredParts {
  readonly body: Uint8Array
  readonly metadata: Pairs
  /** The bytes of the instruction file, where there is one. */
  readonly file: Uint8Array | undefined
}

/** An object that somebody with the key has written. */
export interface S3Sample extends StoredParts {
  readonly id: string
  readonly plaintext: Uint8Array
  readonly keyRef: S3KeyRef
  readonly encryptionContext: Readonly<Record<string, string>>
  /** As answers name them. */
  readonly contentAlgorithm: string | undefined
  readonly wrappingAlgorithm: string | undefined
  /** Plaintext and data key, in all forms. */
  readonly secrets: readonly string[]
}

/** Longer objects take longer and teach no more. */
const longest = 1100

/** Lets everything be read. */
export const everything = {
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyUnauthenticatedModes: true,
  enableLegacyWrappingAlgorithms: true,
} as const satisfies S3EncryptionOptions

/** Sound objects: of every format, body, wrapping and place of the envelope. */
export async function readS3Corpus(): Promise<readonly S3Sample[]> {
  const short = s3Vectors.filter(({ result, plaintext }) => result === 'ok' && plaintext.length <= longest)
  return [...(await Promise.all(short.flatMap(samplesOf))), ...(await ownSamples())]
}

/** What is known of an object before it is read. */
type Known = Pick<S3Sample, 'id' | 'plaintext' | 'keyRef' | 'encryptionContext'>

/** One for each instruction file. */
function samplesOf(vector: S3Vector): Promise<S3Sample>[] {
  const {
    id,
    key,
    encryptionContext,
    reads = [{ instructionFileSuffix: '.instruction', keyRef: vector.keyRef }],
  } = vector
  return reads.map(async ({ instructionFileSuffix: suffix, keyRef }) => {
    const plaintext = await plaintextOf(vector.plaintext)
    return sampleOf({ id, plaintext, keyRef, encryptionContext }, await storedVector(vector), key, suffix)
  })
}

/** Under a key that others use as well, so that parts of theirs and of ours can change places. */
const ownKey: S3KeyRef = { type: 'aes', id: 'daes256' }

async function ownSamples(): Promise<S3Sample[]> {
  const samples: S3Sample[] = []
  // The same random bytes each time: a mutant is made again from its seed alone.
  const backend = countingBackend()
  const keyring = s3AesKeyring({ wrappingKey: fromBase64(s3VectorKeys.aes[ownKey.id]?.base64 ?? ''), backend })
  for (const commitmentPolicy of ['require-encrypt-require-decrypt', 'forbid-encrypt-allow-decrypt'] as const) {
    for (const write of [false, true]) {
      const { client, s3 } = clientOf({ keyring, backend, commitmentPolicy, instructionFile: { write } })
      for (const length of [0, 1, 15, 16, 17, 33, 100]) {
        const plaintext = counted(length)
        await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: plaintext }))
        const id = `ours, ${commitmentPolicy}, ${write ? 'with' : 'without'} a file, ${length}`
        samples.push(await sampleOf({ id, plaintext, keyRef: ownKey, encryptionContext: {} }, s3, 'k'))
      }
    }
  }
  return samples
}

async function sampleOf(known: Known, s3: MemoryS3, key: string, suffix = '.instruction'): Promise<S3Sample> {
  const { body, metadata } = s3.get(key)
  const { dataKey, encryption } = await openWatched(known, s3, key, suffix)
  return {
    ...known,
    body,
    metadata: Object.entries(metadata),
    file: s3.objects.get(`${Bucket}/${key}${suffix}`)?.body,
    contentAlgorithm: encryption?.contentAlgorithm,
    wrappingAlgorithm: encryption?.wrappingAlgorithm,
    secrets: [known.plaintext, dataKey].flatMap(formsOf),
  }
}

/** What an answer says, and the data key that was unwrapped for it. */
async function openWatched({ keyRef, encryptionContext }: Known, s3: MemoryS3, Key: string, suffix: string) {
  let dataKey = new Uint8Array(0)
  const keyring = keyringOf(keyRef)
  const watched: S3Keyring = {
    onEncrypt: keyring.onEncrypt,
    async onDecrypt(...args) {
      const materials = await keyring.onDecrypt(...args)
      dataKey = new Uint8Array(materials.dataKey.expose())
      return materials
    },
  }
  const { client } = clientOf({ ...everything, keyring: watched }, s3)
  const { ClientSideEncryption: encryption } = await client.send(
    new GetObjectCommand({ Bucket, Key, InstructionFileSuffix: suffix, ...contextInput(encryptionContext) }),
  )
  return { dataKey, encryption }
}

/** The context as a read gives it: none is not the same as an empty one. */
export function contextInput(context: S3Sample['encryptionContext']): {
  readonly EncryptionContext?: S3Sample['encryptionContext']
} {
  return Object.keys(context).length > 0 ? { EncryptionContext: context } : {}
}
