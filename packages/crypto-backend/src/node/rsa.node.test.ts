import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { leavesInPool } from '../../test/buffer-pool.ts'
import { type RsaPadding, UnsupportedAlgorithmError } from '../backend.ts'
import { derTag, encodeElement } from '../der.ts'
import { ascii, hex } from '../testing/rule.ts'
import { privateKeyOf } from './der-key.ts'
import { rsa } from './rsa.ts'

/** The key of `rsa-unpadding.test.ts`, as PKCS #8: a test key, for nothing else. */
const pkcs8 = hex(
  '30820278020100300d06092a864886f70d0101010500048202623082025e02010002818100dbe2339df6780d44dbee68195e539bce1e74fdf02b65263afc48625b63b93045d309dc1d54ac3bbdcaf1fc74778b9764d87884ad20573268d08c2f6038fe6ffb8c54a6e9627ead56a5704be3505ab44443b85a8bd3d5ca22840101c850572c81fbb67861948ceaf254413645ee06f9ab462ef4a577813192758fadfdd90bab4f020301000102818000eb572fe7e1e49c4f1716145512a06a2232770554091e39cce838910d3faef5fbc5e4c7b29cedbb03683398010ff2581797996667e6356dbec177493db3c2a0169eead33069bb9fef80631dfbfda5570c7a4c65ed5c3c928da96bfa84fa8331fbbb42b9002457c5ce3fd9fbb3f745355a5fbedb99cfcadff2e9023b2d223ba1024100fef78a8a8ab4acca5c8d3b00173ea1f59011c034285d050da135ce94325c56a72d52adaef484bfd71f456488ef724f5bef4ee906730ccdf18a818b2e966d03c7024100dcc645616c6aaae6cb636c1a3f0f9dcdf00e6d48f25375dc9bcf45f1d2456ae16a30ea385b81b53eb0a1e893eeb8f0bc1bebf98bb4abce619612acea03a38c39024100fb2287eb7e44080e2aab5179fd6b4bcbbc643f95204cbf35759cb22576954d24cd97aa4bb1bd2fd88c8ca541dbd81422d1cc3fea82581261dfb3498c51ce7ef1024100949a7cbeebec0ca717061010c69bab5ba01705e690fe2e9a54e23ab16018cbad78fdfdd9fb761e5a59285255a8dd21656ce1f471de25bae022d4e5410b3bfdb9024100d33ef1cb02de4323cb72ff65cd9c5b8332091725c098d898480ad500343b7ee6255facfd78549ee5ff2714fd4c02a28b3a92bb088e7ff761553d9f650f0ec008',
)
/** The key without the wrapping of PKCS #8. */
const rsaPrivateKey = pkcs8.subarray(26)
const publicKey = createPublicKey(privateKeyOf(pkcs8) as KeyObject)
const spki = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }))
const pkcs1: RsaPadding = { scheme: 'pkcs1' }
const twoHashes: RsaPadding = { scheme: 'oaep', hash: 'SHA-256', mgf1Hash: 'SHA-1' }

/** The ciphertext of a whole block. */
function encryptBlock(block: Uint8Array): Uint8Array {
  return publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block)
}

async function decrypt(padding: RsaPadding, ciphertext: Uint8Array): Promise<Uint8Array | undefined> {
  return (await rsa.importPrivateKey(pkcs8, padding))?.decrypt(ciphertext)
}

// K8 of the threat model: raw PKCS #1 v1.5 by hand, as OpenSSL 3.2 and later do it.
describe('RSA PKCS #1 v1.5 in Node', () => {
  it('reads what node:crypto encrypted', async () => {
    const ciphertext = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, ascii('key'))
    expect(await decrypt(pkcs1, ciphertext)).toEqual(ascii('key'))
  })

  it('gives for wrong padding what OpenSSL gives', async () => {
    // 00 01, then 11, a zero at 111, then 11: see rsa-unpadding.test.ts.
    const block = new Uint8Array(128).fill(0x11)
    block.set([0, 1])
    block[111] = 0
    const substitute =
      'ab43b8d849525e171961a35e205706387e944025dc2dc78ca981565950c2cc3a61c9514fc7ab5a34f4da2ccdf17c718bc81f6566773bbaa609e2273a08fee0552dfd3ca5d23db32dfa58f1f8c3d9'
    expect(await decrypt(pkcs1, encryptBlock(block))).toEqual(hex(substitute))
  })

  it('refuses a ciphertext that is not a number below the modulus, or has another length', async () => {
    expect(await decrypt(pkcs1, new Uint8Array(128).fill(0xff))).toBeUndefined()
    expect(await decrypt(pkcs1, new Uint8Array(127))).toBeUndefined()
    expect(await decrypt(pkcs1, new Uint8Array(129))).toBeUndefined()
  })
})

