import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { describe, expect, it } from 'vitest'
import { chunksOf, firstDifference, pattern, readAll } from '../test/chunks.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { algorithmSuites, type Client, createClient, inspect } from './index.ts'

const keyring = knownKeyring()
const plaintext = pattern(50_000)

const backends = { node: nodeBackend, web: webBackend() }
type BackendName = keyof typeof backends

function clientOn(name: BackendName, committing: boolean): Client {
  const commitmentPolicy = committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt'
  return createClient({ backend: backends[name], commitmentPolicy })
}

describe.each([
  ['node', 'web'],
  ['web', 'node'],
  ['web', 'web'],
] as const)('a message sealed on the backend %s and opened on %s', (sealing, opening) => {
  it.each(algorithmSuites.map((suite) => [suite.name, suite] as const))('is the same, in %s', async (_, suite) => {
    const [sealer, opener] = [clientOn(sealing, suite.committing), clientOn(opening, suite.committing)]
    for (const frameLength of [1000, 20_000]) {
      const options = { keyring, suite: suite.id, frameLength, encryptionContext: { tenant: '42' } }
      const { ciphertext } = await sealer.encrypt(plaintext, options)
      expect(firstDifference((await opener.decrypt(ciphertext, { keyring })).plaintext, plaintext)).toBe(-1)
      const stream = await sealer.encryptStream(chunksOf(plaintext, 7777), options)
      const opened = await opener.decryptStream(chunksOf(await readAll(stream.ciphertext), 999), { keyring })
      expect(firstDifference(await readAll(opened.plaintext), plaintext)).toBe(-1)
    }
  })

  it('is refused when it was changed anywhere', async () => {
    for (const suite of [0x0178, 0x0578] as const) {
      const [sealer, opener] = [clientOn(sealing, suite === 0x0578), clientOn(opening, suite === 0x0578)]
      const { ciphertext } = await sealer.encrypt(pattern(30), { keyring, suite, frameLength: 10 })
      const { headerLength } = inspect(ciphertext)
      for (const [offset, code] of [
        [headerLength - 1, 'ERR_ESDK_HEADER_AUTH'],
        [headerLength + 20, 'ERR_ESDK_BODY_AUTH'],
        [headerLength + 42 + 20, 'ERR_ESDK_BODY_AUTH'],
        ...(suite === 0x0578 ? [[ciphertext.length - 1, 'ERR_ESDK_SIGNATURE'] as const] : []),
      ] as const) {
        const changed = ciphertext.slice()
        changed[offset] = (changed[offset] as number) ^ 1
        await expect(opener.decrypt(changed, { keyring })).rejects.toMatchObject({ code })
      }
    }
  })
})
