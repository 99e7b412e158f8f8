/**
 * What has to be so in the end, looked at from outside.
 *
 * @module
 */

import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'
import { pooled } from './pooled.mjs'

/**
 * Each object has its plaintext and its metadata, in V3, under the new key, and has been written anew since `before`:
 * whoever writes it a second time takes a new data key, so that no two contents are alike.
 *
 * @param before what `contentsOf` gave before the migration
 * @param wanted `dataKeyIn`: `object` or `instruction-file`; `mostWrites`: new contents that an object may have had
 * @returns the sentences of what is not so
 */
export async function checkObjects(objects, plain, newKey, before, { dataKeyIn, mostWrites }) {
  const client = S3EncryptionClient.from(plain, { keyring: s3AesKeyring({ wrappingKey: newKey }) })
  const after = await contentsOf(plain, objects[0].bucket)
  const wrong = []
  await pooled(16, objects, async (object) => {
    const said = await wrongOf(object, client, dataKeyIn).catch(
      (error) => `${error.code ?? error.name}: ${error.message}`,
    )
    const written = [...(after.get(object.key) ?? [])].filter((etag) => !before.get(object.key)?.has(etag)).length
    if (said !== undefined) wrong.push(`${object.key}: ${said}`)
    else if (written < 1 || written > mostWrites)
      wrong.push(`${object.key}: written ${written} times, not 1 to ${mostWrites}`)
  })
  return wrong
}

/** The client reads V3 only. */
async function wrongOf({ bucket, key, body, metadata }, client, dataKeyIn) {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  const found = Buffer.from(await answer.Body.transformToByteArray())
  if (!found.equals(body)) return `${found.length} bytes that are not the ${body.length} that were stored`
  const { format, dataKeyIn: place } = answer.ClientSideEncryption
  if (format !== 'V3' || place !== dataKeyIn) return `${format}, data key in ${place}`
  return JSON.stringify(answer.Metadata) === JSON.stringify(metadata) ? undefined : 'other metadata'
}

/** The ETags that each key has had, in all its versions. */
export async function contentsOf(client, bucket) {
  const contents = new Map()
  let page = {}
  do {
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page
    page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, KeyMarker, VersionIdMarker }))
    for (const { Key, ETag } of page.Versions ?? []) contents.set(Key, new Set(contents.get(Key)).add(ETag))
  } while (page.IsTruncated)
  return contents
}

/** All keys that are there now, beside those of the objects. */
export async function otherKeys(client, objects) {
  const known = new Set(objects.map(({ key }) => key))
  const found = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: objects[0].bucket })) {
    found.push(...Contents.map(({ Key }) => Key).filter((key) => !known.has(key)))
  }
  return found
}

/** How many uploads have begun, and have neither ended nor been aborted. */
export async function openUploads(client, bucket) {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  return Uploads.length
}
