import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'

export async function roundTrip(wrappingKey, config) {
  const client = new S3EncryptionClient({ ...config, encryption: { keyring: s3AesKeyring({ wrappingKey }) } })
  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'hello' }))
  return client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'key' }))
}
