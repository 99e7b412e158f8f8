import { GetObjectCommand, type GetObjectCommandInput, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { type ClientSideEncryption, S3EncryptionClient, type S3Keyring } from '@esdk/s3-cse'

// Of this package only its entry is imported: it brings what it adds to the types of the AWS SDK.
export async function roundTrip(keyring: S3Keyring): Promise<ClientSideEncryption | undefined> {
  const client: S3Client = S3EncryptionClient.from(new S3Client({}), { keyring })
  const object = { Bucket: 'bucket', Key: 'key', EncryptionContext: { team: 'alpha' } }
  await client.send(new PutObjectCommand({ ...object, Body: 'hello', EncryptionContext: { team: 'alpha' } }))
  const asked: GetObjectCommandInput = { ...object, InstructionFileSuffix: '.partner' }
  const { ClientSideEncryption } = await client.send(new GetObjectCommand(asked))
  return ClientSideEncryption
}

// @ts-expect-error: a context is text
export const wrong: GetObjectCommandInput = { Bucket: 'bucket', Key: 'key', EncryptionContext: { team: 5 } }
