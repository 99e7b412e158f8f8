import { DeleteObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { answer, xmlAnswer } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'

function bucketWith(...keys: string[]) {
  const made = clientOf()
  for (const key of keys) made.s3.put(key, plaintext(1))
  const left = () => [...made.s3.objects.keys()].map((name) => name.slice('bucket/'.length))
  return { ...made, left }
}

describe('DeleteObject', () => {
  it('deletes the instruction file as well, after the object', async () => {
    const { s3, client, left } = bucketWith('a', 'a.instruction', 'b', 'b.instruction')
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
    expect(left()).toEqual(['b', 'b.instruction'])
    expect(s3.asked).toEqual(['DELETE a', 'DELETE a.instruction'])
  })

  it('deletes a version alone: nobody knows which file belongs to it', async () => {
    const { s3, client } = bucketWith('a')
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: '1' }))
    expect(s3.asked).toEqual(['DELETE a versionId'])
  })

  it('leaves the file when the object cannot be deleted', async () => {
    const { s3, client, left } = bucketWith('a', 'a.instruction')
    meeting(
      s3,
      ({ key }) => key === 'a',
      async () => answer(403),
    )
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))).rejects.toThrow()
    expect(left()).toEqual(['a', 'a.instruction'])
  })
})

describe('DeleteObjects', () => {
  const command = (...keys: string[]) =>
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } })

  it('deletes the instruction files in a second request', async () => {
    const { s3, client, left } = bucketWith('a', 'a.instruction', 'b', 'c & d', 'c & d.instruction', 'e')
    const { Deleted } = await client.send(command('a', 'b', 'c & d'))
    expect(Deleted).toEqual([{ Key: 'a' }, { Key: 'b' }, { Key: 'c & d' }])
    expect(left()).toEqual(['e'])
    expect(s3.asked).toEqual(['POST  delete', 'POST  delete'])
  })

  it('leaves the files of objects that could not be deleted, and those of versions', async () => {
    const { s3, client, left } = bucketWith('a', 'a.instruction', 'b', 'b.instruction', 'c', 'c.instruction')
    const errors = '<Error><Key>a</Key><Code>AccessDenied</Code><Message>no</Message></Error>'
    meeting(
      s3,
      () => true,
      async () => xmlAnswer(200, `<DeleteResult>${errors}</DeleteResult>`),
      1,
    )
    const Objects = [{ Key: 'a' }, { Key: 'b' }, { Key: 'c', VersionId: '1' }]
    const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    expect(Errors).toMatchObject([{ Key: 'a', Code: 'AccessDenied' }])
    expect(left()).toEqual(['a', 'a.instruction', 'b', 'c', 'c.instruction'])
  })

  it('tells of files that could not be deleted', async () => {
    const { s3, client } = bucketWith('a', 'a.instruction')
    const errors = '<Error><Key>a.instruction</Key><Code>AccessDenied</Code><Message>no</Message></Error>'
    let count = 0
    s3.fault = (_, next) => {
      count++
      return count === 2 ? Promise.resolve(xmlAnswer(200, `<DeleteResult>${errors}</DeleteResult>`)) : next()
    }
    const { Deleted, Errors } = await client.send(command('a'))
    expect(Deleted).toEqual([{ Key: 'a' }])
    expect(Errors).toMatchObject([{ Key: 'a.instruction' }])
  })
})
