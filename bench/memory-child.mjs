/** One stream in a process of its own: prints its resident memory at the start, after 64 MiB, and at its highest. */
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

const [operation, suiteText, mebibytesText] = process.argv.slice(2)
const suite = Number(suiteText)
const length = Number(mebibytesText) * 2 ** 20
const chunkLength = 64 * 1024
const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
const client = createClient()

/** Fresh chunks, as a file would give them. */
async function* plaintext() {
  for (let sent = 0; sent < length; sent += chunkLength) yield new Uint8Array(chunkLength).fill(sent >> 16)
}

const encrypted = await client.encryptStream(plaintext(), { keyring, suite })
const { stream, total } =
  operation === 'encrypt'
    ? { stream: encrypted.ciphertext, total: length }
    : { stream: (await client.decryptStream(encrypted.ciphertext, { keyring })).plaintext, total: length }

const start = process.memoryUsage.rss()
let seen = 0
let afterFirst = 0
let highest = 0
for await (const chunk of stream) {
  seen += chunk.length
  if (seen % (4 * 2 ** 20) < chunk.length) {
    const rss = process.memoryUsage.rss()
    if (seen >= 64 * 2 ** 20 && afterFirst === 0) afterFirst = highest
    highest = Math.max(highest, rss)
  }
}
if (seen < total) throw new Error(`only ${seen} of ${total} bytes came out`)
console.log(JSON.stringify({ start, afterFirst, highest }))
