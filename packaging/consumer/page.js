// Runs in a browser, and tells the title of the page what came out.
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

async function roundTrips() {
  const client = createClient()
  const texts = []
  for (const bytes of [16, 24, 32]) {
    const keyring = rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey: new Uint8Array(bytes).fill(7) })
    for (const suite of [0x0478, 0x0578]) {
      const { ciphertext } = await client.encrypt(new Uint8Array(10_000).fill(bytes), { keyring, suite })
      const { plaintext } = await client.decrypt(ciphertext, { keyring })
      if (plaintext.length !== 10_000 || plaintext[9_999] !== bytes) throw new Error('another plaintext')
      texts.push(`AES-${bytes * 8} with 0x0${suite.toString(16)}`)
    }
  }
  return texts.join(', ')
}

roundTrips().then(
  (text) => {
    document.title = `ok: ${text}`
  },
  (error) => {
    document.title = `failed: ${error}`
  },
)
