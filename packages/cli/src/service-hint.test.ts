/**
 * The mistakes that one makes with AWS KMS, through the command: each says what was found, and what to do.
 */
import { createServer } from 'node:net'
import type { Fault } from '@esdk/local-kms'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { awsEnvironment, startTestKms, type TestKms } from '../test/aws.ts'
import { type Answer, jsonLines, Session } from '../test/session.ts'
import { serviceHint } from './service-hint.ts'

const other = 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab'

let kms: TestKms
let key: string
beforeAll(async () => {
  kms = await startTestKms()
  key = await kms.createKey('eu-west-1', 'alias/app')
})
afterAll(() => kms.close())

let session: Session
beforeEach(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  session = new Session()
  session.write('a', 'attack at dawn')
  expect((await esdk(`encrypt a -o m -w key=${key}`)).status).toBe(0)
  kms.takeCalls()
})
afterEach(() => {
  session.remove()
  vi.unstubAllEnvs()
})

function esdk(command: string, endpoint = kms.endpoint): Promise<Answer> {
  return session.esdk(`${command} --endpoint-url ${endpoint}`)
}

/** Fails, says both, and leaves no file. */
async function refused(answer: Promise<Answer>, status: number, found: RegExp, hint: RegExp): Promise<void> {
  const { status: actual, err } = await answer
  const [first, ...hints] = err.trimEnd().split('\n      ')
  expect(first).toMatch(found)
  expect(hints.join(' ')).toMatch(hint)
  expect(actual).toBe(status)
  expect(session.list()).toEqual(['a', 'm'])
}

/** What an error of AWS KMS does, while a command runs. */
async function during(fault: Fault, run: () => Promise<void>): Promise<void> {
  const end = kms.kms.inject(fault)
  try {
    await run()
  } finally {
    end()
  }
}

describe('a key that cannot be what is meant', () => {
  it.each(['alias/app', 'arn:aws:kms:eu-west-1:111122223333:alias/app'])(
    'is an alias, to decrypt: %s',
    async (alias) => {
      await refused(esdk(`decrypt m -o x -w key=${alias}`), 2, /is an alias.*, which can only encrypt/, /by its ARN/)
      expect(kms.takeCalls()).toEqual([])
    },
  )

  it('is a key id, to decrypt', async () => {
    const id = key.replace(/^.*\//, '')
    await refused(esdk(`decrypt m -o x -w key=${id}`), 2, /is a key id, which can only encrypt/, /by its ARN/)
  })

  it('is whichever a message names, to encrypt', async () => {
    await refused(esdk('encrypt a -o x -w discovery=true'), 2, /discovery=true .* cannot encrypt/, /-w key=arn/)
  })

  it('is one of another account', async () => {
    await refused(esdk(`encrypt a -o x -w key=${other}`), 1, /AccessDeniedException.*444455556666/, /the account.*ARN/)
    const needed = /encrypted for "aws-kms" \/ "arn:aws:kms:eu-west-1:111122223333:/
    await refused(esdk(`decrypt m -o x -w key=${other}`), 1, needed, /with -w key=ARN/)
  })

  it('is none of those that the message needs: all of both are named', async () => {
    await session.esdk('keygen aes -o key.json')
    const { err, status } = await esdk(`decrypt m -o x -w key=${other} -k key.json`)
    expect(status).toBe(1)
    expect(err).toContain(`the message was encrypted for "aws-kms" / "${key}"`)
    expect(err).toContain(`Offered: AWS KMS, ${other}; the key file key.json: AES-256`)
  })

  it('is in another Region than the ARN says', async () => {
    const wrong = key.replace('eu-west-1', 'us-east-1')
    await refused(esdk(`encrypt a -o x -w key=${wrong}`), 1, /NotFoundException.*us-east-1/, /compare its ARN/)
  })

  it('has an alias that is in another Region', async () => {
    const command = 'encrypt a -o x --region us-east-1 -w key=alias/app'
    await refused(esdk(command), 1, /NotFoundException/, /aws kms list-aliases/)
  })

  it('is of another kind', async () => {
    const rsa = await kms.createKey('eu-west-1', 'alias/kind', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    await refused(esdk(`encrypt a -o x -w key=${rsa}`), 1, /InvalidKeyUsageException/, /type=kms-rsa/)
    const asRsa = `-w type=kms-rsa,key=${rsa},algorithm=RSAES_OAEP_SHA_256`
    await refused(esdk(`encrypt a -o x ${asRsa}`), 1, /takes no suite that signs/, /Add --suite 0x0478/)
    const symmetric = `-w type=kms-rsa,key=${key},algorithm=RSAES_OAEP_SHA_256`
    await refused(esdk(`encrypt a -o x ${symmetric}`), 1, /GetPublicKey with .* failed/, /of another kind/)
  })

  it('is disabled', async () => {
    const disabled = await kms.createKey('eu-west-1', 'alias/disabled')
    await kms.kms.client('eu-west-1').disableKey({ KeyId: disabled })
    await refused(esdk(`encrypt a -o x -w key=${disabled}`), 1, /DisabledException/, /aws kms enable-key/)
  })

  it('waits for its deletion', async () => {
    const doomed = await kms.createKey('eu-west-1', 'alias/doomed')
    await kms.kms.client('eu-west-1').scheduleKeyDeletion({ KeyId: doomed })
    await refused(esdk(`encrypt a -o x -w key=${doomed}`), 1, /KMSInvalidStateException/, /waits for its deletion/)
  })
})

describe('a Region, credentials or a place that is missing or wrong', () => {
  it('is no Region', async () => {
    await refused(esdk('encrypt a -o x -w key=alias/app'), 1, /Region is missing/, /--region.*AWS_REGION.*ARN/)
    const discovery = '-w type=kms-mrk,discovery=true'
    await refused(esdk(`decrypt m -o x ${discovery}`), 2, /lacks the attribute region/, /--region/)
  })

  it('is no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined)
    await refused(esdk(`encrypt a -o x -w key=${key}`), 1, /CredentialsProviderError/, /--profile.*AWS_ACCESS_KEY_ID/)
    await refused(esdk(`decrypt m -o x -w key=${key}`), 1, /CredentialsProviderError/, /--profile.*AWS_ACCESS_KEY_ID/)
  })

  it('is a profile that is not there, and the AWS SDK says nothing by itself', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await refused(esdk(`encrypt a -o x --profile none -w key=${key}`), 1, /CredentialsProviderError/, /--profile/)
    expect(warn).not.toHaveBeenCalled()
    warn.mockRestore()
  })

  it('is an endpoint where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { readonly port: number }
    await new Promise((resolve) => server.close(resolve))
    const dead = `http://127.0.0.1:${port}`
    await refused(esdk(`encrypt a -o x -w key=${key}`, dead), 1, /ECONNREFUSED/, /Nobody answers.*--endpoint-url/)
    await refused(esdk(`decrypt m -o x -w key=${key}`, dead), 1, /ECONNREFUSED/, /Nobody answers.*--endpoint-url/)
  })

  it('is an endpoint whose connections break', () =>
    during({ kind: 'unreachable' }, () =>
      refused(esdk(`decrypt m -o x -w key=${key}`), 1, /socket hang up/, /Nobody answers/),
    ))

  it('is an endpoint on another machine, without encryption', async () => {
    // A name that is never there: RFC 6761.
    const { err } = await esdk(`encrypt a -o x -w key=${key}`, 'http://kms.invalid')
    expect(err).toContain('esdk: warning: --endpoint-url http://kms.invalid is not encrypted')
    expect(err).toContain('Nobody answers there')
  })
})

