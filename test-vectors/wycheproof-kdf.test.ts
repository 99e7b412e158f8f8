import { equalInConstantTime, type HashName, hkdfExpand, hkdfExtract } from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { fromHex, toHex } from './source.ts'
import { files, type Group, runVectors, type Vector } from './wycheproof.ts'

interface HkdfVector extends Vector {
  readonly ikm: string
  readonly salt: string
  readonly info: string
  readonly size: number
  readonly okm: string
}

interface MacVector extends Vector {
  readonly key: string
  readonly msg: string
  readonly tag: string
}

function hashOf(file: string): HashName {
  return `SHA-${file.slice('hkdf_sha'.length)}` as HashName
}

const accepted: Readonly<Record<HashName, number>> = { 'SHA-1': 84, 'SHA-256': 83, 'SHA-384': 80, 'SHA-512': 80 }
const wrongTags: Readonly<Record<HashName, number>> = { 'SHA-1': 104, 'SHA-256': 108, 'SHA-384': 108, 'SHA-512': 108 }

describe.each(backends)('Wycheproof, key derivation on %s', (name, backend) => {
  it.each(files.hkdf)('%s', async (file) => {
    const hash = hashOf(file)
    const report = await runVectors<HkdfVector, Group<HkdfVector>>(
      file,
      name,
      async (_, { ikm, salt, info, size, okm }) => {
        const extracted = await hkdfExtract(backend, hash, fromHex(ikm), fromHex(salt))
        try {
          const expanded = toHex(await hkdfExpand(backend, hash, extracted, fromHex(info), size))
          if (expanded !== okm) throw new Error(`derived ${expanded}`)
          return 'accepted'
        } catch (error) {
          if (error instanceof RangeError) return 'refused'
          throw error
        }
      },
    )
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: accepted[hash], refused: 3 })
  })

  it.each(files.hmac)('%s', async (file) => {
    const hash = hashOf(file)
    const report = await runVectors<MacVector, Group<MacVector>>(file, name, async (_, { key, msg, tag }) => {
      const expected = fromHex(tag)
      // Half of the groups have tags that are cut.
      const mac = (await backend.hmac(hash, fromHex(key), fromHex(msg))).subarray(0, expected.length)
      return equalInConstantTime(mac, expected) ? 'accepted' : 'refused'
    })
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: 66, refused: wrongTags[hash] })
  })
})
