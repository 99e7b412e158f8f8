import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf } from '../test/clients.ts'
import { fakeKms } from '../test/fake-kms.ts'
import { oregon } from '../test/key-materials.ts'
import { s3KmsDiscoveryKeyring } from './keyrings/kms-discovery-keyring.ts'
import { s3KmsKeyring } from './keyrings/kms-keyring.ts'
import { readsSesMail } from './presets.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'

const text = 'From: alice@example.com\r\nSubject: hello\r\n\r\nHow are you?\r\n'

/** As Amazon SES stores a mail that a receipt rule encrypts: sealed by WebCrypto alone. */
async function storedMail() {
  const kms = fakeKms({ [oregon]: oregon })
  const context = {
    'aws:ses-message-id': '40gc8u51mkrpcv2j3u2qo4a7ds8hs5r0mg3hgmo1',
    'aws:ses-rule-name': 'inbound',
    'aws:ses-source-account': '111122223333',
    kms_cmk_id: oregon,
  }
  const [dataKey, iv] = [new Uint8Array(32).fill(7), new Uint8Array(12).fill(9)]
  const wrapped = await kms.client.encrypt({ KeyId: oregon, Plaintext: dataKey, EncryptionContext: context })
  const key = await crypto.subtle.importKey('raw', dataKey, 'AES-GCM', false, ['encrypt'])
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, new TextEncoder().encode(text))
  const { s3 } = clientOf()
  s3.put('mail', new Uint8Array(body), {
    'x-amz-key-v2': base64(wrapped.CiphertextBlob as Uint8Array),
    'x-amz-iv': base64(iv),
    'x-amz-matdesc': JSON.stringify(context),
    'x-amz-wrap-alg': 'kms',
    'x-amz-cek-alg': 'AES/GCM/NoPadding',
    'x-amz-tag-len': '128',
    'x-amz-unencrypted-content-length': String(text.length),
  })
  return { s3, kms }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

describe('mail of Amazon SES', () => {
  it.each([
    ['the key that is named', (kms: ReturnType<typeof fakeKms>) => s3KmsKeyring({ keyId: oregon, client: kms.client })],
    ['whichever key it is', (kms: ReturnType<typeof fakeKms>) => s3KmsDiscoveryKeyring({ client: kms.client })],
  ])('is read with %s', async (_, keyringOf) => {
    const { s3, kms } = await storedMail()
    const { client } = clientOf({ keyring: keyringOf(kms), ...readsSesMail }, s3)
    const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket, Key: 'mail' }))
    expect(ContentLength).toBe(text.length)
    expect(await Body?.transformToString()).toBe(text)
  })

  it('is not read without these options, and no key is asked for', async () => {
    const { s3, kms } = await storedMail()
    kms.calls.length = 0
    const { client } = clientOf({ keyring: s3KmsKeyring({ keyId: oregon, client: kms.client }) }, s3)
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'mail' }))).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
    expect(kms.calls).toEqual([])
  })

  it('becomes an object of V3, which needs no option', async () => {
    const { s3, kms } = await storedMail()
    const keyring = s3KmsKeyring({ keyId: oregon, client: kms.client })
    await clientOf({ keyring, ...readsSesMail }, s3).client.send(new ReencryptObjectCommand({ Bucket, Key: 'mail' }))
    const { client } = clientOf({ keyring }, s3)
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'mail' }))
    expect(await Body?.transformToString()).toBe(text)
  })
})
