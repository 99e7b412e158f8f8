/**
 * One transfer in a process of its own: prints its resident memory at its highest, as JSON.
 *
 *     node s3-child.mjs delayed-get|multipart-put|parallel-get CONFIG FILE
 */
import { createReadStream } from 'node:fs'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { EncryptedDownload, EncryptedUpload, S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'

const [operation, config, file] = process.argv.slice(2)
const keyring = s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(7) })
const encryption = { keyring, release: { mode: 'delayed' } }
const client = new S3EncryptionClient({ ...JSON.parse(config), encryption })
const object = { Bucket: 'bucket', Key: 'long' }

const operations = {
  async 'multipart-put'() {
    await new EncryptedUpload({ client, params: { ...object, Body: createReadStream(file) } }).done()
  },
  async 'delayed-get'() {
    const { Body, ContentLength } = await client.send(new GetObjectCommand(object))
    let seen = 0
    for await (const chunk of Body) seen += chunk.length
    if (seen !== ContentLength) throw new Error(`${seen} of ${ContentLength} bytes came`)
  },
  async 'parallel-get'() {
    await new EncryptedDownload({ client, params: object }).toFile(`${file}.downloaded`)
  },
}

const start = process.memoryUsage.rss()
await operations[operation]()
client.destroy()
console.log(JSON.stringify({ start, highest: process.resourceUsage().maxRSS * 1024 }))
