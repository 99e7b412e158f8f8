/**
 * `esdk s3 cp` and `esdk s3 cat`, with the AWS SDK, over HTTP.
 */
import { chmodSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { answer } from '../../s3-cse/test/s3/answer.ts'
import { changed, cut, gets, meeting } from '../../s3-cse/test/s3/faults.ts'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { type Answer, jsonLines, type RunOptions, Session, someBytes } from '../test/session.ts'

/** Of a file that is sent in parts. */
const longLength = 20 * 1024 * 1024
const tagLength = 16

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
  kms.takeCalls()
})
afterEach(async () => {
  session.remove()
  await server.close()
  vi.unstubAllEnvs()
})

/** With the endpoints and a Region. */
function s3(command: string, options: RunOptions = {}): Promise<Answer> {
  const endpoints = `--endpoint-url ${server.endpoint} --kms-endpoint-url ${kms.endpoint} --region eu-west-1`
  return session.esdk(`s3 ${command} ${endpoints}`, options)
}

async function succeed(command: string, options: RunOptions = {}): Promise<Answer> {
  const given = await s3(command, options)
  expect([command, given.status, given.err.includes('esdk:')]).toEqual([command, 0, false])
  return given
}

describe('cp', () => {
  it('encrypts a file into an object, and decrypts an object into a file', async () => {
    const put = await succeed('cp a s3://bucket/k -k key.json')
    expect(put.err).toBe('a -> s3://bucket/k  14 bytes\n')
    const stored = server.s3.get('k')
    expect(stored.body).toHaveLength(14 + tagLength)
    expect(Object.keys(stored.metadata)).toContain('x-amz-c')
    const got = await succeed('cp s3://bucket/k b -k key.json')
    expect(got.err).toBe('s3://bucket/k -> b  14 bytes\n')
    expect(session.text('b')).toBe('attack at dawn')
  })

  it.each([0, 1, 1_000_000, longLength, longLength + 1])('takes %i bytes', async (length) => {
    const plaintext = someBytes(length)
    session.write('a', plaintext)
    await succeed('cp a s3://bucket/k -k key.json')
    expect(server.s3.get('k').body).toHaveLength(length + tagLength)
    expect(server.s3.uploads.ids).toEqual([])
    await succeed('cp s3://bucket/k b -k key.json')
    expect(Buffer.compare(session.read('b'), plaintext)).toBe(0)
  })

  it('takes the standard input, and gives to the standard output', async () => {
    await succeed('cp - s3://bucket/k -k key.json', { stdin: 'from a pipe' })
    const { out } = await succeed('cp s3://bucket/k - -k key.json -q')
    expect(out).toBe('from a pipe')
  })

  it('keeps the name of a file below a prefix, and the end of a key in a folder', async () => {
    session.write('folder/x', '')
    await succeed('cp a s3://bucket/some/where/ -k key.json')
    await succeed('cp a s3://bucket -k key.json')
    expect([...server.s3.objects.keys()].toSorted()).toEqual(['bucket/a', 'bucket/some/where/a'])
    await succeed('cp s3://bucket/some/where/a folder -k key.json')
    await succeed('cp s3://bucket/some/where/a new/ -k key.json')
    expect([session.text('folder/a'), session.text('new/a')]).toEqual(['attack at dawn', 'attack at dawn'])
  })

  it('takes no name from a key that leads elsewhere (C3, names)', async () => {
    await succeed('cp a s3://bucket/x/CON -k key.json')
    const { status, err } = await s3('cp s3://bucket/x/CON folder/ -k key.json', { platform: 'win32' })
    expect([status, err]).toEqual([1, expect.stringContaining('is that of a device on Windows')])
  })

  it('puts the data key into an instruction file, and finds it there', async () => {
    await succeed('cp a s3://bucket/k -k key.json --instruction-file')
    expect([...server.s3.objects.keys()].toSorted()).toEqual(['bucket/k', 'bucket/k.instruction'])
    expect((await succeed('cat s3://bucket/k -k key.json')).out).toBe('attack at dawn')
  })

  it('says it in JSON', async () => {
    const { out, err } = await succeed('cp a s3://bucket/k -k key.json --json')
    expect(err).toBe('')
    expect(jsonLines(out)).toEqual([{ input: 'a', output: 's3://bucket/k', status: 'encrypted', bytes: 14 }])
    expect(jsonLines((await succeed('cp s3://bucket/k b -k key.json --json')).out)).toMatchObject([
      { input: 's3://bucket/k', output: 'b', status: 'decrypted', encryption: { format: 'V3', committing: true } },
    ])
  })

  it('shows how far it is, on a terminal only', async () => {
    session.write('a', someBytes(longLength))
    let now = 0
    const clock = () => (now += 1000)
    const { err } = await succeed('cp a s3://bucket/k -k key.json', { stderrIsTTY: true, now: clock })
    expect(err).toMatch(/ \d\d% {2}\d+\.0 MiB of 20\.0 MiB/)
    expect((await succeed('cp s3://bucket/k b -k key.json', { stderrIsTTY: true, now: clock })).err).toContain('% ')
    expect((await succeed('cp a s3://bucket/k -k key.json', { now: clock })).err).not.toContain('\r')
  })
})

