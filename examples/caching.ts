/**
 * A thousand messages, and a few calls of KMS.
 *
 * A caching materials manager uses a data key for many messages, until it is too old, or has been used for too many
 * messages or bytes. Each message still has keys of its own, derived from the data key and a random message id.
 *
 * **Calls of KMS**: one to encrypt for each data key: here three for 1000 messages, as one serves 400. One to decrypt for
 * each data key as well.
 *
 * **Watch out**: whoever learns one data key can read all messages that it wrapped: set the limits to what you can bear to
 * lose. A key that is disabled in KMS is used until `maxAgeMs` is over. A context that differs in each message, by a request
 * id or a time, makes the cache useless.
 *
 * @module
 */

import { cachingCmm, localCache } from '@esdk/caching-cmm'
import { createClient, type EncryptOptions } from '@esdk/client'
import { kmsKeyring } from '@esdk/keyring-kms'
import type { Surroundings } from './surroundings.ts'

const encryptionContext = { purpose: 'events' }

export async function caching({ keys: [key], clientFor, takeCalls }: Surroundings) {
  const client = createClient()
  const keyring = kmsKeyring({ generatorKeyId: key.arn, clientFor })
  const cache = localCache({ capacity: 100 })
  const limits = { maxAgeMs: 5 * 60_000, maxMessages: 400, maxBytes: 1_000_000 }
  const cmm = cachingCmm({ keyring, cache, ...limits })

  const messages: Uint8Array[] = []
  for (let i = 0; i < 1000; i++) {
    const event = new TextEncoder().encode(`event ${i}`)
    messages.push((await client.encrypt(event, { cmm, encryptionContext })).ciphertext)
  }
  const callsToEncrypt = takeCalls()

  const events: string[] = []
  for (const message of messages) {
    const { plaintext } = await client.decrypt(message, { cmm, encryptionContext })
    events.push(new TextDecoder().decode(plaintext))
  }
  const callsToDecrypt = takeCalls()
  const { hits, misses } = cmm.statistics

  const event = new TextEncoder().encode('one more event')
  const callsOf = async (options: EncryptOptions) => {
    await client.encrypt(event, options)
    return takeCalls().length
  }
  const billing = { keyring, cache, ...limits, partitionId: 'billing' }
  return {
    callsToEncrypt,
    callsToDecrypt,
    events: [events[0], events[999], events.length],
    hits,
    misses,
    callsForOneMore: {
      inTheSameContext: await callsOf({ cmm, encryptionContext }),
      inAnotherContext: await callsOf({ cmm, encryptionContext: { purpose: 'orders' } }),
      // Another manager shares nothing, even with the same cache ...
      byAnotherManager: await callsOf({ cmm: cachingCmm({ keyring, cache, ...limits }), encryptionContext }),
      // ... unless both have the same partition.
      byTheFirstOfAPartition: await callsOf({ cmm: cachingCmm(billing), encryptionContext }),
      byTheSecondOfAPartition: await callsOf({ cmm: cachingCmm(billing), encryptionContext }),
    },
  }
}
