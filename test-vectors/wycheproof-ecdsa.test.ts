import type { CryptoBackend, SigningCurve } from '@esdk/crypto-backend'
import { parseSignature } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { fromHex } from './source.ts'
import { files, type Group, runVectors, type Vector } from './wycheproof.ts'

interface SignatureVector extends Vector {
  readonly msg: string
  readonly sig: string
}

interface SignatureGroup extends Group<SignatureVector> {
  readonly publicKey: { readonly uncompressed: string }
}

function curveOf(file: string): SigningCurve {
  return file.includes('secp256r1') ? 'P-256' : 'P-384'
}

/** `04 ‖ x ‖ y` to the compressed point that a message has. */
function compress(uncompressed: string): Uint8Array {
  const point = fromHex(uncompressed)
  const compressed = point.slice(0, (point.length + 1) / 2)
  compressed[0] = (point[point.length - 1] as number) % 2 === 0 ? 2 : 3
  return compressed
}

async function verify(
  backend: CryptoBackend,
  curve: SigningCurve,
  { publicKey }: SignatureGroup,
  message: string,
  signature: Uint8Array,
): Promise<'accepted' | 'refused'> {
  const key = await backend.ecdsa.importPublicKey(curve, compress(publicKey.uncompressed))
  if (key === undefined) throw new Error('the public key was refused')
  const verifier = key.verifier()
  await verifier.update(fromHex(message))
  return (await verifier.verify(signature)) ? 'accepted' : 'refused'
}

// P13 of the threat model: nothing but strict DER of r and s in range, under a point of the curve.
describe.each(backends)('Wycheproof, ECDSA on %s', (name, backend) => {
  it.each(files.ecdsa)('%s', async (file) => {
    const curve = curveOf(file)
    const report = await runVectors<SignatureVector, SignatureGroup>(file, name, async (group, { msg, sig }) => {
      const signature = parseSignature(curve, fromHex(sig))
      return signature === undefined ? 'refused' : verify(backend, curve, group, msg, signature)
    })
    expect(report.wrong).toEqual([])
    expect(report.outcomes).toMatchObject({ accepted: curve === 'P-256' ? 174 : 194, refused: 310 })
  })

  it.each(files.ecdsaP1363)('%s', async (file) => {
    const curve = curveOf(file)
    const report = await runVectors<SignatureVector, SignatureGroup>(file, name, async (group, { msg, sig }) =>
      verify(backend, curve, group, msg, fromHex(sig)),
    )
    expect(report.wrong).toEqual([])
    const outcomes = curve === 'P-256' ? { accepted: 173, refused: 89 } : { accepted: 193, refused: 87 }
    expect(report.outcomes).toMatchObject(outcomes)
  })

  it.each(files.ecdsa)('%s: what is in DER is not taken for r and s side by side', async (file) => {
    const report = await runVectors<SignatureVector, SignatureGroup>(
      file,
      name,
      async (group, { msg, sig, result }) => {
        const outcome = await verify(backend, curveOf(file), group, msg, fromHex(sig))
        return outcome === 'refused' && result === 'valid' ? 'accepted' : outcome
      },
    )
    expect(report.wrong).toEqual([])
  })

  it.each(files.ecdsaP1363)('%s: what is side by side is not taken for DER', async (file) => {
    const taken: number[] = []
    await runVectors<SignatureVector, SignatureGroup>(file, name, async (_, { tcId, sig }) => {
      if (parseSignature(curveOf(file), fromHex(sig)) !== undefined) taken.push(tcId)
      return 'refused'
    })
    expect(taken).toEqual([])
  })
})
