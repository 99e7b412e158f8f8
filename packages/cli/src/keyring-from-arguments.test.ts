import { chmodSync } from 'node:fs'
import { createClient, type MessageHeader } from '@esdk/client'
import { generateEcdhKeyPair, generateRsaKeyPair } from '@esdk/keyring-raw'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { identityAt } from './file-identity.ts'
import { encodeKeyFile } from './key-file.ts'
import { type KeyArgument, loadKeys } from './keyring-from-arguments.ts'
import type { KeyUse } from './raw-key.ts'

const client = createClient()
const plaintext = new TextEncoder().encode('attack at dawn')
const described = 'namespace=app,name=k1'

let rsa: Awaited<ReturnType<typeof generateRsaKeyPair>>
let ecdh: Awaited<ReturnType<typeof generateEcdhKeyPair>>
beforeAll(async () => {
  rsa = await generateRsaKeyPair(2048)
  ecdh = await generateEcdhKeyPair('P-256')
})

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

function load(use: KeyUse, keys: readonly KeyArgument[], env: Readonly<Record<string, string>> = {}) {
  const aws = { region: undefined, profile: undefined, endpointUrl: undefined, dynamoDbEndpointUrl: undefined }
  const { signal } = new AbortController()
  return loadKeys({ keys, aws }, use, { cwd: session.folder, env, platform: process.platform, signal })
}

const attributes = (text: string): KeyArgument => ({ kind: 'attributes', text })

/** Encrypts with some keys, and decrypts with others. */
async function roundTrip(
  encrypting: readonly KeyArgument[],
  decrypting: readonly KeyArgument[],
  env: Readonly<Record<string, string>> = {},
): Promise<MessageHeader> {
  const { keyring } = await load('encrypt', encrypting, env)
  const { ciphertext, header } = await client.encrypt(plaintext, { keyring })
  const decrypted = await client.decrypt(ciphertext, { keyring: (await load('decrypt', decrypting, env)).keyring })
  expect(decrypted.plaintext).toEqual(plaintext)
  return header
}

function aesFile(path: string, name: string): void {
  const wrappingKey = new Uint8Array(32).fill(name.length)
  session.write(path, encodeKeyFile({ type: 'raw-aes', namespace: 'app', name, wrappingKey }))
  chmodSync(session.path(path), 0o600)
}

describe('keys that arguments name', () => {
  it('wrap in their order, and each of them unwraps', async () => {
    aesFile('one.json', 'k1')
    aesFile('two.json', 'second')
    const one = { kind: 'file', path: 'one.json' } as const
    const two = { kind: 'file', path: 'two.json' } as const
    const header = await roundTrip([two, one], [one])
    await roundTrip([two, one], [two])
    const names = header.encryptedDataKeys.map(({ providerInfo }) =>
      new TextDecoder().decode(providerInfo.slice(0, -20)),
    )
    expect(names).toEqual(['second', 'k1'])
  })

  it.each([
    ['as they are', (key: Uint8Array) => key],
    ['in hexadecimal', (key: Uint8Array) => `${Buffer.from(key).toString('hex')}\n`],
    ['in base64', (key: Uint8Array) => `${Buffer.from(key).toString('base64')}\n`],
  ])('may be AES keys in files, %s', async (_, form) => {
    session.write('key', form(Uint8Array.from({ length: 24 }, (_value, i) => 200 + i)))
    const key = attributes(`type=raw-aes,${described},file=key`)
    await roundTrip([key], [key])
    expect((await load('encrypt', [key])).descriptions).toEqual(['the key file key: AES-192'])
  })

  it('may be in the environment', async () => {
    aesFile('one.json', 'k1')
    const env = { FILE: session.text('one.json'), HEX: '02'.repeat(32) }
    await roundTrip([{ kind: 'env', name: 'FILE' }], [attributes(`type=raw-aes,${described},env=HEX`)], env)
  })

  it('may be RSA and ECDH keys in PEM, one half or both in one text', async () => {
    session.write('rsa.pub', rsa.publicKey)
    session.write('rsa', `${rsa.publicKey}\n${rsa.privateKey}`)
    const rsaKey = (file: string) => attributes(`type=raw-rsa,${described},padding=oaep-sha1,file=${file}`)
    await roundTrip([rsaKey('rsa.pub')], [rsaKey('rsa')])
    await roundTrip([rsaKey('rsa')], [rsaKey('rsa')])
    session.write('ecdh.pub', ecdh.publicKey)
    session.write('ecdh', ecdh.privateKey)
    const ecdhKey = (file: string) => attributes(`type=raw-ecdh,curve=P-256,file=${file}`)
    await roundTrip([ecdhKey('ecdh.pub')], [ecdhKey('ecdh')])
  })

  it('are known by their identity, so that no output replaces them', async () => {
    aesFile('one.json', 'k1')
    const keys: KeyArgument[] = [
      { kind: 'file', path: 'one.json' },
      { kind: 'env', name: 'FILE' },
    ]
    const { identities, warnings } = await load('encrypt', keys, { FILE: session.text('one.json') })
    expect(identities).toEqual([await identityAt(session.path('one.json')), undefined])
    expect(warnings).toEqual([])
  })
})

describe('keys that cannot be used', () => {
  it('are none at all', async () => {
    await expect(load('encrypt', [])).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_USAGE', message: 'a key is missing' })
  })

  it('are halves of a pair that do the other thing', async () => {
    session.write('rsa.pub', rsa.publicKey)
    session.write('rsa', rsa.privateKey)
    const key = (file: string) => attributes(`type=raw-rsa,${described},padding=pkcs1,file=${file}`)
    await expect(load('decrypt', [key('rsa.pub')])).rejects.toThrow('it encrypts, and cannot decrypt')
    await expect(load('encrypt', [key('rsa')])).rejects.toThrow('holds a private key only')
  })

  it.each([
    ['no PEM', () => 'text'],
    ['two public keys', () => `${rsa.publicKey}\n${rsa.publicKey}`],
    ['two private keys', () => `${rsa.privateKey}\n${rsa.privateKey}`],
  ])('are %s', async (_, text) => {
    session.write('key', text())
    await expect(
      load('encrypt', [attributes(`type=raw-rsa,${described},padding=pkcs1,file=key`)]),
    ).rejects.toMatchObject({
      code: 'ERR_ESDK_CLI_KEY',
      message: expect.stringContaining('one public or one private key') as string,
    })
  })

  it.each([
    ['raw-ecdh,curve=P-256', () => rsa.publicKey],
    ['raw-ecdh,curve=P-384', () => ecdh.publicKey],
    [`raw-rsa,${described},padding=pkcs1`, () => ecdh.publicKey],
    [`raw-rsa,${described},padding=pkcs1`, () => rsa.publicKey.replace(/\n[A-Za-z0-9+/]{64}\n/, '\nAAAA\n')],
  ])('are of another kind than %s, or broken', async (type, text) => {
    session.write('key', text())
    await expect(load('encrypt', [attributes(`type=${type},file=key`)])).rejects.toMatchObject({
      code: 'ERR_ESDK_CLI_KEY',
      message: expect.stringMatching(/^the key file key cannot be used: /) as string,
    })
  })

  it('are bytes where text is needed', async () => {
    session.write('key', Uint8Array.of(0xff, 0xfe, 0x00))
    for (const key of [{ kind: 'file', path: 'key' } as const, attributes('type=raw-ecdh,curve=P-256,file=key')]) {
      await expect(load('encrypt', [key])).rejects.toMatchObject({
        code: 'ERR_ESDK_CLI_KEY',
        message: 'the key file key is not text',
      })
    }
  })
})
