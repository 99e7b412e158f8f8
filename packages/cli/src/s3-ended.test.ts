/**
 * `esdk s3` that is ended by a signal, in a process of its own: nothing is left, here or there.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gets, hang, meeting, puts, stall } from '../../s3-cse/test/s3/faults.ts'
import { awsEnvironment } from '../test/aws.ts'
import { buildBin, type Ended, removeBin, start, until } from '../test/process.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { Session, someBytes } from '../test/session.ts'

/** Of a file that is sent in parts. */
const longLength = 20 * 1024 * 1024
const env = Object.fromEntries(Object.entries(awsEnvironment).map(([name, value]) => [name, value ?? '']))

let server: TestS3
let session: Session
beforeAll(buildBin)
afterAll(removeBin)
beforeEach(async () => {
  server = await startTestS3()
  session = new Session()
  await session.esdk('keygen aes -o key.json')
})
afterEach(async () => {
  session.remove()
  await server.close()
})

/** Ends the command by Ctrl-C as soon as it is so far. */
async function interrupted(command: string, isSoFar: () => boolean): Promise<Ended> {
  const words = `s3 ${command} -k key.json --endpoint-url ${server.endpoint} --region eu-west-1`.split(' ')
  const running = start(words, session.folder, env)
  await until(isSoFar, 'the command to be so far')
  running.process.kill('SIGINT')
  return running.ended
}

const asked = (name: string) => server.s3.requests.some(({ query }) => query[name] !== undefined)

describe.skipIf(process.platform === 'win32')('Ctrl-C (C1, partial output; S9, multipart)', () => {
  it.each(['uploads', 'partNumber'])('in an upload, at %s, leaves no parts', async (point) => {
    session.write('a', someBytes(longLength))
    if (point === 'partNumber') meeting(server.s3, ({ query }) => query[point] === '2', hang)
    const { status, err } = await interrupted('cp a s3://bucket/k', () => asked(point))
    expect([status, err]).toEqual([130, ''])
    expect(server.s3.objects.size).toBe(0)
    expect(server.s3.uploads.ids).toEqual([])
  })

  it('in an upload from a pipe that nobody writes to leaves no parts', async () => {
    const words = `s3 cp - s3://bucket/k -k key.json --endpoint-url ${server.endpoint} --region eu-west-1`.split(' ')
    const running = start(words, session.folder, env)
    running.process.stdin?.write(someBytes(longLength))
    await until(() => server.s3.uploads.ids.length > 0, 'the upload to begin')
    running.process.kill('SIGINT')
    expect((await running.ended).status).toBe(130)
    expect(server.s3.uploads.ids).toEqual([])
  })

  it('in a rewrite leaves the old object', async () => {
    session.write('a', 'attack at dawn')
    const put = `s3 cp a s3://bucket/k -k key.json --endpoint-url ${server.endpoint} --region eu-west-1`
    expect((await start(put.split(' '), session.folder, env).ended).status).toBe(0)
    const before = server.s3.get('k')
    server.s3.requests.length = 0
    meeting(server.s3, puts, hang)
    const { status, err } = await interrupted('reencrypt s3://bucket/k', () => server.s3.requests.some(puts))
    expect([status, err]).toEqual([130, ''])
    expect(server.s3.get('k')).toBe(before)
  })

  it('in a download leaves no file', async () => {
    session.write('a', someBytes(1_000_000))
    const put = `s3 cp a s3://bucket/k -k key.json --endpoint-url ${server.endpoint} --region eu-west-1`
    expect((await start(put.split(' '), session.folder, env).ended).status).toBe(0)
    meeting(server.s3, gets, stall(500_000))
    const begun = () => session.list().some((name) => name.endsWith('.tmp'))
    const { status, err } = await interrupted('cp s3://bucket/k b', begun)
    expect([status, err]).toEqual([130, ''])
    expect(session.list()).toEqual(['a', 'key.json'])
  })
})
