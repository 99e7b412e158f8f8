import { PutObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { Bucket, clientOf, plaintext, webStream } from '../test/clients.ts'

it('takes a stream of unknown length where bodies are sent whole', async () => {
  const { s3, client } = clientOf()
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: webStream(plaintext(1000)) }))
  expect(s3.get('k').body.length).toBe(1016)
})
