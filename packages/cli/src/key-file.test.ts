import { describe, expect, it } from 'vitest'
import { CliError } from './cli-error.ts'
import { encodeKeyFile, parseKeyFile } from './key-file.ts'
import type { RawKey } from './raw-key.ts'

const aes: RawKey = {
  type: 'raw-aes',
  namespace: 'app',
  name: 'k1',
  wrappingKey: Uint8Array.from({ length: 16 }, (_, i) => i),
}

const aesText = `{
  "esdkKey": 1,
  "type": "raw-aes",
  "namespace": "app",
  "name": "k1",
  "wrappingKey": "AAECAwQFBgcICQoLDA0ODw=="
}
`

const keys: RawKey[] = [
  aes,
  { type: 'raw-rsa', namespace: 'app', name: 'k2', padding: 'oaep-sha256', publicKey: 'PUB', privateKey: 'PRIV' },
  { type: 'raw-rsa', namespace: 'app', name: 'k2', padding: 'pkcs1', publicKey: 'PUB' },
  { type: 'raw-ecdh', curve: 'P-256', privateKey: 'PRIV' },
]

describe('key files', () => {
  it('are JSON that says what it is', () => {
    expect(encodeKeyFile(aes)).toBe(aesText)
  })

  it.each(keys)('read back what was written: $type', (key) => {
    expect(parseKeyFile(encodeKeyFile(key), 'k.json')).toEqual(key)
  })

  it.each([
    ['', 'it is not JSON'],
    ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'it is PEM'],
    ['[]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['{}', 'its member "esdkKey" is not 1'],
    ['{"esdkKey":2}', 'its member "esdkKey" is not 1'],
    ['{"esdkKey":1}', 'its member "type" is missing'],
    ['{"esdkKey":1,"type":"aes"}', 'must be one of raw-aes, raw-rsa, raw-ecdh'],
    ['{"esdkKey":1,"type":"raw-aes","namespace":"n"}', 'its member "name" is missing'],
    ['{"esdkKey":1,"type":"raw-aes","namespace":"","name":"n"}', '"namespace" is not a text, or an empty one'],
    ['{"esdkKey":1,"type":"raw-aes","namespace":"n","name":"n","wrappingKey":"???"}', 'is not base64'],
    ['{"esdkKey":1,"type":"raw-aes","namespace":"n","name":7}', '"name" is not a text'],
    ['{"esdkKey":1,"type":"raw-ecdh","curve":"P-256"}', 'neither "publicKey" nor "privateKey"'],
    ['{"esdkKey":1,"type":"raw-ecdh","curve":"P-256","publicKey":"x","passphrase":"y"}', 'a member "passphrase"'],
  ])('refuse %s', (text, message) => {
    expect(() => parseKeyFile(text, 'the key file k.json')).toThrow(CliError)
    expect(() => parseKeyFile(text, 'the key file k.json')).toThrow(`the key file k.json is no key file`)
    expect(() => parseKeyFile(text, 'the key file k.json')).toThrow(message)
  })

  it('never show what they hold when they are refused (K12, keys in logs)', () => {
    const secret = 'c2VjcmV0c2VjcmV0'
    for (const text of [secret, `{"wrappingKey":"${secret}"`, `{"esdkKey":1,"type":"${secret}"}`, `"${secret}"`]) {
      expect(() => parseKeyFile(text, 'k')).toThrow(
        expect.toSatisfy(({ message, hint, cause }: CliError) => !`${message}${hint}${String(cause)}`.includes('c2Vj')),
      )
    }
  })
})
