import { describe, expect, it } from 'vitest'
import type { HashName } from './backend.ts'
import { hashLength } from './hkdf.ts'
import { defaultBackend } from './index.ts'
import { removeOaepPadding, removePkcs1Padding } from './rsa-unpadding.ts'
import { ascii, changedAt, hex, join, pattern } from './testing/rule.ts'

/**
 * A key of 1024 bits whose private exponent is a byte shorter than its modulus: made, and everything below decrypted,
 * with the Python package `cryptography` 50.0.2, which carries OpenSSL 4.0.3 (implicit rejection came with 3.2).
 *
 * A test key: never use it for anything else.
 */
const modulus = hex(
  'dbe2339df6780d44dbee68195e539bce1e74fdf02b65263afc48625b63b93045d309dc1d54ac3bbdcaf1fc74778b9764d87884ad20573268d08c2f6038fe6ffb8c54a6e9627ead56a5704be3505ab44443b85a8bd3d5ca22840101c850572c81fbb67861948ceaf254413645ee06f9ab462ef4a577813192758fadfdd90bab4f',
)
const privateExponent = hex(
  'eb572fe7e1e49c4f1716145512a06a2232770554091e39cce838910d3faef5fbc5e4c7b29cedbb03683398010ff2581797996667e6356dbec177493db3c2a0169eead33069bb9fef80631dfbfda5570c7a4c65ed5c3c928da96bfa84fa8331fbbb42b9002457c5ce3fd9fbb3f745355a5fbedb99cfcadff2e9023b2d223ba1',
)
const size = modulus.length

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function toBlock(value: bigint): Uint8Array<ArrayBuffer> {
  return hex(value.toString(16).padStart(2 * size, '0'))
}

function power(bytes: Uint8Array, exponent: bigint): Uint8Array<ArrayBuffer> {
  const n = toBigInt(modulus)
  let result = 1n
  for (let square = toBigInt(bytes), bits = exponent; bits > 0n; bits >>= 1n, square = (square * square) % n) {
    if (bits & 1n) result = (result * square) % n
  }
  return toBlock(result)
}

function encrypt(block: Uint8Array): Uint8Array<ArrayBuffer> {
  return power(block, 65537n)
}

async function removeFrom(block: Uint8Array): Promise<Uint8Array> {
  return removePkcs1Padding(defaultBackend, privateExponent, encrypt(block), block)
}

/** 00 02, then 11 to the end, with 00 at these places. */
function blockWithZeroAt(...places: readonly number[]): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(size).fill(0x11)
  for (const place of [0, ...places]) block[place] = 0
  block[1] = 2
  return block
}

function withFirstBytes(first: number, second: number): Uint8Array<ArrayBuffer> {
  const block = blockWithZeroAt(111)
  block.set([first, second])
  return block
}

/** Block, and what OpenSSL makes of it. */
const rejected: readonly (readonly [what: string, block: Uint8Array, substitute: string])[] = [
  [
    'a zero at 9, where the padding has 7 bytes',
    blockWithZeroAt(9),
    '17b3c7841a0cca29ac91e4d4a33bf8159ea67244c7baa91d8033f304a229d81a3c63fb67bea83dde6a88e101c1926990d08d0402e39bf66ffe183f4de127015c76',
  ],
  [
    'no padding at all',
    blockWithZeroAt(2),
    'ad0f49e97738e7f169df4f8d34fb3dbff7148061dbdf1eb42c8f5e84e69eac30cc1380f810eaaba7bd6a4ff7e646bb0e6a3d857e4bc2c3e5bf59ac437af43ad38a7b5d1294148f38320cf6cadf51201f762c4f57143caa1529458885bd924d73c5',
  ],
  [
    'no zero behind the padding',
    blockWithZeroAt(),
    '302ccc5ea870448eeb2cb51bbf0078849b5d8a6458b1367ed9ee710c6ac48e49b1c7a93e060e980ec8533c8e4b2ae287c363a40cb99e6a36cda768880c34b2d7c57c4a09df1a4c6d7b011e223c22ce7fe6b45302dce2163b328383b3cefc5320d7ab09d89cfa4ff79a7239bf',
  ],
  [
    '01 02 in place of 00 02',
    withFirstBytes(1, 2),
    'fc855c81568bc9ce9e465896169138529bddcea4ae8b984a167e427bf1f21176eb7315524a2434599950b76862bc1e0a42add8',
  ],
  [
    '00 01, as signatures have it',
    withFirstBytes(0, 1),
    'ab43b8d849525e171961a35e205706387e944025dc2dc78ca981565950c2cc3a61c9514fc7ab5a34f4da2ccdf17c718bc81f6566773bbaa609e2273a08fee0552dfd3ca5d23db32dfa58f1f8c3d9',
  ],
  ['00 00', withFirstBytes(0, 0), 'ba6cd1eccda2304094fa170ded04cc25a342397f50cf9ca3f2dd8fc75ae621f89cb73573'],
  ['a block of zeros', new Uint8Array(size), '90c97ba412908ccaef6359d51d70e98b34742af53147533800'],
  ['the number 1', toBlock(1n), '242cfd20b2831f4fa3671e60d432612b2b9d09b9'],
]

