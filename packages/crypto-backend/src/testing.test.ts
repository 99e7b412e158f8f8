import { describe, expect, it } from 'vitest'
import { type Defect, inLargerMemory, late } from '../test/defects.ts'
import type {
  AesGcmKey,
  CryptoBackend,
  EcdhPrivateKey,
  Rsa,
  RsaPrivateKey,
  SigningKey,
  VerificationKey,
} from './backend.ts'
import { UnsupportedAlgorithmError } from './backend.ts'
import { defaultBackend } from './index.ts'
import { backendContract, backendRules } from './testing.ts'

const right: CryptoBackend = { ...defaultBackend }
const { ecdsa, ecdh, rsa } = right

function withKey(change: (key: AesGcmKey) => Partial<AesGcmKey>): CryptoBackend {
  return {
    ...right,
    async importAesGcmKey(bytes) {
      const key = await right.importAesGcmKey(bytes)
      return { ...key, ...change(key) }
    },
  }
}

function withSigningKey(change: (key: SigningKey) => Partial<SigningKey>): CryptoBackend {
  const generateKey = async (curve: 'P-256' | 'P-384') => {
    const key = await ecdsa.generateKey(curve)
    return { ...key, ...change(key) }
  }
  return { ...right, ecdsa: { ...ecdsa, generateKey } }
}

function withVerificationKey(change: (key: VerificationKey) => Partial<VerificationKey>): CryptoBackend {
  const importPublicKey = async (curve: 'P-256' | 'P-384', point: Uint8Array) => {
    const key = await ecdsa.importPublicKey(curve, point)
    return key && { ...key, ...change(key) }
  }
  return { ...right, ecdsa: { ...ecdsa, importPublicKey } }
}

/** Every signature is taken that a `wrong` one is handed in for. */
function alsoVerifies(wrong: (signature: Uint8Array, length: number) => boolean): CryptoBackend {
  return withVerificationKey((key) => ({
    verifier() {
      const inner = key.verifier()
      let length = 0
      return {
        update(bytes) {
          length += bytes.length
          return inner.update(bytes)
        },
        verify: (signature) => wrong(signature, length) || inner.verify(signature),
      }
    },
  }))
}

function withPrivateKey(change: (key: EcdhPrivateKey) => Partial<EcdhPrivateKey>): CryptoBackend {
  return {
    ...right,
    ecdh: {
      ...ecdh,
      async importPrivateKey(curve, pkcs8) {
        const key = await ecdh.importPrivateKey(curve, pkcs8)
        return key && { ...key, ...change(key) }
      },
    },
  }
}

function withRsa(change: Partial<Rsa>): CryptoBackend {
  return { ...right, rsa: { ...rsa, ...change } }
}

function withRsaPrivateKey(change: (key: RsaPrivateKey) => Partial<RsaPrivateKey>): CryptoBackend {
  return withRsa({
    async importPrivateKey(pkcs8, padding) {
      const key = await rsa.importPrivateKey(pkcs8, padding)
      return key && { ...key, ...change(key) }
    },
  })
}

/** The same bytes in the middle of more memory. */
const pool = new Uint8Array(4096)

/** For all that follows: the message is long when it is longer than this. */
const gatheredAtMost = 1024 * 1024

const counted = { randomBytes: 0 }

