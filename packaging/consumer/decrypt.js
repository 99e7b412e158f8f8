// The least that a browser needs to read a message.
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

export async function decrypt(ciphertext, wrappingKey) {
  const keyring = rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey })
  const { plaintext } = await createClient().decrypt(ciphertext, { keyring })
  return plaintext
}
