// Round trips in every suite and with every kind of raw key, and messages of other implementations, on any runtime.
import { algorithmSuites, createClient } from '@esdk/client'
import { defaultBackend } from '@esdk/crypto-backend'
import {
  generateEcdhKeyPair,
  generateRsaKeyPair,
  rawAesKeyring,
  rawEcdhKeyring,
  rawRsaKeyring,
} from '@esdk/keyring-raw'
import { vectors } from './vectors.js'

const id = { namespace: 'consumer', name: 'key' }
const plaintext = new Uint8Array(10_000).map((_, i) => i % 251)
const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** What worked and what did not, as lines of text. */
export async function allSuites() {
  const lines = []
  const attempt = async (name, run) => {
    try {
      await run()
      lines.push(`ok ${name}`)
    } catch (error) {
      lines.push(`failed ${name}: ${error?.stack ?? error}`)
    }
  }
  for (const { id: suite } of algorithmSuites.values?.() ?? algorithmSuites) {
    await attempt(`suite ${suite.toString(16).padStart(4, '0')}`, () => roundTrip(aesKeyring(32), suite))
  }
  for (const length of [16, 24]) await attempt(`AES-${length * 8}`, () => roundTrip(aesKeyring(length), 0x0478))
  const rsa = await generateRsaKeyPair(2048)
  for (const padding of ['oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512']) {
    await attempt(`RSA ${padding}`, () => roundTrip(rawRsaKeyring({ ...id, ...rsa, padding }), 0x0578))
  }
  for (const curve of ['P-256', 'P-384', 'P-521']) {
    await attempt(`ECDH ${curve}`, async () => {
      const { publicKey, privateKey } = await generateEcdhKeyPair(curve)
      const to = rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: publicKey })
      await roundTrip(to, 0x0578, rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: privateKey }))
    })
  }
  for (const vector of vectors) await attempt(`vector ${vector.id}`, () => open(vector))
  return { backend: defaultBackend.name, lines }
}

function aesKeyring(length) {
  return rawAesKeyring({ ...id, wrappingKey: new Uint8Array(length).fill(length) })
}

/** Whole and streamed, short and longer than what the web backend signs without help. */
async function roundTrip(keyring, suite, reader = keyring) {
  const committing = suite === 0x0478 || suite === 0x0578
  const client = createClient(committing ? {} : { commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
  const { ciphertext } = await client.encrypt(plaintext, { keyring, suite })
  const whole = await client.decrypt(ciphertext, { keyring: reader })
  ensureSame(whole.plaintext, plaintext)

  const chunks = Array.from({ length: 200 }, () => plaintext)
  const encrypted = await client.encryptStream(chunks, { keyring, suite })
  const decrypted = await client.decryptStream(encrypted.ciphertext, { keyring: reader })
  const released = new Uint8Array(await new Response(decrypted.plaintext).arrayBuffer())
  if (released.length !== plaintext.length * chunks.length) throw new Error(`released ${released.length} bytes`)
  ensureSame(released.subarray(-plaintext.length), plaintext)
}

async function open({ message, key, namespace, name, sha256 }) {
  const keyring = rawAesKeyring({ namespace, name, wrappingKey: bytesOf(key) })
  const client = createClient({ commitmentPolicy: 'require-encrypt-allow-decrypt' })
  const result = await client.decrypt(bytesOf(message), { keyring })
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', result.plaintext))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  if (hex !== sha256) throw new Error('another plaintext')
}

function ensureSame(actual, expected) {
  if (actual.length !== expected.length || actual.some((byte, i) => byte !== expected[i]))
    throw new Error('another plaintext')
}
