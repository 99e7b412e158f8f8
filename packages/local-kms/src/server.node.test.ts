import { type IncomingMessage, request } from 'node:http'
import { KMS, NotFoundException } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalKms, type LocalKmsServer, localKms, startLocalKms } from './index.ts'

const scope = (region: string) =>
  `AWS4-HMAC-SHA256 Credential=any/20260101/${region}/kms/aws4_request, SignedHeaders=host, Signature=none`

let server: LocalKmsServer
beforeAll(async () => {
  server = await startLocalKms()
})
afterAll(() => server.close())

interface Sent {
  readonly target?: string
  readonly authorization?: string | undefined
  readonly body?: string
  readonly headers?: Record<string, string>
  readonly method?: string
  readonly path?: string
}

interface Answered {
  readonly status: number
  readonly type: string | undefined
  readonly body: unknown
}

/** Without any SDK: what goes over the wire. */
function post({
  target = 'TrentService.ListKeys',
  authorization = scope('us-east-1'),
  body = '{}',
  headers = {},
  method = 'POST',
  path = '/',
}: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sending = request({ host: '127.0.0.1', port: server.port, method, path, agent: false }, (response) => {
      readAnswer(response).then(resolve, reject)
    })
    sending.once('error', reject)
    sending.setHeader('X-Amz-Target', target)
    if (authorization !== '') sending.setHeader('Authorization', authorization)
    for (const [name, value] of Object.entries(headers)) sending.setHeader(name, value)
    sending.end(body)
  })
}

async function readAnswer(response: IncomingMessage): Promise<Answered> {
  const chunks: Uint8Array[] = []
  for await (const chunk of response as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'],
    body: text === '' ? undefined : JSON.parse(text),
  }
}

function sdk(region = 'us-east-1', endpoint = server.endpoint, maxAttempts = 1): KMS {
  return new KMS({ region, endpoint, maxAttempts, credentials: { accessKeyId: 'any', secretAccessKey: 'any' } })
}

