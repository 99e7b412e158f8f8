import { type CryptoBackend, fieldLength, type SigningCurve, type VerificationKey } from '../backend.ts'
import {
  areSame,
  ascii,
  type BackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectOwnMemory,
  expectThat,
  hex,
  join,
  pattern,
  present,
} from './rule.ts'

const curves: readonly SigningCurve[] = ['P-256', 'P-384']

interface KnownSignature {
  /** Coordinates of the public key. */
  readonly x: string
  readonly y: string
  readonly r: string
  readonly s: string
  /** The order of the base point. */
  readonly order: string
  /** An x that no point has. */
  readonly offCurve: number
}

/** RFC 6979, A.2.5 and A.2.6: the message "sample" with the hash of the curve. */
const known: Readonly<Record<SigningCurve, KnownSignature>> = {
  'P-256': {
    x: '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6',
    y: '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    r: 'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
    s: 'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    order: 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551',
    offCurve: 1,
  },
  'P-384': {
    x: 'ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13',
    y: '8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720',
    r: '94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c81a648152e44acf96e36dd1e80fabe46',
    s: '99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8',
    order: 'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    offCurve: 1,
  },
}

const sample = ascii('sample')

/** Around the length at which a backend may stop gathering the message, and hash it. */
const gatheredAtMost = 1024 * 1024
const messageLengths = [0, 1, 4097, gatheredAtMost - 1, gatheredAtMost, gatheredAtMost + 1, 2_500_000]

/** The compressed point of an example. */
function compressed({ x, y }: KnownSignature): Uint8Array {
  return hex(`${Number.parseInt(y.slice(-1), 16) % 2 === 1 ? '03' : '02'}${x}`)
}

/** Hands a message over in parts of odd lengths, an empty one among them, or in one. */
async function feed(taker: { update(bytes: Uint8Array): unknown }, message: Uint8Array, whole = false): Promise<void> {
  const sizes = whole ? [message.length] : [1, 0, 4093, 65_537, 300_007]
  for (let offset = 0, i = 0; offset < message.length; i++) {
    const size = sizes[i % sizes.length] as number
    // A copy, zeroed once it was taken: nobody may come back to it.
    const part = message.slice(offset, offset + size)
    await taker.update(part)
    part.fill(0)
    offset += size
  }
}

async function verifies(
  key: VerificationKey,
  message: Uint8Array,
  signature: Uint8Array,
  whole = false,
): Promise<boolean> {
  const verifier = key.verifier()
  await feed(verifier, message, whole)
  return verifier.verify(signature)
}

async function importKnown(backend: CryptoBackend, curve: SigningCurve): Promise<VerificationKey> {
  const key = await backend.ecdsa.importPublicKey(curve, compressed(known[curve]))
  return present(key, `the public key of RFC 6979 on ${curve}`)
}

