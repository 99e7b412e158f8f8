import type { CryptoBackend } from '@esdk/crypto-backend'
import { concat, sameBytes } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
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

interface GmacVector extends Vector {
  readonly key: string
  readonly iv: string
  readonly msg: string
  readonly tag: string
}

/** Opens what is sealed; what opens has to seal to the same bytes again. */
async function sealAndOpen(
  backend: CryptoBackend,
  { key: keyHex, iv: ivHex, aad: aadHex, msg, ct, tag }: Omit<AeadVector, keyof Vector>,
): Promise<Outcome> {
  const key = await backend.importAesGcmKey(fromHex(keyHex))
  const [iv, aad, sealed] = [fromHex(ivHex), fromHex(aadHex), fromHex(ct + tag)]
  try {
    const plaintext = await key.open(iv, aad, sealed)
    if (plaintext === undefined) return 'refused'
    if (toHex(plaintext) !== msg) throw new Error(`opened to ${toHex(plaintext)}`)
    const again = await key.seal(iv, aad, plaintext)
    if (!sameBytes(again, sealed)) throw new Error(`sealed to ${toHex(again)}`)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // An IV of another length: sealing refuses it, too.
    await expect(async () => key.seal(iv, aad, fromHex(msg))).rejects.toThrow(RangeError)
    return 'refused'
  }
}

/** The same piece within a run, as frames are read: in the middle of two others. */
async function openInRun(backend: CryptoBackend, vector: AeadVector): Promise<Outcome> {
  const key = await backend.importAesGcmKey(fromHex(vector.key))
  const [iv, aad, sealed] = [fromHex(vector.iv), fromHex(vector.aad), fromHex(vector.ct + vector.tag)]
  const pieceLength = sealed.length - 16
  const other = await key.seal(new Uint8Array(12), aad, new Uint8Array(pieceLength))
  const run = await key.openRun({
    sealed: concat(new Uint8Array(12), other, iv, sealed, new Uint8Array(12), other),
    pieceLength,
    count: 3,
    firstNumber: 0,
    aad: { bytes: aad, numberAt: [] },
    prefixLength: 12,
    iv: 0,
  })
  const opened = toHex(concat(...run.plaintext))
  const zeros = '00'.repeat(pieceLength)
  if (run.opened === 3 && opened === zeros + vector.msg + zeros) return 'accepted'
  if (run.opened === 1 && opened === zeros) return 'refused'
  throw new Error(`${run.opened} pieces opened`)
}

describe.each(backends)('Wycheproof, AES on %s', (name, backend) => {
  it.each(files.gcm)('%s', async (file) => {
    const report = await runVectors<AeadVector, Group<AeadVector>>(file, name, (_, vector) =>
      sealAndOpen(backend, vector),
    )
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: 116, refused: 200 })
  })

  it.each(files.gcm)('%s, in a run of pieces where the IV has 12 bytes', async (file) => {
    let others = 0
    const report = await runVectors<AeadVector, Group<AeadVector>>(file, name, async (group, vector) => {
      if (group.ivSize === 96) return openInRun(backend, vector)
      others++
      return 'refused'
    })
    expect(report.wrong).toEqual([])
    expect(others).toBe(119)
  })

  it.each(files.gmac)('%s, as AES-GCM of nothing', async (file) => {
    const report = await runVectors<GmacVector, Group<GmacVector>>(file, name, (_, vector) => {
      const { key, iv, msg, tag } = vector
      return sealAndOpen(backend, { key, iv, aad: msg, msg: '', ct: '', tag })
    })
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: 45, refused: 369 })
  })
})
