import {
  type CryptoBackend,
  type CurveName,
  type EcdhPrivateKey,
  type NamedPoint,
  parseEcSpki,
  parsePem,
} from '@esdk/crypto-backend'
import { concat } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { fromBase64, fromHex, toHex } from './source.ts'
import { files, type Group, type Outcome, runVectors, type Vector } from './wycheproof.ts'

interface EcdhVector<Public> extends Vector {
  readonly public: Public
  readonly shared: string
}

interface HexVector extends EcdhVector<string> {
  /** The scalar; in PEM, PKCS #8. */
  readonly private: string
}

interface Jwk {
  readonly crv: string
  readonly x: string
  readonly y: string
}

interface JwkVector extends EcdhVector<Jwk> {
  readonly private: Jwk & { readonly d: string }
}

/** PKCS #8 up to the scalar, without the public point (RFC 5958, RFC 5915). */
const curves: readonly (readonly [name: string, curve: CurveName, length: number, pkcs8: string])[] = [
  ['secp256r1', 'P-256', 32, '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420'],
  ['secp384r1', 'P-384', 48, '304e020100301006072a8648ce3d020106052b81040022043730350201010430'],
  ['secp521r1', 'P-521', 66, '3060020100301006072a8648ce3d020106052b81040023044930470201010442'],
]

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'))
}

/** A scalar as long as the field: the vectors have some with leading zeros left out, and some with one more. */
function fixedLength(scalar: Uint8Array, length: number): Uint8Array {
  const first = scalar.findIndex((byte) => byte !== 0)
  const shortest = scalar.subarray(first)
  return concat(new Uint8Array(length - shortest.length), shortest)
}

/** What Node has of WebCrypto ends in the same OpenSSL as `node:crypto`: not every agreement is worth its time. */
const titled = backends.map(([name, backend]) => {
  const validStep = name === 'node:crypto' || name === 'the browser' ? 1 : 5
  return [name, validStep === 1 ? 'every vector' : `every ${validStep}th valid vector`, backend, validStep] as const
})

/** How many each file of a curve has that are valid. */
const validVectors: Readonly<Record<CurveName, number>> = { 'P-256': 330, 'P-384': 771, 'P-521': 632 }

describe.each(titled)('Wycheproof, ECDH on %s, %s', (name, _, backend, validStep) => {
  describe.each(curves)('%s', (curveName, curve, length, prefix) => {
    const isOfCurve = (file: string) => file.includes(curveName)
    const pkcs8Of = (scalar: Uint8Array) => concat(fromHex(prefix), fixedLength(scalar, length))
    const agreement = agreementOn(backend, curve)
    const valid = Math.ceil(validVectors[curve] / validStep)
    const run = async <Test extends Vector>(file: string, agreeOnce: (vector: Test) => Promise<Outcome>) =>
      runVectors<Test, Group<Test>>(file, name, async (_, vector) => agreeOnce(vector), validStep)

    it.each(files.ecdhPoint.filter(isOfCurve))('%s', async (file) => {
      const report = await run<HexVector>(file, async (vector) =>
        agreement(pkcs8Of(fromHex(vector.private)), fromHex(vector.public), vector.shared),
      )
      expect(report.wrong).toEqual([])
      // The other one is compressed.
      expect(report.outcomes.accepted).toBe(valid + 1)
    })

    // K10 of the threat model: a public key names its curve, and is a point of it.
    it.each(files.ecdhSpki.filter(isOfCurve))('%s', async (file) => {
      const report = await run<HexVector>(file, async (vector) => {
        const named = parseEcSpki(fromHex(vector.public))
        return agreeOn(curve, named, (point) => agreement(pkcs8Of(fromHex(vector.private)), point, vector.shared))
      })
      expect(report.wrong).toEqual([])
      // The other one is compressed.
      expect(report.outcomes.accepted).toBe(valid + 1)
    })

    it.each(files.ecdhPem.filter(isOfCurve))('%s', async (file) => {
      const report = await run<HexVector>(file, async (vector) => {
        const named = parseEcSpki(parsePem('PUBLIC KEY', vector.public))
        const pkcs8 = parsePem('PRIVATE KEY', vector.private)
        return agreeOn(curve, named, (point) => agreement(pkcs8, point, vector.shared))
      })
      expect(report.wrong).toEqual([])
      // The other one is compressed.
      expect(report.outcomes.accepted).toBe(valid + 1)
    })

    it.each(files.ecdhJwk.filter(isOfCurve))('%s', async (file) => {
      const report = await run<JwkVector>(file, async (vector) => {
        const { crv, x, y } = vector.public
        const point = concat(Uint8Array.of(4), fromBase64Url(x), fromBase64Url(y))
        const own = pkcs8Of(fromBase64Url(vector.private.d))
        return agreeOn(curve, { curve: crv as CurveName, point }, (given) => agreement(own, given, vector.shared))
      })
      expect(report.wrong).toEqual([])
      expect(report.outcomes.accepted).toBe(valid)
    })
  })
})

/** What names another curve, or none, never comes to an agreement. */
async function agreeOn(
  curve: CurveName,
  named: NamedPoint | undefined,
  agree: (point: Uint8Array) => Promise<Outcome>,
): Promise<Outcome> {
  return named?.curve === curve ? agree(named.point) : 'refused'
}

/** Imports each private key once, and agrees once for each pair: most stand in all four files of a curve. */
function agreementOn(backend: CryptoBackend, curve: CurveName) {
  const own = new Map<string, EcdhPrivateKey>()
  const secrets = new Map<string, string | undefined>()
  const importOwn = async (pkcs8: Uint8Array): Promise<EcdhPrivateKey> => {
    const key = own.get(toHex(pkcs8)) ?? (await backend.ecdh.importPrivateKey(curve, pkcs8))
    if (key === undefined) throw new Error('the private key was refused')
    own.set(toHex(pkcs8), key)
    return key
  }
  const agree = async (pkcs8: Uint8Array, point: Uint8Array): Promise<string | undefined> => {
    const publicKey = await backend.ecdh.importPublicKey(curve, point)
    if (publicKey === undefined) return undefined
    return toHex(await (await importOwn(pkcs8)).sharedSecret(publicKey))
  }
  return async (pkcs8: Uint8Array, point: Uint8Array, shared: string): Promise<Outcome> => {
    const pair = `${toHex(pkcs8)} ${toHex(point)}`
    if (!secrets.has(pair)) secrets.set(pair, await agree(pkcs8, point))
    const secret = secrets.get(pair)
    if (secret === undefined) return 'refused'
    if (secret !== shared) throw new Error(`agreed on ${secret}`)
    return 'accepted'
  }
}
