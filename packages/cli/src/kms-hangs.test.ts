/**
 * Signals while AWS KMS does not answer (R3, abort; C1, partial output).
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { buildBin, removeBin, start, until } from '../test/process.ts'
import { Session } from '../test/session.ts'

const env = Object.fromEntries(Object.entries(awsEnvironment).map(([name, value]) => [name, value ?? '']))

let session: Session
let kms: TestKms
let key: string
beforeAll(buildBin)
afterAll(removeBin)
beforeEach(async () => {
  session = new Session()
  kms = await startTestKms()
  key = await kms.createKey('eu-west-1', 'alias/app')
})
afterEach(async () => {
  session.remove()
  await kms.close()
})

describe.skipIf(process.platform === 'win32')('a run that waits for AWS KMS', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once by %s, with status %i, and leaves nothing behind', async (signal, status) => {
    session.write('a', 'attack at dawn')
    session.write('m', 'the old file')
    const encrypt = ['encrypt', 'a', '-o', 'm', '-w', `key=${key}`, '--endpoint-url', kms.endpoint]
    const rsa = await kms.createKey('eu-west-1', 'alias/rsa', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const getPublicKey = [...encrypt, '-w', `type=kms-rsa,key=${rsa},algorithm=RSAES_OAEP_SHA_256`]
    kms.takeCalls()
    for (const argv of [encrypt, getPublicKey]) {
      const end = kms.kms.inject({ kind: 'delay', ms: Number.POSITIVE_INFINITY })
      const running = start(argv, session.folder, env)
      await until(() => kms.takeCalls().length > 0, 'the call')
      const asked = performance.now()
      running.process.kill(signal)
      const ended = await running.ended
      end()
      expect(ended).toMatchObject({ status, err: '' })
      // Less than the 3 seconds that a run has to clean up, and than any timeout of a call.
      expect(performance.now() - asked).toBeLessThan(1000)
      expect(session.list()).toEqual(['a', 'm'])
      expect(session.text('m')).toBe('the old file')
    }
  })
})
