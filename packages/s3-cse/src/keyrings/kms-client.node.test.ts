import { KMS } from '@aws-sdk/client-kms'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ireland, rejectionOf, toDecrypt, toEncrypt, wrapped } from '../../test/key-materials.ts'
import { clientSource, makeAwsClient, type S3KmsClient, type S3KmsDiscoveryClient } from './kms-client.ts'
import { s3KmsDiscoveryKeyring } from './kms-discovery-keyring.ts'
import { s3KmsKeyring } from './kms-keyring.ts'

/** What a client would send. Nothing is sent. */
interface Request {
  readonly hostname: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** A client of the AWS SDK whose connection leads nowhere. */
function unconnected() {
  const requests: Request[] = []
  const requestHandler = {
    async handle(request: Request): Promise<never> {
      requests.push(request)
      throw Object.assign(new Error('there is no network here'), { name: 'TimeoutError' })
    },
  }
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' }
  const kms = new KMS({ region: 'us-west-2', credentials, maxAttempts: 1, requestHandler: requestHandler as never })
  return { kms, requests }
}

const key = wrapped('kms+context', Uint8Array.of(1, 2, 3), { 'aws:x-amz-cek-alg': '115' })

describe('the client of the AWS SDK', () => {
  it('is made for the Region of the key, and says that esdk uses it', async () => {
    const client = (await makeAwsClient('eu-central-1')) as unknown as KMS
    expect(client).toBeInstanceOf(KMS)
    expect(await client.config.region()).toBe('eu-central-1')
    expect(client.config.customUserAgent).toEqual([['esdk-s3-cse']])
  })

  it('is made once, when it is first needed', async () => {
    const source = clientSource<S3KmsClient>(undefined, ['decrypt'], 'eu-central-1')
    expect(await source()).toBe(await source())
  })

  it('is one by its type, and gets what it expects', async () => {
    const { kms, requests } = unconnected()
    const both: S3KmsClient & S3KmsDiscoveryClient = kms
    expect(both).toBe(kms)
    const strict = s3KmsKeyring({ keyId: ireland, client: kms })
    await rejectionOf(strict.onEncrypt(toEncrypt()))
    await rejectionOf(strict.onDecrypt(toDecrypt(), key))
    await rejectionOf(s3KmsDiscoveryKeyring({ client: kms }).onDecrypt(toDecrypt(), key))
    const EncryptionContext = { 'aws:x-amz-cek-alg': '115' }
    expect(
      requests.map(({ headers, body }) => [
        headers['x-amz-target'],
        JSON.parse(new TextDecoder().decode(body)) as unknown,
      ]),
    ).toEqual([
      ['TrentService.GenerateDataKey', { KeyId: ireland, KeySpec: 'AES_256', EncryptionContext }],
      ['TrentService.Decrypt', { KeyId: ireland, CiphertextBlob: 'AQID', EncryptionContext }],
      ['TrentService.Decrypt', { CiphertextBlob: 'AQID', EncryptionContext }],
    ])
  })

  it('tells of a failed call by the error of the keyring, whose cause is its own', async () => {
    const { kms } = unconnected()
    const error = await rejectionOf(s3KmsKeyring({ keyId: ireland, client: kms }).onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY', cause: { name: 'TimeoutError' } })
    expect(error.message).toContain('TimeoutError: "there is no network here"')
  })
})

describe('without @aws-sdk/client-kms', () => {
  afterEach(() => {
    vi.doUnmock('@aws-sdk/client-kms')
    vi.resetModules()
  })

  it('a keyring can be made, and says what to install when it is used', async () => {
    vi.resetModules()
    vi.doMock('@aws-sdk/client-kms', () => {
      throw new Error('not installed')
    })
    const { s3KmsKeyring } = await import('./kms-keyring.ts')
    const keyring = s3KmsKeyring({ keyId: ireland })
    const error = await rejectionOf(keyring.onEncrypt(toEncrypt()))
    expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
    expect(error.message).toBe(
      '@aws-sdk/client-kms could not be loaded: install it, or give the keyring a client of your own',
    )
  })
})
