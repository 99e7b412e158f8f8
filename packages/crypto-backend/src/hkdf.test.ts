import { describe, expect, it } from 'vitest'
import type { CryptoBackend, HashName } from './backend.ts'
import { hashLength, hkdfExpand, hkdfExtract } from './hkdf.ts'
import { defaultBackend } from './index.ts'
import { hex, pattern } from './testing/rule.ts'

/** Each byte from `first` to `last`. */
function countedHex(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i).toString(16).padStart(2, '0')).join('')
}

/** RFC 5869, appendix A. */
const examples = [
  {
    name: 'A.1',
    hash: 'SHA-256',
    key: '0b'.repeat(22),
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    extracted: '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    expanded: '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  },
  {
    name: 'A.2, with long inputs',
    hash: 'SHA-256',
    key: countedHex(0x00, 0x4f),
    salt: countedHex(0x60, 0xaf),
    info: countedHex(0xb0, 0xff),
    extracted: '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    expanded:
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  },
  {
    name: 'A.3, without salt and info',
    hash: 'SHA-256',
    key: '0b'.repeat(22),
    salt: '',
    info: '',
    extracted: '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    expanded: '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  },
  {
    name: 'A.4',
    hash: 'SHA-1',
    key: '0b'.repeat(11),
    salt: '000102030405060708090a0b0c',
    info: 'f0f1f2f3f4f5f6f7f8f9',
    extracted: '9b6c18c432a7bf8f0e71c8eb88f4b30baa2ba243',
    expanded: '085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896',
  },
] as const

/** The HMAC of this platform, later: so that both ways through the code are taken wherever the test runs. */
const asynchronous: Pick<CryptoBackend, 'hmac'> = {
  async hmac(hash, key, data) {
    return defaultBackend.hmac(hash, key, data)
  },
}

/** An HMAC that remembers what it was given and what it gave. */
function watched() {
  const inputs: Uint8Array[] = []
  const blocks: Uint8Array[] = []
  const hmac = async (hash: HashName, key: Uint8Array, data: Uint8Array) => {
    const block = await defaultBackend.hmac(hash, key, data)
    inputs.push(data)
    blocks.push(block)
    return block
  }
  return { hmac, inputs, blocks }
}

describe.each([
  ['as the platform gives it', defaultBackend],
  ['as promises', asynchronous],
])('HKDF over HMACs %s', (_, backend) => {
  it.each(examples)('gives the published answer $name', async ({ hash, key, salt, info, extracted, expanded }) => {
    const prk = await hkdfExtract(backend, hash, hex(key), hex(salt))
    expect(prk).toEqual(hex(extracted))
    const length = expanded.length / 2
    expect(await hkdfExpand(backend, hash, prk, hex(info), length)).toEqual(hex(expanded))
  })
})

describe('hkdfExpand', () => {
  const extracted = pattern(48)
  const info = pattern(10, 2)

  it('gives a longer key that begins with the shorter one, at every block bound', async () => {
    const longest = await hkdfExpand(defaultBackend, 'SHA-384', extracted, info, 255 * 48)
    for (const length of [0, 1, 47, 48, 49, 95, 96, 97, 255 * 48 - 1]) {
      const key = await hkdfExpand(defaultBackend, 'SHA-384', extracted, info, length)
      expect(key).toEqual(longest.subarray(0, length))
    }
    expect(longest).toHaveLength(255 * 48)
  })

  it.each(Object.entries(hashLength) as [HashName, number][])(
    'refuses more than 255 times the %s length of %i bytes',
    (hash, length) => {
      expect(() => hkdfExpand(defaultBackend, hash, extracted, info, 255 * length + 1)).toThrow(
        new RangeError(`HKDF gives at most ${255 * length} bytes, asked ${255 * length + 1}`),
      )
    },
  )

  it('zeroes every block and every input that held one', async () => {
    const backend = watched()
    await hkdfExpand(backend, 'SHA-256', extracted, info, 100)
    expect(backend.blocks).toHaveLength(4)
    for (const bytes of [...backend.blocks, ...backend.inputs]) expect(bytes).toEqual(new Uint8Array(bytes.length))
  })
})

describe('hashLength', () => {
  it.each(Object.entries(hashLength) as [HashName, number][])('of %s is %i', async (hash, length) => {
    expect(await defaultBackend.digest(hash, new Uint8Array(0))).toHaveLength(length)
  })
})
