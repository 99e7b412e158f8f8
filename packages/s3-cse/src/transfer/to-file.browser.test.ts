import { expect, it } from 'vitest'
import { Bucket, clientOf } from '../../test/clients.ts'
import { EncryptedDownload } from './encrypted-download.ts'

it('says where there are no files, and what to use instead', async () => {
  const { s3, client } = clientOf()
  const download = new EncryptedDownload({ client, params: { Bucket, Key: 'k' } })
  await expect(download.toFile('target')).rejects.toThrow('this platform has no files: use toBytes, or GetObject')
  expect(s3.requests).toEqual([])
})
