import { defaultBodyBackend } from '@esdk/crypto-backend/body'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { plaintext } from '../test/clients.ts'
import { counting, wrapped } from '../test/key-materials.ts'
import { sealWholeBody } from './body.ts'
import type { WritingEnvelope } from './envelope.ts'
import { leastPartLength, MultipartUpload, mostParts } from './multipart-upload.ts'

const envelope = {
  format: 'V2',
  dataKeyIn: 'object',
  dataKey: wrapped('AES/GCM', counting(60)),
  content: { kind: 'gcm', iv: counting(12) },
} as WritingEnvelope

async function begin() {
  const key = await defaultBodyBackend.importBodyKey(counting(32))
  const [iv, aad] = [counting(12), new Uint8Array(0)]
  const upload = new MultipartUpload(envelope, key.bodyInParts(iv, aad))
  const whole = (length: number) => sealWholeBody({ kind: 'gcm', key, iv, aad }, plaintext(length))
  return { upload, whole }
}

const least = leastPartLength

describe('the parts of an upload', () => {
  it('have the least length, and the number, that Amazon S3 documents', () => {
    expect(least).toBe(5_242_880)
    expect(mostParts).toBe(10_000)
  })

  it('are pieces of one body', async () => {
    const { upload, whole } = await begin()
    const length = 2 * least + 100
    const expected = await whole(length)
    const second = await upload.seal(2, plaintext(length).subarray(least, 2 * least))
    expectBytes(second, expected.subarray(least, 2 * least))
    expectBytes(await upload.seal(1, plaintext(least)), expected.subarray(0, least))
    expectBytes(await upload.seal(3, plaintext(length).subarray(2 * least)), expected.subarray(2 * least, length))
    const last = await upload.finish([1, 2, 3])
    expect(last).toMatchObject({ kind: 'again', partNumber: 3 })
    expectBytes(last.body, expected.subarray(2 * least))
  })

  it('show nothing while nobody can tell where one stands: zeros stand in for a short one', async () => {
    const { upload, whole } = await begin()
    const length = least + 100
    const short = plaintext(length).subarray(least)
    expect(await upload.seal(2, short)).toEqual(new Uint8Array(100))
    await upload.seal(1, plaintext(least))
    const last = await upload.finish([1, 2])
    expectBytes(last.body, (await whole(length)).subarray(least))
  })

  it('end with the tag behind the last part that S3 takes', async () => {
    const { upload } = await begin()
    const large = plaintext(least)
    // Taken to be as long as the others, which never come: it is the number that counts here.
    await upload.seal(mostParts, large)
    await expect(upload.finish([mostParts])).rejects.toMatchObject({ code: 'ERR_ESDK_S3_MULTIPART' })
  })

  it('are none after the key was forgotten', async () => {
    const { upload } = await begin()
    upload.zero()
    await expect(upload.seal(1, plaintext(5))).rejects.toThrow('zeroed')
    upload.zero()
  })
})