export const ecdsaRules: readonly BackendRule[] = [
  {
    name: 'ECDSA verifies the published signatures (RFC 6979), with either of the two equivalent s',
    async check(backend) {
      for (const curve of curves) {
        const { r, s, order } = known[curve]
        const key = await importKnown(backend, curve)
        expectThat(key.curve === curve, `key of ${key.curve}, ${curve} expected`)
        expectBytes(key.publicKey, compressed(known[curve]), 'public key')
        expectThat(await verifies(key, sample, hex(r + s)), `${curve}: refused`)
        const negated = (BigInt(`0x${order}`) - BigInt(`0x${s}`)).toString(16).padStart(s.length, '0')
        expectThat(await verifies(key, sample, hex(r + negated)), `${curve}: refused with n - s`)
      }
    },
  },
  {
    name: 'ECDSA refuses another message, another key, a changed signature, and r or s out of range',
    async check(backend) {
      for (const curve of curves) {
        const key = await importKnown(backend, curve)
        const { r, s } = known[curve]
        expectThat(!(await verifies(key, ascii('sampleX'), hex(r + s))), `${curve}: another message`)
        expectThat(!(await verifies(key, ascii(''), hex(r + s))), `${curve}: no message`)
        const other = await backend.ecdsa.generateKey(curve)
        const otherKey = present(await backend.ecdsa.importPublicKey(curve, other.publicKey), 'generated public key')
        expectThat(!(await verifies(otherKey, sample, hex(r + s))), `${curve}: another key`)
        for (const [what, signature] of brokenSignatures(curve)) {
          expectThat(!(await verifies(key, sample, signature)), `${curve}: ${what}`)
        }
      }
    },
  },
  {
    name: 'ECDSA refuses the same of long messages',
    async check(backend) {
      const message = pattern(gatheredAtMost + 1)
      for (const curve of curves) {
        const own = await backend.ecdsa.generateKey(curve)
        const key = present(await backend.ecdsa.importPublicKey(curve, own.publicKey), 'generated public key')
        const signer = own.signer()
        await feed(signer, message)
        const signature = await signer.sign()
        expectThat(await verifies(key, message, signature), `${curve}: refused`)
        const length = signature.length
        const broken: (readonly [what: string, signature: Uint8Array])[] = [
          ...brokenSignatures(curve),
          ['its first byte changed', changedAt(signature, 0)],
          ['its last byte changed', changedAt(signature, length - 1)],
        ]
        for (const [what, other] of broken) {
          expectThat(!(await verifies(key, message, other)), `${curve}: ${what}`)
        }
        const wrongMessage = changedAt(message, message.length - 1)
        expectThat(!(await verifies(key, wrongMessage, signature)), `${curve}: last byte of the message changed`)
        expectThat(!(await verifies(await importKnown(backend, curve), message, signature)), `${curve}: another key`)
      }
    },
  },
  {
    name: 'ECDSA verifies what it signs: of any length, in parts or whole, and once the parts are overwritten',
    async check(backend) {
      for (const curve of curves) {
        const own = await backend.ecdsa.generateKey(curve)
        const key = present(await backend.ecdsa.importPublicKey(curve, own.publicKey), 'generated public key')
        for (const length of messageLengths) {
          const message = pattern(length, 5)
          const signer = own.signer()
          await feed(signer, message)
          const signature = await signer.sign()
          const what = `${curve}, ${length} bytes`
          expectThat(signature.length === 2 * fieldLength[curve], `${what}: signature of ${signature.length} bytes`)
          expectOwnMemory(signature, what)
          expectThat(await verifies(key, message, signature), `${what}: refused in parts`)
          expectThat(await verifies(key, message, signature, true), `${what}: refused whole`)
        }
      }
    },
  },
  {
    name: 'an ECDSA signer gives another signature of the same message each time',
    async check(backend) {
      for (const curve of curves) {
        const own = await backend.ecdsa.generateKey(curve)
        const key = present(await backend.ecdsa.importPublicKey(curve, own.publicKey), 'generated public key')
        for (const length of [5, gatheredAtMost + 1]) {
          const message = pattern(length)
          const signer = own.signer()
          await feed(signer, message)
          const first = await signer.sign()
          const second = await signer.sign()
          expectThat(!areSame(first, second), `${curve}, ${length} bytes: the same signature twice`)
          expectThat(await verifies(key, message, first), `${curve}, ${length} bytes: the first refused`)
          expectThat(await verifies(key, message, second), `${curve}, ${length} bytes: the second refused`)
        }
      }
    },
  },
  {
    name: 'signers and verifiers of one key do not disturb each other',
    async check(backend) {
      const own = await backend.ecdsa.generateKey('P-256')
      const key = present(await backend.ecdsa.importPublicKey('P-256', own.publicKey), 'generated public key')
      const signers = [own.signer(), own.signer()]
      const verifiers = [key.verifier(), key.verifier()]
      for (let i = 0; i < 3; i++) {
        for (const [which, taker] of signers.entries()) await taker.update(ascii(`${which}:${i}`))
        for (const [which, taker] of verifiers.entries()) await taker.update(ascii(`${which}:${i}`))
      }
      for (const [which, verifier] of verifiers.entries()) {
        const signature = await (signers[which] as (typeof signers)[0]).sign()
        expectThat(await verifier.verify(signature), `message ${which} refused`)
      }
    },
  },
  {
    name: 'a new ECDSA key is another each time, with a compressed public point in memory of its own',
    async check(backend) {
      for (const curve of curves) {
        const [first, second] = [await backend.ecdsa.generateKey(curve), await backend.ecdsa.generateKey(curve)]
        const { length, 0: form } = first.publicKey
        expectThat(first.curve === curve, `key of ${first.curve}, ${curve} expected`)
        expectThat(length === 1 + fieldLength[curve], `${curve}: point of ${length} bytes`)
        expectThat(form === 2 || form === 3, `${curve}: point begins with ${form}`)
        expectThat(!areSame(first.publicKey, second.publicKey), `${curve}: the same key twice`)
        expectOwnMemory(first.publicKey, `${curve} public key`)
      }
    },
  },
  {
    name: 'an ECDSA public key is a compressed point of its curve; anything else is nothing',
    async check(backend) {
      for (const curve of curves) {
        const given = bufferLike(compressed(known[curve]))
        const key = present(await backend.ecdsa.importPublicKey(curve, given), `${curve} public key`)
        given.fill(0)
        expectBytes(key.publicKey, compressed(known[curve]), 'public key, after its source was overwritten')
        expectOwnMemory(key.publicKey, `${curve} public key`)
        for (const [what, point] of noSigningKeys(curve)) {
          const imported = await backend.ecdsa.importPublicKey(curve, point)
          expectThat(imported === undefined, `${curve}: ${what} was taken`)
        }
      }
    },
  },
]

