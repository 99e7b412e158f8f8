import {
  type CryptoBackend,
  type HashName,
  type KeyPairDer,
  type RsaPadding,
  type RsaPrivateKey,
  type RsaPublicKey,
  UnsupportedAlgorithmError,
} from '../backend.ts'
import { hashLength } from '../hkdf.ts'
import {
  areSame,
  ascii,
  type BackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectThat,
  join,
  pattern,
  present,
} from './rule.ts'

const hashes: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']
const oaep: readonly RsaPadding[] = hashes.map((hash) => ({ scheme: 'oaep', hash }))
const pkcs1: RsaPadding = { scheme: 'pkcs1' }

/** Two hashes, as old objects have them: for decryption only. */
const twoHashes: RsaPadding = { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' }

const modulusBits = 2048
const modulusLength = modulusBits / 8

/** A key pair takes a second where the machine is slow: one for all rules. */
const pairs = new WeakMap<CryptoBackend, Promise<KeyPairDer>>()

function keyPairOf(backend: CryptoBackend): Promise<KeyPairDer> {
  const pair = pairs.get(backend) ?? Promise.resolve(backend.rsa.generateKeyPair(modulusBits))
  pairs.set(backend, pair)
  return pair
}

interface Keys {
  readonly publicKey: RsaPublicKey
  readonly privateKey: RsaPrivateKey
}

async function importPair(backend: CryptoBackend, padding: RsaPadding): Promise<Keys> {
  const der = await keyPairOf(backend)
  return {
    publicKey: present(await backend.rsa.importPublicKey(der.publicKey, padding), 'RSA public key'),
    privateKey: present(await backend.rsa.importPrivateKey(der.privateKey, padding), 'RSA private key'),
  }
}

/** Bytes that a message may have at most. */
function longest(padding: RsaPadding): number {
  return modulusLength - (padding.scheme === 'pkcs1' ? 11 : 2 * hashLength[padding.hash] + 2)
}

function nameOf(padding: RsaPadding): string {
  return padding.scheme === 'pkcs1' ? 'PKCS #1 v1.5' : `OAEP ${padding.hash}`
}

export const rsaRules: readonly BackendRule[] = [
  {
    name: 'RSA supports OAEP with every hash, and says what it does not support',
    async check(backend) {
      for (const padding of oaep) expectThat(backend.rsa.supports(padding), `${nameOf(padding)} is not supported`)
      const { publicKey, privateKey } = await keyPairOf(backend)
      for (const padding of [pkcs1, twoHashes]) {
        if (backend.rsa.supports(padding)) {
          present(await backend.rsa.importPrivateKey(privateKey, padding), 'RSA private key')
          continue
        }
        const importPublic = () => backend.rsa.importPublicKey(publicKey, padding)
        await expectFailure(importPublic, UnsupportedAlgorithmError, 'import of a public key')
        const importPrivate = () => backend.rsa.importPrivateKey(privateKey, padding)
        await expectFailure(importPrivate, UnsupportedAlgorithmError, 'import of a private key')
      }
    },
  },
  {
    name: 'RSA decrypts what it encrypted, of every length that fits, differently each time',
    async check(backend) {
      for (const padding of [...oaep, pkcs1].filter((each) => backend.rsa.supports(each))) {
        const { publicKey, privateKey } = await importPair(backend, padding)
        for (const length of [0, 1, 16, 32, longest(padding)]) {
          const what = `${nameOf(padding)}, ${length} bytes`
          const message = pattern(length)
          const ciphertext = await publicKey.encrypt(message)
          expectThat(ciphertext.length === modulusLength, `${what}: ciphertext of ${ciphertext.length} bytes`)
          expectThat(!areSame(ciphertext, await publicKey.encrypt(message)), `${what}: the same twice`)
          const decrypted = await privateKey.decrypt(ciphertext)
          expectBytes(decrypted, message, what)
          for (const bytes of [ciphertext, present(decrypted, what)]) expectOwnMemory(bytes, what)
          expectBytes(message, pattern(length), `${what}: message after the call`)
        }
      }
    },
  },
  {
    name: 'RSA OAEP gives nothing for every failure alike',
    async check(backend) {
      for (const [i, padding] of oaep.entries()) {
        const { publicKey, privateKey } = await importPair(backend, padding)
        const ciphertext = await publicKey.encrypt(ascii('key'))
        const otherHash = oaep[(i + 1) % oaep.length] as RsaPadding
        const other = await importPair(backend, otherHash)
        const given: readonly (readonly [what: string, key: RsaPrivateKey, ciphertext: Uint8Array])[] = [
          ...brokenCiphertexts(ciphertext).map(([what, broken]) => [what, privateKey, broken] as const),
          ['changed', privateKey, changedAt(ciphertext, 100)],
          ['zeros', privateKey, new Uint8Array(modulusLength)],
          ['another hash', other.privateKey, ciphertext],
        ]
        for (const [what, key, bytes] of given) {
          expectThat((await key.decrypt(bytes)) === undefined, `${nameOf(padding)}: ${what}, yet decrypted`)
        }
      }
    },
  },
  {
    name: 'RSA PKCS #1 v1.5, where it is supported, rejects implicitly: other bytes, the same each time',
    async check(backend) {
      if (!backend.rsa.supports(pkcs1)) return
      const { publicKey, privateKey } = await importPair(backend, pkcs1)
      const ciphertext = await publicKey.encrypt(ascii('key'))
      for (const [what, broken] of brokenCiphertexts(ciphertext)) {
        expectThat((await privateKey.decrypt(broken)) === undefined, `${what}, yet decrypted`)
      }
      for (let i = 1; i < 30; i++) {
        const changed = changedAt(ciphertext, modulusLength - i)
        const substitute = present(await privateKey.decrypt(changed), 'substitute for a wrong padding')
        expectThat(!areSame(substitute, ascii('key')), 'the message of a changed ciphertext')
        expectBytes(await privateKey.decrypt(changed), substitute, 'substitute, the second time')
      }
    },
  },
  {
    name: 'RSA keys say how long they are, and are nothing when they are no RSA keys',
    async check(backend) {
      const padding = oaep[1] as RsaPadding
      const { publicKey, privateKey } = await importPair(backend, padding)
      expectThat(publicKey.modulusBits === modulusBits, `public key of ${publicKey.modulusBits} bits`)
      expectThat(privateKey.modulusBits === modulusBits, `private key of ${privateKey.modulusBits} bits`)
      const rsa = await keyPairOf(backend)
      for (const der of [rsa.publicKey, rsa.privateKey]) expectOwnMemory(der, 'new RSA key')
      const ec = await backend.ecdh.generateKeyPair('P-256')
      const junk = [new Uint8Array(0), Uint8Array.of(0x30, 0), pattern(300)]
      for (const der of [ec.publicKey, ec.privateKey, rsa.privateKey, rsa.publicKey.slice(0, -1), ...junk]) {
        const imported = await backend.rsa.importPublicKey(der, padding)
        expectThat(imported === undefined, `${der.length} bytes that are no RSA public key were taken`)
      }
      for (const der of [ec.publicKey, ec.privateKey, rsa.publicKey, rsa.privateKey.slice(0, -1), ...junk]) {
        const imported = await backend.rsa.importPrivateKey(der, padding)
        expectThat(imported === undefined, `${der.length} bytes that are no RSA private key were taken`)
      }
    },
  },
  {
    name: 'an RSA private key is copied before the call returns, and left as it is',
    async check(backend) {
      for (const padding of [oaep[1] as RsaPadding, pkcs1].filter((each) => backend.rsa.supports(each))) {
        const { publicKey } = await importPair(backend, padding)
        const { privateKey } = await keyPairOf(backend)
        const der = bufferLike(privateKey)
        await backend.rsa.importPrivateKey(der, padding)
        expectBytes(der, privateKey, 'private key after the import')
        const pending = backend.rsa.importPrivateKey(der, padding)
        der.fill(0)
        const key = present(await pending, 'RSA private key, zeroed after the call')
        expectBytes(await key.decrypt(await publicKey.encrypt(ascii('key'))), ascii('key'), nameOf(padding))
        // Wrong padding needs the private exponent, too.
        const wrong = new Uint8Array(modulusLength).fill(1)
        const expected = await (await importPair(backend, padding)).privateKey.decrypt(wrong)
        const found = await key.decrypt(wrong)
        expectThat(String(found) === String(expected), 'another outcome than before')
      }
    },
  },
]

/** What is refused before the padding is looked at: another length, and a number above the modulus. */
function brokenCiphertexts(ciphertext: Uint8Array): (readonly [what: string, ciphertext: Uint8Array])[] {
  return [
    ['no bytes', new Uint8Array(0)],
    ['a byte less', ciphertext.slice(0, -1)],
    ['a byte more', join(ciphertext, Uint8Array.of(0))],
    ['a zero before', join(Uint8Array.of(0), ciphertext)],
    ['a number above the modulus', new Uint8Array(modulusLength).fill(0xff)],
  ]
}
