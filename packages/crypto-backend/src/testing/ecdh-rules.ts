import { type CryptoBackend, type CurveName, type EcdhPrivateKey, type EcdhPublicKey, fieldLength } from '../backend.ts'
import { derTag, encodeElement } from '../der.ts'
import { parseEcSpki } from '../ec-key.ts'
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

interface KnownAgreement {
  /** The last bytes of the object identifier. */
  readonly oid: string
  readonly initiator: KnownKey
  readonly responder: KnownKey
  readonly shared: string
  /** An x that no point has. */
  readonly offCurve: number
}

interface KnownKey {
  readonly scalar: string
  readonly x: string
  readonly y: string
}

/** RFC 5903, sections 8.1 to 8.3. */
const known: Readonly<Record<CurveName, KnownAgreement>> = {
  'P-256': {
    oid: '2a8648ce3d030107',
    initiator: {
      scalar: 'c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433',
      x: 'dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180',
      y: '5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
    },
    responder: {
      scalar: 'c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53',
      x: 'd12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63',
      y: '56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab',
    },
    shared: 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
    offCurve: 1,
  },
  'P-384': {
    oid: '2b81040022',
    initiator: {
      scalar: '099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194',
      x: '667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa',
      y: '9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c',
    },
    responder: {
      scalar: '41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc',
      x: 'e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571',
      y: 'dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c',
    },
    shared: '11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746',
    offCurve: 1,
  },
  'P-521': {
    oid: '2b81040023',
    initiator: {
      scalar:
        '0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52',
      x: '0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e',
      y: '017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582',
    },
    responder: {
      scalar:
        '0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9',
      x: '00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f',
      y: '015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a',
    },
    shared:
      '01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea',
    offCurve: 3,
  },
}

const curves: readonly CurveName[] = ['P-256', 'P-384', 'P-521']

function whole({ x, y }: KnownKey): Uint8Array<ArrayBuffer> {
  return hex(`04${x}${y}`)
}

function compressed({ x, y }: KnownKey): Uint8Array<ArrayBuffer> {
  return hex(`${Number.parseInt(y.slice(-1), 16) % 2 === 1 ? '03' : '02'}${x}`)
}

/** PKCS #8 (RFC 5958) of an `ECPrivateKey` (RFC 5915) with its public point. */
function pkcs8(curve: CurveName, key: KnownKey): Uint8Array<ArrayBuffer> {
  const point = encodeElement(derTag.bitString, Uint8Array.of(0), whole(key))
  return pkcs8WithoutPoint(curve, key.scalar, encodeElement(0xa1, point))
}

function pkcs8WithoutPoint(curve: CurveName, scalar: string, ...optional: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const version = encodeElement(derTag.integer, Uint8Array.of(1))
  const octets = encodeElement(derTag.octetString, hex(scalar))
  return wrapped(curve, encodeElement(derTag.sequence, version, octets, ...optional))
}

function wrapped(curve: CurveName, ecPrivateKey: Uint8Array): Uint8Array<ArrayBuffer> {
  const algorithm = encodeElement(
    derTag.sequence,
    encodeElement(derTag.oid, hex('2a8648ce3d0201')),
    encodeElement(derTag.oid, hex(known[curve].oid)),
  )
  const version = encodeElement(derTag.integer, Uint8Array.of(0))
  return encodeElement(derTag.sequence, version, algorithm, encodeElement(derTag.octetString, ecPrivateKey))
}

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