// K8 of the threat model: PKCS #1 v1.5 by hand rejects implicitly, as OpenSSL does.
describe('removePkcs1Padding', () => {
  it.each([
    ['16 bytes', 111, 16],
    ['the most that fits: a padding of 8 bytes', 10, size - 11],
    ['one byte', 126, 1],
    ['nothing', 127, 0],
  ])('gives a message of %s', async (_, zeroAt, length) => {
    expect(await removeFrom(blockWithZeroAt(zeroAt))).toEqual(new Uint8Array(length).fill(0x11))
  })

  it('takes the first zero for the end of the padding', async () => {
    expect(await removeFrom(blockWithZeroAt(111, 120))).toEqual(hex('1111111111111111 00 11111111111111'))
  })

  it.each(rejected)('gives for %s the bytes that OpenSSL gives', async (_, block, substitute) => {
    expect(await removeFrom(block)).toEqual(hex(substitute))
  })

  it('gives what OpenSSL gives for 300 blocks of random bytes', async () => {
    const all: Uint8Array[] = []
    const lengths = new Set<number>()
    for (let i = 0; i < 300; i++) {
      const seed = ascii('implicit rejection')
      const parts: Uint8Array[] = []
      for (const part of [0, 1, 2, 3]) {
        parts.push(await defaultBackend.digest('SHA-256', join(seed, Uint8Array.of(i >> 8, i, part))))
      }
      const block = join(Uint8Array.of(0), ...parts).subarray(0, size)
      const message = await removeFrom(block)
      lengths.add(message.length)
      all.push(Uint8Array.of(message.length >> 8, message.length), message)
    }
    // SHA-256 over all 300, each behind its length in two bytes.
    const expected = hex('748ea01f9a5724f07f702510a1b328bf14b9b64c0c2615c4983639d041a7fff0')
    expect(await defaultBackend.digest('SHA-256', join(...all))).toEqual(expected)
    expect(lengths.size).toBe(106)
  })

  it('depends on the ciphertext and on the key', async () => {
    const block = blockWithZeroAt()
    const given = await removePkcs1Padding(defaultBackend, privateExponent, encrypt(block), block)
    const otherText = await removePkcs1Padding(defaultBackend, privateExponent, changedAt(encrypt(block), 0), block)
    const otherKey = await removePkcs1Padding(defaultBackend, changedAt(privateExponent, 0), encrypt(block), block)
    expect(otherText).not.toEqual(given)
    expect(otherKey).not.toEqual(given)
  })

  it('reads the private exponent as a number, however many zeros it begins with', async () => {
    const [, block, substitute] = rejected[0] as (typeof rejected)[0]
    for (const zeros of [1, 2, 10]) {
      const exponent = join(new Uint8Array(zeros), privateExponent)
      expect(await removePkcs1Padding(defaultBackend, exponent, encrypt(block), block)).toEqual(hex(substitute))
    }
  })
})

/** The block of RFC 8017, section 7.1.1, written out: nothing of it is taken from the code under test. */
async function oaepBlock(
  hash: HashName,
  mgf1Hash: HashName,
  message: Uint8Array,
  change: { first?: number; label?: string; padding?: number; separator?: number } = {},
): Promise<Uint8Array> {
  const length = hashLength[hash]
  const labelHash = await defaultBackend.digest(hash, ascii(change.label ?? ''))
  const padding = new Uint8Array(size - message.length - 2 * length - 2).fill(change.padding ?? 0)
  const data = join(labelHash, padding, Uint8Array.of(change.separator ?? 1), message)
  const seed = pattern(length, 9)
  const maskedData = xor(data, await mask(mgf1Hash, seed, data.length))
  const maskedSeed = xor(seed, await mask(mgf1Hash, maskedData, length))
  return join(Uint8Array.of(change.first ?? 0), maskedSeed, maskedData)
}

async function mask(hash: HashName, seed: Uint8Array, length: number): Promise<Uint8Array> {
  const blocks: Uint8Array[] = []
  for (let counter = 0; counter * hashLength[hash] < length; counter++) {
    blocks.push(await defaultBackend.digest(hash, join(seed, Uint8Array.of(0, 0, 0, counter))))
  }
  return join(...blocks).subarray(0, length)
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number))
}

