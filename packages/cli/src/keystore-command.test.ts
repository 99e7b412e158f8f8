import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment, startTestDynamoDb, startTestKms, type TestDynamoDb, type TestKms } from '../test/aws.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'

const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

let kms: TestKms
let key: string
beforeAll(async () => {
  kms = await startTestKms()
  key = await kms.createKey('eu-west-1', 'alias/keystore')
})
afterAll(() => kms.close())

let session: Session
let dynamoDb: TestDynamoDb
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  session = new Session()
  dynamoDb = await startTestDynamoDb()
})
afterEach(async () => {
  session.remove()
  await dynamoDb.close()
  vi.unstubAllEnvs()
})

function esdk(command: string, region = 'eu-west-1'): Promise<Answer> {
  const place = `--region ${region} --endpoint-url ${kms.endpoint} --dynamodb-endpoint-url ${dynamoDb.endpoint}`
  return session.esdk(`${command} ${place}`)
}

async function made(command: string): Promise<string> {
  const { status, out, err } = await esdk(command)
  expect([status, err]).toEqual([0, ''])
  return out.trimEnd()
}

describe('esdk keystore', () => {
  it('makes the table once, and says where it is', async () => {
    for (let round = 0; round < 2; round++) {
      const { status, err } = await esdk('keystore create-table --table keys')
      const arn = 'arn:aws:dynamodb:eu-west-1:111122223333:table/keys'
      expect([status, err]).toEqual([0, `the table "keys" is ready: ${arn}\n`])
    }
    expect(dynamoDb.operations.filter((operation) => operation === 'CreateTable')).toHaveLength(1)
  })

  it('makes a branch key whose id other commands can take, gives it versions, and shows the active one', async () => {
    await esdk('keystore create-table --table keys')
    const id = await made(`keystore create-key --table keys --key ${key}`)
    expect(id).toMatch(uuid)
    const version = await made(`keystore version-key --table keys --key ${key} --id ${id}`)
    expect(version).toMatch(uuid)
    expect(await made(`keystore show --table keys --key ${key} --id ${id}`)).toBe(
      `"${id}"   authentic: AWS KMS has opened it
  active version  ${version}
  wrapped by      ${key}
  key store       "keys"
  encryption context: none`,
    )
  })

  it('tells programs the same', async () => {
    const all = `--table keys --key-store logical --key ${key} --id tenant-42 --json`
    const [table] = jsonLines(await made('keystore create-table --table keys --json'))
    expect(table).toMatchObject({ table: 'keys', status: 'ready' })
    const [created] = jsonLines(await made(`keystore create-key ${all} -c tenant=42`))
    expect(created).toEqual({ table: 'keys', branchKeyId: 'tenant-42', status: 'created' })
    const [versioned] = jsonLines(await made(`keystore version-key ${all}`))
    const [shown] = jsonLines(await made(`keystore show ${all}`))
    expect(shown).toEqual({
      table: 'keys',
      branchKeyId: 'tenant-42',
      version: versioned?.['version'],
      kmsKey: key,
      keyStore: 'logical',
      encryptionContext: { tenant: '42' },
      status: 'active',
    })
  })

  it('has made keys that seal a folder with one call of AWS KMS, and open after a new version', async () => {
    await esdk('keystore create-table --table keys')
    await made(`keystore create-key --table keys --key ${key} --id tenant-42 -c tenant=42`)
    for (let i = 0; i < 20; i++) session.write(`in/${i}`, `file ${i}`)
    const branchKey = `-w type=branch-key,table=keys,key=${key},id=tenant-42`
    kms.takeCalls()
    expect((await esdk(`encrypt -r in -o sealed ${branchKey}`)).status).toBe(0)
    expect(kms.takeCalls().map(({ operation }) => operation)).toEqual(['Decrypt'])
    await made(`keystore version-key --table keys --key ${key} --id tenant-42`)
    expect((await esdk(`decrypt -r sealed -o again ${branchKey}`)).status).toBe(0)
    expect(session.text('again/19')).toBe('file 19')
    const [facts] = jsonLines((await session.esdk('inspect sealed/0.encrypted --json')).out)
    expect(facts?.['encryptedDataKeys']).toEqual([
      expect.objectContaining({
        providerId: 'aws-kms-hierarchy',
        keyName: 'tenant-42',
        branchKeyVersion: expect.stringMatching(uuid) as string,
        needs: expect.stringMatching(/^the branch key of this id, version [\da-f-]{36}$/) as string,
      }),
    ])
  })

  it('shows no part of a branch key, however much is asked for (K12, keys in logs)', async () => {
    await esdk('keystore create-table --table keys')
    const seen: string[] = []
    const end = kms.kms.inject({
      kind: 'answer',
      operation: 'Decrypt',
      change: (answer) => {
        const { Plaintext } = answer as { readonly Plaintext: Uint8Array }
        seen.push(Buffer.from(Plaintext).toString('base64'), Buffer.from(Plaintext).toString('hex'))
        return answer
      },
    })
    const printed: string[] = []
    const all = `--table keys --key ${key} --id t -vvvv`
    for (const command of [`create-key ${all} -c a=b`, `version-key ${all}`, `show ${all}`, `show ${all} --json`]) {
      const { out, err } = await esdk(`keystore ${command}`)
      printed.push(out, err)
    }
    end()
    expect(seen).toHaveLength(4)
    for (const secret of seen) expect(printed.join('\n')).not.toContain(secret)
  })
})