/** Signatures of "sample" with something wrong, of whatever length. */
function brokenSignatures(curve: SigningCurve): (readonly [what: string, signature: Uint8Array])[] {
  const { r, s, order } = known[curve]
  const length = fieldLength[curve]
  const zero = '00'.repeat(length)
  const signature = hex(r + s)
  const der = join(
    hex(`30 ${(2 * length + 6).toString(16)} 02 ${(length + 1).toString(16)} 00 ${r}`),
    hex(`02 ${(length + 1).toString(16)} 00 ${s}`),
  )
  return [
    ['first byte of r changed', changedAt(signature, 0)],
    ['last byte of s changed', changedAt(signature, signature.length - 1)],
    ['r and s exchanged', hex(s + r)],
    ['r = 0', hex(zero + s)],
    ['s = 0', hex(r + zero)],
    ['r = s = 0', hex(zero + zero)],
    ['r = n', hex(order + s)],
    ['s = n', hex(r + order)],
    ['r = s = n', hex(order + order)],
    ['all ones', new Uint8Array(2 * length).fill(0xff)],
    ['no bytes', new Uint8Array(0)],
    ['one byte less', signature.subarray(1)],
    ['one byte more', join(signature, Uint8Array.of(0))],
    ['a zero before r and s', join(Uint8Array.of(0), hex(r), Uint8Array.of(0), hex(s))],
    ['DER', der],
  ]
}

function noSigningKeys(curve: SigningCurve): (readonly [what: string, point: Uint8Array])[] {
  const { x, y, offCurve } = known[curve]
  const length = fieldLength[curve]
  const smallX = new Uint8Array(length)
  smallX[length - 1] = offCurve
  const other = known[curve === 'P-256' ? 'P-384' : 'P-256']
  return [
    ['the whole point', hex(`04 ${x} ${y}`)],
    ['the point in hybrid form', hex(`${Number.parseInt(y.slice(-1), 16) % 2 === 1 ? '07' : '06'} ${x} ${y}`)],
    ['the x coordinate alone', hex(x)],
    ['a form of 00', join(Uint8Array.of(0), hex(x))],
    ['a form of 05', join(Uint8Array.of(5), hex(x))],
    ['a point that is not on the curve', join(Uint8Array.of(2), smallX)],
    ['the other sign of that', join(Uint8Array.of(3), smallX)],
    ['an x above the field', join(Uint8Array.of(2), new Uint8Array(length).fill(0xff))],
    ['infinity', Uint8Array.of(0)],
    ['infinity, filled up', new Uint8Array(1 + length)],
    ['a point of another curve', compressed(other)],
    ['no bytes', new Uint8Array(0)],
    ['a byte more', join(compressed(known[curve]), Uint8Array.of(0))],
    ['a byte less', compressed(known[curve]).slice(0, -1)],
  ]
}
