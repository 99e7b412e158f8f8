import { Crypto } from '@peculiar/webcrypto'
import { describe, expect, it } from 'vitest'
import type { CryptoBackend, CurveName, NumberedBytes, OpenRun } from './backend.ts'
import { nodeBodyBackend } from './body/node.ts'
import { webBodyBackend } from './body/web.ts'
import type { BodyBackend } from './body-backend.ts'
import { parseEcSpki } from './ec-key.ts'
import { nodeBackend } from './node.ts'
import { join, pattern } from './testing/rule.ts'
import { backendRules, bodyBackendRules } from './testing.ts'
import { webBackend } from './web.ts'

const backends: readonly (readonly [name: string, backend: CryptoBackend])[] = [
  ['node:crypto', nodeBackend],
  ["Node's WebCrypto", webBackend()],
  ['@peculiar/webcrypto', webBackend(new Crypto())],
]

const bodyBackends: readonly (readonly [name: string, backend: BodyBackend])[] = [
  ['node:crypto', nodeBodyBackend],
  ["Node's WebCrypto", webBodyBackend()],
  ['@peculiar/webcrypto', webBodyBackend(new Crypto())],
]

const pairs = backends.flatMap(([from, writer]) =>
  backends.filter(([to]) => to !== from).map(([to, reader]) => [from, to, writer, reader] as const),
)

const iv = Uint8Array.from({ length: 12 }, (_, i) => i)
const aad = new TextEncoder().encode('authenticated, not secret')

describe.each(backends)('%s', (_, backend) => {
  it.each(backendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(backend)).resolves.toBeUndefined()
  })
})

describe.each(bodyBackends)('bodies on %s', (_, backend) => {
  it.each(bodyBackendRules.map((rule) => [rule.name, rule] as const))('%s', async (_, rule) => {
    await expect(rule.check(backend)).resolves.toBeUndefined()
  })
})

describe.each(pairs)('what %s has made, in %s', (_from, _to, writer, reader) => {
  it.each([16, 24, 32])('opens when sealed under a key of %i bytes', async (keyLength) => {
    const [sealer, opener] = [
      await writer.importAesGcmKey(pattern(keyLength)),
      await reader.importAesGcmKey(pattern(keyLength)),
    ]
    for (const length of [0, 1, 4096, 20_000]) {
      const sealed = await sealer.seal(iv, aad, pattern(length))
      expect(await opener.open(iv, aad, sealed)).toEqual(pattern(length))
    }
  })

  it.each([16, 24, 32])('opens when sealed as a run under a key of %i bytes', async (keyLength) => {
    const [sealer, opener] = [
      await writer.importAesGcmKey(pattern(keyLength)),
      await reader.importAesGcmKey(pattern(keyLength)),
    ]
    for (const pieceLength of [0, 16, 4096, 20_000]) {
      const shape = { pieceLength, count: 3, firstNumber: 0xffff_fffc }
      const numbered = (length: number, ...numberAt: number[]): NumberedBytes => ({ bytes: pattern(length), numberAt })
      const parts = await sealer.sealRun({
        ...shape,
        plaintext: pattern(3 * pieceLength),
        iv: numbered(12, 8),
        aad: numbered(30, 18),
        // As in a frame: the number, then the IV, which ends with the number.
        prefix: { bytes: join(new Uint8Array(4), pattern(12)), numberAt: [0, 12] },
      })
      const run: OpenRun = { ...shape, sealed: join(...parts), aad: numbered(30, 18), prefixLength: 16, iv: 4 }
      const opened = await opener.openRun(run)
      expect(opened.opened).toBe(3)
      expect(join(...opened.plaintext)).toEqual(pattern(3 * pieceLength))
    }
  })

  it.each(['P-256', 'P-384'] as const)('verifies when signed on %s, short and long', async (curve) => {
    const own = await writer.ecdsa.generateKey(curve)
    const key = await reader.ecdsa.importPublicKey(curve, own.publicKey)
    for (const length of [100, 1_500_000]) {
      const signer = own.signer()
      await signer.update(pattern(length))
      const verifier = key?.verifier()
      await verifier?.update(pattern(length))
      expect(await verifier?.verify(await signer.sign())).toBe(true)
    }
  })

  it.each(['P-256', 'P-384', 'P-521'] as const)('agrees on a secret on %s', async (curve) => {
    const [theirs, ours] = [await importNew(writer, writer, curve), await importNew(writer, reader, curve)]
    const theirPoint = await reader.ecdh.importPublicKey(curve, theirs.point)
    const ourPoint = await writer.ecdh.importPublicKey(curve, ours.point)
    if (theirPoint === undefined || ourPoint === undefined) throw new Error('a point was refused')
    const secret = await theirs.privateKey.sharedSecret(ourPoint)
    expect(await ours.privateKey.sharedSecret(theirPoint)).toEqual(secret)
  })

  it.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)('decrypts from RSA OAEP with %s', async (hash) => {
    const pair = await rsaPairOf(reader)
    const padding = { scheme: 'oaep', hash } as const
    const publicKey = await writer.rsa.importPublicKey(pair.publicKey, padding)
    const privateKey = await reader.rsa.importPrivateKey(pair.privateKey, padding)
    const ciphertext = await publicKey?.encrypt(pattern(32))
    expect(await privateKey?.decrypt(ciphertext as Uint8Array)).toEqual(pattern(32))
  })

  it.each(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512'] as const)('has the same digest and HMAC of %s', async (hash) => {
    for (const length of [0, 100, 70_000]) {
      expect(await reader.digest(hash, pattern(length))).toEqual(await writer.digest(hash, pattern(length)))
      const mac = await writer.hmac(hash, pattern(200), pattern(length))
      expect(await reader.hmac(hash, pattern(200), pattern(length))).toEqual(mac)
    }
  })
})

/** A key pair that one backend generates, and another reads. */
async function importNew(maker: CryptoBackend, user: CryptoBackend, curve: CurveName) {
  const pair = await maker.ecdh.generateKeyPair(curve)
  const named = parseEcSpki(pair.publicKey)
  const privateKey = await user.ecdh.importPrivateKey(curve, pair.privateKey)
  if (named?.curve !== curve || privateKey === undefined) throw new Error('no key pair')
  return { point: named.point, privateKey }
}

const rsaPairs = new Map<CryptoBackend, ReturnType<CryptoBackend['rsa']['generateKeyPair']>>()

function rsaPairOf(backend: CryptoBackend) {
  const pair = rsaPairs.get(backend) ?? backend.rsa.generateKeyPair(2048)
  rsaPairs.set(backend, pair)
  return pair
}