const defects: readonly Defect<CryptoBackend>[] = [
  {
    rule: 'random bytes are as many as asked for, in memory of their own, and stay as they are',
    what: 'bytes within a pool',
    backend: { ...right, randomBytes: (length) => inLargerMemory(right.randomBytes(length)) },
  },
  {
    rule: 'random bytes are as many as asked for, in memory of their own, and stay as they are',
    what: 'no more than the quota of getRandomValues',
    backend: { ...right, randomBytes: (length) => right.randomBytes(Math.min(length, 65536)) },
  },
  {
    rule: 'random bytes do not repeat, within a value or from one to the next',
    what: 'zeros behind the quota of getRandomValues',
    backend: {
      ...right,
      randomBytes(length) {
        const bytes = new Uint8Array(length)
        bytes.set(right.randomBytes(Math.min(length, 65536)))
        return bytes
      },
    },
  },
  {
    rule: 'random bytes do not repeat, within a value or from one to the next',
    what: 'a generator that comes round',
    backend: {
      ...right,
      randomBytes: (length) => new Uint8Array(length).fill(counted.randomBytes++ % 251),
    },
  },
  {
    rule: 'digest gives the published answers (FIPS 180-4), in memory of their own',
    what: 'SHA-512 in place of SHA-384',
    backend: { ...right, digest: (hash, data) => right.digest(hash === 'SHA-384' ? 'SHA-512' : hash, data) },
  },
  {
    rule: 'hmac gives the published answers (RFC 2202, RFC 4231), in memory of their own',
    what: 'a long key that is cut',
    backend: { ...right, hmac: (hash, key, data) => right.hmac(hash, key.subarray(0, 64), data) },
  },
  {
    rule: 'hmac takes keys and messages of any length, none included, as RFC 2104 defines it',
    what: 'no empty keys',
    backend: {
      ...right,
      hmac(hash, key, data) {
        if (key.length === 0) throw new RangeError('zero-length key is not supported')
        return right.hmac(hash, key, data)
      },
    },
  },
  {
    rule: 'hmac copies the key before the call returns, and leaves its arguments as they are',
    what: 'a key that is read later',
    backend: { ...right, hmac: late(right.hmac) },
  },
  {
    rule: 'AES-GCM gives the published answers with keys of 128, 192 and 256 bits, in memory of their own',
    what: 'no AES-192',
    backend: {
      ...right,
      importAesGcmKey(key) {
        if (key.length === 24) throw new DOMException('192-bit AES keys are not supported', 'OperationError')
        return right.importAesGcmKey(key)
      },
    },
  },
  {
    rule: 'AES-GCM gives the published answers with keys of 128, 192 and 256 bits, in memory of their own',
    what: 'sealed bytes within a pool',
    backend: withKey((key) => ({ seal: async (...args) => inLargerMemory(await key.seal(...args)) })),
  },
  {
    rule: 'AES-GCM reads parts of larger arrays, and leaves its arguments as they are',
    what: 'the whole buffer of the key',
    backend: {
      ...right,
      importAesGcmKey: (key) => right.importAesGcmKey(new Uint8Array(key.buffer).slice(0, key.length)),
    },
  },
  {
    rule: 'AES-GCM reads parts of larger arrays, and leaves its arguments as they are',
    what: 'opening in place',
    backend: withKey((key) => ({
      async open(iv, aad, sealed) {
        const plaintext = await key.open(iv, aad, sealed)
        if (plaintext) sealed.set(plaintext)
        return plaintext
      },
    })),
  },
  {
    rule: 'AES-GCM opens nothing when a byte of ciphertext, tag, AAD or IV is another',
    what: 'the last 20 bytes of AAD only',
    backend: withKey((key) => ({
      seal: (iv, aad, plaintext) => key.seal(iv, aad.subarray(-19), plaintext),
      open: (iv, aad, sealed) => key.open(iv, aad.subarray(-19), sealed),
    })),
  },
  {
    rule: 'AES-GCM opens nothing that was cut, a piece shorter than a tag included',
    what: 'an error for a short piece',
    backend: withKey((key) => ({
      open(iv, aad, sealed) {
        if (sealed.length < 16) throw new RangeError('Invalid authentication tag length')
        return key.open(iv, aad, sealed)
      },
    })),
  },
  {
    rule: 'an IV has 12 bytes; anything else is a RangeError, however it could be used',
    what: 'an IV that is filled up',
    backend: withKey((key) => ({
      seal(iv, aad, plaintext) {
        const filled = new Uint8Array(12)
        filled.set(iv.subarray(0, 12))
        return key.seal(filled, aad, plaintext)
      },
    })),
  },
  {
    rule: 'an AES key has 16, 24 or 32 bytes; anything else is a RangeError',
    what: 'a longer key that is cut',
    backend: { ...right, importAesGcmKey: (key) => right.importAesGcmKey(key.length > 32 ? key.slice(0, 32) : key) },
  },
  {
    rule: 'an AES key is copied before the call returns, and left as it is',
    what: 'a copy made by slice()',
    backend: {
      ...right,
      async importAesGcmKey(bytes) {
        const copy = bytes.slice()
        const key = await right.importAesGcmKey(copy)
        copy.fill(0)
        return key
      },
    },
  },
  {
    rule: 'an AES key is copied before the call returns, and left as it is',
    what: 'a key that is read later',
    backend: { ...right, importAesGcmKey: late(right.importAesGcmKey) },
  },
  {
    rule: 'a sealed run is its pieces, each sealed by itself behind its prefix',
    what: 'one piece too few',
    backend: withKey((key) => ({
      sealRun: (run) => key.sealRun({ ...run, count: Math.min(run.count, 16), output: undefined }),
    })),
  },
  {
    rule: 'a sealed run is its pieces, each sealed by itself behind its prefix',
    what: 'given memory that is not used',
    backend: withKey((key) => ({ sealRun: (run) => key.sealRun({ ...run, output: undefined }) })),
  },
  {
    rule: 'a run writes its numbers big-endian, up to 2^32 - 1',
    what: 'numbers that are signed',
    backend: withKey((key) => ({
      sealRun: (run) => key.sealRun({ ...run, firstNumber: Math.min(run.firstNumber, 0x7fff_fffe) }),
    })),
  },
  {
    rule: 'an opened run is the plaintext that was sealed, with the IVs of the prefixes or with one that is given',
    what: 'given memory that is not used',
    backend: withKey((key) => ({ openRun: (run) => key.openRun({ ...run, output: undefined }) })),
  },
  {
    rule: 'a run with a damaged piece gives the pieces before it and nothing else',
    what: 'all or nothing',
    backend: withKey((key) => ({
      async openRun(run) {
        const result = await key.openRun(run)
        return result.opened === run.count ? result : { plaintext: [], opened: 0 }
      },
    })),
  },
  {
    rule: 'a run with a damaged piece gives the pieces before it and nothing else',
    what: 'unauthentic bytes left behind in the given memory',
    backend: withKey((key) => ({
      async openRun(run) {
        const result = await key.openRun(run)
        if (result.opened < run.count) run.output?.fill(1, result.opened * run.pieceLength)
        return result
      },
    })),
  },
  {
    rule: 'a run opens no piece under the number of another',
    what: 'one number for all',
    backend: withKey((key) => ({
      sealRun: (run) => key.sealRun({ ...run, aad: { bytes: new Uint8Array(40), numberAt: [] } }),
      openRun: (run) => key.openRun({ ...run, aad: { bytes: new Uint8Array(40), numberAt: [] } }),
      seal: (iv, _, plaintext) => key.seal(iv, new Uint8Array(40), plaintext),
    })),
  },
  {
    rule: 'ECDSA verifies the published signatures (RFC 6979), with either of the two equivalent s',
    what: 'only the lower half of s',
    backend: withVerificationKey((key) => ({
      verifier() {
        const inner = key.verifier()
        return {
          update: (bytes) => inner.update(bytes),
          verify: (signature) => (signature[signature.length / 2] as number) < 0x80 && inner.verify(signature),
        }
      },
    })),
  },
  {
    rule: 'ECDSA refuses another message, another key, a changed signature, and r or s out of range',
    what: 'r = s = 0',
    backend: alsoVerifies((signature) => signature.length > 0 && signature.every((byte) => byte === 0)),
  },
  {
    rule: 'ECDSA refuses another message, another key, a changed signature, and r or s out of range',
    what: 'an error for a length that no signature has',
    backend: alsoVerifies((signature) => {
      if (signature.length % 32 !== 0) throw new Error('Malformed signature')
      return false
    }),
  },
  {
    rule: 'ECDSA refuses the same of long messages',
    what: 'every signature of a long message',
    backend: alsoVerifies((signature, length) => length > gatheredAtMost && signature.length % 32 === 0),
  },
  {
    rule: 'ECDSA verifies what it signs: of any length, in parts or whole, and once the parts are overwritten',
    what: 'parts that are kept, not copied',
    backend: withSigningKey((key) => ({
      signer() {
        const inner = key.signer()
        const parts: Uint8Array[] = []
        return {
          update: (bytes) => void parts.push(bytes),
          async sign() {
            for (const part of parts) await inner.update(part)
            return inner.sign()
          },
        }
      },
    })),
  },
  {
    rule: 'an ECDSA signer gives another signature of the same message each time',
    what: 'the same signature again',
    backend: withSigningKey((key) => ({
      signer() {
        const inner = key.signer()
        let signature: Promise<Uint8Array> | undefined
        return {
          update: (bytes) => inner.update(bytes),
          async sign() {
            signature ??= Promise.resolve(inner.sign())
            return signature
          },
        }
      },
    })),
  },
  {
    rule: 'signers and verifiers of one key do not disturb each other',
    what: 'one signer for all',
    backend: withSigningKey((key) => {
      const signer = key.signer()
      return { signer: () => signer }
    }),
  },
  {
    rule: 'a new ECDSA key is another each time, with a compressed public point in memory of its own',
    what: 'a point within a pool',
    backend: withSigningKey((key) => ({ publicKey: inLargerMemory(key.publicKey) })),
  },
  {
    rule: 'an ECDSA public key is a compressed point of its curve; anything else is nothing',
    what: 'whole points, too',
    backend: {
      ...right,
      ecdsa: {
        ...ecdsa,
        async importPublicKey(curve, point) {
          const key = point[0] === 4 ? await ecdh.importPublicKey(curve, point) : undefined
          return ecdsa.importPublicKey(curve, key?.point ?? point)
        },
      },
    },
  },
  {
    rule: 'ECDH gives the published answers (RFC 5903) to both sides, with points in both forms',
    what: 'leading zeros that are left out, here of every secret',
    backend: withPrivateKey((key) => ({ sharedSecret: async (other) => (await key.sharedSecret(other)).slice(1) })),
  },
  {
    rule: 'ECDH keys say their curve and their compressed point, in memory of their own',
    what: 'a point within a pool',
    backend: withPrivateKey((key) => ({
      publicKey: { ...key.publicKey, point: inLargerMemory(key.publicKey.point) },
    })),
  },
  {
    rule: 'two new ECDH key pairs agree on a secret, and differ each time',
    what: 'one pair for each curve',
    backend: (() => {
      const pairs = new Map<string, ReturnType<typeof ecdh.generateKeyPair>>()
      const generateKeyPair: typeof ecdh.generateKeyPair = (curve) => {
        const pair = pairs.get(curve) ?? ecdh.generateKeyPair(curve)
        pairs.set(curve, pair)
        return pair
      }
      return { ...right, ecdh: { ...ecdh, generateKeyPair } }
    })(),
  },
  {
    rule: 'an ECDH public key is a point of its curve; anything else is nothing',
    what: 'a point that is not checked',
    backend: {
      ...right,
      ecdh: {
        ...ecdh,
        importPublicKey: (curve, point) =>
          point.length === 33 ? { curve, point: point.slice() } : ecdh.importPublicKey(curve, point),
      },
    },
  },
  {
    rule: 'an ECDH private key is PKCS #8 that names its curve; anything else is nothing',
    what: 'an error for what is none',
    backend: {
      ...right,
      ecdh: {
        ...ecdh,
        async importPrivateKey(curve, pkcs8) {
          const key = await ecdh.importPrivateKey(curve, pkcs8)
          if (key === undefined) throw new TypeError('not a private key')
          return key
        },
      },
    },
  },
  {
    rule: 'an ECDH private key may leave its public point out, as RFC 5915 allows',
    what: 'a key that is refused for it',
    backend: {
      ...right,
      ecdh: {
        ...ecdh,
        // With its point, the shortest has 138 bytes; without it, the longest has 98.
        importPrivateKey: (curve, pkcs8) => (pkcs8.length < 110 ? undefined : ecdh.importPrivateKey(curve, pkcs8)),
      },
    },
  },
  {
    rule: 'an ECDH private key is copied before the call returns, and left as it is',
    what: 'a key that is read later',
    backend: { ...right, ecdh: { ...ecdh, importPrivateKey: late(ecdh.importPrivateKey) } },
  },
  {
    rule: 'ECDH with a key of another curve, or with no point at all, is a TypeError',
    what: 'a secret of nothing',
    backend: withPrivateKey((key) => ({
      sharedSecret: (other) => (other.curve === key.curve ? key.sharedSecret(other) : pool),
    })),
  },
  {
    rule: 'RSA supports OAEP with every hash, and says what it does not support',
    what: 'no OAEP with SHA-1',
    backend: withRsa({ supports: (padding) => padding.scheme === 'oaep' && padding.hash !== 'SHA-1' }),
  },
  {
    rule: 'RSA supports OAEP with every hash, and says what it does not support',
    what: 'another error for what is not supported',
    backend: withRsa({
      supports: (padding) => padding.scheme === 'oaep' && padding.mgf1Hash === undefined,
      importPublicKey(spki, padding) {
        if (padding.scheme === 'pkcs1') throw new TypeError('not supported')
        return rsa.importPublicKey(spki, padding)
      },
    }),
  },
  {
    rule: 'RSA decrypts what it encrypted, of every length that fits, differently each time',
    what: 'a padding without randomness',
    backend: withRsa({
      async importPublicKey(spki, padding) {
        const key = await rsa.importPublicKey(spki, padding)
        const known = new Map<string, Promise<Uint8Array>>()
        return (
          key && {
            ...key,
            encrypt(plaintext) {
              const ciphertext = known.get(plaintext.join()) ?? Promise.resolve(key.encrypt(plaintext))
              known.set(plaintext.join(), ciphertext)
              return ciphertext
            },
          }
        )
      },
    }),
  },
  {
    rule: 'RSA OAEP gives nothing for every failure alike',
    what: 'an error for a length that no ciphertext has',
    backend: withRsaPrivateKey((key) => ({
      decrypt(ciphertext) {
        if (ciphertext.length !== key.modulusBits / 8) throw new RangeError('wrong length')
        return key.decrypt(ciphertext)
      },
    })),
  },
  {
    rule: 'RSA PKCS #1 v1.5, where it is supported, rejects implicitly: other bytes, the same each time',
    what: 'random bytes each time, which tell that the padding was wrong',
    // Without PKCS #1 v1.5 of its own, as in a browser: every ciphertext is taken for one of wrong padding.
    backend: withRsa({
      supports: () => true,
      importPublicKey: (spki) => rsa.importPublicKey(spki, { scheme: 'oaep', hash: 'SHA-256' }),
      async importPrivateKey(pkcs8) {
        const key = await rsa.importPrivateKey(pkcs8, { scheme: 'oaep', hash: 'SHA-256' })
        return (
          key && {
            ...key,
            decrypt: (ciphertext) =>
              ciphertext.length !== 256 || ciphertext.every((byte) => byte === 0xff)
                ? undefined
                : right.randomBytes(32),
          }
        )
      },
    }),
  },
  {
    rule: 'RSA keys say how long they are, and are nothing when they are no RSA keys',
    what: 'bytes in place of bits',
    backend: withRsaPrivateKey((key) => ({ modulusBits: key.modulusBits / 8 })),
  },
  {
    rule: 'an RSA private key is copied before the call returns, and left as it is',
    what: 'a key that is read later',
    backend: withRsa({ importPrivateKey: late(rsa.importPrivateKey) }),
  },
]

