import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment } from '../test/aws.ts'
import { type Answer, Session } from '../test/session.ts'
import { Interrupted } from './exit-status.ts'

let session: Session
beforeEach(() => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  session = new Session()
})
afterEach(() => {
  session.remove()
  vi.unstubAllEnvs()
})

interface Served {
  readonly endpoint: string
  readonly keys: readonly { readonly arn: string; readonly region: string; readonly aliases: readonly string[] }[]
}

/** Serves as long as `use` takes, and gives how it ended. */
async function serving(options: string, use: (served: Served) => Promise<void> = async () => {}): Promise<Answer> {
  const ending = new AbortController()
  let used: Promise<void> | undefined
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      done()
      used = use(JSON.parse(chunk.toString('utf8')) as Served).finally(() => ending.abort(new Interrupted('SIGINT')))
      // What fails is told when the serving has ended.
      used.catch(() => {})
    },
  })
  const answer = await session.esdk(`local-kms --json ${options}`, { signal: ending.signal, stdout })
  await used
  return answer
}

describe('esdk local-kms', () => {
  it('serves AWS KMS until it is interrupted, and warns that it protects nothing', async () => {
    session.write('a', 'attack at dawn')
    let endpoint = ''
    const { status, err } = await serving('--key eu-west-1:alias/app', async (served) => {
      endpoint = served.endpoint
      const at = `--endpoint-url ${endpoint}`
      expect((await session.esdk(`encrypt a ${at} --region eu-west-1 -w key=alias/app`)).status).toBe(0)
      expect((await session.esdk(`decrypt a.encrypted -o b ${at} -w key=${served.keys[0]?.arn}`)).status).toBe(0)
    })
    expect(session.text('b')).toBe('attack at dawn')
    expect(status).toBe(130)
    expect(err).toBe('esdk: warning: a local KMS protects nothing: whoever uses this machine can have its keys\n')
    await expect(fetch(endpoint)).rejects.toThrow()
  })

  it('says where it listens, and shows the ARN of every key, for people too', async () => {
    const ending = new AbortController()
    let shown = ''
    const stdout = new Writable({
      write(chunk: Buffer, _, done) {
        shown += chunk.toString('utf8')
        done()
        ending.abort(new Interrupted('SIGTERM'))
      },
    })
    const keys = '--key us-west-2:alias/b:RSA_2048 --key eu-west-1:alias/a'
    const { status } = await session.esdk(`local-kms ${keys}`, { signal: ending.signal, stdout })
    expect(status).toBe(143)
    const [listening, ...lines] = shown.trimEnd().split('\n')
    expect(listening).toMatch(/^listening at http:\/\/127\.0\.0\.1:\d+$/)
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}arn:aws:kms:eu-west-1:111122223333:key\/[\da-f-]{36} {2}alias\/a$/),
      expect.stringMatching(/^ {2}arn:aws:kms:us-west-2:111122223333:key\/[\da-f-]{36} {2}alias\/b {2}RSA_2048$/),
      'Ctrl-C ends it.',
    ])
  })

  it('keeps the keys in a file of its owner, and makes each only once', async () => {
    const options = '--key-file kms.json --key eu-west-1:alias/app --key eu-west-1,us-west-2:alias/everywhere'
    const arns: string[][] = []
    for (let round = 0; round < 2; round++) {
      await serving(options, async ({ keys }) => void arns.push(keys.map(({ arn }) => arn)))
    }
    expect(arns[0]).toHaveLength(3)
    expect(arns[1]).toEqual(arns[0])
    if (process.platform !== 'win32') expect(statSync(session.path('kms.json')).mode & 0o777).toBe(0o600)
    await serving('--key-file kms.json', async ({ keys }) => {
      expect(keys.map(({ region, aliases }) => [region, aliases])).toEqual([
        ['eu-west-1', ['alias/app']],
        ['eu-west-1', ['alias/everywhere']],
        ['us-west-2', ['alias/everywhere']],
      ])
    })
  })

  it('adds a Region to a multi-Region key that is there', async () => {
    await serving('--key-file kms.json --key eu-west-1,us-west-2:alias/m')
    await serving('--key-file kms.json --key eu-west-1,us-west-2,ap-south-1:alias/m', async ({ keys }) => {
      const ids = keys.map(({ arn }) => arn.replace(/^.*\//, ''))
      expect(keys.map(({ region }) => region)).toEqual(['ap-south-1', 'eu-west-1', 'us-west-2'])
      expect(new Set(ids).size).toBe(1)
    })
  })

  it('shows more keys than a page of AWS KMS has', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => `--key eu-west-1:alias/k${i}`).join(' ')
    await serving(many, async ({ keys }) => expect(keys).toHaveLength(1001))
  })

  it('refuses an alias whose key is of another kind', async () => {
    await serving('--key-file kms.json --key eu-west-1:alias/app')
    for (const key of ['eu-west-1:alias/app:RSA_2048', 'eu-west-1,us-west-2:alias/app']) {
      const { status, err } = await session.esdk(`local-kms --key-file kms.json --key ${key}`)
      const found = 'alias/app in eu-west-1 is a key of one Region, SYMMETRIC_DEFAULT'
      expect([status, err]).toEqual([2, expect.stringContaining(found)])
    }
  })

  it('refuses an alias that is there in a further Region, and is another key', async () => {
    await serving('--key-file kms.json --key us-west-2:alias/app')
    const { status, err } = await session.esdk('local-kms --key-file kms.json --key eu-west-1,us-west-2:alias/app')
    expect([status, err]).toEqual([
      2,
      expect.stringContaining('alias/app in us-west-2 is another key than in eu-west-1'),
    ])
  })

  it('refuses a file that holds something else, and a place where none can be', async () => {
    session.write('text', 'no keys')
    const { status, err } = await session.esdk('local-kms --key-file text')
    expect([status, err]).toEqual([1, expect.stringContaining('the key file text cannot be used')])
    expect(session.text('text')).toBe('no keys')
    expect((await session.esdk('local-kms --key-file no/such/folder')).err).toContain('cannot be used')
  })

  it('refuses an alias that AWS KMS has for itself', async () => {
    const { status, err } = await session.esdk('local-kms --key eu-west-1:alias/aws/s3')
    expect([status, err]).toEqual([2, expect.stringContaining('aws/')])
  })

  it('says that a port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { readonly port: number }
    const { status, err } = await session.esdk(`local-kms --port ${port}`)
    await new Promise((resolve) => server.close(resolve))
    expect([status, err]).toEqual([2, expect.stringContaining(`the port ${port} is taken by another program`)])
  })
})
