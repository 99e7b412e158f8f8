import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { changed } from '../test/s3/faults.ts'
import { chunksOf, join } from './chunks.ts'

const Key = 'k'
const MiB = 1024 * 1024
/** Of four runs, with the tag. */
const length = 3 * MiB + 1000
const whole = plaintext(length)

/** Reads an object whose body is another one the second time, under the same ETag. */
async function readChanged(change: (body: Uint8Array) => Uint8Array) {
  const { s3, client } = clientOf({ release: { mode: 'two-pass' } })
  await client.send(new PutObjectCommand({ Bucket, Key, Body: whole }))
  let gets = 0
  s3.fault = (request, next) => {
    gets++
    if (gets < 2) return next()
    return changed(({ headers, body }) => {
      const { 'x-amz-checksum-crc32': _checksum, ...others } = headers
      const other = change(body)
      return { headers: { ...others, 'content-length': String(other.length) }, body: other }
    })(request, next)
  }
  const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key }))
  expect(ContentLength).toBe(length)
  const parts: Uint8Array[] = []
  let error: unknown
  try {
    for await (const chunk of chunksOf(Body)) parts.push(new Uint8Array(chunk))
  } catch (thrown) {
    error = thrown
  }
  return { released: join(parts), error }
}

const flipped = (place: number) => (body: Uint8Array) => body.map((byte, i) => (i === place ? byte ^ 1 : byte))
const notAuthentic = { name: 'ObjectNotAuthenticError', code: 'ERR_ESDK_BODY_AUTH', part: 'body' }

describe('an object that is read twice', () => {
  it('is released whole when it is the same', async () => {
    const { released, error } = await readChanged((body) => body)
    expect(error).toBeUndefined()
    expectBytes(released, whole)
  })

  it.each<[string, number, (body: Uint8Array) => Uint8Array]>([
    ['in its first byte', 0, flipped(0)],
    ['in the last byte of the first run', 0, flipped(MiB - 1)],
    ['in the first byte of the second run', 1, flipped(MiB)],
    ['in the third run', 2, flipped(2 * MiB + 5)],
    ['in the last byte of plaintext', 3, flipped(length - 1)],
    ['in its tag', 3, flipped(length + 15)],
    [
      'by two runs that change places',
      0,
      (body) => join([body.subarray(MiB, 2 * MiB), body.subarray(0, MiB), body.subarray(2 * MiB)]),
    ],
    ['by a run that is left out', 1, (body) => join([body.subarray(0, MiB), body.subarray(2 * MiB)])],
    ['by its end, cut off between two runs', 2, (body) => body.subarray(0, 2 * MiB)],
    ['by its end, cut off within a run', 1, (body) => body.subarray(0, MiB + 5)],
    ['by a byte behind it', 3, (body) => join([body, Uint8Array.of(0)])],
    ['by all of it', 0, (body) => new Uint8Array(body.length)],
    ['by all of it, which is gone', 0, () => new Uint8Array(0)],
  ])('under one ETag, and was changed between %s, shows nothing of run %i and behind', async (_, run, change) => {
    const { released, error } = await readChanged(change)
    expect(error).toMatchObject(notAuthentic)
    expect(released.length).toBeLessThanOrEqual(run * MiB)
    expectBytes(released, whole.subarray(0, released.length))
  })

  it('has released what came long before the change', async () => {
    const { released } = await readChanged(flipped(length))
    expect(released.length).toBeGreaterThanOrEqual(2 * MiB)
  })
})
