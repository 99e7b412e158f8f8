import { cachingCmm, localCache } from '@esdk/caching-cmm'
import { localKms } from '@esdk/local-kms'
import { cachedS3Cmm, contentSuites, s3KmsKeyring } from '@esdk/s3-cse'
import { describe, expect, it } from 'vitest'

const commitmentPolicy = 'require-encrypt-allow-decrypt'

async function cached(): Promise<{
  readonly cmm: ReturnType<typeof cachedS3Cmm>
  readonly calls: string[]
}> {
  const calls: string[] = []
  const kms = localKms({ onCall: ({ operation }) => calls.push(operation) })
  const client = kms.client('eu-west-1')
  const { KeyMetadata: key } = await client.createKey()
  calls.length = 0
  const cache = localCache({ capacity: 10 })
  const cmm = cachedS3Cmm(s3KmsKeyring({ keyId: key.Arn, client }), (inner) =>
    cachingCmm({ cmm: inner, cache, maxAgeMs: 60_000, maxMessages: 100 }),
  )
  return { cmm, calls }
}

function toEncrypt(tenant: string, suite: typeof contentSuites.committing | typeof contentSuites.gcm) {
  const encryptionContext = { tenant }
  return { suite, encryptionContext, maxPlaintextLength: 1000, commitmentPolicy } as const
}

describe('a cache of data keys for S3 objects', () => {
  it('asks AWS KMS once for many committing objects of one context, in both directions', async () => {
    const { cmm, calls } = await cached()
    const made = await cmm.getEncryptionMaterials(toEncrypt('42', contentSuites.committing))
    const again = await cmm.getEncryptionMaterials(toEncrypt('42', contentSuites.committing))
    expect(calls).toEqual(['GenerateDataKey'])
    expect(again.wrappedDataKey).toEqual(made.wrappedDataKey)
    expect(again.dataKey.expose()).toEqual(made.dataKey.expose())
    expect(made.wrappedDataKey).toMatchObject({
      algorithm: 'kms+context',
      description: { tenant: '42', 'aws:x-amz-cek-alg': '115' },
    })

    const toDecrypt = {
      suite: contentSuites.committing,
      encryptionContext: { tenant: '42' },
      commitmentPolicy,
    } as const
    for (let i = 0; i < 3; i++) {
      const opened = await cmm.decryptMaterials({ ...toDecrypt, wrappedDataKey: made.wrappedDataKey })
      expect(opened.dataKey.expose()).toEqual(made.dataKey.expose())
      opened.dataKey.zero()
    }
    expect(calls).toEqual(['GenerateDataKey', 'Decrypt'])
  })

  it('keeps contexts apart: another one gets another key, and cannot open this one', async () => {
    const { cmm, calls } = await cached()
    const { wrappedDataKey, dataKey } = await cmm.getEncryptionMaterials(toEncrypt('42', contentSuites.committing))
    const other = await cmm.getEncryptionMaterials(toEncrypt('43', contentSuites.committing))
    expect(other.dataKey.expose()).not.toEqual(dataKey.expose())
    const request = { suite: contentSuites.committing, wrappedDataKey, commitmentPolicy } as const
    await cmm.decryptMaterials({ ...request, encryptionContext: { tenant: '42' } })
    calls.length = 0
    const wrong = cmm.decryptMaterials({ ...request, encryptionContext: { tenant: '43' } })
    await expect(wrong).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    const missing = cmm.decryptMaterials({ ...request, encryptionContext: undefined })
    await expect(missing).rejects.toMatchObject({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' })
    expect(calls).toEqual([])
  })

  it('never shares the data key of an object that uses it itself', async () => {
    const { cmm, calls } = await cached()
    const request = { ...toEncrypt('42', contentSuites.gcm), commitmentPolicy: 'forbid-encrypt-allow-decrypt' } as const
    const first = await cmm.getEncryptionMaterials(request)
    const second = await cmm.getEncryptionMaterials(request)
    expect(second.dataKey.expose()).not.toEqual(first.dataKey.expose())
    expect(calls).toEqual(['GenerateDataKey', 'GenerateDataKey'])
  })

  it('passes by what messages reserve in contexts, and what has no known length', async () => {
    const { cmm, calls } = await cached()
    const { maxPlaintextLength: _unknown, ...unknown } = toEncrypt('42', contentSuites.committing)
    await cmm.getEncryptionMaterials(unknown)
    await cmm.getEncryptionMaterials(unknown)
    const reserved = { ...toEncrypt('42', contentSuites.committing), encryptionContext: { 'aws-crypto-x': '1' } }
    await cmm.getEncryptionMaterials(reserved)
    expect(calls).toEqual(['GenerateDataKey', 'GenerateDataKey', 'GenerateDataKey'])
  })
})
