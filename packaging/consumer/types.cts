import client = require('@esdk/client')
import keyrings = require('@esdk/keyring-raw')

const keyring = keyrings.rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey: new Uint8Array(32) })

export async function encrypt(plaintext: Uint8Array): Promise<Uint8Array> {
  const { ciphertext } = await client.createClient().encrypt(plaintext, { keyring })
  return ciphertext
}
