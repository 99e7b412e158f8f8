/**
 * The AWS Encryption SDK for JavaScript, doing the jobs of `interop/run.mjs`.
 *
 *     node peer.mjs
 *
 * It reads jobs from standard input, one JSON object in a line, and answers each with a line, in the same order. A job
 * that fails is answered with `error`; the program itself goes on.
 */

import { createHash, constants as rsa } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  buildClient,
  CommitmentPolicy,
  MultiKeyringNode,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
  RawRsaKeyringNode,
} from '@aws-crypto/client-node'
import { branchKeyStore, hierarchicalKeyring, kmsKeyring } from './kms-keyrings.mjs'

const keys = {}

const wrappingSuites = {
  16: RawAesWrappingSuiteIdentifier.AES128_GCM_IV12_TAG16_NO_PADDING,
  24: RawAesWrappingSuiteIdentifier.AES192_GCM_IV12_TAG16_NO_PADDING,
  32: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
}

const streamChunk = 1000

const operations = {
  'take keys': takeKeys,
  encrypt,
  decrypt,
  'create branch key': createBranchKey,
  'version branch key': versionBranchKey,
  'read branch key': readBranchKey,
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line)
  let result
  try {
    result = await operations[job.operation](job)
  } catch (error) {
    result = { error: String(error).slice(0, 400) }
  }
  process.stdout.write(`${JSON.stringify({ id: job.id, ...result })}\n`)
}

/** What later jobs name. */
async function takeKeys({ path }) {
  Object.assign(keys, JSON.parse(await readFile(path, 'utf8')))
  return {}
}

async function encrypt(job) {
  const { path, offset, length } = job.plaintext
  const plaintext = (await readFile(path)).subarray(offset, offset + length)
  const committing = job.suite === 0x0478 || job.suite === 0x0578
  const client = buildClient(
    committing ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
  )
  const options = {
    suiteId: job.suite,
    encryptionContext: Object.fromEntries(job.context),
    frameLength: job.frameLength,
  }
  const keyring = keyringOf(job.keyring, job.api)
  const ciphertext = job.streamed
    ? await through(plaintext, client.encryptStream(keyring, options))
    : (await client.encrypt(keyring, plaintext, options)).result
  await writeFile(job.message, ciphertext)
  return {}
}

async function decrypt(job) {
  const ciphertext = await readFile(job.message)
  const client = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
  const keyring = keyringOf(job.keyring, job.api)
  let plaintext
  let header
  if (job.streamed) {
    const stream = client.decryptStream(keyring)
    stream.once('MessageHeader', (found) => {
      header = found
    })
    plaintext = await through(ciphertext, stream)
  } else {
    ;({ plaintext, messageHeader: header } = await client.decrypt(keyring, ciphertext))
  }
  return {
    sha256: createHash('sha256').update(plaintext).digest('hex'),
    suite: header.suiteId,
    context: Object.entries(header.encryptionContext),
  }
}

async function createBranchKey({ store, branchKeyId, context }) {
  const { branchKeyIdentifier } = await branchKeyStore(store, keys).createKey({
    ...(branchKeyId && { branchKeyIdentifier: branchKeyId, encryptionContext: Object.fromEntries(context) }),
  })
  return { branchKeyId: branchKeyIdentifier }
}

async function versionBranchKey({ store, branchKeyId }) {
  await branchKeyStore(store, keys).versionKey({ branchKeyIdentifier: branchKeyId })
  return {}
}

/** The active version, or one that is named: told by its digest. */
async function readBranchKey({ store, branchKeyId, which }) {
  const from = branchKeyStore(store, keys)
  const found = await (which === 'active'
    ? from.getActiveBranchKey(branchKeyId)
    : from.getBranchKeyVersion(branchKeyId, which))
  return {
    sha256: createHash('sha256').update(found.branchKey()).digest('hex'),
    version: found.branchKeyVersion.toString(),
    context: Object.entries(found.encryptionContext),
  }
}

async function through(bytes, transform) {
  const output = []
  await pipeline(Readable.from(chunksOf(bytes)), transform, async (chunks) => {
    for await (const chunk of chunks) output.push(chunk)
  })
  return Buffer.concat(output)
}

function* chunksOf(bytes) {
  for (let at = 0; at < bytes.length; at += streamChunk) yield bytes.subarray(at, at + streamChunk)
}

function keyringOf(spec, api) {
  if (spec.kind === 'multi') {
    const [generator, ...children] = spec.keyrings.map((part) => keyringOf(part, api))
    return new MultiKeyringNode({ generator, children })
  }
  if (spec.kind === 'hierarchical') return hierarchicalKeyring(spec, keys, api === 'keyring, byte order')
  if (spec.kind.startsWith('kms')) return kmsKeyring(spec, keys)
  const id = { keyNamespace: spec.namespace, keyName: spec.name }
  if (spec.kind === 'aes') {
    // A copy of its own memory: the library takes no view of a larger buffer.
    const unencryptedMasterKey = Uint8Array.from(Buffer.from(keys[spec.key], 'hex'))
    return new RawAesKeyringNode({
      ...id,
      unencryptedMasterKey,
      wrappingSuite: wrappingSuites[unencryptedMasterKey.length],
      ...(api === 'keyring, byte order' && { utf8Sorting: true }),
    })
  }
  return new RawRsaKeyringNode({
    ...id,
    rsaKey: keys[spec.key],
    ...(spec.padding === 'pkcs1'
      ? { padding: rsa.RSA_PKCS1_PADDING }
      : { padding: rsa.RSA_PKCS1_OAEP_PADDING, oaepHash: spec.padding.slice('oaep-'.length) }),
  })
}
