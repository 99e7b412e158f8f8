/**
 * One stream in a process of its own: prints its resident memory at the start, after 64 MiB, and at its highest.
 *
 *     node memory-child.mjs encrypt|decrypt|write SUITE MEBIBYTES FILE
 *
 * `encrypt` reads FILE; `write` makes FILE.encrypted of it, which `decrypt` reads.
 */
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'

const [operation, suiteText, mebibytesText, file] = process.argv.slice(2)
const suite = Number(suiteText)
const length = Number(mebibytesText) * 2 ** 20
const keyring = rawAesKeyring({ namespace: 'bench', name: 'key', wrappingKey: new Uint8Array(32).fill(7) })
const client = createClient()

if (operation === 'write') {
  const { ciphertext } = await client.encryptStream(createReadStream(file), { keyring, suite })
  await pipeline(ciphertext, createWriteStream(`${file}.encrypted`))
  process.exit()
}

const stream =
  operation === 'encrypt'
    ? (await client.encryptStream(createReadStream(file), { keyring, suite })).ciphertext
    : (await client.decryptStream(createReadStream(`${file}.encrypted`), { keyring })).plaintext

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
if (seen < length) throw new Error(`only ${seen} of ${length} bytes came out`)
console.log(JSON.stringify({ start, afterFirst, highest }))
