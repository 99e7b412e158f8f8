/**
 * A keyring of your own, from a package of its own.
 *
 * `vault-keyring` beside this file wraps data keys with a service of another team. It is two methods, needs `@esdk/cmm` and
 * nothing else, and its tests run the contract that the keyrings of esdk run. It combines with them like any other.
 *
 * **Calls of KMS**: one to encrypt, as KMS makes the data key here. To decrypt with the vault, none.
 *
 * **Watch out**: what is given to `withGeneratedDataKey` and `withUnwrappedDataKey` is zeroed by the client: hand over a
 * data key that nobody else uses. Bind what is wrapped to the encryption context, as `encodeContext` writes it.
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { multiKeyring } from '@esdk/cmm'
import { kmsKeyring } from '@esdk/keyring-kms'
import { vaultKeyring } from 'vault-keyring'
import { memoryVault } from 'vault-keyring/memory-vault'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('all orders of the year')

export async function customKeyring({ keys: [key], clientFor, takeCalls }: Surroundings) {
  const client = createClient()
  const kms = kmsKeyring({ generatorKeyId: key.arn, clientFor })
  const vault = vaultKeyring(memoryVault(), 'orders')

  const { ciphertext } = await client.encrypt(plaintext, {
    keyring: multiKeyring({ generator: kms, children: [vault] }),
    encryptionContext: { year: '2026' },
  })
  const callsToEncrypt = takeCalls()
  const opened = await client.decrypt(ciphertext, { keyring: vault, encryptionContext: { year: '2026' } })

  return {
    callsToEncrypt,
    decrypted: new TextDecoder().decode(opened.plaintext),
    openedBy: opened.encryptedDataKey?.providerId,
    withAnotherVault: await refusalOf(client.decrypt(ciphertext, { keyring: vaultKeyring(memoryVault(), 'orders') })),
    callsToDecrypt: takeCalls(),
  }
}
