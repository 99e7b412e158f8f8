import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

const keyring = rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
const client = createClient()
const plaintext = new TextEncoder().encode('a message from a module')
const { ciphertext } = await client.encrypt(plaintext, { keyring, encryptionContext: { from: 'module' } })
const decrypted = await client.decrypt(ciphertext, { keyring, encryptionContext: { from: 'module' } })
if (new TextDecoder().decode(decrypted.plaintext) !== 'a message from a module') throw new Error('another plaintext')
console.log(`${ciphertext.length} bytes`)
