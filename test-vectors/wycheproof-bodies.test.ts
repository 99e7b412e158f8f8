import type { BodyBackend, BodyKey } from '@esdk/crypto-backend/body'
import { concat, sameBytes } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { bodyBackends } from './backends.ts'
import { fromHex, toHex } from './source.ts'
import { files, type Group, type Outcome, runVectors, type Vector } from './wycheproof.ts'

interface AeadVector extends Vector {
  readonly key: string
  readonly iv: string
  readonly aad: string
  readonly msg: string
  readonly ct: string
  readonly tag: string
}

/** Of AES-CBC and AES Key Wrap. */
interface CipherVector extends Vector {
  readonly key: string
  readonly iv: string
  readonly msg: string
  readonly ct: string
}

/** The bytes of a vector. */
interface Sealed {
  readonly iv: Uint8Array
  readonly aad: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

type OpenBody = (key: BodyKey, sealed: Sealed) => Promise<Uint8Array | undefined>

const openFromFirstToLast: OpenBody = async (key, { iv, aad, ciphertext, tag }) => {
  const opener = key.openBody(iv, aad)
  const start = await opener.update(ciphertext)
  const rest = await opener.finish(tag)
  return rest && concat(start, rest)
}

/** In two parts, the last one first, cut where no block begins. */
const openInParts: OpenBody = async (key, { iv, aad, ciphertext, tag }) => {
  const parts = key.bodyInParts(iv, aad)
  const cut = Math.floor(ciphertext.length / 2)
  const end = await parts.open(cut, ciphertext.subarray(cut))
  const start = await parts.open(0, ciphertext.subarray(0, cut))
  return (await parts.isRight(ciphertext.length, tag)) ? concat(start, end) : undefined
}

/** Opens what is sealed; what opens has to seal to the same bytes again. */
async function openAndSeal(backend: BodyBackend, vector: AeadVector, open: OpenBody): Promise<Outcome> {
  const key = await backend.importBodyKey(fromHex(vector.key))
  const [iv, aad] = [fromHex(vector.iv), fromHex(vector.aad)]
  const [ciphertext, tag] = [fromHex(vector.ct), fromHex(vector.tag)]
  try {
    const plaintext = await open(key, { iv, aad, ciphertext, tag })
    if (plaintext === undefined) return 'refused'
    if (toHex(plaintext) !== vector.msg) throw new Error(`opened to ${toHex(plaintext)}`)
    const sealer = key.sealBody(iv, aad)
    const again = concat(await sealer.update(plaintext), await sealer.finish())
    if (!sameBytes(again, concat(ciphertext, tag))) throw new Error(`sealed to ${toHex(again)}`)
    return 'accepted'
  } catch (error) {
    // An IV of another length.
    if (error instanceof RangeError) return 'refused'
    throw error
  }
}

async function openCbc(backend: BodyBackend, { key, iv, msg, ct }: CipherVector): Promise<Outcome> {
  const imported = await backend.importBodyKey(fromHex(key))
  const opener = imported.openCbc(fromHex(iv))
  const start = await opener.update(fromHex(ct))
  const rest = await opener.finish()
  if (rest === undefined) return 'refused'
  const plaintext = toHex(concat(start, rest))
  if (plaintext !== msg) throw new Error(`opened to ${plaintext}`)
  return 'accepted'
}

async function unwrap(backend: BodyBackend, { key, msg, ct }: CipherVector): Promise<Outcome> {
  const unwrapped = await backend.unwrapAesKey(fromHex(key), fromHex(ct))
  if (unwrapped === undefined) return 'refused'
  if (toHex(unwrapped) !== msg) throw new Error(`unwrapped to ${toHex(unwrapped)}`)
  return 'accepted'
}

const ways = [
  ['from first to last', openFromFirstToLast],
  ['in parts', openInParts],
] as const

describe.each(bodyBackends)('Wycheproof, AES over bodies on %s', (name, backend) => {
  describe.each(ways)('%s', (_, open) => {
    it.each(files.gcm)('%s', async (file) => {
      const report = await runVectors<AeadVector, Group<AeadVector>>(file, name, (_group, vector) =>
        openAndSeal(backend, vector, open),
      )
      expect(report.wrong).toEqual([])
      expect(report.outcomes).toMatchObject({ accepted: 116, refused: 200 })
    })
  })

  it.each(files.cbc)('%s', async (file) => {
    const report = await runVectors<CipherVector, Group<CipherVector>>(file, name, (_, vector) =>
      openCbc(backend, vector),
    )
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: 72, refused: 144 })
  })

  // K11 of the threat model: a runtime unwraps keys that are none.
  it.each(files.keyWrap)('%s', async (file) => {
    const report = await runVectors<CipherVector, Group<CipherVector>>(file, name, (_, vector) =>
      unwrap(backend, vector),
    )
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject(
      file === 'aes_wrap' ? { accepted: 33, refused: 132 } : { accepted: 3, refused: 251 },
    )
  })
})
