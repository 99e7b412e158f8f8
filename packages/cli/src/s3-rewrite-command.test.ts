/**
 * `esdk s3 inspect`, `esdk s3 rewrap` and `esdk s3 reencrypt`, with the AWS SDK, over HTTP.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { S3Refusal, xmlAnswer } from '../../s3-cse/test/s3/answer.ts'
import { meeting } from '../../s3-cse/test/s3/faults.ts'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'

const writesV2 = '--commitment-policy forbid-encrypt-allow-decrypt'
const readsV2 = '--commitment-policy require-encrypt-allow-decrypt'

let kms: TestKms
let old: string
let next: string
let server: TestS3
let session: Session
beforeAll(async () => {
  kms = await startTestKms()
  old = await kms.createKey('eu-west-1', 'alias/old')
  next = await kms.createKey('us-west-2', 'alias/new')
})
afterAll(() => kms.close())
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  server = await startTestS3()
  session = new Session()
  session.write('a', 'attack at dawn')
  await session.esdk('keygen aes -o key.json')
  await session.esdk('keygen aes -o new.json')
})
afterEach(async () => {
  session.remove()
  await server.close()
  vi.unstubAllEnvs()
})

function s3(command: string): Promise<Answer> {
  const kmsEndpoint = command.startsWith('inspect') ? '' : `--kms-endpoint-url ${kms.endpoint}`
  return session.esdk(`s3 ${command} --endpoint-url ${server.endpoint} ${kmsEndpoint} --region eu-west-1`)
}

async function succeed(command: string): Promise<Answer> {
  const answer = await s3(command)
  expect([command, answer.status, answer.err.includes('esdk:')]).toEqual([command, 0, false])
  return answer
}

async function opens(key: string, options: string): Promise<boolean> {
  const { status, out } = await s3(`cat s3://bucket/${key} ${options}`)
  return status === 0 && out === 'attack at dawn'
}

const writes = () => server.s3.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length

describe('inspect', () => {
  it('shows the format, who can open it, and that no option is needed', async () => {
    await succeed(`cp a s3://bucket/k -w key=${old} -c tenant=42`)
    kms.takeCalls()
    const { out } = await succeed('inspect s3://bucket/k')
    expect(out.trimEnd().split('\n')).toEqual([
      's3://bucket/k   not authenticated: anybody can have written this',
      '  format      V3',
      '  body        "115", commits to its key',
      '  data key    "kms+context", in the metadata',
      '  opens with  a key of AWS KMS, which the object does not name, and all pairs below with -c, but aws:...',
      '  needs       no option',
      '  plaintext   14 bytes',
      '  encryption context',
      '    "tenant"             "42"',
      '    "aws:x-amz-cek-alg"  "115"',
    ])
    expect(kms.takeCalls()).toEqual([])
  })

  it('names the options that an old object needs, and tells them in JSON', async () => {
    server.s3.put('v1', new Uint8Array(32), {
      'x-amz-key': Buffer.alloc(48).toString('base64'),
      'x-amz-iv': Buffer.alloc(16).toString('base64'),
      'x-amz-matdesc': '{"writer":"of 2012"}',
      'x-amz-unencrypted-content-length': '20',
    })
    const { out } = await succeed('inspect s3://bucket/v1')
    expect(out).toContain('  format      V1\n')
    expect(out).toContain('at most 32 bytes: of AES-CBC, only the key tells')
    expect(out).toMatch(/needs +--commitment-policy require-encrypt-allow-decrypt .*--allow-cbc/)
    expect(out).toContain('--allow-legacy-wrapping')
    expect(out).toContain('"writer"  "of 2012"')
    expect(jsonLines((await succeed('inspect s3://bucket/v1 --json')).out)).toMatchObject([
      { object: 's3://bucket/v1', status: 'inspected', authenticated: false, format: 'V1', storedLength: 32 },
    ])
  })

  it('says of a body that is shorter than its tag that there is no plaintext', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    server.s3.objects.set('bucket/k', { ...server.s3.get('k'), body: new Uint8Array(3) })
    const { out } = await succeed('inspect s3://bucket/k')
    expect(out).toMatch(/plaintext +none: a body of 3 bytes is shorter than its tag\n/)
    expect(out).toMatch(/does not open +the body of the object is not authentic/)
  })

  it('fails what is not encrypted; below a prefix it is left alone, as instruction files are', async () => {
    server.s3.put('p/plain', new Uint8Array(3))
    await succeed('cp a s3://bucket/p/k -k key.json --instruction-file')
    const alone = await s3('inspect s3://bucket/p/plain')
    expect([alone.status, alone.out, alone.err]).toEqual([1, '', expect.stringContaining('has no envelope')])
    const all = await succeed('inspect -r s3://bucket/p')
    expect(all.out).toContain('data key    "AES/GCM", in the file "p/k.instruction"')
    expect(all.err).toBe('1 object inspected, 2 skipped\n')
  })
})

describe('rewrap', () => {
  it('changes the key of one object, and does not touch its body', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    const { body } = server.s3.get('k')
    const { err } = await succeed('rewrap s3://bucket/k -k key.json --new-key new.json --rotation-required')
    expect(err).toBe('rewrapped s3://bucket/k, V3\n')
    expect(server.s3.get('k').body).toEqual(body)
    expect([await opens('k', '-k new.json'), await opens('k', '-k key.json')]).toEqual([true, false])
  })

  it('goes from one key of AWS KMS to another, also with another context', async () => {
    await succeed(`cp a s3://bucket/k -w key=${old} -c tenant=42`)
    const command = `rewrap s3://bucket/k -w key=${old} -c tenant=42 --new-wrapping-key key=${next}`
    await succeed(`${command} --new-encryption-context tenant=43`)
    expect(await opens('k', `-w key=${next} -c tenant=43`)).toBe(true)
    expect(await opens('k', `-w key=${old} -c tenant=42`)).toBe(false)
  })

  it('goes from AWS KMS to a key of your own, whichever key it was', async () => {
    await succeed(`cp a s3://bucket/k -w key=${old}`)
    await succeed('rewrap s3://bucket/k -w discovery=true,region=eu-west-1 --new-key new.json')
    expect(await opens('k', '-k new.json')).toBe(true)
  })

  it('moves the data key into a file and back, and writes one for a further reader', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    await succeed('rewrap s3://bucket/k -k key.json --instruction-file')
    await succeed('rewrap s3://bucket/k -k key.json --new-key new.json --new-instruction-file-suffix .partner')
    expect([...server.s3.objects.keys()].toSorted()).toEqual(['bucket/k', 'bucket/k.instruction', 'bucket/k.partner'])
    expect(await opens('k', '-k key.json')).toBe(true)
    expect(await opens('k', '-k new.json --instruction-file-suffix .partner')).toBe(true)
    await succeed('rewrap s3://bucket/k -k key.json --no-instruction-file')
    expect(server.s3.objects.has('bucket/k.instruction')).toBe(false)
    expect(await opens('k', '-k key.json')).toBe(true)
  })

  it('refuses a rotation to the key that was there', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    const before = server.s3.get('k')
    const { status, err } = await s3('rewrap s3://bucket/k -k key.json --new-key key.json --rotation-required')
    expect([status, err]).toEqual([1, expect.stringContaining('still unwraps')])
    expect(server.s3.get('k')).toBe(before)
  })

  it.each([
    ['rewrap s3://bucket/k -k key.json', 'the new key is missing'],
    ['rewrap s3://bucket/p/ -k key.json --new-key new.json', 'Add -r for all objects'],
    ['rewrap s3://bucket/k --new-key new.json', 'a key is missing'],
    ['rewrap s3://bucket/k -k key.json --new-wrapping-key discovery=true', 'discovery=true only decrypts'],
    ['reencrypt s3://bucket/k -w discovery=true', '--new-wrapping-key key=KEY-ARN'],
    ['rewrap s3://bucket/k -k key.json --no-instruction-file --new-instruction-file-suffix .x', 'exclude each other'],
  ])('needs arguments that add up: %s', async (command, found) => {
    const { status, err } = await s3(command)
    expect([status, err]).toEqual([2, expect.stringContaining(found)])
    expect(server.s3.requests).toEqual([])
  })
})

describe('below a prefix', () => {
  beforeEach(async () => {
    for (const name of ['p/1', 'p/2', 'p/3', 'pp']) await succeed(`cp a s3://bucket/${name} -k key.json`)
    server.s3.put('p/plain', new Uint8Array(3))
  })

  it('rewrap does all, and leaves alone what is not encrypted; the dry run writes nothing before', async () => {
    const command = 'rewrap -r s3://bucket/p -k key.json --new-key new.json'
    const before = writes()
    expect((await succeed(`${command} --dry-run`)).err).toBe('3 objects would be rewrapped, 1 skipped\n')
    expect(writes()).toBe(before)
    expect((await succeed(command)).err).toBe('3 objects rewrapped, 1 skipped\n')
    for (const name of ['p/1', 'p/2', 'p/3']) expect(await opens(name, '-k new.json')).toBe(true)
    expect(await opens('pp', '-k key.json')).toBe(true)
    expect(server.s3.get('p/plain').body).toHaveLength(3)
  })

  it('one that fails does not keep the others from it; the summary names it (C6, exit status)', async () => {
    await succeed('cp a s3://bucket/p/2 -k new.json')
    const { status, err } = await s3('rewrap -r s3://bucket/p -k key.json --new-key new.json')
    expect(status).toBe(1)
    expect(err).toMatch(
      /esdk: 1 failed; 2 objects rewrapped, 1 skipped\n {2}s3:\/\/bucket\/p\/2 {2}ERR_ESDK_S3_DATA_KEY: /,
    )
    for (const name of ['p/1', 'p/2', 'p/3']) expect(await opens(name, '-k new.json')).toBe(true)
  })

  it('one that S3 could not store does not keep the others from it, and is told in the words of the command', async () => {
    const { body, headers } = server.s3.get('p/1')
    server.s3.objects.set('bucket/p/1', {
      ...server.s3.get('p/1'),
      body,
      headers: { ...headers, 'x-amz-meta-note': 'n'.repeat(1900) },
    })
    const { status, err } = await s3('rewrap -r s3://bucket/p -k key.json --new-key new.json -v')
    expect([status, err]).toEqual([1, expect.stringContaining('esdk: 1 failed; 2 objects rewrapped, 1 skipped\n')])
    expect(err).toContain('write an instruction file with --instruction-file, or')
  })

  it('an instruction file that went away with its object is skipped', async () => {
    for (const command of ['reencrypt', 'rewrap --no-instruction-file']) {
      await succeed('cp a s3://bucket/q/1 -k key.json --instruction-file')
      const { err } = await succeed(`${command} -r s3://bucket/q -k key.json --new-key new.json`)
      expect(err).toMatch(/^1 object \w+, 1 skipped\n$/)
      expect(await opens('q/1', '-k new.json')).toBe(true)
    }
  })

  it('a key that the server cannot list fails, and is not taken for gone', async () => {
    server.s3.objects.set('bucket/r/x\u0001y', server.s3.get('p/1'))
    meeting(
      server.s3,
      ({ key }) => key === '',
      async () => xmlAnswer(200, '<ListBucketResult><Contents><Key>r/x\uFFFDy</Key></Contents></ListBucketResult>'),
    )
    const { status, err } = await s3('rewrap -r s3://bucket/r -k key.json --new-key new.json')
    expect([status, err]).toEqual([1, expect.stringContaining('1 failed; 0 objects rewrapped, 0 skipped')])
  })

  it('tells each in JSON', async () => {
    const { out } = await succeed('rewrap -r s3://bucket/p -k key.json --new-key new.json --json')
    expect(jsonLines(out)).toMatchObject([
      { object: 's3://bucket/p/1', status: 'rewrapped', encryption: { format: 'V3' } },
      { object: 's3://bucket/p/2', status: 'rewrapped' },
      { object: 's3://bucket/p/3', status: 'rewrapped' },
      { object: 's3://bucket/p/plain', status: 'skipped' },
    ])
  })

  it('there has to be something', async () => {
    const { status, err } = await s3('rewrap -r s3://bucket/nothing -k key.json --new-key new.json')
    expect([status, err]).toEqual([1, expect.stringContaining('there is no object below s3://bucket/nothing/')])
  })

  it('a list that is refused fails, and says what to do', async () => {
    meeting(
      server.s3,
      ({ key }) => key === '',
      async () => {
        throw new S3Refusal(403, 'AccessDenied', 'not for you')
      },
    )
    const { status, err } = await s3('rewrap -r s3://bucket/p -k key.json --new-key new.json')
    expect([status, err]).toEqual([1, expect.stringMatching(/cannot list s3:\/\/bucket\/p\/.*\n.*s3:ListBucket/)])
  })
})

describe('reencrypt', () => {
  it('makes V3 of V2, and leaves V3 alone', async () => {
    await succeed(`cp a s3://bucket/p/v2 -k key.json ${writesV2}`)
    await succeed('cp a s3://bucket/p/v3 -k key.json')
    const before = server.s3.get('p/v3')
    const command = `reencrypt -r s3://bucket/p/ -k key.json ${readsV2}`
    expect((await succeed(`${command} --dry-run`)).err).toBe('1 object would be reencrypted, 1 skipped\n')
    expect((await succeed(command)).err).toBe('1 object reencrypted, 1 skipped\n')
    expect(server.s3.get('p/v3')).toBe(before)
    expect(await opens('p/v2', '-k key.json')).toBe(true)
    expect((await succeed(command)).err).toBe('0 objects reencrypted, 2 skipped\n')
  })

  it('says which option an old object needs; the dry run says it, too', async () => {
    await succeed(`cp a s3://bucket/k -k key.json ${writesV2}`)
    for (const dry of ['', '--dry-run']) {
      const { status, err } = await s3(`reencrypt s3://bucket/k -k key.json ${dry}`)
      expect([status, err]).toEqual([1, expect.stringContaining(`add ${readsV2}`)])
    }
  })

  it('takes a new key, and gives the object a new body', async () => {
    await succeed('cp a s3://bucket/k -k key.json')
    const { body } = server.s3.get('k')
    await succeed(`reencrypt s3://bucket/k -k key.json --new-wrapping-key key=${next}`)
    expect(server.s3.get('k').body).not.toEqual(body)
    expect(await opens('k', `-w key=${next}`)).toBe(true)
  })
})
