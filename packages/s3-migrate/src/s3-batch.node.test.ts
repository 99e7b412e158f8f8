import { describe, expect, it } from 'vitest'
import { busy, meeting } from '../../s3-cse/test/s3/faults.ts'
import { Bucket, newKeyring, oldKeyring, readsAll } from '../test/bucket.ts'
import { type S3BatchEvent, s3BatchHandler } from './s3-batch.ts'
import { reencrypt } from './task.ts'

const task = reencrypt({ encryption: readsAll, newKeyring })

/** As AWS documents it: one task in an event. */
function event(s3Key: string, others: object = {}): S3BatchEvent {
  return {
    invocationSchemaVersion: '1.0',
    invocationId: 'YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo',
    job: { id: 'f3cc4f60-61f6-4a2b-8a21-d07600c373ce' },
    tasks: [{ taskId: 'dGFza2lkZ29lc2hlcmUK', s3Key, s3BucketArn: 'arn:aws:s3:::bucket', ...others }],
  }
}

describe('an event of schema 1.0', () => {
  it('has its task carried out, and an answer of the same ids', async () => {
    const { client, ...made } = await withObject('k')
    expect(await s3BatchHandler({ client, task })(event('k', { s3VersionId: null }))).toEqual({
      invocationSchemaVersion: '1.0',
      invocationId: 'YXNkbGZqYWRmaiBhc2RmdW9hZHNmZGpmaGFzbGtkaGZza2RmaAo',
      treatMissingKeysAs: 'TemporaryFailure',
      results: [{ taskId: 'dGFza2lkZ29lc2hlcmUK', resultCode: 'Succeeded', resultString: 'done: V3, 115, AES/GCM' }],
    })
    expect(await made.opens('k', newKeyring)).toBe(true)
  })

  it('names its object as a form does', async () => {
    const { client, ...made } = await withObject('a b/c+d%ü')
    await s3BatchHandler({ client, task })(event('a+b%2Fc%2Bd%25%C3%BC'))
    expect(await made.opens('a b/c+d%ü', newKeyring)).toBe(true)
  })

  it('that comes again changes nothing', async () => {
    const { client, s3 } = await withObject('k')
    const handler = s3BatchHandler({ client, task })
    await handler(event('k'))
    const { body } = s3.get('k')
    expect((await handler(event('k'))).results[0]).toMatchObject({
      resultCode: 'Succeeded',
      resultString: 'already: V3, 115, AES/GCM',
    })
    expect(s3.get('k').body).toBe(body)
  })
})

describe('an event of schema 2.0', () => {
  it('names its bucket', async () => {
    const { client, ...made } = await withObject('k')
    const batch = event('k', { s3BucketArn: undefined, s3Bucket: 'bucket' })
    const { job } = batch
    const { invocationSchemaVersion, results } = await s3BatchHandler({ client, task })({
      ...batch,
      invocationSchemaVersion: '2.0',
      job: { ...job, userArguments: { MyDestinationBucket: 'another' } },
    })
    expect([invocationSchemaVersion, results[0]?.resultCode]).toEqual(['2.0', 'Succeeded'])
    expect(await made.opens('k', newKeyring)).toBe(true)
  })
})

describe('what goes wrong', () => {
  it('for a time, S3 is to try again', async () => {
    const { client, s3 } = await withObject('k')
    meeting(s3, ({ method }) => method === 'PUT', busy)
    const { results } = await s3BatchHandler({ client, task })(event('k'))
    expect(results[0]).toMatchObject({
      resultCode: 'TemporaryFailure',
      resultString: expect.stringMatching(/^SlowDown: /) as string,
    })
  })

  it('with an object is in the report by its code', async () => {
    const { client } = await withObject('k')
    const strict = reencrypt({ encryption: { keyring: newKeyring }, newKeyring })
    const { results } = await s3BatchHandler({ client, task: strict })(event('k'))
    expect(results[0]).toMatchObject({
      resultCode: 'PermanentFailure',
      resultString: expect.stringMatching(/^ERR_ESDK_COMMITMENT_POLICY: /) as string,
    })
  })

  it.each([
    ['no bucket', event('k', { s3BucketArn: undefined })],
    ['an ARN that is none', event('k', { s3BucketArn: 'bucket' })],
    ['no key', event('')],
    ['a key that is not encoded', event('100%')],
  ])('%s fails the task, not the function', async (_, batch) => {
    const { client } = await withObject('k')
    const { results } = await s3BatchHandler({ client, task })(batch)
    expect(results).toMatchObject([{ taskId: 'dGFza2lkZ29lc2hlcmUK', resultCode: 'PermanentFailure' }])
  })

  it('with the schema fails the function, before anything is written', async () => {
    const made = await withObject('k')
    const handler = s3BatchHandler({ client: made.client, task })
    await expect(handler({ ...event('k'), invocationSchemaVersion: '3.0' })).rejects.toThrow(TypeError)
    expect(await made.opens('k', oldKeyring)).toBe(false)
  })
})

it('leaves alone an object that is not encrypted, and succeeds', async () => {
  const { client, s3 } = new Bucket()
  s3.put('open', new Uint8Array(3))
  const { results } = await s3BatchHandler({ client, task })(event('open'))
  expect(results[0]).toMatchObject({ resultCode: 'Succeeded', resultString: 'skipped: not-encrypted' })
})

it('does not bring back a version that has been replaced', async () => {
  const { client, s3 } = await withObject('k')
  const before = s3.get('k')
  const { results } = await s3BatchHandler({ client, task })(event('k', { s3VersionId: 'an-older-one' }))
  expect(results[0]).toMatchObject({ resultCode: 'Succeeded', resultString: 'skipped: older-version' })
  expect(s3.get('k')).toBe(before)
})

/** A bucket with one object, of format V2. */
async function withObject(key: string) {
  const made = new Bucket()
  await made.putV2(key)
  return { client: made.client, s3: made.s3, opens: made.opens.bind(made) }
}