describe('keys', () => {
  it('of AWS KMS are asked in the Region of their ARN; the context has to be given again (C8, context check)', async () => {
    await succeed(`cp a s3://bucket/k -w key=${key} -c tenant=42`)
    expect((await succeed(`cat s3://bucket/k -w key=${key} -c tenant=42`)).out).toBe('attack at dawn')
    expect((await succeed(`cat s3://bucket/k -w discovery=true -c tenant=42`)).out).toBe('attack at dawn')
    expect(kms.takeCalls().map(({ operation, region }) => `${operation} ${region}`)).toEqual([
      'GenerateDataKey eu-west-1',
      'Decrypt eu-west-1',
      'Decrypt eu-west-1',
    ])
    for (const context of ['', '-c tenant=43', '-c tenant=42 -c more=1']) {
      const { status, out, err } = await s3(`cp s3://bucket/k b -w key=${key} ${context}`)
      expect([status, out, err]).toEqual([1, '', expect.stringContaining('esdk s3 inspect s3://bucket/k')])
    }
    expect(session.list()).toEqual(['a', 'key.json'])
    expect(kms.takeCalls()).toEqual([])
  })

  it('may be RSA: the public one encrypts, the private one decrypts', async () => {
    await session.esdk('keygen rsa -o rsa.json --bits 2048')
    await succeed('cp a s3://bucket/k -k rsa.pub.json')
    expect((await succeed('cat s3://bucket/k -k rsa.json')).out).toBe('attack at dawn')
    const { status, err } = await s3('cat s3://bucket/k -k rsa.pub.json')
    expect([status, err]).toEqual([2, expect.stringContaining('holds a public key only')])
  })

  it('may be described by attributes', async () => {
    chmodSync(session.write('key.bin', someBytes(32)), 0o600)
    await succeed('cp a s3://bucket/k -w type=raw-aes,namespace=n,name=n,file=key.bin')
    const described = '-w type=raw-aes,namespace=other,name=other,file=key.bin'
    expect((await succeed(`cat s3://bucket/k ${described}`)).out).toBe('attack at dawn')
  })

  it.each([
    ['', 'a key is missing'],
    ['-k key.json -k key.json', 'has one key, and 2 are given'],
    ['-w key=alias/a,key=alias/b', 'key=... is given 2 times'],
    ['-w type=kms-mrk,key=alias/a', 'know no such keys'],
    ['-w type=kms-rsa,key=KEY,algorithm=RSAES_OAEP_SHA_1', 'type=kms-rsa is for messages'],
    ['-w type=branch-key,table=t,key=KEY,id=i', 'type=branch-key is for messages'],
    ['-k ecdh.json', 'is an ECDH key, and objects in S3 know no such keys'],
    ['-w discovery=true', 'discovery=true only decrypts'],
  ])('that objects cannot have are refused: %s', async (keys, found) => {
    await session.esdk('keygen ecdh -o ecdh.json')
    const { status, err } = await s3(`cp a s3://bucket/k ${keys.replace('KEY', key)}`)
    expect([status, err]).toEqual([2, expect.stringContaining(found)])
    expect(server.s3.requests).toEqual([])
  })

  it('that are others are told from objects that were changed', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    await session.esdk('keygen aes -o other.json')
    const { status, err } = await s3('cat s3://bucket/k -k other.json')
    expect([status, err]).toEqual([1, expect.stringContaining('Another key has wrapped it. `esdk s3 inspect')])
  })
})