describe('the protocol', () => {
  it('has bytes in base64, and times in seconds', async () => {
    const before = Date.now() / 1000
    const created = await post({ target: 'TrentService.CreateKey' })
    expect(created).toMatchObject({ status: 200, type: 'application/x-amz-json-1.1' })
    const { KeyMetadata: key } = created.body as { KeyMetadata: { Arn: string; CreationDate: number } }
    expect(key.CreationDate).toBeGreaterThanOrEqual(before)
    expect(key.CreationDate).toBeLessThanOrEqual(Date.now() / 1000)

    const KeyId = key.Arn
    const sealed = await post({
      target: 'TrentService.Encrypt',
      body: JSON.stringify({ KeyId, Plaintext: 'aGVsbG8=' }),
    })
    const { CiphertextBlob } = sealed.body as { CiphertextBlob: string }
    expect(Buffer.from(CiphertextBlob, 'base64').subarray(0, 4).toString()).toBe('eLK1')
    const opened = await post({ target: 'TrentService.Decrypt', body: JSON.stringify({ CiphertextBlob }) })
    expect(opened.body).toEqual({ KeyId, Plaintext: 'aGVsbG8=', EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' })
  })

  it('has no body where there is nothing to say', async () => {
    const { KeyMetadata: key } = await server.kms.client('us-east-1').createKey()
    const answer = await post({ target: 'TrentService.DisableKey', body: JSON.stringify({ KeyId: key.KeyId }) })
    expect(answer).toMatchObject({ status: 200, body: undefined })
  })

  it('takes the Region from the scope of the credentials', async () => {
    const { body } = await post({ target: 'TrentService.CreateKey', authorization: scope('eu-central-1') })
    expect(body).toMatchObject({ KeyMetadata: { Arn: expect.stringMatching(/^arn:aws:kms:eu-central-1:/) as string } })
  })

  it.each([
    ['a request without a signature', { authorization: '' }, 400, 'MissingAuthenticationTokenException'],
    ['a signature of another kind', { authorization: 'Basic YTpi' }, 400, 'IncompleteSignatureException'],
    [
      'a signature for another service',
      { authorization: scope('us-east-1').replace('/kms/', '/s3/') },
      400,
      'IncompleteSignatureException',
    ],
    ['a Region that is none', { authorization: scope('..') }, 400, 'IncompleteSignatureException'],
    ['an operation that there is not', { target: 'TrentService.Sign' }, 400, 'UnknownOperationException'],
    ['a name of every object', { target: 'TrentService.constructor' }, 400, 'UnknownOperationException'],
    ['another service', { target: 'DynamoDB_20120810.ListKeys' }, 400, 'UnknownOperationException'],
    ['another path', { path: '/keys' }, 400, 'UnknownOperationException'],
    ['a GET', { method: 'GET', body: '' }, 400, 'UnknownOperationException'],
    ['a body that is no JSON', { body: '{' }, 400, 'SerializationException'],
    ['a body that is no object', { body: '[]' }, 400, 'SerializationException'],
    ['a number for a text', { target: 'TrentService.DescribeKey', body: '{"KeyId":1}' }, 400, 'SerializationException'],
    ['what must be there and is not', { target: 'TrentService.DescribeKey' }, 400, 'ValidationException'],
    [
      'what is not base64',
      { target: 'TrentService.Decrypt', body: '{"CiphertextBlob":"*"}' },
      400,
      'SerializationException',
    ],
    ['more than a request can have', { body: `"${'a'.repeat(1024 * 1024)}"` }, 413, 'RequestEntityTooLargeException'],
  ])('refuses %s', async (_, sent: Sent, status, type) => {
    const answer = await post(sent)
    expect(answer).toMatchObject({ status, type: 'application/x-amz-json-1.1', body: { __type: type } })
    expect((await post({})).status).toBe(200)
  })

  it.each(['keys.example.com', 'keys.example.com:80', '127.0.0.1.example.com', ''])(
    'refuses a caller who came by the name %j, which may be a page in a browser',
    async (host) => {
      const answer = await post({ headers: { Host: host } })
      expect(answer).toMatchObject({ status: 400, body: { __type: 'AccessDeniedException' } })
    },
  )

  it.each(['127.0.0.1', 'localhost', 'localhost:8080', '[::1]:8080'])('takes the name %s', async (host) => {
    expect((await post({ headers: { Host: host } })).status).toBe(200)
  })

  it('gives pages in a browser no leave to call it', async () => {
    const answer = await post({ method: 'OPTIONS', headers: { Origin: 'https://example.com' }, body: '' })
    expect(answer.status).toBe(400)
  })
})

describe('the server', () => {
  it('listens to its own machine alone', async () => {
    expect(server.endpoint).toBe(`http://127.0.0.1:${server.port}`)
    await expect(startLocalKms({ host: '0.0.0.0' as '127.0.0.1' })).rejects.toThrow(TypeError)
  })

  it('says when its port is taken', async () => {
    await expect(startLocalKms({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('serves the KMS that it is given', async () => {
    const kms = localKms({ accountId: '444455556666' })
    const other = await startLocalKms({ kms })
    try {
      const { KeyMetadata: key } = await sdk('us-east-1', other.endpoint).createKey({})
      expect(key?.AWSAccountId).toBe('444455556666')
      const KeyId = key?.KeyId as string
      expect((await kms.client('us-east-1').describeKey({ KeyId })).KeyMetadata.Arn).toBe(key?.Arn)
    } finally {
      await other.close()
    }
  })

  it('drops who is still waiting when it is closed', async () => {
    const { kms, called } = neverAnswering()
    const other = await startLocalKms({ kms })
    const refused = expect(sdk('us-east-1', other.endpoint).listKeys({})).rejects.toThrow()
    await called
    await other.close()
    await refused
    await expect(sdk('us-east-1', other.endpoint).listKeys({})).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('ends the call of a caller who left', async () => {
    const { kms, called } = neverAnswering()
    let ended = () => {}
    const heard = new Promise<void>((resolve) => {
      ended = resolve
    })
    const observed: LocalKms = {
      ...kms,
      call: (call, options) => kms.call(call, options).finally(ended),
    }
    const other = await startLocalKms({ kms: observed })
    try {
      const controller = new AbortController()
      const left = sdk('us-east-1', other.endpoint).listKeys({}, { abortSignal: controller.signal })
      const aborted = expect(left).rejects.toMatchObject({ name: 'AbortError' })
      await called
      controller.abort()
      await aborted
      await heard
    } finally {
      await other.close()
    }
  })
})

/** `called` resolves when the first call has come in. */
function neverAnswering(): { kms: LocalKms; called: Promise<void> } {
  let onCall = () => {}
  const called = new Promise<void>((resolve) => {
    onCall = resolve
  })
  const faults = [{ kind: 'delay', ms: Number.POSITIVE_INFINITY }] as const
  return { kms: localKms({ faults, onCall: () => onCall() }), called }
}

describe('the AWS SDK', () => {
  it('sees its own classes of errors', async () => {
    const call = sdk().describeKey({ KeyId: 'alias/none' })
    await expect(call).rejects.toBeInstanceOf(NotFoundException)
    await expect(call).rejects.toMatchObject({
      name: 'NotFoundException',
      message: expect.stringContaining('alias/none') as string,
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[\da-f-]{36}$/) as string },
    })
  })

  it('tries again when it is throttled, or the connection breaks', async () => {
    for (const kind of ['throttle', 'unreachable'] as const) {
      server.kms.inject({ kind, times: 1, operation: 'ListKeys', region: 'us-west-1' })
      const { $metadata: metadata } = await sdk('us-west-1', server.endpoint, 2).listKeys({})
      expect([kind, metadata.attempts]).toEqual([kind, 2])
    }
  })

  it('aborts a call that is never answered', async () => {
    const { kms, called } = neverAnswering()
    const other = await startLocalKms({ kms })
    try {
      const controller = new AbortController()
      const call = sdk('us-east-1', other.endpoint).listKeys({}, { abortSignal: controller.signal })
      const aborted = expect(call).rejects.toMatchObject({ name: 'AbortError' })
      await called
      controller.abort()
      await aborted
    } finally {
      await other.close()
    }
  })
})