describe('the rules of a backend', () => {
  it('each have a name of their own', () => {
    expect(new Set(backendRules.map(({ name }) => name)).size).toBe(backendRules.length)
  })

  it('are each shown to notice something', () => {
    const noticed = new Set(defects.map(({ rule }) => rule))
    expect(backendRules.map(({ name }) => name).filter((name) => !noticed.has(name))).toEqual([])
  })

  it.each(defects.map((defect) => [defect.rule, defect.what, defect] as const))(
    '%s: notices %s',
    async (rule, _, { backend }) => {
      const check = backendRules.find(({ name }) => name === rule)?.check
      await expect(check?.(backend)).rejects.toThrow(Error)
    },
  )
})

describe('backendContract', () => {
  it('passes the backend of this platform', async () => {
    await expect(backendContract(defaultBackend)).resolves.toBeUndefined()
  })

  it('names every broken rule in one error, with what was found', async () => {
    const backend: CryptoBackend = {
      ...right,
      name: 'mine',
      randomBytes: (length) => new Uint8Array(length),
      rsa: {
        ...rsa,
        generateKeyPair() {
          throw new UnsupportedAlgorithmError('no RSA here')
        },
      },
    }
    const error: unknown = await backendContract(backend).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AggregateError)
    const { message, errors } = error as AggregateError
    // All that need a pair of keys.
    const rsaRules = rsa.supports({ scheme: 'pkcs1' }) ? 6 : 5
    expect(message).toContain(`the backend "mine" breaks ${1 + rsaRules} of `)
    expect(message).toContain(
      '\n- random bytes do not repeat, within a value or from one to the next: the same 16 bytes twice\n',
    )
    expect(message.match(/^- .*RSA .*: no RSA here$/gm)).toHaveLength(rsaRules)
    expect(errors).toHaveLength(1 + rsaRules)
  })
})