// K9 of the threat model: OAEP with two hashes.
describe('RSA OAEP with two hashes in Node', () => {
  // Encrypted by OpenSSL with SHA-256 and MGF1 SHA-1: see rsa-unpadding.test.ts.
  const ciphertext = hex(
    '049558cfc8fcbd6a6841980266b02090df647ca6838afe5570a5091cdcaf5afe15f4a337c4a4a234ebb37edb7bdebfd35a5ae7829aec1dab4311c92da102dc9c7d9eaa6105b5e2ca70eebc24cd79d6e0cdc63fb7dc1241ed37ae698f831d9e654a47592b5a1e81e056e8d87b4a0a7a8923dfb43891528cb04b4536ef98c6f138',
  )

  it('decrypts', async () => {
    expect(await decrypt(twoHashes, ciphertext)).toEqual(ascii('sixteen byte key'))
  })

  it('is no other padding', async () => {
    expect(await decrypt({ scheme: 'oaep', hash: 'SHA-256' }, ciphertext)).toBeUndefined()
    expect(await decrypt({ scheme: 'oaep', hash: 'SHA-1' }, ciphertext)).toBeUndefined()
  })

  it('is one hash when the two are the same', async () => {
    const ours = await rsa.importPublicKey(spki, { scheme: 'oaep', hash: 'SHA-1', mgf1Hash: 'SHA-1' })
    const made = (await ours?.encrypt(ascii('key'))) as Uint8Array
    expect(await decrypt({ scheme: 'oaep', hash: 'SHA-1' }, made)).toEqual(ascii('key'))
  })

  it('does not encrypt: it is for old objects', async () => {
    const key = await rsa.importPublicKey(spki, twoHashes)
    expect(() => key?.encrypt(ascii('key'))).toThrow(
      new UnsupportedAlgorithmError('OAEP with two different hashes is for decryption of old objects only'),
    )
  })
})

describe('RSA keys in Node', () => {
  const version = encodeElement(derTag.integer, hex('00'))
  const wrapped = (algorithm: string, key: Uint8Array) =>
    encodeElement(
      derTag.sequence,
      version,
      encodeElement(derTag.sequence, encodeElement(derTag.oid, hex(algorithm)), hex('0500')),
      encodeElement(derTag.octetString, key),
    )
  const rsaEncryption = '2a864886f70d010101'

  it('are read out of the parts that these tests put together', async () => {
    expect(wrapped(rsaEncryption, rsaPrivateKey)).toEqual(pkcs8)
    expect((await rsa.importPrivateKey(pkcs8, pkcs1))?.modulusBits).toBe(1024)
    expect((await rsa.importPublicKey(spki, pkcs1))?.modulusBits).toBe(1024)
  })

  it('are nothing when they are for signatures: RSA-PSS', async () => {
    const pss = encodeElement(derTag.oid, hex('2a864886f70d01010a'))
    const key = encodeElement(derTag.octetString, rsaPrivateKey)
    const der = encodeElement(derTag.sequence, version, encodeElement(derTag.sequence, pss), key)
    expect(privateKeyOf(der)?.asymmetricKeyType).toBe('rsa-pss')
    expect(await rsa.importPrivateKey(der, pkcs1)).toBeUndefined()
  })

  it('are nothing when the numbers are there, but not all that OpenSSL needs', async () => {
    const number = (text: string) => encodeElement(derTag.integer, hex(text))
    const toy = encodeElement(derTag.sequence, version, number('00c1c2c3'), number('010001'), number('5a5b5c'))
    expect(await rsa.importPrivateKey(wrapped(rsaEncryption, toy), pkcs1)).toBeUndefined()
  })

  // K1 of the threat model: keys never pass through pooled Buffers.
  it('leave no private key in the pool of Buffer', async () => {
    const exponent = pkcs8.subarray(180, 220)
    expect(await leavesInPool(exponent, () => rsa.importPrivateKey(pkcs8, pkcs1))).toBe(false)
    expect(await leavesInPool(exponent, () => Buffer.from(pkcs8))).toBe(true)
  })
})
