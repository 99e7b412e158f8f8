import { type CryptoBackend, type CurveName, type EcdhPrivateKey, type EcdhPublicKey, fieldLength } from '../backend.ts'
import { derTag, encodeElement } from '../der.ts'
import { parseEcSpki } from '../ec-key.ts'
import { compressed, curves, known, pkcs8, pkcs8WithoutPoint, whole, wrapped } from './known-ec-keys.ts'
import {
  areSame,
  type BackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectThat,
  hex,
  join,
  pattern,
  present,
} from './rule.ts'

async function importPrivate(backend: CryptoBackend, curve: CurveName, der: Uint8Array): Promise<EcdhPrivateKey> {
  return present(await backend.ecdh.importPrivateKey(curve, der), `${curve} private key`)
}

async function importPublic(backend: CryptoBackend, curve: CurveName, point: Uint8Array): Promise<EcdhPublicKey> {
  return present(await backend.ecdh.importPublicKey(curve, point), `${curve} public key`)
}

export const ecdhRules: readonly BackendRule[] = [
  {
    name: 'ECDH gives the published answers (RFC 5903) to both sides, with points in both forms',
    async check(backend) {
      for (const curve of curves) {
        const { initiator, responder, shared } = known[curve]
        for (const [own, other] of [
          [initiator, responder],
          [responder, initiator],
        ] as const) {
          const privateKey = await importPrivate(backend, curve, pkcs8(curve, own))
          for (const point of [whole(other), compressed(other)]) {
            const secret = await privateKey.sharedSecret(await importPublic(backend, curve, point))
            expectBytes(secret, hex(shared), `${curve} shared secret`)
            expectOwnMemory(secret, `${curve} shared secret`)
          }
        }
      }
    },
  },
  {
    name: 'ECDH keys say their curve and their compressed point, in memory of their own',
    async check(backend) {
      for (const curve of curves) {
        const { initiator } = known[curve]
        const privateKey = await importPrivate(backend, curve, pkcs8(curve, initiator))
        const keys = [privateKey.publicKey]
        for (const point of [whole(initiator), compressed(initiator)].map(bufferLike)) {
          keys.push(await importPublic(backend, curve, point))
          point.fill(0)
        }
        expectThat(privateKey.curve === curve, `private key of ${privateKey.curve}, ${curve} expected`)
        for (const key of keys) {
          expectThat(key.curve === curve, `public key of ${key.curve}, ${curve} expected`)
          expectBytes(key.point, compressed(initiator), `${curve} point`)
          expectOwnMemory(key.point, `${curve} point`)
        }
      }
    },
  },
  {
    name: 'two new ECDH key pairs agree on a secret, and differ each time',
    async check(backend) {
      for (const curve of curves) {
        const pairs = [await backend.ecdh.generateKeyPair(curve), await backend.ecdh.generateKeyPair(curve)] as const
        const points = pairs.map(({ publicKey, privateKey }) => {
          for (const der of [publicKey, privateKey]) expectOwnMemory(der, `new ${curve} key`)
          return present(parseEcSpki(publicKey), `${curve} SPKI`)
        })
        const [a, b] = [
          await importPrivate(backend, curve, pairs[0].privateKey),
          await importPrivate(backend, curve, pairs[1].privateKey),
        ]
        for (const [i, key] of [a, b].entries()) {
          const named = points[i] as (typeof points)[0]
          expectThat(named.curve === curve, `new key of ${named.curve}, ${curve} expected`)
          const { point } = await importPublic(backend, curve, named.point)
          expectBytes(key.publicKey.point, point, `${curve}: public key of the private key`)
        }
        expectThat(!areSame(a.publicKey.point, b.publicKey.point), `${curve}: the same key twice`)
        const secret = await a.sharedSecret(b.publicKey)
        expectBytes(await b.sharedSecret(a.publicKey), secret, `${curve}: secret of the other side`)
        expectThat(secret.length === fieldLength[curve], `${curve}: secret of ${secret.length} bytes`)
      }
    },
  },
  {
    name: 'an ECDH public key is a point of its curve; anything else is nothing',
    async check(backend) {
      for (const curve of curves) {
        for (const [what, point] of noPoints(curve)) {
          const imported = await backend.ecdh.importPublicKey(curve, point)
          expectThat(imported === undefined, `${curve}: ${what} was taken`)
        }
      }
    },
  },
  {
    name: 'an ECDH private key is PKCS #8 that names its curve; anything else is nothing',
    async check(backend) {
      for (const curve of curves) {
        for (const [what, der] of await noPrivateKeys(backend, curve)) {
          const imported = await backend.ecdh.importPrivateKey(curve, der)
          expectThat(imported === undefined, `${curve}: ${what} was taken`)
        }
      }
    },
  },
  {
    name: 'an ECDH private key may leave its public point out, as RFC 5915 allows',
    async check(backend) {
      for (const curve of curves) {
        const { initiator, responder, shared } = known[curve]
        const key = await importPrivate(backend, curve, pkcs8WithoutPoint(curve, initiator.scalar))
        expectBytes(key.publicKey.point, compressed(initiator), `${curve} point`)
        const publicKey = await importPublic(backend, curve, compressed(responder))
        expectBytes(await key.sharedSecret(publicKey), hex(shared), `${curve} shared secret`)
      }
    },
  },
  {
    name: 'an ECDH private key is copied before the call returns, and left as it is',
    async check(backend) {
      for (const curve of curves) {
        const { initiator, responder, shared } = known[curve]
        for (const right of [pkcs8(curve, initiator), pkcs8WithoutPoint(curve, initiator.scalar)]) {
          const der = bufferLike(right)
          await backend.ecdh.importPrivateKey(curve, der)
          expectBytes(der, right, 'private key after the import')
          const pending = backend.ecdh.importPrivateKey(curve, der)
          der.fill(0)
          const key = present(await pending, `${curve} private key, zeroed after the call`)
          const publicKey = await importPublic(backend, curve, compressed(responder))
          expectBytes(await key.sharedSecret(publicKey), hex(shared), `${curve} shared secret`)
        }
      }
    },
  },
  {
    name: 'ECDH with a key of another curve, or with no point at all, is a TypeError',
    async check(backend) {
      for (const [i, curve] of curves.entries()) {
        const key = await importPrivate(backend, curve, pkcs8(curve, known[curve].initiator))
        const otherCurve = curves[(i + 1) % curves.length] as CurveName
        const other = await importPublic(backend, otherCurve, compressed(known[otherCurve].responder))
        await expectFailure(() => key.sharedSecret(other), TypeError, `${curve} with ${otherCurve}`)
        const forged = { curve, point: offCurvePoint(curve) }
        await expectFailure(() => key.sharedSecret(forged), TypeError, `${curve} with a point off the curve`)
      }
    },
  },
]

