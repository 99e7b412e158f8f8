import { type CommitmentPolicy, DataKey } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { cbc, committing, counting, gcm, noContext, rejectionOf } from '../test/key-materials.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import { s3AesKeyring } from './keyrings/aes-keyring.ts'
import type { S3Keyring } from './materials.ts'

const keyring = s3AesKeyring({ wrappingKey: counting(32) })
const strictest: CommitmentPolicy = 'require-encrypt-require-decrypt'

function toWrite(suite = committing as typeof committing | typeof gcm, commitmentPolicy = strictest) {
  return { suite, encryptionContext: noContext, commitmentPolicy }
}

/** A keyring that does nothing but count its calls. */
function counted(): { readonly keyring: S3Keyring; readonly calls: unknown[][] } {
  const calls: unknown[][] = []
  const answer = async (...args: unknown[]): Promise<never> => {
    calls.push(args)
    throw new Error('never mind')
  }
  return { calls, keyring: { onEncrypt: answer, onDecrypt: answer } }
}

describe('the materials manager around a keyring', () => {
  it('gives what the keyring has wrapped, and opens it', async () => {
    const cmm = defaultS3Cmm(keyring)
    for (const [suite, policy] of [
      [committing, strictest],
      [gcm, 'forbid-encrypt-allow-decrypt'],
    ] as const) {
      const { dataKey, wrappedDataKey } = await cmm.getEncryptionMaterials(toWrite(suite, policy))
      const request = { suite, encryptionContext: undefined, commitmentPolicy: policy, wrappedDataKey }
      expect((await cmm.decryptMaterials(request)).dataKey.expose()).toEqual(dataKey.expose())
    }
  })

  it('hands on the context, the wrapped data key and the signal, and nothing else', async () => {
    const { keyring, calls } = counted()
    const cmm = defaultS3Cmm(keyring)
    const { signal } = new AbortController()
    const wrappedDataKey = { algorithm: 'AES/GCM', ciphertext: counting(60), description: noContext } as const
    const request = { ...toWrite(), encryptionContext: { team: 'alpha' }, signal }
    await rejectionOf(cmm.getEncryptionMaterials({ ...request, maxPlaintextLength: 5 }))
    await rejectionOf(cmm.decryptMaterials({ ...request, wrappedDataKey }))
    await rejectionOf(cmm.getEncryptionMaterials(toWrite()))
    const materials = { suite: committing, encryptionContext: { team: 'alpha' } }
    expect(calls).toEqual([
      [materials, { signal }],
      [materials, wrappedDataKey, { signal }],
      [{ suite: committing, encryptionContext: noContext }, {}],
    ])
  })

  it.each([
    [gcm, 'require-encrypt-require-decrypt'],
    [gcm, 'require-encrypt-allow-decrypt'],
    [committing, 'forbid-encrypt-allow-decrypt'],
  ] as const)('does not ask for what the policy does not write (S4): %#', async (suite, policy) => {
    const { keyring, calls } = counted()
    const error = await rejectionOf(defaultS3Cmm(keyring).getEncryptionMaterials(toWrite(suite, policy)))
    expect(error).toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
    expect(calls).toEqual([])
  })

  it.each([gcm, cbc])('does not ask for what the policy does not read (S4): %#', async (suite) => {
    const { keyring, calls } = counted()
    const wrappedDataKey = { algorithm: 'AESWrap', ciphertext: counting(40), description: noContext } as const
    const request = { suite, encryptionContext: undefined, commitmentPolicy: strictest, wrappedDataKey }
    const error = await rejectionOf(defaultS3Cmm(keyring).decryptMaterials(request))
    expect(error).toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
    expect(calls).toEqual([])
  })

  it('makes no data key for CBC, whatever the policy', async () => {
    const { keyring, calls } = counted()
    const request = { ...toWrite(), suite: cbc as never, commitmentPolicy: 'forbid-encrypt-allow-decrypt' as const }
    expect(await rejectionOf(defaultS3Cmm(keyring).getEncryptionMaterials(request))).toBeInstanceOf(TypeError)
    expect(calls).toEqual([])
  })

  it('believes no keyring: what it gives is checked, and zeroed when it is wrong (K4)', async () => {
    const given: DataKey[] = []
    const short = async (materials: object) => {
      const dataKey = new DataKey(counting(31))
      given.push(dataKey)
      return { ...materials, dataKey } as never
    }
    const cmm = defaultS3Cmm({ onEncrypt: short, onDecrypt: short })
    const wrappedDataKey = { algorithm: 'AES/GCM', ciphertext: counting(60), description: noContext } as const
    for (const attempt of [
      cmm.getEncryptionMaterials(toWrite()),
      cmm.decryptMaterials({ ...toWrite(), wrappedDataKey }),
    ]) {
      expect(await rejectionOf(attempt)).toMatchObject({ code: 'ERR_ESDK_MATERIALS' })
    }
    expect(given).toHaveLength(2)
    for (const dataKey of given) expect(() => dataKey.expose()).toThrow('has been zeroed')
  })

  it.each([undefined, null, {}, { onEncrypt() {} }, 'keyring'])('needs a keyring, not %j', (none) => {
    expect(() => defaultS3Cmm(none as never)).toThrow(TypeError)
    expect(() => defaultS3Cmm(none as never)).toThrow('defaultS3Cmm needs a keyring')
  })
})
