import { expect, it } from 'vitest'
import { xmlAnswer } from '../../s3-cse/test/s3/answer.ts'
import { Bucket, bucket } from '../test/bucket.ts'
import { neverAborted } from './abort.ts'
import { listObjects } from './list-objects.ts'

it('lists 2,100 objects in three pages, each asked for when the one before has been taken', async () => {
  const { s3, client } = new Bucket()
  const keys = Array.from({ length: 2100 }, (_, i) => `n${String(i).padStart(4, '0')}`)
  for (const key of keys) s3.put(key, new Uint8Array(1))
  const found: string[] = []
  const pages: number[] = []
  for await (const { key } of listObjects({ client, bucket, signal: neverAborted() })) {
    found.push(key)
    pages.push(s3.requests.length)
  }
  expect(found).toEqual(keys)
  expect([pages[0], pages[999], pages[1000], pages[1999], pages[2099]]).toEqual([1, 1, 2, 2, 3])
})

it('gives keys with characters that XML cannot hold, where the server encodes them', async () => {
  const { s3, client } = new Bucket()
  s3.fault = async ({ query }) => {
    expect(query['encoding-type']).toBe('url')
    // As Amazon S3 answers: "+" for a space.
    const key = 'p%2B/a+b%01%25'
    return xmlAnswer(
      200,
      `<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>${key}</Key></Contents></ListBucketResult>`,
    )
  }
  const found: string[] = []
  for await (const { key } of listObjects({ client, bucket, signal: neverAborted() })) found.push(key)
  expect(found).toEqual(['p+/a b\u0001%'])
})