describe('an endpoint in the environment', () => {
  it('is found, and has its buckets in the path', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint.replace('127.0.0.1', 'localhost'))
    const { status } = await session.esdk('s3 cp a s3://bucket/k -k key.json --region eu-west-1')
    expect([status, ...server.s3.objects.keys()]).toEqual([0, 'bucket/k'])
  })

  it('of AWS KMS on another machine, without encryption, gets a warning', async () => {
    const { err } = await session.esdk('s3 cat s3://bucket/k --kms-endpoint-url http://kms.example --region eu-west-1')
    expect(err).toContain('warning: --kms-endpoint-url http://kms.example is not encrypted')
  })
})

describe('keys and plaintext', () => {
  it('are in no log and no error, however much is asked for (C5, secrets)', async () => {
    const { wrappingKey } = JSON.parse(session.text('key.json')) as { readonly wrappingKey: string }
    await session.esdk('keygen aes -o other.json')
    const printed: string[] = []
    for (const command of [
      'cp a s3://bucket/k -k key.json',
      'cp s3://bucket/k b -k key.json',
      'cat s3://bucket/k -k other.json',
    ]) {
      const { out, err } = await s3(`${command} -vvvv`, { env: { ESDK_DEBUG: '1' } })
      printed.push(out, err)
    }
    const text = printed.join('\n')
    expect(text).toContain('wraps with the key file key.json: AES-256')
    expect(text).toContain('DataKeyError')
    expect(text).not.toContain(wrappingKey)
    expect(text).not.toContain(Buffer.from(wrappingKey, 'base64').toString('hex'))
    expect(text).not.toContain('attack')
  })
})

describe('nothing is seen before it is authentic (S7, early release; C1, partial output)', () => {
  it.each([14, 9 * 1024 * 1024])('of %i bytes that were changed', async (length) => {
    session.write('a', someBytes(length))
    await succeed('cp a s3://bucket/k -k key.json')
    const stored = server.s3.get('k')
    const body = new Uint8Array(stored.body)
    body[0] = (body[0] as number) ^ 1
    // Whoever changes the object changes its checksums, too.
    server.s3.objects.set('bucket/k', { ...stored, body, headers: {} })
    for (const command of ['cat s3://bucket/k', 'cp s3://bucket/k -', 'cp s3://bucket/k b']) {
      const { status, bytes, err } = await s3(`${command} -k key.json`)
      expect([command, status, bytes.length, err]).toEqual([command, 1, 0, expect.stringContaining('not authentic')])
    }
    expect(session.list()).toEqual(['a', 'key.json'])
  })

  it('reads an object twice that is longer than 8 MiB, and the same both times', async () => {
    const plaintext = someBytes(9 * 1024 * 1024)
    session.write('a', plaintext)
    await succeed('cp a s3://bucket/k -k key.json')
    server.s3.requests.length = 0
    expect(Buffer.compare((await succeed('cat s3://bucket/k -k key.json')).bytes, plaintext)).toBe(0)
    expect(server.s3.requests.at(-1)?.headers['if-match']).toBe(server.s3.get('k').etag)
  })

  it('keeps the old file when the connection is cut', async () => {
    session.write('a', someBytes(1_000_000))
    await succeed('cp a s3://bucket/k -k key.json')
    session.write('b', 'the old file')
    meeting(server.s3, gets, cut(500_000))
    const { status } = await s3('cp s3://bucket/k b -k key.json')
    expect(status).toBe(1)
    expect(session.list()).toEqual(['a', 'b', 'key.json'])
    expect(session.text('b')).toBe('the old file')
  })

  it('takes no part for the whole', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    meeting(
      server.s3,
      gets,
      changed(({ body, headers }) => ({ body: body.subarray(0, 20), headers: { ...headers, 'content-length': '20' } })),
    )
    const { status, out } = await s3('cat s3://bucket/k -k key.json')
    expect([status, out]).toEqual([1, ''])
  })
})

