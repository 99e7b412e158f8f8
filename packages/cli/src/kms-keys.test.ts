/**
 * Keys of AWS KMS through the command, with the AWS SDK, over HTTP.
 */
import { generateEcdhKeyPair } from '@esdk/keyring-raw'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'

let kms: TestKms
let here: string
let there: string
beforeAll(async () => {
  kms = await startTestKms()
  here = await kms.createKey('eu-west-1', 'alias/app')
  there = await kms.createKey('us-west-2', 'alias/app')
})
afterAll(() => kms.close())

let session: Session
beforeEach(() => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  session = new Session()
  session.write('a', 'attack at dawn')
  kms.takeCalls()
})
afterEach(() => {
  session.remove()
  vi.unstubAllEnvs()
})

/** With the endpoint. */
function esdk(command: string): Promise<Answer> {
  return session.esdk(`${command} --endpoint-url ${kms.endpoint}`)
}

async function succeed(command: string): Promise<Answer> {
  const answer = await esdk(command)
  expect([command, answer.status, answer.err.includes('esdk:')]).toEqual([command, 0, false])
  return answer
}

/** Opens `m`, and compares. */
async function opens(keys: string): Promise<void> {
  await succeed(`decrypt m -o again ${keys}`)
  expect(session.text('again')).toBe('attack at dawn')
}

async function neededKeys(): Promise<unknown> {
  return jsonLines((await session.esdk('inspect m --json')).out)[0]?.['encryptedDataKeys']
}

const operations = () => kms.takeCalls().map(({ operation, region }) => `${operation} ${region}`)

