import type { CryptoBackend, HashName } from '../backend.ts'
import { ascii, type BackendRule, bufferLike, expectBytes, expectOwnMemory, hex, join, pattern } from './rule.ts'

const hashes: readonly HashName[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']

/** Bytes that each hash takes in at once. */
const blockLength: Readonly<Record<HashName, number>> = { 'SHA-1': 64, 'SHA-256': 64, 'SHA-384': 128, 'SHA-512': 128 }

const abc448 = ascii('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')
const millionA = new Uint8Array(1_000_000).fill(0x61)

/** The examples that NIST published for FIPS 180-4, and the empty message. */
const digests: readonly (readonly [hash: HashName, message: Uint8Array, digest: string])[] = [
  ['SHA-1', ascii(''), 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
  ['SHA-1', ascii('abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['SHA-1', abc448, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
  ['SHA-1', millionA, '34aa973cd4c4daa4f61eeb2bdbad27316534016f'],
  ['SHA-256', ascii(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['SHA-256', ascii('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['SHA-256', abc448, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ['SHA-256', millionA, 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  [
    'SHA-384',
    ascii(''),
    '38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b',
  ],
  [
    'SHA-384',
    ascii('abc'),
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'SHA-384',
    millionA,
    '9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985',
  ],
  [
    'SHA-512',
    ascii(''),
    'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  ],
  [
    'SHA-512',
    ascii('abc'),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  [
    'SHA-512',
    millionA,
    'e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b',
  ],
]

const longKey = new Uint8Array(131).fill(0xaa)
const hashKeyFirst = ascii('Test Using Larger Than Block-Size Key - Hash Key First')
const bothLong = ascii(
  'This is a test using a larger than block-size key and a larger than block-size data. ' +
    'The key needs to be hashed before being used by the HMAC algorithm.',
)

type MacExample = readonly [hash: HashName, key: Uint8Array, message: Uint8Array, mac: string]

/** RFC 2202 for SHA-1; RFC 4231, test cases 1, 2, 6 and 7, for the others. */
const macs: readonly MacExample[] = [
  ['SHA-1', new Uint8Array(20).fill(0x0b), ascii('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  ['SHA-1', new Uint8Array(80).fill(0xaa), hashKeyFirst, 'aa4ae5e15272d00e95705637ce8a3b55ed402112'],
  ...rfc4231('SHA-256', [
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
  ]),
  ...rfc4231('SHA-384', [
    'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    '6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e',
  ]),
  ...rfc4231('SHA-512', [
    '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
    'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
  ]),
]

const rfc4231Example2 = macs[3] as MacExample

function rfc4231(hash: HashName, [first, second, sixth, seventh]: [string, string, string, string]): MacExample[] {
  return [
    [hash, new Uint8Array(20).fill(0x0b), ascii('Hi There'), first],
    [hash, ascii('Jefe'), ascii('what do ya want for nothing?'), second],
    [hash, longKey, hashKeyFirst, sixth],
    [hash, longKey, bothLong, seventh],
  ]
}

export const hashRules: readonly BackendRule[] = [
  {
    name: 'digest gives the published answers (FIPS 180-4), in memory of their own',
    async check(backend) {
      for (const [hash, message, expected] of digests) {
        const digest = await backend.digest(hash, message)
        expectBytes(digest, hex(expected), `${hash} of ${message.length} bytes`)
        expectOwnMemory(digest, hash)
      }
    },
  },
  {
    name: 'hmac gives the published answers (RFC 2202, RFC 4231), in memory of their own',
    async check(backend) {
      for (const [hash, key, message, expected] of macs) {
        const mac = await backend.hmac(hash, key, message)
        expectBytes(mac, hex(expected), `HMAC ${hash}, key of ${key.length}, message of ${message.length} bytes`)
        expectOwnMemory(mac, `HMAC ${hash}`)
      }
    },
  },
  {
    name: 'hmac takes keys and messages of any length, none included, as RFC 2104 defines it',
    async check(backend) {
      for (const hash of hashes) {
        const block = blockLength[hash]
        for (const keyLength of [0, 1, 20, block - 1, block, block + 1, 3 * block, 1000]) {
          for (const length of [0, 1, 63, 383, 384, 385, 447, 448, 449, 5000]) {
            const key = pattern(keyLength, 1 + length)
            const message = pattern(length, 7)
            const expected = await hmacByDefinition(backend, hash, key, message)
            const what = `HMAC ${hash}, key of ${keyLength}, message of ${length} bytes`
            expectBytes(await backend.hmac(hash, key, message), expected, what)
          }
        }
      }
    },
  },
  {
    name: 'hmac copies the key before the call returns, and leaves its arguments as they are',
    async check(backend) {
      const [, , , expected] = rfc4231Example2
      const key = bufferLike(ascii('Jefe'))
      const message = bufferLike(ascii('what do ya want for nothing?'))
      await backend.hmac('SHA-256', key, message)
      expectBytes(key, ascii('Jefe'), 'key after the call')
      expectBytes(message, ascii('what do ya want for nothing?'), 'message after the call')
      const pending = backend.hmac('SHA-256', key, message)
      key.fill(0)
      expectBytes(await pending, hex(expected), 'HMAC with a key that was zeroed after the call')
    },
  },
]

/** H(key ^ opad, H(key ^ ipad, message)), with a long key hashed first. */
async function hmacByDefinition(
  backend: CryptoBackend,
  hash: HashName,
  key: Uint8Array,
  message: Uint8Array,
): Promise<Uint8Array> {
  const short = key.length > blockLength[hash] ? await backend.digest(hash, key) : key
  const padded = join(short, new Uint8Array(blockLength[hash] - short.length))
  const inner = await backend.digest(
    hash,
    join(
      padded.map((byte) => byte ^ 0x36),
      message,
    ),
  )
  return backend.digest(
    hash,
    join(
      padded.map((byte) => byte ^ 0x5c),
      inner,
    ),
  )
}
