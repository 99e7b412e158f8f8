/**
 * From messages without key commitment to messages with it, step by step.
 *
 * A message that commits to its key has one plaintext, whoever made it. Older releases wrote messages that do not. Each
 * step is rolled out to every reader and writer before the next begins:
 *
 * 1. `forbid-encrypt-allow-decrypt`: writes as before, and reads both.
 * 2. `require-encrypt-allow-decrypt`: writes the new messages, and reads both.
 * 3. `require-encrypt-require-decrypt`, the default: reads and writes the new messages alone.
 *
 * Before the third step, old messages that are kept are encrypted anew.
 *
 * **Calls of KMS**: one for each message that is read or written. What a policy refuses costs none.
 *
 * **Watch out**: a writer at the second step shuts out readers that are not at the first yet.
 *
 * @module
 */

import { type Client, createClient, inspect } from '@esdk/client'
import { kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const plaintext = new TextEncoder().encode('written long ago')
const encryptionContext = { kind: 'archive' }

export async function commitmentPolicies({ keys: [key], clientFor, takeCalls }: Surroundings) {
  const options = { keyring: kmsKeyring({ generatorKeyId: key.arn, clientFor }), encryptionContext }

  // 1. Everybody reads both; messages are as before, with a signature or without.
  const first = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
  const { ciphertext: signed } = await first.encrypt(plaintext, options)
  const { ciphertext: unsigned } = await first.encrypt(plaintext, { ...options, suite: 0x0178 })

  // 2. Writers go over, one after the other: whoever is at the first step reads what they write.
  const second = createClient({ commitmentPolicy: 'require-encrypt-allow-decrypt' })
  const { ciphertext: committing } = await second.encrypt(plaintext, options)
  const messages = [unsigned, signed, committing]
  const read = async (client: Client, message: Uint8Array) =>
    new TextDecoder().decode((await client.decrypt(message, options)).plaintext)
  const readByFirst = await Promise.all(messages.map((message) => read(first, message)))
  const readBySecond = await Promise.all(messages.map((message) => read(second, message)))

  // Old messages that are kept are read once more, and written anew.
  const { plaintext: kept } = await second.decrypt(signed, options)
  const { ciphertext: renewed } = await second.encrypt(kept, options)

  // 3. Old messages are refused.
  const third = createClient({ commitmentPolicy: 'require-encrypt-require-decrypt' })
  const readByThird = [await read(third, committing), await read(third, renewed)]
  takeCalls()
  const refusals = {
    unsigned: await refusalOf(third.decrypt(unsigned, options)),
    signed: await refusalOf(third.decrypt(signed, options)),
    toWriteAsBefore: await refusalOf(third.encrypt(plaintext, { ...options, suite: 0x0378 })),
    calls: takeCalls(),
  }
  return {
    suites: {
      unsigned: suiteOf(unsigned),
      signed: suiteOf(signed),
      committing: suiteOf(committing),
      renewed: suiteOf(renewed),
    },
    readByFirst,
    readBySecond,
    readByThird,
    refusals,
  }
}

function suiteOf(message: Uint8Array): string {
  return `0x${inspect(message).suite.toString(16).padStart(4, '0')}`
}
