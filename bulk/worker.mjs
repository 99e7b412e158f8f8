/** A worker in a process of its own: `node worker.mjs NAME`, with what it needs in the environment. Ends with SIGTERM. */
import { S3Client } from '@aws-sdk/client-s3'
import { s3AesKeyring } from '@esdk/s3-cse'
import { migrationProcessor, reencrypt } from '@esdk/s3-migrate'
import { Worker } from 'bullmq'

const { BULK_REDIS, BULK_QUEUE, BULK_S3, BULK_OLD_KEY, BULK_NEW_KEY } = process.env
const [oldKey, newKey] = [BULK_OLD_KEY, BULK_NEW_KEY].map((text) => Buffer.from(text, 'hex'))
const task = reencrypt({
  encryption: {
    keyring: s3AesKeyring({ wrappingKey: oldKey }),
    commitmentPolicy: 'require-encrypt-allow-decrypt',
    enableLegacyWrappingAlgorithms: true,
    enableLegacyUnauthenticatedModes: true,
  },
  newKeyring: s3AesKeyring({ wrappingKey: newKey }),
})
const client = new S3Client({ endpoint: BULK_S3, forcePathStyle: true })
const worker = new Worker(BULK_QUEUE, migrationProcessor({ client, task }), {
  connection: { url: BULK_REDIS },
  name: process.argv[2],
  concurrency: 4,
  // A worker that says nothing for so many milliseconds is dead.
  lockDuration: 5000,
  stalledInterval: 1000,
  maxStalledCount: 10,
})
worker.on('error', (error) => console.error(error))
process.on('SIGTERM', async () => {
  await worker.close()
  client.destroy()
})
