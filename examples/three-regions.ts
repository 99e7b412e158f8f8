/**
 * One message for three Regions, which each Region opens by itself.
 *
 * Whoever encrypts names a key in each Region by its alias: KMS resolves it, and the message holds the ARN of the key
 * behind it. Whoever decrypts asks KMS in its own Region alone.
 *
 * **Calls of KMS**: to encrypt, one in each Region. To decrypt, one in the local Region and none elsewhere: the message
 * opens while all other Regions are down.
 *
 * **Watch out**: an alias cannot decrypt, as it may point to another key tomorrow. All three Regions must be up to encrypt.
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { kmsDiscoveryKeyring, kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('read in three Regions')

export async function threeRegions({
  keys: [first, second, local],
  partition,
  accountId,
  clientFor,
  takeCalls,
}: Surroundings) {
  const client = createClient({ maxEncryptedDataKeys: 3 })
  const everywhere = kmsKeyring({
    generatorKeyId: first.alias, // arn:aws:kms:us-east-1:111122223333:alias/example
    keyIds: [second.alias, local.alias],
    clientFor,
  })
  const { ciphertext, header } = await client.encrypt(plaintext, { keyring: everywhere })
  const callsToEncrypt = takeCalls()

  const localKey = kmsKeyring({ keyIds: [local.arn], clientFor })
  const byArn = await client.decrypt(ciphertext, { keyring: localKey })
  const callsByArn = takeCalls()

  const discovery = kmsDiscoveryKeyring({
    filter: { partition, accountIds: [accountId] },
    regions: [local.region],
    clientFor,
  })
  const byDiscovery = await client.decrypt(ciphertext, { keyring: discovery })
  const callsByDiscovery = takeCalls()

  return {
    keysInTheMessage: header.encryptedDataKeys.map(({ providerInfo }) => new TextDecoder().decode(providerInfo)),
    callsToEncrypt,
    decrypted: [byArn, byDiscovery].map((result) => new TextDecoder().decode(result.plaintext)),
    callsByArn,
    callsByDiscovery,
    byAlias: await refusalOf(client.decrypt(ciphertext, { keyring: everywhere })),
    callsByAlias: takeCalls(),
  }
}
