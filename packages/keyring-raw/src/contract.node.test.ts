import { defaultCmm, type Keyring, multiKeyring, requiredContextCmm } from '@esdk/cmm'
import { cmmContract, keyringContract } from '@esdk/cmm/testing'
import type { CryptoBackend } from '@esdk/crypto-backend'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { Crypto } from '@peculiar/webcrypto'
import { describe, expect, it } from 'vitest'
import { curves, ecdhKeys, rsaKeys } from '../test/key-pairs.ts'
import { counting, unwrappedBy, wrappedBy } from '../test/materials.ts'
import { rawAesKeyring } from './raw-aes.ts'
import { rawEcdhKeyring } from './raw-ecdh.ts'
import { rawKeyring } from './raw-keyring.ts'
import { rawRsaKeyring } from './raw-rsa.ts'

const backends: readonly (readonly [name: string, backend: CryptoBackend])[] = [
  ['node:crypto', nodeBackend],
  ["Node's WebCrypto", webBackend()],
  ['@peculiar/webcrypto', webBackend(new Crypto())],
]

/** Each length of data key, with and without a signature; on the platform's own backend, the keyrings are shown all. */
const suites = [0x0014, 0x0146, 0x0478, 0x0578] as const

type Make = (backend: CryptoBackend) => Keyring

interface Subject {
  readonly name: string
  readonly make: Make
  readonly options?: Parameters<typeof keyringContract>[1]
}

const rsa = await rsaKeys()
const pairs = await Promise.all(
  curves.map(async (curve) => [curve, await ecdhKeys(curve, 'alice'), await ecdhKeys(curve, 'bob')] as const),
)
const oaep = ['oaep-sha1', 'oaep-sha256', 'oaep-sha384', 'oaep-sha512'] as const

/** Keyrings that wrap and unwrap, and what they say of themselves. */
const keyrings: readonly Subject[] = [
  ...[16, 24, 32].map((length) => ({
    name: `raw AES with ${length} bytes`,
    make: (backend: CryptoBackend) =>
      rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey: counting(length), backend }),
  })),
  ...oaep.map((padding) => ({
    name: `raw RSA with ${padding}`,
    make: (backend: CryptoBackend) => rawRsaKeyring({ namespace: 'app', name: 'key', padding, ...rsa, backend }),
    options: { bindsContext: false },
  })),
  ...pairs.map(([curve, { privateKey: senderPrivateKey }, { publicKey: recipientPublicKey }]) => ({
    name: `raw ECDH on ${curve}`,
    make: (backend: CryptoBackend) =>
      rawEcdhKeyring({ curve, schema: 'static', senderPrivateKey, recipientPublicKey, backend }),
  })),
  {
    name: 'keys that are looked up',
    make: (backend) =>
      rawKeyring({
        namespace: 'app',
        resolve: async () => ({ wrappingKey: counting(32) }),
        encryptWith: ['one', 'two'],
        backend,
      }),
  },
  {
    name: 'a multi-keyring of AES, RSA and ECDH',
    make: (backend) => multiKeyring(threeKinds(backend)),
    options: { wraps: 'new', bindsContext: false },
  },
  {
    name: 'a multi-keyring without a generator',
    make: (backend) => multiKeyring({ children: Object.values(threeKinds(backend)).flat() }),
    options: { wraps: 'given', bindsContext: false },
  },
]

function threeKinds(backend: CryptoBackend) {
  const [, alice, bob] = pairs[0] as (typeof pairs)[number]
  const [senderPrivateKey, recipientPublicKey] = [alice.privateKey, bob.publicKey]
  return {
    generator: rawAesKeyring({ namespace: 'app', name: 'aes', wrappingKey: counting(32), backend }),
    children: [
      rawRsaKeyring({ namespace: 'app', name: 'rsa', padding: 'oaep-sha256', ...rsa, backend }),
      rawEcdhKeyring({ curve: 'P-256', schema: 'static', senderPrivateKey, recipientPublicKey, backend }),
    ],
  }
}

const managers = [
  { name: 'the default one', wrap: (keyring: Keyring) => defaultCmm(keyring) },
  {
    name: 'one that requires a pair of the context',
    wrap: (keyring: Keyring) => requiredContextCmm(keyring, ['tenant']),
    options: { encryptionContext: { tenant: '42' } },
  },
]

const halves = pairs.map(([curve, , bob]) => ({
  curve,
  ephemeral: (backend: CryptoBackend) =>
    rawEcdhKeyring({ curve, schema: 'ephemeral', recipientPublicKey: bob.publicKey, backend }),
  discovery: (backend: CryptoBackend) =>
    rawEcdhKeyring({ curve, schema: 'discovery', recipientPrivateKey: bob.privateKey, backend }),
}))

describe.each(backends)('on %s, the contract of keyrings is kept by', (_, backend) => {
  it.each(keyrings)('$name', ({ make, options }) => keyringContract(() => make(backend), { suites, ...options }))

  it.each(halves)('raw ECDH on $curve, from an ephemeral key', ({ ephemeral, discovery }) =>
    keyringContract(() => ephemeral(backend), { suites, does: 'encrypt', partner: () => discovery(backend) }),
  )

  it.each(halves)('raw ECDH on $curve, from any sender', ({ ephemeral, discovery }) =>
    keyringContract(() => discovery(backend), { suites, does: 'decrypt', partner: () => ephemeral(backend) }),
  )
})

describe.each(backends)('on %s, the contract of materials managers is kept by', (_, backend) => {
  it.each(managers)('$name, around raw AES', ({ wrap, options }) =>
    cmmContract(() => wrap(rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey: counting(32), backend })), {
      suites,
      ...options,
    }),
  )

  it.each(managers)('$name, around a multi-keyring', ({ wrap, options }) =>
    cmmContract(() => wrap(multiKeyring(threeKinds(backend))), { suites, ...options }),
  )
})

describe('PKCS #1 v1.5', () => {
  it('is kept to the contract on node:crypto, and refused at once by the others (K8)', async () => {
    const make = (backend: CryptoBackend) =>
      rawRsaKeyring({ namespace: 'app', name: 'key', padding: 'pkcs1', ...rsa, backend })
    await keyringContract(() => make(nodeBackend), { bindsContext: false, noticesChanges: false })
    for (const [, backend] of backends.slice(1)) {
      expect(() => make(backend)).toThrow(expect.objectContaining({ code: 'ERR_ESDK_UNSUPPORTED' }))
    }
  })
})

const crossings = backends.flatMap(([from, writer]) =>
  backends.filter(([to]) => to !== from).map(([to, reader]) => [from, to, writer, reader] as const),
)

describe.each(crossings)('what is wrapped on %s opens on %s, by', (_from, _to, writer, reader) => {
  it.each(keyrings.filter(({ options }) => options?.wraps !== 'given'))('$name', async ({ make }) => {
    const { dataKey, edk } = await wrappedBy(make(writer))
    expect(await unwrappedBy(make(reader), [edk])).toEqual(dataKey)
  })

  it.each(halves)('raw ECDH on $curve, from an ephemeral key', async ({ ephemeral, discovery }) => {
    const { dataKey, edk } = await wrappedBy(ephemeral(writer))
    expect(await unwrappedBy(discovery(reader), [edk])).toEqual(dataKey)
  })
})
