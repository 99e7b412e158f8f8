/**
 * The encryption context, checked on both sides.
 *
 * Pairs of text are bound to the message and to its data keys: they say what the message is for. Give `decrypt` what you
 * know of them, and a message for another tenant is refused. By default pairs are stored in the message, in the open; those
 * that are required with `requiredContextCmm` are not stored, and have to be known to decrypt.
 *
 * **Calls of KMS**: one to encrypt, one to decrypt. A pair that the message contradicts is refused without a call; KMS
 * refuses one that the message has not.
 *
 * **Watch out**: a context is no place for secrets, not even one that is not stored, as KMS writes it to its log. Without
 * any pair given, `decrypt` takes messages of every tenant: look at the context that it returns.
 *
 * @module
 */

import { createClient, inspect } from '@esdk/client'
import { requiredContextCmm } from '@esdk/cmm'
import { kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('an invoice of tenant 42')
const encryptionContext = { tenant: '42', kind: 'invoice' }

export async function encryptionContexts({ keys: [key], clientFor, takeCalls }: Surroundings) {
  const client = createClient()
  const keyring = kmsKeyring({ generatorKeyId: key.arn, clientFor })
  const stored = await client.encrypt(plaintext, { keyring, encryptionContext })

  const known = { tenant: '42' }
  const opened = await client.decrypt(stored.ciphertext, { keyring, encryptionContext: known })
  const callsForBoth = takeCalls()

  const wrongTenant = { tenant: '43' }
  const pairTooMany = { tenant: '42', year: '2026' }
  const refusals = {
    wrongTenant: await refusalOf(client.decrypt(stored.ciphertext, { keyring, encryptionContext: wrongTenant })),
    callsForWrongTenant: takeCalls(),
    pairTooMany: await refusalOf(client.decrypt(stored.ciphertext, { keyring, encryptionContext: pairTooMany })),
    callsForPairTooMany: takeCalls(),
  }

  const cmm = requiredContextCmm(keyring, ['tenant'])
  const withheld = await client.encrypt(plaintext, { cmm, encryptionContext })
  const openedToo = await client.decrypt(withheld.ciphertext, { cmm, encryptionContext: known })
  takeCalls()
  const refusalsWhenRequired = {
    nothingGivenToEncrypt: await refusalOf(client.encrypt(plaintext, { cmm })),
    nothingGiven: await refusalOf(client.decrypt(withheld.ciphertext, { cmm })),
    callsForNothingGiven: takeCalls(),
    wrongTenant: await refusalOf(client.decrypt(withheld.ciphertext, { cmm, encryptionContext: wrongTenant })),
    callsForWrongTenant: takeCalls(),
  }

  return {
    decrypted: [opened, openedToo].map((result) => new TextDecoder().decode(result.plaintext)),
    contextStored: inspect(stored.ciphertext).encryptionContext,
    contextReturned: opened.encryptionContext,
    callsForBoth,
    refusals,
    contextStoredWhenRequired: inspect(withheld.ciphertext).encryptionContext,
    contextReturnedWhenRequired: openedToo.encryptionContext,
    refusalsWhenRequired,
  }
}