describe('AWS KMS refuses', () => {
  it.each([
    [{ kind: 'refuse', name: 'AccessDeniedException' }, /AccessDeniedException/, /policy of IAM must allow/],
    [{ kind: 'throttle' }, /ThrottlingException/, /run it again later.*--caching/],
    [
      { kind: 'refuse', name: 'InvalidCiphertextException' },
      /InvalidCiphertextException/,
      /another encryption context/,
    ],
    [{ kind: 'refuse', name: 'IncorrectKeyException' }, /IncorrectKeyException/, /esdk inspect/],
  ] as const)('with %j', (fault, found, hint) =>
    during(fault, () => refused(esdk(`decrypt m -o x -w key=${key}`), 1, found, hint)),
  )

  it.each([
    ['ExpiredTokenException', /have expired: get new ones/],
    ['UnrecognizedClientException', /does not know these credentials/],
    ['InvalidSignatureException', /does not know these credentials/],
  ])('credentials with %s', async (name, hint) => {
    // A local KMS looks at no credentials, and has no such refusals of its own.
    const { createServer: createHttpServer } = await import('node:http')
    const server = createHttpServer((request, response) => {
      request.resume()
      response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ __type: name, message: 'no' }))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { readonly port: number }
    try {
      const endpoint = `http://127.0.0.1:${port}`
      await refused(esdk(`encrypt a -o x -w key=${key}`, endpoint), 1, new RegExp(name), hint)
      await refused(esdk(`decrypt m -o x -w key=${key}`, endpoint), 1, new RegExp(name), hint)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  it('one key, and the next opens the message', async () => {
    const second = await kms.createKey('us-west-2', 'alias/second')
    await esdk(`encrypt a -o m -w key=${key} -w key=${second}`)
    await during({ kind: 'unreachable', region: 'eu-west-1' }, async () => {
      expect((await esdk(`decrypt m -o again -w key=${key} -w key=${second}`)).status).toBe(0)
    })
    expect(session.text('again')).toBe('attack at dawn')
  })

  it('and programs are told what to do, too', () =>
    during({ kind: 'refuse', name: 'AccessDeniedException' }, async () => {
      const { out } = await esdk(`decrypt m -o x -w key=${key} --json`)
      expect(jsonLines(out)).toMatchObject([
        {
          status: 'failed',
          error: { code: 'ERR_ESDK_NO_DATA_KEY', hint: expect.stringContaining('policy of IAM') as string },
        },
      ])
    }))
})

describe('errors without a service in them', () => {
  it('have no hint of this kind', () => {
    expect(serviceHint(new Error('x'))).toBeUndefined()
    expect(serviceHint('x')).toBeUndefined()
  })

  it('that go round in a circle come to an end', () => {
    const error = new Error('x')
    error.cause = error
    expect(serviceHint(error)).toBeUndefined()
  })
})
