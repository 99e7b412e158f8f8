/**
 * Objects of format V1, through the command: made here by what the format says, with the cryptography of Node alone.
 */
import { createCipheriv, randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment } from '../test/aws.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { type Answer, Session } from '../test/session.ts'

const allowed = '--commitment-policy require-encrypt-allow-decrypt --allow-legacy-wrapping --allow-cbc'
const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const key = '-w type=raw-aes,namespace=any,name=any,file=key.bin'

let server: TestS3
let session: Session
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  server = await startTestS3()
  session = new Session()
  chmodSync(session.write('key.bin', wrappingKey), 0o600)
  putV1('old', 'attack at dawn')
})
afterEach(async () => {
  session.remove()
  await server.close()
  vi.unstubAllEnvs()
})

/** The data key by AES-ECB, the body by AES-CBC, both with PKCS #7 padding. */
function putV1(name: string, plaintext: string): void {
  const [dataKey, iv] = [randomBytes(32), randomBytes(16)]
  const wrap = createCipheriv('aes-256-ecb', wrappingKey, null)
  const seal = createCipheriv('aes-256-cbc', dataKey, iv)
  server.s3.put(name, new Uint8Array(Buffer.concat([seal.update(plaintext), seal.final()])), {
    'x-amz-key': Buffer.concat([wrap.update(dataKey), wrap.final()]).toString('base64'),
    'x-amz-iv': iv.toString('base64'),
    'x-amz-matdesc': '{}',
  })
}

function s3(command: string): Promise<Answer> {
  return session.esdk(`s3 ${command} --endpoint-url ${server.endpoint} --region eu-west-1`)
}

describe('an object of format V1', () => {
  it('opens when all three options allow it', async () => {
    expect(await s3(`cat s3://bucket/old ${key} ${allowed}`)).toMatchObject({ status: 0, out: 'attack at dawn' })
    await s3(`cp s3://bucket/old a ${key} ${allowed}`)
    expect(session.text('a')).toBe('attack at dawn')
  })

  it.each([['--commitment-policy require-encrypt-allow-decrypt'], ['--allow-legacy-wrapping'], ['--allow-cbc']])(
    'says that %s is missing (S1, S4)',
    async (option) => {
      const { status, out, err } = await s3(`cat s3://bucket/old ${key} ${allowed.replace(option, '')}`)
      expect([status, out, err]).toEqual([1, '', expect.stringContaining(`add ${option}`)])
    },
  )

  it('of which a part is missing gives nothing', async () => {
    putV1('long', 'x'.repeat(100_000))
    const { body, metadata } = server.s3.get('long')
    server.s3.put('long', body.subarray(0, 50_001), metadata)
    expect(await s3(`cat s3://bucket/long ${key} ${allowed}`)).toMatchObject({ status: 1, out: '' })
  })

  it('is reencrypted into V3, and cannot be rewrapped', async () => {
    const rewrap = `rewrap s3://bucket/old ${key} ${allowed} --new-wrapping-key type=raw-aes,namespace=n,name=n,file=key.bin`
    for (const dry of ['', '--dry-run']) {
      const { status, err } = await s3(`${rewrap} ${dry}`)
      expect([status, err]).toEqual([1, expect.stringContaining('`esdk s3 reencrypt` writes the object anew')])
    }
    const done = await s3(`reencrypt s3://bucket/old ${key} ${allowed}`)
    expect([done.status, done.err]).toEqual([0, 'reencrypted s3://bucket/old, V3\n'])
    expect(await s3(`cat s3://bucket/old ${key}`)).toMatchObject({ status: 0, out: 'attack at dawn' })
  })
})
