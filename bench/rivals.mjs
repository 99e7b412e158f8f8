/** The two sides, in the same words: ours, and the AWS Encryption SDK for JavaScript. */
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as aws from '@aws-crypto/client-node'
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

const wrappingKey = new Uint8Array(32).fill(7)
const encryptionContext = { purpose: 'bench', tenant: '42' }

export function ours(suite) {
  const client = createClient()
  const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey })
  const options = { keyring, encryptionContext, suite }
  return {
    encrypt: async (plaintext) => (await client.encrypt(plaintext, options)).ciphertext,
    decrypt: async (ciphertext) => (await client.decrypt(ciphertext, { keyring })).plaintext,
    encryptStream: async (chunks, frameLength, sink) => {
      const { ciphertext } = await client.encryptStream(Readable.from(chunks()), { ...options, frameLength })
      await drain(ciphertext, sink)
    },
    decryptStream: async (chunks, sink) => {
      const { plaintext } = await client.decryptStream(Readable.from(chunks()), { keyring })
      await drain(plaintext, sink)
    },
  }
}

async function drain(stream, sink) {
  for await (const chunk of stream) sink(chunk)
}

export function official(suiteId) {
  const client = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new aws.RawAesKeyringNode({
    keyName: 'key',
    keyNamespace: 'bench',
    unencryptedMasterKey: wrappingKey,
    wrappingSuite: aws.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const options = { encryptionContext, suiteId }
  return {
    encrypt: async (plaintext) => (await client.encrypt(keyring, plaintext, options)).result,
    decrypt: async (ciphertext) => (await client.decrypt(keyring, ciphertext)).plaintext,
    encryptStream: (chunks, frameLength, sink) =>
      pipeline(Readable.from(chunks()), client.encryptStream(keyring, { ...options, frameLength }), writable(sink)),
    decryptStream: (chunks, sink) => pipeline(Readable.from(chunks()), client.decryptStream(keyring), writable(sink)),
  }
}

function writable(sink) {
  return new Writable({
    write(chunk, _encoding, done) {
      sink(chunk)
      done()
    },
  })
}
