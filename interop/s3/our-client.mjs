/**
 * Our side: `@esdk/s3-cse` as it is built, writing and reading in each of the ways it has.
 *
 * @module
 */

import { Readable } from 'node:stream'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { nodeBodyBackend } from '@esdk/crypto-backend/body/node'
import { webBodyBackend } from '@esdk/crypto-backend/body/web'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { RewrapObjectCommand, S3EncryptionClient } from '@esdk/s3-cse'
import { regions } from '../kms-keys.mjs'
import { partLength } from './dimensions.mjs'
import { ourKeyring } from './our-keyrings.mjs'

const backends = {
  'node:crypto': { backend: nodeBackend, bodyBackend: nodeBodyBackend },
  WebCrypto: { backend: webBackend(), bodyBackend: webBodyBackend() },
}

/** A client of S3 that encrypts nothing. Endpoint and credentials come from the environment. */
export function plainClient() {
  return new S3Client({ region: regions.west, forcePathStyle: true })
}

/** What every object that we write has of its own. */
const ownMetadata = { owner: 'interop' }

/** Puts an object, in one of the ways of `dimensions.mjs`. */
export async function write({ place, meaning, way }, plaintext, { plain, keys }) {
  // What is found by its description later is written with it.
  const client = clientFor({ ...meaning, byDescription: false }, meaning.keyring.write, { plain, keys })
  const EncryptionContext = meaning.isKms ? Object.fromEntries(meaning.context) : undefined
  await ways[way](client, { ...place, Metadata: ownMetadata, EncryptionContext }, plaintext)
}

const ways = {
  put: (client, input, Body) => client.send(new PutObjectCommand({ ...input, Body })),
  'put a stream': (client, input, bytes) =>
    client.send(new PutObjectCommand({ ...input, Body: streamOf(bytes), ContentLength: bytes.length })),
  parts: (client, input, bytes) => putParts(client, input, partsOf(bytes)),
  'parts in another order': (client, input, bytes) => putParts(client, input, partsOf(bytes).reverse()),
  Upload: (client, params, bytes) =>
    new Upload({ client, params: { ...params, Body: streamOf(bytes) }, partSize: partLength }).done(),
}

function streamOf(bytes) {
  return Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 65536) }, (_, i) => bytes.subarray(i * 65536, (i + 1) * 65536)),
  )
}

function partsOf(bytes) {
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / partLength)) }, (_, i) => ({
    PartNumber: i + 1,
    Body: bytes.subarray(i * partLength, (i + 1) * partLength),
  }))
}

async function putParts(client, { Bucket, Key, ...created }, parts) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...created }))
  const sent = []
  for (const part of parts) {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, ...part }))
    sent.push({ PartNumber: part.PartNumber, ETag })
  }
  const MultipartUpload = { Parts: sent.sort((a, b) => a.PartNumber - b.PartNumber) }
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))
}

/** Gets an object, and tells what the answers say of it. */
export async function read({ place, meaning, way, readContext, suffix }, { plain, keys }) {
  const client = clientFor(meaning, meaning.keyring.read, { plain, keys }, { release: { mode: way } })
  const input = { ...place, ...(suffix !== undefined && { InstructionFileSuffix: suffix }) }
  const answer = await client.send(
    new GetObjectCommand({
      ...input,
      ...(meaning.isKms && { EncryptionContext: Object.fromEntries(readContext ?? meaning.context) }),
      ...(meaning.range !== undefined && { Range: meaning.range.header }),
    }),
  )
  return {
    plaintext: await answer.Body.transformToByteArray(),
    announced: answer.ContentLength,
    encryption: answer.ClientSideEncryption,
    head: (await client.send(new HeadObjectCommand(input))).ContentLength,
  }
}

/** Wraps the data key of an object for another keyring. */
export async function rewrap({ place, meaning }, to, { plain, keys }, options = {}) {
  const client = clientFor(meaning, meaning.keyring.read, { plain, keys })
  const keyring = ourKeyring(to, { ...backends['node:crypto'], keys, description: to.description })
  await client.send(new RewrapObjectCommand({ ...place, keyring, ...options }))
}

function clientFor(meaning, spec, { plain, keys }, more = {}) {
  const { committing, legacyWrapping, cbc, inFile, context, isKms, backend } = meaning
  const description = isKms ? undefined : Object.fromEntries(meaning.description ?? context)
  const given = { ...backends[backend], keys, description, byDescription: meaning.byDescription }
  return S3EncryptionClient.from(plain, {
    ...backends[backend],
    keyring: ourKeyring(spec, given),
    commitmentPolicy: policyOf(committing, more),
    enableLegacyWrappingAlgorithms: legacyWrapping,
    enableLegacyUnauthenticatedModes: cbc,
    rangedGet: meaning.range === undefined ? 'disabled' : 'unauthenticated',
    instructionFile: { write: inFile },
    ...more,
  })
}

/** The strictest that does. */
function policyOf(committing, { release }) {
  if (committing) return 'require-encrypt-require-decrypt'
  return release === undefined ? 'forbid-encrypt-allow-decrypt' : 'require-encrypt-allow-decrypt'
}
