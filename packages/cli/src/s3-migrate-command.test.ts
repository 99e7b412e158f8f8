/**
 * `esdk s3 migrate` and `esdk s3 worker`, with the AWS SDK, over HTTP. What goes through Redis is tried by `npm run bulk`.
 */
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment } from '../test/aws.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'
import { Interrupted } from './exit-status.ts'

const writesV2 = '--commitment-policy forbid-encrypt-allow-decrypt'
const readsV2 = '--commitment-policy require-encrypt-allow-decrypt'

let server: TestS3
let session: Session
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  server = await startTestS3()
  session = new Session()
  session.write('a', 'attack at dawn')
  await session.esdk('keygen aes -o key.json')
  await session.esdk('keygen aes -o new.json')
  await s3(`cp a s3://bucket/p/v2 -k key.json ${writesV2}`)
  await s3('cp a s3://bucket/p/v3 -k key.json')
  await s3('cp a s3://bucket/other -k key.json')
  server.s3.put('p/open', new Uint8Array(3))
  server.s3.requests.length = 0
})
afterEach(async () => {
  session.remove()
  await server.close()
  vi.unstubAllEnvs()
})

function s3(command: string, env: Record<string, string> = {}): Promise<Answer> {
  return session.esdk(`s3 ${command} --endpoint-url ${server.endpoint} --region eu-west-1`, { env })
}

const writes = () => server.s3.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length

describe('migrate', () => {
  it('counts what there is, without a key', async () => {
    const { status, err } = await s3('migrate s3://bucket/p --job inventory')
    expect([status, err]).toEqual([
      0,
      ['2 done, 1 skipped', '  1 object: V2, AES/GCM/NoPadding, AES/GCM', '  1 object: V3, 115, AES/GCM', ''].join(
        '\n',
      ),
    ])
    expect(writes()).toBe(0)
  })

  it('says what it would do, does it, and does nothing the second time', async () => {
    const command = `migrate s3://bucket/p/ -k key.json --new-key new.json ${readsV2}`
    expect((await s3(`${command} --dry-run`)).err).toMatch(/^2 would be done, 1 skipped\n/)
    expect(writes()).toBe(0)
    expect((await s3(command)).err).toBe('2 done, 1 skipped\n  2 objects: V3, 115, AES/GCM\n')
    for (const key of ['v2', 'v3'])
      expect((await s3(`cat s3://bucket/p/${key} -k new.json`)).out).toBe('attack at dawn')
    expect((await s3('cat s3://bucket/other -k key.json')).out).toBe('attack at dawn')
    expect((await s3(command)).err).toMatch(/^2 done already, 1 skipped\n/)
  })

  it('fails what the options do not allow, and does the others', async () => {
    const { status, err } = await s3('migrate s3://bucket/p/ -k key.json --new-key new.json')
    expect([status, err]).toEqual([1, expect.stringMatching(/^esdk: 1 failed; 1 done, 1 skipped\n/)])
    expect(err).toContain('s3://bucket/p/v2  ERR_ESDK_COMMITMENT_POLICY: ')
  })

  it('tells each object and the report in JSON', async () => {
    const { out } = await s3('migrate s3://bucket/p/ --job inventory --json')
    expect(jsonLines(out)).toMatchObject([
      { object: 's3://bucket/p/open', status: 'skipped', reason: 'not-encrypted' },
      { object: 's3://bucket/p/v2', status: 'done', encryption: { format: 'V2' } },
      { object: 's3://bucket/p/v3', status: 'done', encryption: { format: 'V3' } },
      { report: { counts: { done: 2, skipped: 1, failed: 0 } } },
    ])
  })

  it('rewraps, from a key on', async () => {
    const command = `migrate s3://bucket/p/ --job rewrap -k key.json --new-key new.json ${readsV2}`
    expect((await s3(`${command} --resume-from p/v2`)).err).toMatch(/^1 done\n/)
    expect((await s3('cat s3://bucket/p/v3 -k new.json')).out).toBe('attack at dawn')
  })

  it('has to find something, as the others do', async () => {
    const { status, err } = await s3('migrate s3://bucket/typo --job inventory')
    expect([status, err]).toEqual([1, expect.stringContaining('there is no object below s3://bucket/typo/')])
    expect((await s3('migrate s3://bucket/p --job inventory --resume-from p/v3')).status).toBe(0)
  })

  it('that is ended says how far it is, and how to go on', async () => {
    const ending = new AbortController()
    let looks = 0
    server.s3.fault = async ({ method, key }, next) => {
      if (method === 'HEAD' && key === 'p/v3' && ++looks === 1) ending.abort(new Interrupted('SIGINT'))
      return next()
    }
    const command = 's3 migrate s3://bucket/p/ --concurrency 1 -k key.json --new-key new.json'
    const options = `--endpoint-url ${server.endpoint} --region eu-west-1`
    const { status, err } = await session.esdk(`${command} ${options}`, { signal: ending.signal })
    expect([status, err]).toEqual([
      130,
      expect.stringMatching(
        /^esdk: ended early: 1 failed; 1 skipped; --resume-from p\/v2 goes on behind that\n {2}s3:\/\/bucket\/p\/v2 {2}ERR_ESDK_COMMITMENT_POLICY: .*\n$/,
      ),
    ])
  })

  it.each([
    ['migrate s3://bucket/p/ -k key.json --rotation-required', '--rotation-required is for --job rewrap'],
    ['migrate s3://bucket/p/ -k key.json --no-instruction-file', '--no-instruction-file is for --job rewrap'],
    ['worker --queue --job inventory --rotation-required', '--rotation-required is for --job rewrap'],
    ['migrate s3://bucket/p/ -k key.json --migration m', '--migration needs --queue'],
    ['migrate s3://bucket/p/', 'a key is missing'],
    ['migrate s3://bucket/p/ --job rewrap -k key.json', 'the new key is missing'],
    ['migrate s3://bucket/p/ -k key.json --concurrency 0', '--concurrency must be a whole number of at least 1'],
    ['migrate s3://bucket/p/ --queue', '--queue has no URL'],
    ['migrate s3://bucket/p/ --queue http://secret@host', 'the URL of --queue is none of Redis'],
    ['worker --job inventory --queue', '--queue has no URL'],
    ['worker --job inventory', "required option '--queue [url]'"],
  ])('is refused: esdk s3 %s', async (command, what) => {
    const { status, err } = await s3(command)
    expect([status, err]).toEqual([2, expect.stringContaining(what)])
    expect(err).not.toContain('secret')
    expect(writes()).toBe(0)
  })

  it.each(['migrate s3://bucket/p/ --queue', 'worker --job inventory --queue'])(
    'says that no Redis answers, and not its password: esdk s3 %s',
    async (command) => {
      const { status, err } = await s3(command, { ESDK_REDIS_URL: `redis://:secret@127.0.0.1:${await closedPort()}` })
      expect([status, err]).toEqual([2, expect.stringContaining('no Redis answers where --queue says: ECONNREFUSED')])
      expect(err).not.toContain('secret')
    },
  )
})

/** A port that nobody listens to. */
async function closedPort(): Promise<number> {
  const listening = createServer()
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  await new Promise((resolve) => listening.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
