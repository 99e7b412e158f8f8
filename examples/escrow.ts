/**
 * A key in escrow: messages that open without AWS, when they must.
 *
 * Data keys are wrapped in three KMS Regions and under an RSA-4096 public key besides. Its private half is kept elsewhere,
 * and found by the 8 random bytes that are its id: a provider of keys of your own, as `resolve` is all that it takes.
 *
 * **Calls of KMS**: to encrypt, one in each Region; RSA costs none. To decrypt with the escrow key, none.
 *
 * **Watch out**: whoever holds the private key reads everything, and KMS writes no log of it. An id comes from the message,
 * and anybody can have written it: look it up, and make no path or query of it. OAEP with SHA-1 is what readers of
 * older releases have; where they are newer, take `oaep-sha256`.
 *
 * @module
 */

import { createClient } from '@esdk/client'
import { multiKeyring } from '@esdk/cmm'
import { kmsKeyring } from '@esdk/keyring-kms'
import { generateRsaKeyPair, rawKeyring } from '@esdk/keyring-raw'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('opens without AWS')
const namespace = 'static-random'
const padding = 'oaep-sha1'

export async function escrow({ keys: [first, second, third], clientFor, takeCalls }: Surroundings) {
  const client = createClient({ maxEncryptedDataKeys: 4 })
  const id = crypto.getRandomValues(new Uint8Array(8))
  const { publicKey, privateKey } = await generateRsaKeyPair(4096)

  // The writer has the public key alone.
  const toEscrow = rawKeyring({ namespace, encryptWith: [id], resolve: () => ({ padding, publicKey }) })
  const inThreeRegions = kmsKeyring({
    generatorKeyId: first.alias,
    keyIds: [second.alias, third.alias],
    clientFor,
  })
  const both = multiKeyring({ generator: inThreeRegions, children: [toEscrow] })
  const { ciphertext, header } = await client.encrypt(plaintext, { keyring: both })
  const callsToEncrypt = takeCalls()

  // The escrow has private keys, by their ids.
  const safe = new Map([[hex(id), privateKey]])
  const fromEscrow = rawKeyring({
    namespace,
    resolve(wanted) {
      const found = safe.get(hex(wanted))
      return found === undefined ? undefined : { padding, privateKey: found }
    },
  })
  const opened = await client.decrypt(ciphertext, { keyring: fromEscrow })

  const emptySafe = rawKeyring({ namespace, resolve: () => undefined })
  return {
    id: hex(id),
    idsInTheMessage: header.encryptedDataKeys
      .filter(({ providerId }) => providerId === namespace)
      .map(({ providerInfo }) => hex(providerInfo)),
    callsToEncrypt,
    decrypted: new TextDecoder().decode(opened.plaintext),
    openedBy: opened.encryptedDataKey?.providerId,
    withThePublicKey: await refusalOf(client.decrypt(ciphertext, { keyring: toEscrow })),
    withAnotherSafe: await refusalOf(client.decrypt(ciphertext, { keyring: emptySafe })),
    callsToDecrypt: takeCalls(),
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