function offCurvePoint(curve: CurveName): Uint8Array<ArrayBuffer> {
  const point = new Uint8Array(1 + fieldLength[curve])
  point[0] = 2
  point[point.length - 1] = known[curve].offCurve
  return point
}

function noPoints(curve: CurveName): (readonly [what: string, point: Uint8Array])[] {
  const length = fieldLength[curve]
  const { initiator } = known[curve]
  const point = whole(initiator)
  const other = known[curves[(curves.indexOf(curve) + 1) % curves.length] as CurveName].initiator
  return [
    ['a compressed point off the curve', offCurvePoint(curve)],
    ['a whole point off the curve', changedAt(point, 2 * length)],
    ['a whole point of zeros', hex(`04${'00'.repeat(2 * length)}`)],
    ['a whole point with x and y exchanged', hex(`04${initiator.y}${initiator.x}`)],
    ['a whole point with coordinates above the field', join(Uint8Array.of(4), new Uint8Array(2 * length).fill(0xff))],
    ['a compressed point above the field', join(Uint8Array.of(2), new Uint8Array(length).fill(0xff))],
    ['hybrid form', join(Uint8Array.of(compressed(initiator)[0] === 3 ? 7 : 6), point.subarray(1))],
    ['x and y alone', point.subarray(1)],
    ['infinity', Uint8Array.of(0)],
    ['infinity, filled up', new Uint8Array(1 + length)],
    ['a point of another curve', whole(other)],
    ['a compressed point of another curve', compressed(other)],
    ['no bytes', new Uint8Array(0)],
    ['a byte more', join(point, Uint8Array.of(0))],
    ['a byte less', point.slice(0, -1)],
    ['a compressed point with a byte more', join(compressed(initiator), Uint8Array.of(0))],
  ]
}

async function noPrivateKeys(
  backend: CryptoBackend,
  curve: CurveName,
): Promise<(readonly [what: string, der: Uint8Array])[]> {
  const other = curves[(curves.indexOf(curve) + 1) % curves.length] as CurveName
  const der = pkcs8(curve, known[curve].initiator)
  const { publicKey } = await backend.ecdh.generateKeyPair(curve)
  return [
    ['a key of another curve', pkcs8(other, known[other].initiator)],
    ['the name of the curve, and no key', wrapped(curve, encodeElement(derTag.sequence))],
    ['a public key', publicKey],
    ['the scalar alone', hex(known[curve].initiator.scalar)],
    ['the scalar 0', pkcs8WithoutPoint(curve, '00'.repeat(fieldLength[curve]))],
    ['no bytes', new Uint8Array(0)],
    ['other bytes', pattern(der.length)],
    ['a part', der.slice(0, -1)],
    ['a byte more', join(der, Uint8Array.of(0))],
  ]
}