const hashPairs = [
  ['SHA-256', 'SHA-1'],
  ['SHA-1', 'SHA-256'],
  ['SHA-256', 'SHA-384'],
  ['SHA-384', 'SHA-384'],
] as const

// K9 of the threat model: OAEP with two hashes, one for the label and one for the mask.
describe('removeOaepPadding', () => {
  it.each([
    [
      'SHA-256',
      'SHA-1',
      '049558cfc8fcbd6a6841980266b02090df647ca6838afe5570a5091cdcaf5afe15f4a337c4a4a234ebb37edb7bdebfd35a5ae7829aec1dab4311c92da102dc9c7d9eaa6105b5e2ca70eebc24cd79d6e0cdc63fb7dc1241ed37ae698f831d9e654a47592b5a1e81e056e8d87b4a0a7a8923dfb43891528cb04b4536ef98c6f138',
    ],
    [
      'SHA-1',
      'SHA-256',
      '078009b636b8aef85cc222ba8e512e089770fb92027df91913f8ea1a364d518dd500c6854f954a8a43eebce127c3385573d1628a7e6cc220c3138541e7a0d239012bad3b63dae4e18d80c31cc8bc5e528e717200dba37882cc154372762bba53856fbb2fb8809a15e1e6412bba90e66645125deb559fa429e6c074a62381fbfb',
    ],
    [
      'SHA-256',
      'SHA-384',
      '96b12d7f7a2120e998b2aeeebafc6c2694c0d79bc57dd615de3fb88e9f3ba40f0038d65f584a9e45bfe2f6818be28906b73f3fadf6108b24150045db44eb10f63040fda66c082f543ab6460773886a341b62012db679f2259addac53e5096b2475d278eaa73e39931a19aabdf44a99b1d44307ee519b04f2ee3f6d94e7509f7e',
    ],
  ] as const)('reads what OpenSSL encrypted with %s and MGF1 %s', async (hash, mgf1Hash, ciphertext) => {
    const block = power(hex(ciphertext), toBigInt(privateExponent))
    expect(await removeOaepPadding(defaultBackend, hash, mgf1Hash, block)).toEqual(ascii('sixteen byte key'))
  })

  it.each(hashPairs)('reads messages of every length with %s and MGF1 %s', async (hash, mgf1Hash) => {
    const longest = size - 2 * hashLength[hash] - 2
    for (const length of [0, 1, 16, longest - 1, longest]) {
      // Beginning with the bytes that the padding is made of: only the first 01 ends it.
      const message = pattern(length).fill(0, 0, 2).fill(1, 2, 4)
      const block = await oaepBlock(hash, mgf1Hash, message)
      expect(await removeOaepPadding(defaultBackend, hash, mgf1Hash, block)).toEqual(message)
    }
  })

  it.each([
    ['a first byte that is not zero', { first: 1 }],
    ['another label', { label: 'label' }],
    ['a byte of padding that is not zero', { padding: 2 }],
    ['a separator that is not one', { separator: 2 }],
  ])('gives nothing for %s', async (_, change) => {
    for (const [hash, mgf1Hash] of hashPairs.slice(0, 3)) {
      const right = await oaepBlock(hash, mgf1Hash, ascii('key'))
      expect(await removeOaepPadding(defaultBackend, hash, mgf1Hash, right)).toEqual(ascii('key'))
      const wrong = await oaepBlock(hash, mgf1Hash, ascii('key'), change)
      expect(await removeOaepPadding(defaultBackend, hash, mgf1Hash, wrong)).toBeUndefined()
    }
  })

  it('gives nothing for padding without an end', async () => {
    const block = await oaepBlock('SHA-256', 'SHA-1', new Uint8Array(0), { separator: 0 })
    expect(await removeOaepPadding(defaultBackend, 'SHA-256', 'SHA-1', block)).toBeUndefined()
  })

  it('gives nothing when the two hashes are exchanged, or one stands for both', async () => {
    const block = await oaepBlock('SHA-256', 'SHA-1', ascii('key'))
    for (const [hash, mgf1Hash] of [
      ['SHA-1', 'SHA-256'],
      ['SHA-256', 'SHA-256'],
      ['SHA-1', 'SHA-1'],
    ] as const) {
      expect(await removeOaepPadding(defaultBackend, hash, mgf1Hash, block)).toBeUndefined()
    }
  })

  it.each([0, 1, 65])('gives nothing for a block of %i bytes, too short for two hashes', async (length) => {
    const block = new Uint8Array(length)
    expect(await removeOaepPadding(defaultBackend, 'SHA-256', 'SHA-1', block)).toBeUndefined()
  })
})
