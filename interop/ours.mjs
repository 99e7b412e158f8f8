/**
 * Our side: the packages of this repository as they are built, encrypting and decrypting in each of the ways they have.
 *
 * @module
 */

import { Readable } from 'node:stream'
import { createClient } from '@esdk/client'
import { defaultCmm, requiredContextCmm } from '@esdk/cmm'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { keyringOf } from './our-keyrings.mjs'

const backends = { 'node:crypto': nodeBackend, WebCrypto: webBackend() }

/** The message. */
export async function encrypt(request, plaintext, keys) {
  const { suite, context, frameLength, way, backend } = request
  const commitmentPolicy = request.committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt'
  const client = createClient({ commitmentPolicy, backend: backends[backend] })
  const options = {
    ...materials(request, 'encrypt', keys),
    encryptionContext: Object.fromEntries(context),
    suite,
    frameLength,
  }
  if (way === 'whole') return (await client.encrypt(plaintext, options)).ciphertext
  if (way === 'transform') return collect(webStream(plaintext).pipeThrough(client.encryptTransform(options)))
  return collect((await client.encryptStream(sources[way](plaintext), options)).ciphertext)
}

/** The plaintext, and what was authenticated with it. */
export async function decrypt(request, ciphertext, keys) {
  const { reproduced, way, backend } = request
  const commitmentPolicy = request.committing ? 'require-encrypt-require-decrypt' : 'require-encrypt-allow-decrypt'
  const client = createClient({ commitmentPolicy, backend: backends[backend] })
  const options = {
    ...materials(request, 'decrypt', keys),
    encryptionContext: Object.fromEntries(reproduced),
  }
  if (way === 'whole') return client.decrypt(ciphertext, options)
  if (way === 'transform') {
    const transform = client.decryptTransform(options)
    const plaintext = await collect(webStream(ciphertext).pipeThrough(transform))
    // A transform tells nothing of the context: ask once more for that.
    return { ...(await client.decrypt(ciphertext, options)), plaintext }
  }
  const opened = await client.decryptStream(sources[way](ciphertext), options)
  return { ...opened, plaintext: await collect(opened.plaintext) }
}

const sources = {
  'web stream': webStream,
  'node stream': (bytes) => Readable.from(pieces(bytes, () => 65536)),
  'small chunks': (bytes) => {
    // Byte by byte while that is quick, then in odd lengths.
    let count = 0
    return pieces(bytes, () => (count++ < 2000 ? 1 : 997 + (count % 3)))
  },
}

function webStream(bytes) {
  const chunks = pieces(bytes, () => 10_000)
  return new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
}

function* pieces(bytes, nextLength) {
  for (let at = 0; at < bytes.length; ) {
    const length = nextLength()
    yield bytes.subarray(at, at + length)
    at += length
  }
}

async function collect(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function materials({ keyrings, required, found, backend }, operation, keys) {
  const given = { operation, keys, found, backend: backends[backend] }
  const keyring = keyringOf(keyrings[operation], given)
  if (required.length === 0) return { keyring }
  return { cmm: requiredContextCmm(defaultCmm(keyring, { backend: given.backend }), required) }
}
