/**
 * Objects that aioboto3 wrote, of each of its three contexts, with the options for them.
 *
 * @module
 */

import { GetObjectCommand } from '@aws-sdk/client-s3'
import { readsAioboto3 } from '@esdk/s3-cse'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../packages/s3-cse/test/bytes.ts'
import { clientOf } from '../packages/s3-cse/test/clients.ts'
import { plaintextOf } from './plaintext.ts'
import { keyringOf, storedVector } from './s3-stored-vector.ts'
import { s3Vectors } from './s3-vectors.ts'

const contexts = { aes: 'SymmetricCryptoContext', rsa: 'AsymmetricCryptoContext', kms: 'KMSCryptoContext' } as const

const objects = s3Vectors
  .filter(({ producedBy, result }) => producedBy.name === 'aioboto3' && result === 'ok')
  .map((vector) => [contexts[vector.keyRef.type], vector.id, vector] as const)

describe('objects of aioboto3', () => {
  it('are there for each context', () => {
    expect(new Set(objects.map(([context]) => context))).toEqual(new Set(Object.values(contexts)))
    expect(objects.length).toBeGreaterThanOrEqual(30)
  })

  it.each(objects)('%s: %s', async (_, __, vector) => {
    const keyring = keyringOf(vector.keyRef)
    const { client } = clientOf({ keyring, ...readsAioboto3 }, await storedVector(vector))
    const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: vector.key }))
    expectBytes((await Body?.transformToByteArray()) ?? new Uint8Array(0), await plaintextOf(vector.plaintext))
  })

  it.each(objects)('%s: %s is refused without these options', async (_, __, vector) => {
    const { client } = clientOf({ keyring: keyringOf(vector.keyRef) }, await storedVector(vector))
    const reading = client.send(new GetObjectCommand({ Bucket: 'bucket', Key: vector.key }))
    await expect(reading).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
  })
})
