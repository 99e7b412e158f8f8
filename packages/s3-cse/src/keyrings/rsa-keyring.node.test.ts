import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { describe, expect, it } from 'vitest'
import { cbc, counting, gcm, rejectionOf, toDecrypt, unwrappedBy, wrapped } from '../../test/key-materials.ts'
import { rsaPair } from '../../test/rsa-pairs.ts'
import { s3RsaKeyring } from './rsa-keyring.ts'

const pair = await rsaPair()
const keyring = s3RsaKeyring({ ...pair, backend: nodeBackend })
const web = s3RsaKeyring({ ...pair, backend: webBackend() })
const twoHashes = 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding'

/** A block of 256 bytes, encrypted as it is. */
function encryptedBlock(block: Uint8Array): Uint8Array {
  const key = { key: createPublicKey(pair.publicKey), padding: constants.RSA_NO_PADDING }
  return new Uint8Array(publicEncrypt(key, block))
}

/** 00 type, non-zero bytes, 00, message: RFC 8017, section 7.2.1. */
function pkcs1Block(message: Uint8Array, { start = [0, 2], separator = 0 } = {}): Uint8Array {
  const block = new Uint8Array(256).fill(0x5a)
  block.set(start)
  block[256 - message.length - 1] = separator
  block.set(message, 256 - message.length)
  return block
}

/** RFC 8017, appendix B.2.1, by SHA-1. */
function maskBySha1(seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 20) }, (_, i) =>
    createHash('sha1')
      .update(seed)
      .update(Uint8Array.of(0, 0, 0, i))
      .digest(),
  )
  return new Uint8Array(Buffer.concat(blocks)).slice(0, length)
}

/** OAEP as Java's own provider has it: SHA-256 for the label, SHA-1 for the masks. RFC 8017, section 7.1.1. */
function oaepBlock(message: Uint8Array): Uint8Array {
  const data = new Uint8Array(256 - 1 - 32)
  data.set(createHash('sha256').digest())
  data[data.length - message.length - 1] = 1
  data.set(message, data.length - message.length)
  const seed = counting(32)
  const masked = data.map((byte, i) => byte ^ (maskBySha1(seed, data.length)[i] as number))
  const maskedSeed = seed.map((byte, i) => byte ^ (maskBySha1(masked, 32)[i] as number))
  return Uint8Array.of(0, ...maskedSeed, ...masked)
}

const unwraps =
  'the data key of the object does not unwrap: another RSA key has wrapped it, it is for another content algorithm, or its bytes were changed'

describe('what old clients have wrapped with RSA', () => {
  it.each([16, 24, 32])('with PKCS #1 v1.5 opens: a key of %i bytes', async (length) => {
    const key = wrapped('v1', encryptedBlock(pkcs1Block(counting(length))))
    expect(await unwrappedBy(keyring, key, cbc)).toEqual(counting(length))
  })

  it.each([16, 24, 32])('with SHA-256, and masks by SHA-1, opens: a key of %i bytes', async (length) => {
    const key = wrapped(twoHashes, encryptedBlock(oaepBlock(counting(length))))
    expect(await unwrappedBy(keyring, key, gcm)).toEqual(counting(length))
  })

  it('needs Node: WebCrypto has neither', async () => {
    for (const key of [
      wrapped('v1', encryptedBlock(pkcs1Block(counting(32)))),
      wrapped(twoHashes, encryptedBlock(oaepBlock(counting(32)))),
    ]) {
      const error = await rejectionOf(web.onDecrypt(toDecrypt(cbc), key))
      expect(error).toMatchObject({ name: 'PlatformError', code: 'ERR_ESDK_UNSUPPORTED' })
      expect(error.message).toContain('read the object with the Node backend')
    }
  })

  it('with two hashes has one text for every failure', async () => {
    const block = oaepBlock(counting(32))
    for (const at of [0, 1, 33, 64, 65, 200, 223, 255]) {
      const key = wrapped(twoHashes, encryptedBlock(block.map((byte, i) => (i === at ? byte ^ 1 : byte))))
      const error = await rejectionOf(keyring.onDecrypt(toDecrypt(gcm), key))
      expect(error).toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY', message: unwraps })
    }
    for (const length of [0, 15, 31, 33]) {
      const key = wrapped(twoHashes, encryptedBlock(oaepBlock(counting(length))))
      expect((await rejectionOf(keyring.onDecrypt(toDecrypt(gcm), key))).message).toBe(unwraps)
    }
  })
})

describe('a wrong padding of PKCS #1 v1.5', () => {
  /** The data key in hexadecimal, or the text of the error. */
  async function outcome(block: Uint8Array): Promise<string> {
    const key = wrapped('v1', encryptedBlock(block))
    return keyring.onDecrypt(toDecrypt(cbc), key).then(
      ({ dataKey }) => Buffer.from(dataKey.expose()).toString('hex'),
      (error: Error) => error.message,
    )
  }

  it('ends as a right padding around a key of a wrong length does, or in a key that nobody chose (K8, S5)', async () => {
    const right = await Promise.all([0, 1, 15, 17, 31, 33, 245].map((length) => outcome(pkcs1Block(counting(length)))))
    expect(new Set(right)).toEqual(new Set([unwraps]))
    const wrong = await Promise.all(
      Array.from({ length: 300 }, (_, i) => {
        const message = counting(32).map((byte, at) => (at === i % 32 ? (byte + 1 + (i >> 5)) & 0xff : byte))
        return outcome(pkcs1Block(message, { start: i % 2 === 0 ? [0, 1] : [1, 2] }))
      }),
    )
    const keys = wrong.filter((text) => text !== unwraps)
    // Of the 246 lengths that a message may have, 3 are those of an AES key: 300 / 82, about 4.
    expect(keys.length).toBeLessThan(20)
    for (const key of keys) {
      expect(key).toMatch(/^(?:[\da-f]{32}|[\da-f]{48}|[\da-f]{64})$/)
      expect(key).not.toContain(Buffer.from(counting(32)).toString('hex').slice(16, 32))
    }
  })

  it('gives the same each time: the key and the ciphertext decide', async () => {
    for (const separator of [1, 0x5a]) {
      const block = pkcs1Block(counting(32), { separator })
      expect(await outcome(block)).toBe(await outcome(block))
    }
  })
})
