/**
 * A bucket with objects of each format, in an Amazon S3 in memory, under a key that is to be replaced.
 *
 * @module
 */

import { createCipheriv } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { S3EncryptionClient, type S3EncryptionOptions, type S3Keyring, s3AesKeyring } from '@esdk/s3-cse'
import { configFor } from '../../s3-cse/test/clients.ts'
import { MemoryS3 } from '../../s3-cse/test/memory-s3.ts'
import { type MigrateOptions, migrate } from '../src/migrate.ts'
import type { MigrationOutcome } from '../src/outcome.ts'

export const bucket = 'bucket'

/** Bytes 1 to 32. */
const oldKey = Uint8Array.from({ length: 32 }, (_, i) => i + 1)

export const oldKeyring: S3Keyring = s3AesKeyring({ wrappingKey: oldKey })
export const newKeyring: S3Keyring = s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(0x5a) })

/** Opens objects of each format. */
export const readsAll = {
  keyring: oldKeyring,
  commitmentPolicy: 'require-encrypt-allow-decrypt',
  enableLegacyUnauthenticatedModes: true,
  enableLegacyWrappingAlgorithms: true,
} as const

const text = 'attack at dawn'

export class Bucket {
  readonly s3 = new MemoryS3()
  readonly client = new S3Client(configFor(this.s3))

  /** The object `key`, as a client with these options stores it. */
  async put(key: string, options: S3EncryptionOptions = {}): Promise<void> {
    const client = S3EncryptionClient.from(this.client, { keyring: oldKeyring, ...options })
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }))
  }

  /** The same of format V2. */
  putV2(key: string): Promise<void> {
    return this.put(key, { commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
  }

  /** The same of format V1, which is written nowhere any more: AES-CBC, its data key under AES-ECB. */
  putV1(key: string): void {
    const [dataKey, iv] = [new Uint8Array(32).fill(7), new Uint8Array(16).fill(9)]
    const body = encipher('aes-256-cbc', dataKey, iv, new TextEncoder().encode(text))
    this.s3.put(key, body, {
      'x-amz-key': base64(encipher('aes-256-ecb', oldKey, null, dataKey)),
      'x-amz-iv': base64(iv),
      'x-amz-matdesc': '{}',
    })
  }

  /** Does a client with this keyring, and no option, give the plaintext? */
  async opens(key: string, keyring: S3Keyring): Promise<boolean> {
    const client = S3EncryptionClient.from(this.client, { keyring })
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await Body?.transformToString()) === text
    } catch {
      return false
    }
  }

  /** The outcomes, in order. */
  async migrate(options: Omit<MigrateOptions, 'client' | 'bucket'>): Promise<MigrationOutcome[]> {
    const outcomes: MigrationOutcome[] = []
    for await (const outcome of migrate({ client: this.client, bucket, ...options })) outcomes.push(outcome)
    return outcomes
  }

  /** How often an object was written. */
  get writes(): number {
    return this.s3.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length
  }
}

/** What is seen at one glance: `key status`, with the format, the reason or the code. */
export function glance(outcomes: readonly MigrationOutcome[]): string[] {
  return outcomes.map((outcome) => {
    const { key, status } = outcome
    if (status === 'failed') return `${key} ${status} ${outcome.code}`
    return `${key} ${status} ${status === 'skipped' ? outcome.reason : outcome.encryption.format}`
  })
}

function encipher(algorithm: string, key: Uint8Array, iv: Uint8Array | null, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(algorithm, key, iv)
  return new Uint8Array([...cipher.update(bytes), ...cipher.final()])
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
