/**
 * What needs no AWS does not load the AWS SDK: here, it is not even installed.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildBinWithoutAws, removeBin, start } from '../test/process.ts'
import { Session } from '../test/session.ts'

let session: Session
beforeAll(buildBinWithoutAws)
afterAll(removeBin)
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

describe('without the AWS SDK', () => {
  it('works all that has no key in AWS KMS', async () => {
    session.write('a', 'attack at dawn')
    for (const command of [
      '--version',
      '--help',
      'keygen aes -o key.json',
      'encrypt a -k key.json --caching capacity=1,max-age=1',
      'decrypt a.encrypted -k key.json -o b',
      'inspect a.encrypted',
      's3 cp --help',
    ]) {
      const { status, err } = await start(command.split(' '), session.folder).ended
      expect([command, status, err.includes('esdk:')]).toEqual([command, 0, false])
    }
    expect(session.text('b')).toBe('attack at dawn')
  })

  it('fails an object in Amazon S3, when it is needed', async () => {
    const { status, err } = await start(['s3', 'inspect', 's3://bucket/key'], session.folder).ended
    expect([status, err]).toEqual([1, expect.stringContaining("Cannot find package '@aws-sdk/client-s3'")])
  })

  it('fails a key in AWS KMS, when it is needed', async () => {
    session.write('a', 'attack at dawn')
    const arn = 'arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    const { status, err } = await start(['encrypt', 'a', '-w', `key=${arn}`], session.folder).ended
    expect([status, err]).toEqual([1, expect.stringContaining("Cannot find package '@aws-sdk/client-kms'")])
  })
})
