import { getEventListeners } from 'node:events'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'

describe('a signal that many requests share', () => {
  it('keeps nothing of those that have ended: read, given up, or refused', async () => {
    const { client, s3 } = clientOf({ instructionFile: { write: true } })
    const { signal } = new AbortController()
    const get = (Key: string) => client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal: signal })
    for (let i = 0; i < 12; i++) {
      const put = new PutObjectCommand({ Bucket, Key: 'k', Body: plaintext(20_000) })
      await client.send(put, { abortSignal: signal })
      await (await get('k')).Body?.transformToByteArray()
      await (await get('k')).Body?.transformToWebStream().cancel()
      await expect(get('none')).rejects.toMatchObject({ name: 'NoSuchKey' })
      s3.put('broken', plaintext(100), s3.get('k').metadata)
      await expect(get('broken')).rejects.toMatchObject({ code: 'ERR_ESDK_S3_INSTRUCTION_FILE' })
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