describe('what is there already', () => {
  it('stays with --no-overwrite: the file, and the object, whole or in parts', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    const before = server.s3.get('k')
    const down = await s3('cp s3://bucket/k a -k key.json --no-overwrite')
    expect([down.status, down.err]).toEqual([1, expect.stringContaining('the output a exists')])
    session.write('long', someBytes(longLength))
    for (const name of ['a', 'long']) {
      const up = await s3(`cp ${name} s3://bucket/k -k key.json --no-overwrite`)
      expect([up.status, up.err]).toEqual([1, expect.stringContaining('the object s3://bucket/k exists')])
    }
    expect(server.s3.get('k')).toBe(before)
    expect(server.s3.uploads.ids).toEqual([])
  })

  it('is no key file of the run', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    const before = session.text('key.json')
    const { status, err } = await s3('cp s3://bucket/k key.json -k key.json')
    expect([status, err]).toEqual([1, expect.stringContaining('a key file of this run')])
    expect(session.text('key.json')).toBe(before)
  })
})

describe('an upload that fails', () => {
  it('leaves neither an object nor parts, and says why (S9, multipart)', async () => {
    session.write('a', someBytes(longLength))
    meeting(
      server.s3,
      ({ query }) => query['partNumber'] === '2',
      async () => answer(403),
    )
    const { status, err } = await s3('cp a s3://bucket/k -k key.json')
    expect([status, err]).toEqual([1, expect.stringMatching(/cannot encrypt a: Amazon S3.*\n.*must allow it/)])
    expect(server.s3.uploads.ids).toEqual([])
    expect(server.s3.objects.size).toBe(0)
  })

  it('tries a part again that S3 had no time for', async () => {
    session.write('a', someBytes(longLength))
    meeting(
      server.s3,
      ({ query }) => query['partNumber'] === '1',
      async () => answer(503),
      1,
    )
    await succeed('cp a s3://bucket/k -k key.json')
    await succeed('cp s3://bucket/k b -k key.json')
    expect(Buffer.compare(session.read('a'), session.read('b'))).toBe(0)
  })
})

describe('what to do is said in the words of the command', () => {
  it.each([
    ['cp folder s3://bucket/k -k key.json', 'tar c FOLDER | esdk s3 cp -'],
    ['cp s3://bucket/k none/b -k key.json', 'Make it first, or name another.'],
    ['cp s3://bucket/k a -k key.json --no-overwrite', 'Remove the file, name another, or leave out --no-overwrite.'],
    ['cp s3://bucket/.. folder -k key.json', 'Name the file itself, not its folder.'],
  ])('%s', async (command, hint) => {
    session.write('folder/b', '')
    await succeed('cp a s3://bucket/k -k key.json')
    const { status, err } = await s3(command)
    expect([status, err]).toEqual([1, expect.stringContaining(hint)])
    expect(err).not.toMatch(/ -[or]\b/)
  })

  it.each([
    ['cp a', 'esdk s3 cp'],
    ['migrate', 'esdk s3 migrate'],
  ])('%s', async (command, name) => {
    expect((await session.esdk(`s3 ${command}`)).err).toContain(`Try \`${name} --help\`.`)
  })
})

describe('arguments', () => {
  it.each([
    ['cp a b', 'one of the two is an object'],
    ['cp s3://bucket/a s3://bucket/b', 'one of the two is an object'],
    ['cp a s3://B/k', '"B" is no name of a bucket'],
    ['cp - s3://bucket/', 'the standard input has no name'],
    ['cat s3://bucket/prefix/', 'names no object'],
    ['cat file', 's3://BUCKET/KEY is expected'],
    ['cp s3://bucket/k - --json', '--json and the output'],
    ['cp a s3://bucket/k -c bare', 'has no value'],
    ['cp a', "missing required argument 'to'"],
  ])('that are wrong say so, and nothing is done: %s', async (command, found) => {
    const { status, out, err } = await s3(`${command} -k key.json`)
    expect([status, out + err]).toEqual([2, expect.stringContaining(found)])
    expect(server.s3.requests).toEqual([])
  })
})
