import { KMS } from '@aws-sdk/client-kms'
import { describe, expect, it } from 'vitest'
import { ireland, oregon, rejectionOf, toEncrypt, tokyo } from '../test/materials.ts'
import { awsClientFor, type ClientFor } from './client-for.ts'
import type { KmsEcdhClient, KmsRsaClient } from './kms-client.ts'
import { kmsKeyring } from './kms-keyring.ts'

/** What a client would send. Nothing is sent. */
interface Request {
  readonly hostname: string
  readonly headers: Record<string, string>
  readonly body: string
}

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' }

/** Stands where the connection would be. */
function connection() {
  const requests: Request[] = []
  return {
    requests,
    requestHandler: {
      async handle(request: Request): Promise<never> {
        requests.push(request)
        throw Object.assign(new Error('there is no network here'), { name: 'TimeoutError' })
      },
    },
  }
}

describe('the clients of the AWS SDK', () => {
  it('are made for their Region, and say that esdk uses them', async () => {
    const client = (await awsClientFor('eu-central-1')) as unknown as KMS
    expect(client).toBeInstanceOf(KMS)
    expect(await client.config.region()).toBe('eu-central-1')
    expect(client.config.customUserAgent).toEqual([['esdk-keyring-kms']])
  })

  it('send that with each call, to the Region', async () => {
    const client = (await awsClientFor('eu-central-1')) as unknown as KMS
    const { requests, requestHandler } = connection()
    client.config.requestHandler = requestHandler as never
    client.config.credentials = (async () => credentials) as never
    await rejectionOf(client.decrypt({ KeyId: oregon, CiphertextBlob: Uint8Array.of(1) }))
    expect(requests[0]?.hostname).toBe('kms.eu-central-1.amazonaws.com')
    expect(requests[0]?.headers['x-amz-user-agent'] ?? requests[0]?.headers['user-agent']).toContain('esdk-keyring-kms')
  })

  it('leave the Region to the AWS SDK where a key is named without one', async () => {
    const before = process.env['AWS_REGION']
    process.env['AWS_REGION'] = 'sa-east-1'
    try {
      const client = (await awsClientFor(undefined)) as unknown as KMS
      expect(await client.config.region()).toBe('sa-east-1')
    } finally {
      if (before === undefined) delete process.env['AWS_REGION']
      else process.env['AWS_REGION'] = before
    }
  })

  it('fit where a keyring asks for a client, as they are', async () => {
    const { requests, requestHandler } = connection()
    const made = (region: string | undefined) =>
      new KMS({ ...(region && { region }), credentials, maxAttempts: 1, requestHandler: requestHandler as never })
    const clientFor: ClientFor & ClientFor<KmsRsaClient> & ClientFor<KmsEcdhClient> = made
    const keyring = kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], grantTokens: ['token'], clientFor })
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error.message).toContain('TimeoutError: "there is no network here"')
    expect(requests.map(({ hostname, body }) => [hostname, JSON.parse(body) as unknown])).toEqual([
      [
        'kms.us-west-2.amazonaws.com',
        {
          KeyId: oregon,
          NumberOfBytes: 32,
          EncryptionContext: { purpose: 'backup', tenant: '42' },
          GrantTokens: ['token'],
        },
      ],
    ])
  })
})
