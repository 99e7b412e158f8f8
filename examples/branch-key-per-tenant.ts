/**
 * One branch key for each tenant.
 *
 * A branch key is wrapped by KMS, kept in a table, and wraps data keys in this process. The keyring finds the key of a
 * tenant by the encryption context, so a message for one tenant opens with the key of no other.
 *
 * **Calls of KMS**: to encrypt, one for each tenant in `ttlMs`, however many messages there are. To decrypt, one for each
 * version of a branch key that messages name. Three to make a branch key, and three for a new version of it.
 *
 * **Watch out**: here the table is in memory, and everything is lost with it. In production it is in DynamoDB: give
 * `tableName` and `dynamoDb` in place of `storage`. A new version is used when the old one has been in the cache for `ttlMs`.
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { branchKeyStore, hierarchicalKeyring, memoryStorage } from '@esdk/keyring-hierarchical'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('for one tenant alone')

export async function branchKeyPerTenant({ keys: [key], clientFor, takeCalls }: Surroundings) {
  const client = createClient()
  const store = branchKeyStore({
    logicalKeyStoreName: 'example',
    kmsKeyArn: key.arn,
    kms: clientFor(key.region),
    storage: memoryStorage(),
  })
  const hatKey = await store.createKey()
  const shoeKey = await store.createKey()
  const branchKeys = new Map([
    ['hat shop', hatKey],
    ['shoe shop', shoeKey],
  ])
  const callsForTwoBranchKeys = takeCalls()

  const newKeyring = () =>
    hierarchicalKeyring({
      branchKeyStore: store,
      branchKeyIdSupplier: ({ tenant = '' }) => branchKeys.get(tenant) ?? '', // an empty id is refused
      ttlMs: 10 * 60_000,
    })
  const keyring = newKeyring()

  const encryptFor = (tenant: string) => client.encrypt(plaintext, { keyring, encryptionContext: { tenant } })
  const { ciphertext: ofHatShop } = await encryptFor('hat shop')
  const { ciphertext: ofShoeShop } = await encryptFor('shoe shop')
  for (let i = 2; i < 100; i += 2) await Promise.all([encryptFor('hat shop'), encryptFor('shoe shop')])
  const callsFor100 = takeCalls()

  const onlyHatShop = hierarchicalKeyring({ branchKeyStore: store, branchKeyId: hatKey, ttlMs: 10 * 60_000 })
  const refusals = {
    shoesWithTheKeyOfHats: await refusalOf(client.decrypt(ofShoeShop, { keyring: onlyHatShop })),
    shoesTakenForHats: await refusalOf(
      client.decrypt(ofShoeShop, { keyring, encryptionContext: { tenant: 'hat shop' } }),
    ),
    forNobody: await refusalOf(encryptFor('unknown')),
    calls: takeCalls(),
  }

  await store.versionKey(hatKey)
  const callsForANewVersion = takeCalls()
  const later = newKeyring() // a process that starts now
  const encryptionContext = { tenant: 'hat shop' }
  const renewed = await client.encrypt(plaintext, { keyring: later, encryptionContext })
  const callsToUseIt = takeCalls()
  const opened = [
    await client.decrypt(renewed.ciphertext, { keyring: later, encryptionContext }),
    await client.decrypt(ofHatShop, { keyring: later, encryptionContext }),
  ]
  return {
    callsForTwoBranchKeys,
    callsFor100,
    refusals,
    callsForANewVersion,
    callsToUseIt,
    callsToOpenOldAndNew: takeCalls(),
    decrypted: opened.map((result) => new TextDecoder().decode(result.plaintext)),
  }
}
