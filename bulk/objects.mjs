/**
 * Objects of every format, under a key that is to be replaced.
 *
 * @module
 */

import { createCipheriv, randomBytes } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'
import { pooled } from './pooled.mjs'

/** How an object is written, by a client or, where no client writes it any more, by hand. */
const writers = {
  'v1-cbc': ({ plain, oldKey }) => byHand(plain, (body) => v1(oldKey, body)),
  'v2-cbc': ({ plain, oldKey }) => byHand(plain, (body) => v2Cbc(oldKey, body)),
  'v2-gcm': (options) => byClient(options, { commitmentPolicy: 'forbid-encrypt-allow-decrypt' }),
  'v2-gcm-file': (options) => byClient(options, { commitmentPolicy: 'forbid-encrypt-allow-decrypt', ...inFile }),
  v3: (options) => byClient(options, {}),
  'v3-file': (options) => byClient(options, inFile),
}

const inFile = { instructionFile: { write: true } }

const kinds = Object.keys(writers)

/** The objects, with all that has to be so in the end: `{ bucket, key, body, metadata }`. */
export function objectsOf(bucket, count) {
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length]
    const name = i % 50 === 7 ? `käse & mehr: ${i}` : String(i).padStart(6, '0')
    return { kind, bucket, key: `${kind}/${name}`, body: bodyOf(i), metadata: { number: String(i) } }
  })
}

/** Objects that take their time, and are listed before all others. */
export function longObjectsOf(bucket, count) {
  return Array.from({ length: count }, (_, i) => ({
    kind: 'v2-gcm',
    bucket,
    key: `long/${i}`,
    body: randomBytes(32 * 1024 * 1024),
    metadata: { number: `long ${i}` },
  }))
}

/** Is its data key in a file beside it? */
export function hasFile({ kind }) {
  return kind.endsWith('-file')
}

/** From 0 to 2,999 bytes, different for each. */
function bodyOf(i) {
  const text = `${i} `.repeat(1000)
  return Buffer.from(text.slice(0, (i * 7) % 3000))
}

/** Stores them. */
export async function storeObjects(objects, plain, oldKey) {
  const store = Object.fromEntries(kinds.map((kind) => [kind, writers[kind]({ plain, oldKey })]))
  await pooled(32, objects, (object) => store[object.kind](object))
}

function byClient({ plain, oldKey }, options) {
  const client = S3EncryptionClient.from(plain, { keyring: s3AesKeyring({ wrappingKey: oldKey }), ...options })
  return ({ bucket, key, body, metadata }) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, Metadata: metadata }))
}

function byHand(plain, seal) {
  return ({ bucket, key, body, metadata }) => {
    const { ciphertext, envelope } = seal(body)
    const Metadata = { ...metadata, ...envelope }
    return plain.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: ciphertext, Metadata }))
  }
}

/** AES-CBC, the data key in AES-ECB. */
function v1(wrappingKey, body) {
  const { dataKey, iv, ciphertext } = cbc(body)
  const wrapped = encipher('aes-256-ecb', wrappingKey, null, dataKey)
  return { ciphertext, envelope: { 'x-amz-key': base64(wrapped), 'x-amz-iv': base64(iv), 'x-amz-matdesc': '{}' } }
}

/** AES-CBC, the data key in AES Key Wrap (RFC 3394). */
function v2Cbc(wrappingKey, body) {
  const { dataKey, iv, ciphertext } = cbc(body)
  const wrapped = encipher('id-aes256-wrap', wrappingKey, Buffer.alloc(8, 0xa6), dataKey)
  const envelope = {
    'x-amz-key-v2': base64(wrapped),
    'x-amz-iv': base64(iv),
    'x-amz-matdesc': '{}',
    'x-amz-wrap-alg': 'AESWrap',
    'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
  }
  return { ciphertext, envelope }
}

function cbc(body) {
  const [dataKey, iv] = [randomBytes(32), randomBytes(16)]
  return { dataKey, iv, ciphertext: encipher('aes-256-cbc', dataKey, iv, body) }
}

function encipher(algorithm, key, iv, bytes) {
  const cipher = createCipheriv(algorithm, key, iv)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

function base64(bytes) {
  return bytes.toString('base64')
}
