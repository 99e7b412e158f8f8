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
 * Each object has its plaintext and its metadata, in V3, under the new key, and has had one new content since `before`:
 * whoever writes it a second time takes a new data key, so that no two contents are alike.
 *
 * @param before what `contentsOf` gave before the migration
 * @returns the sentences of what is not so
 */
export async function checkObjects(objects, plain, newKey, before) {
  const client = S3EncryptionClient.from(plain, { keyring: s3AesKeyring({ wrappingKey: newKey }) })
  const after = await contentsOf(plain)
  const wrong = []
  await pooled(16, objects, async (object) => {
    const said = await wrongOf(object, client).catch((error) => `${error.code ?? error.name}: ${error.message}`)
    const written = [...(after.get(object.key) ?? [])].filter((etag) => !before.get(object.key)?.has(etag)).length
    if (said !== undefined) wrong.push(`${object.key}: ${said}`)
    else if (written !== 1) wrong.push(`${object.key}: written ${written} times, 1 is right`)
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

/** The ETags that each key has had, in all its versions. */
export async function contentsOf(client) {
  const contents = new Map()
  let page = {}
  do {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
    page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker, VersionIdMarker }))
    for (const { Key, ETag } of page.Versions ?? []) contents.set(Key, new Set(contents.get(Key)).add(ETag))
  } while (page.IsTruncated)
  return contents
}
