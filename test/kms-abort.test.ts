/**
 * A server of AWS KMS that hangs, and a caller who has waited long enough: with the AWS SDK, over HTTP.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMS } from '@aws-sdk/client-kms'
import { createClient } from '@esdk/client'
import {
  kmsDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import { localKms, startLocalKms } from '@esdk/local-kms'
import { afterAll, describe, expect, it } from 'vitest'

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
const plaintext = new TextEncoder().encode('over HTTP')
const regions = ['us-east-1', 'eu-west-1', 'ap-south-1', 'sa-east-1'] as const
const client = createClient()

const kms = localKms()
const server = startLocalKms({ kms })
afterAll(async () => (await server).close())

type ClientFor = (region: string | undefined) => KMS

async function clientsAt(endpoint: string | Promise<string>): Promise<ClientFor> {
  const url = await endpoint
  return (region = regions[0]) => new KMS({ endpoint: url, region, credentials, maxAttempts: 1 })
}

/** Hands requests on, but for those from this one on: they get nothing, or half of their answer. */
async function hangingFrom(number: number, how: 'silent' | 'midway') {
  const { port } = await server
  const hanging: ServerResponse[] = []
  let seen = 0
  const relay = createServer((incoming, response) => {
    seen += 1
    if (seen < number) return handOn(incoming, response, port)
    hanging.push(response)
    if (how === 'midway') response.writeHead(200, { 'Content-Length': 1000 }).write('{"KeyId":"')
    relay.emit('hanging')
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    hanging,
    hangs: once(relay, 'hanging'),
    async close() {
      relay.closeAllConnections()
      relay.close()
      await once(relay, 'close')
    },
  }
}

function handOn(incoming: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, headers, url: path } = incoming
  const onward = request({ host: '127.0.0.1', port, method, headers, path }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  incoming.pipe(onward)
}

type Use = (clientFor: ClientFor, signal: AbortSignal) => Promise<unknown>

async function newKey(region: string = regions[0], options = {}) {
  return (await kms.client(region).createKey(options)).KeyMetadata.Arn
}

const keys = Promise.all(regions.map((region) => newKey(region)))

async function sealed() {
  const [generatorKeyId = '', ...keyIds] = await keys
  const clientFor = await clientsAt((await server).endpoint)
  return (await client.encrypt(plaintext, { keyring: kmsKeyring({ generatorKeyId, keyIds, clientFor }) })).ciphertext
}

/** Decrypts where only the last of four keys may be used. */
async function refusedButForTheLast(use: () => Promise<unknown>) {
  const ends = regions
    .slice(0, 3)
    .map((region) => kms.inject({ kind: 'refuse', name: 'AccessDeniedException', operation: 'Decrypt', region }))
  try {
    return await use()
  } finally {
    for (const end of ends) end()
  }
}

const encrypts: Use = async (clientFor, signal) => {
  const [generatorKeyId = '', ...keyIds] = await keys
  return client.encrypt(plaintext, { keyring: kmsKeyring({ generatorKeyId, keyIds, clientFor }), signal })
}

const decrypts: Use = async (clientFor, signal) => {
  const keyring = kmsKeyring({ keyIds: await keys, clientFor })
  const ciphertext = await sealed()
  return refusedButForTheLast(() => client.decrypt(ciphertext, { keyring, signal }))
}

const discovers: Use = async (clientFor, signal) => {
  const ciphertext = await sealed()
  const keyring = kmsDiscoveryKeyring({ clientFor })
  return refusedButForTheLast(() => client.decrypt(ciphertext, { keyring, signal }))
}

const discoversReplicas: Use = async (clientFor, signal) => {
  const generatorKeyId = await newKey(regions[0], { MultiRegion: true })
  const free = await clientsAt((await server).endpoint)
  const { ciphertext } = await client.encrypt(plaintext, { keyring: kmsKeyring({ generatorKeyId, clientFor: free }) })
  return client.decrypt(ciphertext, { keyring: kmsMrkDiscoveryKeyring({ region: regions[0], clientFor }), signal })
}

const decryptsWithRsa: Use = async (clientFor, signal) => {
  const keyId = await newKey(regions[0], { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const publicKey = pemOf((await kms.client(regions[0]).getPublicKey({ KeyId: keyId })).PublicKey)
  const keyring = kmsRsaKeyring({ keyId, publicKey, encryptionAlgorithm: 'RSAES_OAEP_SHA_256', clientFor })
  const { ciphertext } = await client.encrypt(plaintext, { keyring, suite: 0x0478 })
  return client.decrypt(ciphertext, { keyring, signal })
}

const agreement = (async () => {
  const options = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' }
  const [senderKeyId, recipientKeyId] = [await newKey(regions[0], options), await newKey(regions[0], options)]
  const recipientPublicKey = pemOf((await kms.client(regions[0]).getPublicKey({ KeyId: recipientKeyId })).PublicKey)
  return { curve: 'P-256', recipientKeyId, sender: { schema: 'static', senderKeyId, recipientPublicKey } } as const
})()

const agreesToEncrypt: Use = async (clientFor, signal) => {
  const { curve, sender } = await agreement
  return client.encrypt(plaintext, { keyring: kmsEcdhKeyring({ curve, ...sender, clientFor }), signal })
}

const agreesToDecrypt: Use = async (clientFor, signal) => {
  const { curve, sender, recipientKeyId } = await agreement
  const free = await clientsAt((await server).endpoint)
  const writer = kmsEcdhKeyring({ curve, ...sender, clientFor: free })
  const { ciphertext } = await client.encrypt(plaintext, { keyring: writer })
  const reader = kmsEcdhKeyring({ curve, schema: 'discovery', recipientKeyId, clientFor })
  return client.decrypt(ciphertext, { keyring: reader, signal })
}

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
}

describe('an abort while a server hangs (R3)', () => {
  it.each<[string, Use, number]>([
    ['strict, to encrypt', encrypts, 1],
    ['strict, to encrypt, the second key', encrypts, 2],
    ['strict, to encrypt, the third key', encrypts, 3],
    ['strict, to encrypt, the fourth key', encrypts, 4],
    ['strict, to decrypt', decrypts, 1],
    ['strict, to decrypt, after one refusal', decrypts, 2],
    ['strict, to decrypt, after two refusals', decrypts, 3],
    ['strict, to decrypt, after three refusals', decrypts, 4],
    ['discovery', discovers, 1],
    ['discovery, after one refusal', discovers, 2],
    ['discovery, after two refusals', discovers, 3],
    ['discovery, after three refusals', discovers, 4],
    ['multi-Region discovery', discoversReplicas, 1],
    ['RSA, to decrypt', decryptsWithRsa, 1],
    ['ECDH, to encrypt, at GetPublicKey', agreesToEncrypt, 1],
    ['ECDH, to encrypt, at DeriveSharedSecret', agreesToEncrypt, 2],
    ['ECDH, to decrypt, at GetPublicKey', agreesToDecrypt, 1],
    ['ECDH, to decrypt, at DeriveSharedSecret', agreesToDecrypt, 2],
  ])('ends the operation within 100 ms, and frees its connections: %s', async (_, use, number) => {
    for (const how of ['silent', 'midway'] as const) {
      const relay = await hangingFrom(number, how)
      try {
        await abortWhileHanging(relay, use)
      } finally {
        await relay.close()
      }
    }
  })

  async function abortWhileHanging({ endpoint, hanging, hangs }: Awaited<ReturnType<typeof hangingFrom>>, use: Use) {
    const controller = new AbortController()
    const reason = new Error('waited long enough')
    const result = use(await clientsAt(endpoint), controller.signal).catch((error: unknown) => error)
    await hangs
    const closed = hanging.map((response) => once(response, 'close'))
    const began = performance.now()
    controller.abort(reason)
    expect(await result).toBe(reason)
    expect(performance.now() - began).toBeLessThan(100)
    await Promise.all(closed)
  }
})
