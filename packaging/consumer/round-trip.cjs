const { createClient } = require('@esdk/client')
const { rawAesKeyring } = require('@esdk/keyring-raw')

async function main() {
  const keyring = rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
  const client = createClient()
  const plaintext = new TextEncoder().encode('a message from CommonJS')
  const { ciphertext } = await client.encrypt(plaintext, { keyring, encryptionContext: { from: 'CommonJS' } })
  const decrypted = await client.decrypt(ciphertext, { keyring, encryptionContext: { from: 'CommonJS' } })
  if (new TextDecoder().decode(decrypted.plaintext) !== 'a message from CommonJS') throw new Error('another plaintext')
  console.log(`${ciphertext.length} bytes`)
}

main()
