import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { Session } from '../test/session.ts'

let kms: TestKms
let key: string
beforeAll(async () => {
  kms = await startTestKms()
  key = await kms.createKey('eu-west-1', 'alias/app')
})
afterAll(() => kms.close())

let session: Session
beforeEach(() => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  session = new Session()
  kms.takeCalls()
})
afterEach(() => {
  session.remove()
  vi.unstubAllEnvs()
})

/** Runs the command, and counts the calls of AWS KMS. */
async function callsOf(command: string): Promise<number> {
  const { status, err } = await session.esdk(`${command} -w key=${key} --endpoint-url ${kms.endpoint}`)
  expect([status, err]).toEqual([0, expect.not.stringContaining('esdk:')])
  return kms.takeCalls().length
}

describe('--caching', () => {
  it('makes one call for a folder of 1000 files, and one to open them all', async () => {
    for (let i = 0; i < 1000; i++) session.write(`in/${i}`, `file ${i}`)
    const caching = '--caching capacity=10,max-age=600'
    expect(await callsOf(`encrypt -r in -o sealed ${caching}`)).toBe(1)
    expect(await callsOf(`decrypt -r sealed -o again ${caching}`)).toBe(1)
    for (const i of [0, 1, 500, 999]) expect(session.text(`again/${i}`)).toBe(`file ${i}`)
  })

  it('gives each message keys and an id of its own', async () => {
    for (const name of ['a', 'b']) session.write(`in/${name}`, 'the same')
    await callsOf('encrypt -r in -o sealed --caching capacity=10,max-age=600 --suite 0x0478')
    const [a, b] = ['a', 'b'].map((name) => Buffer.from(session.read(`sealed/${name}.encrypted`)))
    // The id of 32 bytes is behind the version (1) and the suite (2); 8 bytes of ciphertext and a tag of 16 are the end.
    expect(a?.subarray(3, 35)).not.toEqual(b?.subarray(3, 35))
    expect(a?.subarray(-24)).not.toEqual(b?.subarray(-24))
  })

  it('without it, makes a call for each file', async () => {
    for (let i = 0; i < 5; i++) session.write(`in/${i}`, `file ${i}`)
    expect(await callsOf('encrypt -r in -o sealed')).toBe(5)
    expect(await callsOf('decrypt -r sealed -o again')).toBe(5)
  })

  it.each([
    ['max-messages=2', 3],
    // Each file has 6 bytes.
    ['max-bytes=12', 3],
    ['max-bytes=5', 5],
  ])('makes a new data key at its limits: %s', async (limit, calls) => {
    for (let i = 0; i < 5; i++) session.write(`in/${i}`, `file ${i}`)
    expect(await callsOf(`encrypt -r in -o sealed --caching capacity=10,max-age=600,${limit}`)).toBe(calls)
  })

  it('opens and seals with pairs that are not stored, as without it', async () => {
    for (let i = 0; i < 5; i++) session.write(`in/${i}`, `file ${i}`)
    const context = '-c tenant=42 -c project=x --required-context-key tenant --caching capacity=10,max-age=600'
    expect(await callsOf(`encrypt -r in -o sealed ${context}`)).toBe(1)
    expect(await callsOf(`decrypt -r sealed -o again ${context}`)).toBe(1)
    const wrong = context.replace('tenant=42', 'tenant=43')
    const command = `decrypt -r sealed -o wrong ${wrong} -w key=${key} --endpoint-url ${kms.endpoint}`
    expect((await session.esdk(command)).status).toBe(1)
    expect(session.list()).toEqual(['again', 'in', 'sealed'])
  })

  it.skipIf(process.platform !== 'linux')('is not for files that do not know how long they are', async () => {
    expect(await callsOf('encrypt /proc/self/status -o m --caching capacity=10,max-age=600')).toBe(1)
    expect(await callsOf('decrypt m -o status')).toBe(1)
    expect(session.text('status')).toContain('VmPeak')
  })

  it('is not for the standard input, whose length is not known', async () => {
    const options = { stdin: 'text' }
    const command = `encrypt - -o m -w key=${key} --endpoint-url ${kms.endpoint} --caching capacity=10,max-age=600`
    expect((await session.esdk(command, options)).status).toBe(0)
    expect(kms.takeCalls()).toHaveLength(1)
  })
})
