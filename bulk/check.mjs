/**
 * What has to be so in the end, looked at from outside.
 *
 * @module
 */

import { GetObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'
import { bucket } from './objects.mjs'
import { pooled } from './pooled.mjs'

/**
 * Each object has its plaintext and its metadata, in V3, under the new key, and was written twice in all: when it was
 * stored, and when it was migrated.
 *
 * @returns the sentences of what is not so
 */
export async function checkObjects(objects, plain, newKey) {
  const client = S3EncryptionClient.from(plain, { keyring: s3AesKeyring({ wrappingKey: newKey }) })
  const versions = await countVersions(plain)
  const wrong = []
  await pooled(16, objects, async (object) => {
    const said = await wrongOf(object, client).catch((error) => `${error.code ?? error.name}: ${error.message}`)
    const written = versions.get(object.key) ?? 0
    if (said !== undefined) wrong.push(`${object.key}: ${said}`)
    else if (written !== 2) wrong.push(`${object.key}: written ${written} times, 2 are right`)
  })
  return wrong
}

/** The client reads V3 only. */
async function wrongOf({ key, body, metadata }, client) {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const found = Buffer.from(await answer.Body.transformToByteArray())
  if (!found.equals(body)) return `${found.length} bytes that are not the ${body.length} that were stored`
  const { format, dataKeyIn } = answer.ClientSideEncryption
  if (format !== 'V3' || dataKeyIn !== 'object') return `${format}, data key in ${dataKeyIn}`
  return JSON.stringify(answer.Metadata) === JSON.stringify(metadata) ? undefined : 'other metadata'
}

/** How often each key was written. */
async function countVersions(client) {
  const counts = new Map()
  let page = {}
  do {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
    page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker, VersionIdMarker }))
    for (const { Key } of page.Versions ?? []) counts.set(Key, (counts.get(Key) ?? 0) + 1)
  } while (page.IsTruncated)
  return counts
}
