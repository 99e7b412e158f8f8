/** Text of an encrypted object beside that of a plain one, which the AWS SDK decodes. */

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bucket, connectionTo, keyring } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
import { type S3Server, serveS3 } from '../test/s3/server.ts'
import { S3EncryptionClient } from './s3-encryption-client.ts'

/** A byte order mark, and every byte there is. */
const bytes = Uint8Array.of(0xff, 0xfe, 0xef, 0xbb, 0xbf, ...Array.from({ length: 256 }, (_, i) => i))
const s3 = new MemoryS3()
let server: S3Server
let plain: S3Client
let client: S3EncryptionClient

beforeAll(async () => {
  server = await serveS3(s3)
  plain = new S3Client({
    ...connectionTo(server.endpoint),
  })
  client = S3EncryptionClient.from(plain, { keyring })
  for (const [name, body] of [
    ['marked UTF-16', bytes],
    ['marked UTF-8', bytes.subarray(2)],
  ] as const) {
    await client.send(new PutObjectCommand({ Bucket, Key: name, Body: body }))
    s3.put(`plain ${name}`, body)
  }
})

afterAll(async () => {
  plain.destroy()
  await server.close()
})

async function textOf(from: S3Client, Key: string, encoding: string | undefined): Promise<string | undefined> {
  const { Body } = await from.send(new GetObjectCommand({ Bucket, Key }))
  return Body?.transformToString(encoding)
}

describe('text of an object', () => {
  const ofBuffer = ['utf8', 'UTF-8', 'latin1', 'binary', 'ascii', 'base64', 'base64url', 'BASE64', 'hex', 'Hex']
  const ofBoth = ['ucs2', 'ucs-2', 'utf16le', 'utf-16le', undefined]
  const ofTextDecoder = ['utf-16', 'utf-16be', 'windows-1252', 'iso-8859-2', 'shift_jis']

  it.each([...ofBuffer, ...ofBoth, ...ofTextDecoder])('is what the AWS SDK gives: %s', async (encoding) => {
    for (const name of ['marked UTF-16', 'marked UTF-8']) {
      expect(await textOf(client, name, encoding)).toBe(await textOf(plain, `plain ${name}`, encoding))
    }
  })
})