describe('keys that are named', () => {
  it('make the data key, and wrap it; each of them opens', async () => {
    await succeed(`encrypt a -o m -w key=${here} -w key=${there}`)
    expect(operations()).toEqual(['GenerateDataKey eu-west-1', 'Encrypt us-west-2'])
    for (const [key, region] of [
      [here, 'eu-west-1'],
      [there, 'us-west-2'],
    ]) {
      await opens(`-w key=${key}`)
      expect(operations()).toEqual([`Decrypt ${region}`])
    }
    await opens(`-w type=kms,key=${there},key=${here}`)
  })

  it('may be several in one group, and the first of the first group makes the data key', async () => {
    await succeed(`encrypt a -o m -w key=${here},key=${there} -w key=${there},key=${here}`)
    expect(operations().toSorted()).toEqual([
      'Encrypt eu-west-1',
      'Encrypt us-west-2',
      'Encrypt us-west-2',
      'GenerateDataKey eu-west-1',
    ])
    await opens(`-w key=${there}`)
  })

  it('may be aliases and key ids to encrypt, in the Region of the group or of the run', async () => {
    const keyId = there.replace(/^.*\//, '')
    await succeed(`encrypt a -o m --region eu-west-1 -w key=alias/app -w key=${keyId},region=us-west-2`)
    expect(operations()).toEqual(['GenerateDataKey eu-west-1', 'Encrypt us-west-2'])
    expect(await neededKeys()).toMatchObject([{ keyName: here }, { keyName: there }])
    await succeed(`encrypt a -o m -w key=${here.replace(/key\/.*/, 'alias/app')}`)
    expect(await neededKeys()).toMatchObject([{ keyName: here }])
  })

  it('are used in the Region of their ARN, whatever the Region of the run is', async () => {
    await succeed(`encrypt a -o m -w key=${here},region=ap-northeast-1 --region us-west-2`)
    expect(operations()).toEqual(['GenerateDataKey eu-west-1'])
  })

  it('take the Region from the environment, or from a profile, where none is said', async () => {
    vi.stubEnv('AWS_REGION', 'us-west-2')
    await succeed('encrypt a -o m -w key=alias/app')
    vi.stubEnv('AWS_REGION', undefined)
    const profile = (name: string, region: string) =>
      `[profile ${name}]\nregion = ${region}\naws_access_key_id = any\naws_secret_access_key = any\n`
    vi.stubEnv('AWS_CONFIG_FILE', session.write('config', profile('work', 'eu-west-1') + profile('other', 'us-west-2')))
    await succeed('encrypt a -o m --profile work -w key=alias/app -w key=alias/app,profile=other')
    expect(operations()).toEqual(['GenerateDataKey us-west-2', 'GenerateDataKey eu-west-1', 'Encrypt us-west-2'])
  })

  it('go together with keys in files, in both orders', async () => {
    await session.esdk('keygen aes -o key.json')
    for (const keys of [`-k key.json -w key=${here}`, `-w key=${here} -k key.json`]) {
      await succeed(`encrypt a -o m ${keys}`)
      await opens('-k key.json')
      await opens(`-w key=${here}`)
      await opens(`-k key.json -w key=${there}`)
    }
  })

  it('are bound to the encryption context, and the context to the call', async () => {
    await succeed(`encrypt a -o m -w key=${here} -c tenant=42`)
    expect(kms.takeCalls()[0]?.input['EncryptionContext']).toMatchObject({ tenant: '42' })
    await opens(`-w key=${here} -c tenant=42`)
  })
})

describe('data keys that AWS KMS gives (K12, keys in logs)', () => {
  it('are in no output, no log and no error, however much is asked for', async () => {
    const forms: string[] = []
    const end = kms.kms.inject({
      kind: 'answer',
      change: (answer) => {
        const { Plaintext } = answer as { readonly Plaintext?: Uint8Array }
        if (Plaintext !== undefined) {
          const bytes = Buffer.from(Plaintext)
          forms.push(bytes.toString('base64'), bytes.toString('hex'), [...bytes].join(','), [...bytes].join(', '))
        }
        return answer
      },
    })
    const printed: string[] = []
    const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const
    const spies = methods.map((method) =>
      vi.spyOn(console, method).mockImplementation((...values: unknown[]) => void printed.push(values.join(' '))),
    )
    const run = async (command: string) => {
      const { out, err } = await session.esdk(`${command} -vvvv --metadata-output log --endpoint-url ${kms.endpoint}`, {
        env: { ESDK_DEBUG: '1' },
      })
      printed.push(out, err)
    }
    await run(`encrypt a -o m -w key=${here} -w key=${there}`)
    await run(`decrypt m -o again -w key=${there}`)
    await run(`decrypt m -o again -w discovery=true --json`)
    await run(`decrypt m -o again -w key=${here} -c x=y`)
    end()
    for (const spy of spies) spy.mockRestore()
    printed.push(session.text('log'))
    // GenerateDataKey, and a Decrypt each; the last, with another context, is refused before.
    expect(forms.length).toBeGreaterThanOrEqual(3 * 4)
    for (const form of forms) expect(printed.join('\n')).not.toContain(form)
  })
})

describe('discovery', () => {
  beforeEach(async () => {
    await succeed(`encrypt a -o m -w key=${here} -w key=${there}`)
    kms.takeCalls()
  })

  it('asks for the keys that the message names, in its order', async () => {
    await opens('-w discovery=true')
    expect(operations()).toEqual(['Decrypt eu-west-1'])
  })

  it('asks in the Regions that are named, in that order', async () => {
    await opens('-w discovery=true,region=us-west-2,region=eu-west-1')
    expect(operations()).toEqual(['Decrypt us-west-2'])
  })

  it('asks for keys of the accounts of the filter only (M2, discovery)', async () => {
    const filter = 'discovery=true,discovery-partition=aws'
    await opens(`-w ${filter},discovery-account=444455556666,discovery-account=111122223333`)
    kms.takeCalls()
    const refused = await esdk(`decrypt m -o again -w ${filter},discovery-account=444455556666`)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('Offered: AWS KMS, whichever key the message names, of aws, accounts 444455556666')
    expect(kms.takeCalls()).toEqual([])
  })
})

describe('other keys of AWS KMS', () => {
  it('of several Regions open what their replicas have wrapped', async () => {
    const client = kms.kms.client('eu-west-1')
    const { KeyMetadata: primary } = await client.createKey({ MultiRegion: true })
    await client.replicateKey({ KeyId: primary.KeyId, ReplicaRegion: 'us-west-2' })
    const replica = primary.Arn.replace('eu-west-1', 'us-west-2')
    kms.takeCalls()
    await succeed(`encrypt a -o m -w type=kms-mrk,key=${primary.Arn}`)
    await opens(`-w type=kms-mrk,key=${replica}`)
    await opens('-w type=kms-mrk,discovery=true,region=us-west-2')
    await opens('-w type=kms-mrk,discovery=true --region us-west-2')
    expect(operations()).toEqual(['GenerateDataKey eu-west-1', ...Array<string>(3).fill('Decrypt us-west-2')])
    expect((await esdk(`decrypt m -o again -w key=${replica}`)).status).toBe(1)
  })

  it('that are RSA keys wrap without a call where the public key is given, and unwrap with one', async () => {
    const rsa = await kms.createKey('eu-west-1', 'alias/rsa', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const { PublicKey } = await kms.kms.client('eu-west-1').getPublicKey({ KeyId: rsa })
    session.write('public.pem', pemOf(PublicKey))
    kms.takeCalls()
    for (const algorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']) {
      const key = `-w type=kms-rsa,key=${rsa},algorithm=${algorithm}`
      await succeed(`encrypt a -o m --suite 0x0478 ${key},file=public.pem`)
      expect(operations()).toEqual([])
      await succeed(`encrypt a -o m --suite 0x0478 ${key}`)
      expect(operations()).toEqual(['GetPublicKey eu-west-1'])
      await opens(key)
      expect(operations()).toEqual(['Decrypt eu-west-1'])
    }
  })

  it('that agree on a key open what was sent to them, from AWS KMS or from anywhere', async () => {
    const alice = await kms.createKey('eu-west-1', 'alias/alice', {
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'KEY_AGREEMENT',
    })
    const bob = await kms.createKey('us-west-2', 'alias/bob', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' })
    const { PublicKey } = await kms.kms.client('us-west-2').getPublicKey({ KeyId: bob })
    session.write('bob.pem', pemOf(PublicKey))
    await succeed(`encrypt a -o m -w type=kms-ecdh,curve=P-256,key=${alice},file=bob.pem`)
    await opens(`-w type=kms-ecdh,curve=P-256,key=${bob}`)
    await opens(`-w type=kms-ecdh,curve=P-256,key=${alice},file=bob.pem`)
    await succeed('encrypt a -o m -w type=raw-ecdh,curve=P-256,file=bob.pem')
    await opens(`-w type=kms-ecdh,curve=P-256,key=${bob}`)
    const without = await esdk(`encrypt a -o m -w type=kms-ecdh,curve=P-256,key=${alice}`)
    expect([without.status, without.err]).toEqual([2, expect.stringContaining('the public key of the recipient')])
  })

  it('do not take a private key for a public one', async () => {
    session.write('private.pem', (await generateEcdhKeyPair('P-256')).privateKey)
    const { status, err } = await esdk(`encrypt a -o m -w type=kms-ecdh,curve=P-256,key=${here},file=private.pem`)
    expect([status, err]).toEqual([2, expect.stringContaining('holds a private key only')])
  })
})

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
}
