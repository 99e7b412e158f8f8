/**
 * What Amazon S3 refuses, through the command: each refusal says what was found, and what to do.
 */
import { createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { answer, S3Refusal, xmlAnswer } from '../../s3-cse/test/s3/answer.ts'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'
import { s3Failure } from './s3-failure.ts'

let kms: TestKms
let key: string
let server: TestS3
let session: Session
beforeAll(async () => {
  kms = await startTestKms()
  key = await kms.createKey('eu-west-1', 'alias/app')
})
afterAll(() => kms.close())
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  server = await startTestS3()
  session = new Session()
  session.write('a', 'attack at dawn')
  await session.esdk('keygen aes -o key.json')
})
afterEach(async () => {
  session.remove()
  await server.close()
  vi.unstubAllEnvs()
})

function s3(command: string, endpoint = server.endpoint): Promise<Answer> {
  return session.esdk(`s3 ${command} --endpoint-url ${endpoint} --region eu-west-1`)
}

async function refused(given: Promise<Answer>, found: RegExp, hint: RegExp): Promise<void> {
  const { status, out, err } = await given
  const [first = '', ...hints] = err.trimEnd().split('\n      ')
  expect([status, out]).toEqual([1, ''])
  expect(first).toMatch(found)
  expect(hints.join(' ')).toMatch(hint)
  expect(session.list()).toEqual(['a', 'key.json'])
}

function answersWith(status: number, code: string, message = code): void {
  server.s3.fault = async () => {
    throw new S3Refusal(status, code, message)
  }
}

describe('what Amazon S3 refuses', () => {
  it('is an object that is not there, to read and to inspect', async () => {
    await refused(
      s3('cp s3://bucket/none b -k key.json'),
      /cannot decrypt s3:\/\/bucket\/none: Amazon S3: NoSuchKey/,
      /aws s3 ls/,
    )
    await refused(s3('inspect s3://bucket/none'), /cannot inspect s3:\/\/bucket\/none: Amazon S3/, /aws s3 ls/)
  })

  it.each([
    [404, 'NoSuchBucket', /There is no such bucket/],
    [403, 'AccessDenied', /A policy of IAM.*s3:GetObject/],
    [403, 'InvalidAccessKeyId', /does not know these credentials/],
    [403, 'SignatureDoesNotMatch', /does not know these credentials/],
    [400, 'ExpiredToken', /credentials have expired/],
    [403, 'InvalidObjectState', /restore-object/],
    [301, 'PermanentRedirect', /another Region.*get-bucket-location/],
    [412, 'PreconditionFailed', /replaced the object meanwhile/],
  ])('is told with what to do: %i %s', async (status, code, hint) => {
    answersWith(status, code)
    await refused(s3('cat s3://bucket/k -k key.json'), new RegExp(`Amazon S3: ${code}`), hint)
    await refused(s3('cp a s3://bucket/k -k key.json'), new RegExp(`cannot encrypt a: Amazon S3: ${code}`), hint)
  })

  it('is told by its status where there is no text', async () => {
    server.s3.fault = async () => answer(403)
    await refused(s3('inspect s3://bucket/k'), /Amazon S3.*403/, /A policy of IAM/)
  })

  it('is another Region, which S3 names', async () => {
    const xml =
      '<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-central-1</Region></Error>'
    server.s3.fault = async () => xmlAnswer(400, xml)
    await refused(
      s3('cat s3://bucket/k -k key.json'),
      /AuthorizationHeaderMalformed: wrong/,
      /add --region eu-central-1/,
    )
    server.s3.fault = async () => answer(301, { 'x-amz-bucket-region': 'us-west-2' })
    await refused(s3('inspect s3://bucket/k'), /Amazon S3/, /add --region us-west-2/)
  })

  it('has a code in JSON', async () => {
    const { status, out } = await s3('cp s3://bucket/none b -k key.json --json')
    expect([status, jsonLines(out)]).toMatchObject([1, [{ status: 'failed', error: { code: 'ERR_ESDK_CLI_S3' } }]])
  })
})

describe('before Amazon S3 is asked', () => {
  it('somebody has to be there', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as { readonly port: number }
    await new Promise((resolve) => free.close(resolve))
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
    await refused(
      s3('cat s3://bucket/k -k key.json', `http://127.0.0.1:${port}`),
      /ECONNREFUSED/,
      /Nobody answers there/,
    )
  })

  it('there have to be credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined)
    await refused(s3('cat s3://bucket/k -k key.json'), /credentials/i, /--profile NAME/)
  })

  it('there has to be a Region', async () => {
    const run = session.esdk(`s3 cat s3://bucket/k -k key.json --endpoint-url ${server.endpoint}`)
    await refused(run, /Region is missing/, /Add --region/)
  })
})

describe('other refusals', () => {
  it('of AWS KMS name its own endpoint option', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1')
    const command = `cp a s3://bucket/k -w key=${key} --kms-endpoint-url http://127.0.0.1:1`
    await refused(s3(command), /cannot encrypt a: .*ECONNREFUSED/, /look at --kms-endpoint-url/)
  })

  it('of an object that is not encrypted, or not any more', async () => {
    server.s3.put('plain', new Uint8Array(3))
    await refused(s3('cat s3://bucket/plain -k key.json'), /has no envelope/, /aws s3 cp/)
    server.s3.put('half', new Uint8Array(30), { 'x-amz-3': 'AAAA', 'x-amz-c': '115' })
    await refused(s3('cat s3://bucket/half -k key.json'), /cannot decrypt/, /changed its metadata/)
  })

  it('of a context that is too long for the metadata name the way out', async () => {
    const command = `cp a s3://bucket/k -w key=${key} -c long=${'x'.repeat(2100)} --kms-endpoint-url ${kms.endpoint}`
    const { status, err } = await s3(command)
    expect([status, err]).toEqual([2, expect.stringContaining('--instruction-file')])
  })

  it('that are no refusals stay what they are', () => {
    const fault = new Error('a fault of the program')
    expect(s3Failure(fault)).toBe(fault)
  })
})
