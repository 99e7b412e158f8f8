/**
 * Keys by name, and keys by discovery.
 *
 * A strict keyring encrypts under every key that it names, and decrypts with no other. A discovery keyring decrypts with
 * the keys that a message names, as far as its filter allows.
 *
 * **Calls of KMS**: to encrypt, one for each key. To decrypt, one: the first key that matches opens. A message that is for
 * none of the keys, or for none that the filter allows, costs no call.
 *
 * **Watch out**: anybody can write a message that names a key of their own. Choose names where you know your keys, and give
 * discovery a filter where you do not.
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { kmsDiscoveryKeyring, kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('This is some super secret data')
const encryptionContext = { 'not really': 'a secret', 'but adds': 'some authentication' }

export async function strictAndDiscovery({
  keys: [first, second, third],
  partition,
  accountId,
  clientFor,
  takeCalls,
}: Surroundings) {
  const client = createClient()
  const strict = kmsKeyring({ generatorKeyId: first.arn, keyIds: [second.arn], clientFor })

  const { ciphertext, header } = await client.encrypt(plaintext, { keyring: strict, encryptionContext })
  const callsToEncrypt = takeCalls()

  const byName = await client.decrypt(ciphertext, { keyring: strict, encryptionContext })
  const callsByName = takeCalls()

  // Any one of the keys is enough.
  const secondKey = kmsKeyring({ keyIds: [second.arn], clientFor })
  const bySecondKey = await client.decrypt(ciphertext, { keyring: secondKey, encryptionContext })
  const callsBySecondKey = takeCalls()

  const discovery = kmsDiscoveryKeyring({ filter: { partition, accountIds: [accountId] }, clientFor })
  const byDiscovery = await client.decrypt(ciphertext, { keyring: discovery, encryptionContext })
  const callsByDiscovery = takeCalls()

  const otherKey = kmsKeyring({ keyIds: [third.arn], clientFor })
  const otherAccount = kmsDiscoveryKeyring({ filter: { partition, accountIds: ['000000000000'] }, clientFor })
  return {
    decrypted: [byName, bySecondKey, byDiscovery].map((result) => new TextDecoder().decode(result.plaintext)),
    contextWritten: header.encryptionContext,
    contextRead: byName.encryptionContext,
    callsToEncrypt,
    callsByName,
    callsBySecondKey,
    callsByDiscovery,
    withAnotherKey: await refusalOf(client.decrypt(ciphertext, { keyring: otherKey })),
    withAnotherAccount: await refusalOf(client.decrypt(ciphertext, { keyring: otherAccount })),
    toEncryptByDiscovery: await refusalOf(client.encrypt(plaintext, { keyring: discovery })),
    callsOfRefusals: takeCalls(),
  }
}