describe('esdk keystore refuses', () => {
  it('a table that is not there, and says how to make it', async () => {
    const { status, err } = await esdk(`keystore show --table keys --key ${key} --id x`)
    expect([status, err]).toEqual([1, expect.stringContaining('make it with `esdk keystore create-table`')])
  })

  it('a branch key that is not there, or that is there already', async () => {
    await esdk('keystore create-table --table keys')
    const all = `--table keys --key ${key} --id x`
    const missing = await esdk(`keystore show ${all}`)
    expect(missing.err).toMatch(/there is no such item in the table\n +Look at the id and the table/)
    await made(`keystore create-key ${all} -c a=b`)
    const again = await esdk(`keystore create-key ${all} -c a=b`)
    expect([again.status, again.err]).toEqual([
      1,
      expect.stringMatching(/was not written.*\n +There is a branch key of this id/),
    ])
  })

  it('another logical name than the one that it was made with', async () => {
    await esdk('keystore create-table --table keys')
    await made(`keystore create-key --table keys --key ${key} --id x -c a=b`)
    const { status, err } = await esdk(`keystore show --table keys --key-store other --key ${key} --id x`)
    expect([status, err]).toEqual([1, expect.stringContaining('InvalidCiphertextException')])
  })

  it.each([
    ['create-key --key alias/x', '--key must be the ARN of a key of AWS KMS'],
    ['create-key --key KEY --id own', 'needs an encryptionContext'],
    ['create-key --key KEY --id own -c a=1 -c a=2', 'has the key "a" twice'],
  ])('%s', async (command, what) => {
    const { status, err } = await esdk(`keystore ${command.replace('KEY', key)} --table keys`)
    expect([status, err]).toEqual([2, expect.stringContaining(what)])
  })

  it('an empty id, as a variable that is not set gives it, instead of making up another', async () => {
    const task = ['keystore', 'create-key', '--table', 'keys', '--key', key, '--id', '', '-c', 'a=b']
    const place = [
      '--region',
      'eu-west-1',
      '--endpoint-url',
      kms.endpoint,
      '--dynamodb-endpoint-url',
      dynamoDb.endpoint,
    ]
    const { status, err } = await session.esdk([...task, ...place])
    expect([status, err]).toEqual([2, expect.stringContaining('branchKeyId must be a text, and not empty')])
    expect(dynamoDb.operations).toEqual([])
  })

  it('to go without a Region for the table', async () => {
    const { status, err } = await session.esdk(
      `keystore create-table --table keys --dynamodb-endpoint-url ${dynamoDb.endpoint}`,
    )
    expect([status, err]).toEqual([1, expect.stringContaining('Add --region')])
  })
})
