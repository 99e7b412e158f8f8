/**
 * Keyrings over keys that one holds oneself: by name, what encrypts and what decrypts.
 *
 * @module
 */

import { aesBits, curves, rsaBits } from './keys.mjs'

const paddings = ['pkcs1', 'oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512']

const aes = aesBits.map((bits) => [`aes-${bits}`, same({ kind: 'aes', key: `aes-${bits}` })])

const rsa = rsaBits.flatMap((bits) =>
  paddings.map((padding) => [`rsa-${bits}-${padding}`, same({ kind: 'rsa', key: `rsa-${bits}`, padding })]),
)

const ecdh = curves.flatMap((curve) => {
  const sender = `sender-${curve}`
  const recipient = `recipient-${curve}`
  const fromSender = { kind: 'ecdh', curve, schema: 'static', sender, recipient }
  const fromRecipient = { kind: 'ecdh', curve, schema: 'static', sender: recipient, recipient: sender }
  const ephemeral = { kind: 'ecdh', curve, schema: 'ephemeral', recipient }
  const discovery = { kind: 'ecdh', curve, schema: 'discovery', recipient }
  return [
    [`ecdh-${curve}-static`, same(fromSender)],
    [`ecdh-${curve}-static, read by the recipient`, { encrypt: fromSender, decrypt: fromRecipient }],
    [`ecdh-${curve}-static, read by discovery`, { encrypt: fromSender, decrypt: discovery }],
    [`ecdh-${curve}-ephemeral, read by discovery`, { encrypt: ephemeral, decrypt: discovery }],
  ]
})

const both = {
  kind: 'multi',
  keyrings: [
    { kind: 'aes', key: 'aes-256', part: 0 },
    { kind: 'rsa', key: 'rsa-2048', padding: 'oaep-sha256', part: 1 },
  ],
}
const multi = [
  ['multi', same(both)],
  ['multi, read by its AES key', { encrypt: both, decrypt: both.keyrings[0] }],
  ['multi, read by its RSA key', { encrypt: both, decrypt: both.keyrings[1] }],
]

export const rawKeyrings = new Map([...aes, ...rsa, ...ecdh, ...multi])

/** Encrypts and decrypts with the same. */
export function same(spec) {
  return { encrypt: spec, decrypt: spec }
}
