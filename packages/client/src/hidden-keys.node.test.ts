import { inspect as show } from 'node:util'
import { DataKey, defaultCmm, type ReadyDecryptionMaterials, type ReadyEncryptionMaterials } from '@esdk/cmm'
import { algorithmSuites } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { pattern } from '../test/chunks.ts'
import { knownKey, knownKeyring } from '../test/keyrings.ts'
import { createClient } from './index.ts'

/** What a log would hold of a value, however it is written. */
function logged(value: unknown): string {
  const shown = show(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxArrayLength: null })
  const json = JSON.stringify(value, (_, part: unknown) => (part instanceof Set ? [...part] : part)) ?? ''
  return `${shown}\n${json}\n${String(value)}`
}

/** The forms in which bytes turn up in a log. */
function formsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes)
  return [
    buffer.toString('hex'),
    buffer.toString('base64'),
    buffer.toString('base64url'),
    buffer.toString('latin1'),
    [...bytes].join(', '),
    [...bytes].join(','),
    [...bytes].map((byte, i) => `"${i}":${byte}`).join(','),
  ]
}

describe('materials', () => {
  it('show no key, however they are printed', async () => {
    const keyring = knownKeyring()
    const cmm = defaultCmm(keyring)
    const seen: (ReadyEncryptionMaterials | ReadyDecryptionMaterials)[] = []
    const watching = {
      async getEncryptionMaterials(request: Parameters<typeof cmm.getEncryptionMaterials>[0]) {
        const materials = await cmm.getEncryptionMaterials(request)
        seen.push(materials)
        expect(materials.dataKey.expose()).toEqual(knownKey.subarray(0, materials.suite.keyLength))
        for (const form of formsOf(materials.dataKey.expose())) expect(logged(materials)).not.toContain(form)
        return materials
      },
      async decryptMaterials(request: Parameters<typeof cmm.decryptMaterials>[0]) {
        const materials = await cmm.decryptMaterials(request)
        seen.push(materials)
        for (const form of formsOf(materials.dataKey.expose())) expect(logged(materials)).not.toContain(form)
        return materials
      },
    }
    for (const { id, committing } of algorithmSuites) {
      const client = createClient({
        commitmentPolicy: committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt',
      })
      const encrypted = await client.encrypt(pattern(10), { cmm: watching, suite: id })
      const decrypted = await client.decrypt(encrypted.ciphertext, { cmm: watching })
      for (const form of formsOf(knownKey.subarray(0, 16))) {
        expect(logged([client, encrypted, decrypted])).not.toContain(form)
      }
    }
    expect(seen).toHaveLength(22)
  })

  it('would show it, were the search blind: bytes as they are turn up', () => {
    for (const form of formsOf(knownKey).filter((_, i) => i > 3))
      expect(logged([...knownKey].join(',') + form)).toContain(form)
    expect(logged({ key: [...knownKey] })).toContain([...knownKey].join(','))
    expect(logged(new DataKey(knownKey))).toContain('data key')
  })
})
