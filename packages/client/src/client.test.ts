import { contextOf, encodeBase64, publicKeyContextKey } from '@esdk/serialize'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { chunksOf, firstDifference, joined, pattern, readAll, slowly, webStream } from '../test/chunks.ts'
import { knownEdk, knownKeyring } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import {
  type AlgorithmSuite,
  algorithmSuite,
  algorithmSuites,
  type Client,
  ciphertextLength,
  createClient,
  type MessageHeader,
  plaintextLength,
} from './index.ts'

const keyring = knownKeyring()

/** A client whose policy encrypts with the suite. */
function clientFor(suite: AlgorithmSuite): Client {
  return createClient({
    commitmentPolicy: suite.committing ? 'require-encrypt-require-decrypt' : 'forbid-encrypt-allow-decrypt',
  })
}

const bySuite = algorithmSuites.map((suite) => [suite.name, suite] as const)

/** The message that the specification lays out for this plaintext under this header, up to the footer. */
async function expectedMessage(header: MessageHeader, plaintext: Uint8Array): Promise<Uint8Array> {
  return sealMessage({
    suite: header.suite,
    messageId: header.messageId,
    encryptionContext: header.encryptionContext,
    publicKey: header.encryptionContext[publicKeyContextKey] ?? null,
    frameLength: header.frameLength,
    pieces: framesOf(plaintext, header.frameLength),
    footer: () => new Uint8Array(0),
  })
}

describe('a client without options', () => {
  it('signs and commits, and opens what it wrote', async () => {
    const client = createClient()
    const plaintext = pattern(10_000)
    const encryptionContext = { tenant: '42', purpose: 'test' }
    const { ciphertext, header } = await client.encrypt(plaintext, { keyring, encryptionContext })
    expect(header).toMatchObject({ version: 2, suite: 0x0578, contentType: 'framed', frameLength: 4096 })
    const result = await client.decrypt(ciphertext, { keyring })
    expect(result.plaintext).toEqual(plaintext)
    expect({ ...result.header }).toEqual({ ...header })
    expect(result.encryptionContext).toMatchObject(encryptionContext)
    expect(Object.keys(result.encryptionContext).sort()).toEqual([publicKeyContextKey, 'purpose', 'tenant'])
    expect(result.encryptedDataKey).toBe(result.header.encryptedDataKeys[0])
    expect(result.encryptedDataKey).toEqual(knownEdk)
  })

  it('says nothing of the key that opened the message where the keyring does not', async () => {
    const client = createClient()
    const silent = {
      onEncrypt: keyring.onEncrypt,
      async onDecrypt(...args: Parameters<typeof keyring.onDecrypt>) {
        const { encryptedDataKey: _, ...materials } = await keyring.onDecrypt(...args)
        return materials
      },
    }
    const { ciphertext } = await client.encrypt(pattern(3), { keyring: silent })
    expect(await client.decrypt(ciphertext, { keyring: silent })).not.toHaveProperty('encryptedDataKey')
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(createClient())).toBe(true)
  })
})

describe.each(bySuite)('%s', (_, suite) => {
  const client = clientFor(suite)
  const frameLength = 16
  const options = { keyring, suite: suite.id, frameLength, encryptionContext: { ключ: 'value', '': 'empty' } }
  const sizes = [0, 1, frameLength - 1, frameLength, frameLength + 1, 2 * frameLength, 2 * frameLength + 1, 163]

  it.each(sizes)('writes %i bytes of plaintext as the specification lays them out', async (size) => {
    const plaintext = pattern(size)
    const { ciphertext, header } = await client.encrypt(plaintext, options)
    const expected = await expectedMessage(header, plaintext)
    expect(ciphertext.subarray(0, expected.length)).toEqual(expected)
    expect(ciphertextLength(header, size)).toBe(ciphertext.length)
    expect(plaintextLength(header, ciphertext.length)).toBe(size)
    const footerLength = suite.signature.kind === 'none' ? 0 : suite.signature.curve === 'P-256' ? 2 + 71 : 2 + 103
    expect(ciphertext.length - expected.length).toBe(footerLength)
    expect((await client.decrypt(ciphertext, { keyring })).plaintext).toEqual(plaintext)
  })

  it.each(sizes)('streams %i bytes in any pieces', async (size) => {
    const plaintext = pattern(size)
    for (const lengths of [[Math.max(1, size)], [1], [3, 1, 40]]) {
      const encrypted = await client.encryptStream(chunksOf(plaintext, ...lengths), options)
      const ciphertext = await readAll(encrypted.ciphertext)
      const expected = await expectedMessage(encrypted.header, plaintext)
      expect(ciphertext.subarray(0, expected.length)).toEqual(expected)
      const { plaintext: decrypted, header } = await client.decryptStream(chunksOf(ciphertext, ...lengths), { keyring })
      expect(await readAll(decrypted)).toEqual(plaintext)
      expect({ ...header }).toEqual({ ...encrypted.header })
    }
  })

  it('opens what another writer sealed, with full and with empty final frames', async () => {
    const plaintext = pattern(32)
    const pieces = [
      { kind: 'regular', content: plaintext.subarray(0, 16) },
      { kind: 'regular', content: plaintext.subarray(16) },
      { kind: 'final', content: new Uint8Array(0) },
    ] as const
    for (const each of [pieces, framesOf(plaintext, 16)]) {
      const message = await sealMessage({ suite: suite.id, frameLength, pieces: each })
      expect((await client.decrypt(message, { keyring })).plaintext).toEqual(plaintext)
      const { plaintext: streamed } = await client.decryptStream(chunksOf(message, 1), { keyring })
      expect(await readAll(streamed)).toEqual(plaintext)
    }
  })

  it('opens a body without frames', async () => {
    for (const size of [0, 1, 5000]) {
      const plaintext = pattern(size)
      const message = await sealMessage({ suite: suite.id, pieces: [{ kind: 'nonframed', content: plaintext }] })
      const whole = await client.decrypt(message, { keyring })
      expect(whole.plaintext).toEqual(plaintext)
      expect(whole.header).toMatchObject({ contentType: 'nonframed', frameLength: 0 })
      const { plaintext: streamed } = await client.decryptStream(chunksOf(message, 7, 1000), { keyring })
      expect(await readAll(streamed)).toEqual(plaintext)
    }
  })
})

describe('long plaintexts', () => {
  const client = createClient()

  it.each([
    [600_000, 4096],
    [20_000, 1],
    [60_005, 20_000],
    [700_000, 65_536],
    [524_288, 262_144],
    [800_000, 300_000],
    [5, 0xffff_ffff],
  ])('%i bytes in frames of %i are the same whole and streamed', async (length, frameLength) => {
    const plaintext = pattern(length)
    const options = { keyring, suite: 0x0478, frameLength } as const
    const whole = await client.encrypt(plaintext, options)
    expect(firstDifference(whole.ciphertext, await expectedMessage(whole.header, plaintext))).toBe(-1)
    const encrypted = await client.encryptStream(chunksOf(plaintext, 65_536, 100), options)
    const ciphertext = await readAll(encrypted.ciphertext)
    expect(firstDifference(ciphertext, await expectedMessage(encrypted.header, plaintext))).toBe(-1)
    for (const lengths of [[ciphertext.length], [70_000, 1], [4128], [200_000, 3, 100]]) {
      const decrypted = await client.decryptStream(chunksOf(ciphertext, ...lengths), { keyring })
      expect(firstDifference(await readAll(decrypted.plaintext), plaintext)).toBe(-1)
    }
    expect(firstDifference((await client.decrypt(ciphertext, { keyring })).plaintext, plaintext)).toBe(-1)
  })
})

describe('what can be streamed', () => {
  const client = createClient()
  const plaintext = pattern(10_000)

  function* reusedBuffer(bytes: Uint8Array, length: number): Generator<Uint8Array> {
    const buffer = new Uint8Array(length)
    for (let offset = 0; offset < bytes.length; offset += length) {
      const part = bytes.subarray(offset, offset + length)
      buffer.set(part)
      yield buffer.subarray(0, part.length)
      buffer.fill(0xee)
    }
  }

  const kinds: Readonly<Record<string, (bytes: Uint8Array<ArrayBuffer>) => Parameters<Client['encryptStream']>[0]>> = {
    'a Uint8Array': (bytes) => bytes,
    'a Blob': (bytes) => new Blob([bytes]),
    'a ReadableStream': (bytes) => webStream(chunksOf(bytes, 1000)),
    'an async iterable': (bytes) => slowly(chunksOf(bytes, 999)),
    'an iterable': (bytes) => chunksOf(bytes, 1001),
    'an array of chunks': (bytes) => [...chunksOf(bytes, 123, 4000)],
    'a generator that uses its buffer again': (bytes) => reusedBuffer(bytes, 77),
    'an async generator that uses its buffer again': (bytes) => slowly(reusedBuffer(bytes, 5000)),
    'an iterable with empty chunks': (bytes) => [new Uint8Array(0), bytes, new Uint8Array(0), new Uint8Array(0)],
    'views into a larger buffer': (bytes) => [joined([pattern(5), bytes, pattern(5)]).subarray(5, 5 + bytes.length)],
  }

  it.each(Object.entries(kinds))('%s', async (_, kind) => {
    const encrypted = await client.encryptStream(kind(plaintext), { keyring, frameLength: 512 })
    const ciphertext = await readAll(encrypted.ciphertext)
    expect(firstDifference((await client.decrypt(ciphertext, { keyring })).plaintext, plaintext)).toBe(-1)
    const decrypted = await client.decryptStream(kind(ciphertext), { keyring })
    expect(firstDifference(await readAll(decrypted.plaintext), plaintext)).toBe(-1)
  })

  it('tells the length of the message where that of the plaintext is known', async () => {
    for (const [source, known] of [
      [plaintext, true],
      [new Blob([plaintext]), true],
      [[plaintext], false],
    ] as const) {
      const encrypted = await client.encryptStream(source, { keyring })
      const { length } = await readAll(encrypted.ciphertext)
      expect(encrypted.ciphertextLength).toBe(known ? length : undefined)
      expect('ciphertextLength' in encrypted).toBe(known)
    }
  })

  it('reads a stream once: a second use is refused while the first reads it', async () => {
    const source = webStream(chunksOf(plaintext, 1000))
    await client.encryptStream(source, { keyring })
    await expect(client.encryptStream(source, { keyring })).rejects.toThrow(
      new TypeError('the stream is locked: something else reads it already'),
    )
  })

  it.each([
    ['encryptStream', 'AYADeJg', 'bytes expected, found a string: encode it with TextEncoder'],
    ['decryptStream', 'AYADeJg', 'bytes expected, found a string: encode it with TextEncoder'],
    ['encryptStream', undefined, 'bytes expected, found undefined'],
    ['decryptStream', 7, 'bytes expected, found number'],
    ['decryptStream', null, 'bytes expected, found object'],
  ] as const)('%s of %j is refused', async (operation, source, text) => {
    await expect(client[operation](source as unknown as Uint8Array, { keyring })).rejects.toThrow(new TypeError(text))
  })

  it.each([
    ['encrypt', 'text', 'encrypt takes bytes, found a string: encode it with TextEncoder, or decode its base64'],
    ['decrypt', [1, 2], 'decrypt takes a Uint8Array, found object: streams are for decryptStream'],
    ['decrypt', null, 'decrypt takes a Uint8Array, found null: streams are for decryptStream'],
    ['encrypt', undefined, 'encrypt takes a Uint8Array, found undefined: streams are for encryptStream'],
  ] as const)('%s of %j is refused', async (operation, bytes, text) => {
    await expect(client[operation](bytes as unknown as Uint8Array, { keyring })).rejects.toThrow(new TypeError(text))
  })

  it('closes a stream whose encryption cannot begin', async () => {
    let cancelled: unknown
    const source = new ReadableStream<Uint8Array>({
      cancel(reason) {
        cancelled = reason
      },
    })
    const failing = { ...keyring, onEncrypt: () => Promise.reject(new Error('no key today')) }
    const failure = await client.encryptStream(source, { keyring: failing }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_ESDK_MATERIALS' })
    expect(cancelled).toBe(failure)
  })
})

describe('the exact length of a message', () => {
  const signed = algorithmSuites.filter(({ signature }) => signature.kind !== 'none')

  // A signature in DER has one of several lengths, by chance: some hundreds of messages meet them all.
  it.each(signed.map((suite) => [suite.name, suite] as const))(
    'is known before 250 short messages of %s are written',
    async (_, suite) => {
      const client = clientFor(suite)
      for (let i = 0; i < 250; i++) {
        const { ciphertext, header } = await client.encrypt(pattern(i), { keyring, suite: suite.id, frameLength: 100 })
        expect(ciphertext.length).toBe(ciphertextLength(header, i))
        expect((await client.decrypt(ciphertext, { keyring })).plaintext.length).toBe(i)
      }
    },
  )

  it.each(signed.map((suite) => [suite.name, suite] as const))(
    'is known before 40 messages of more than 1 MiB of %s are written',
    async (_, suite) => {
      const client = clientFor(suite)
      const plaintext = pattern(1024 * 1024 + 1)
      for (let i = 0; i < 40; i++) {
        const encrypted = await client.encryptStream(plaintext, { keyring, suite: suite.id, frameLength: 65_536 })
        const ciphertext = await readAll(encrypted.ciphertext)
        expect(ciphertext.length).toBe(encrypted.ciphertextLength)
        if (i % 10 === 0)
          expect(firstDifference((await client.decrypt(ciphertext, { keyring })).plaintext, plaintext)).toBe(-1)
      }
    },
  )
})

describe('encryption contexts', () => {
  const client = createClient()
  const { Collator } = Intl
  afterEach(() => vi.restoreAllMocks())

  it('keep a character of every plane of Unicode, in keys and in values', async () => {
    const planes = Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x1_0000 + 0x41))
    const encryptionContext = Object.fromEntries(planes.map((text, i) => [`${text}${i}`, `\ufeff${text}\0`]))
    const { ciphertext } = await client.encrypt(pattern(1), { keyring, encryptionContext, suite: 0x0478 })
    const { encryptionContext: read } = await client.decrypt(ciphertext, { keyring, encryptionContext })
    expect({ ...read }).toEqual(encryptionContext)
  })

  it('take the names of object members as data, and touch no prototype', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'length']
    const encryptionContext = contextOf(names.map((name) => [name, `the value of ${name}`]))
    const { ciphertext } = await client.encrypt(pattern(1), { keyring, encryptionContext, suite: 0x0478 })
    const { encryptionContext: read } = await client.decrypt(ciphertext, { keyring, encryptionContext })
    expect(Object.entries(read).sort()).toEqual(Object.entries(encryptionContext).sort())
    expect(Object.getPrototypeOf(read)).toBe(null)
    expect(Object.isFrozen(read)).toBe(true)
    expect(({} as Record<string, unknown>)['the value of __proto__']).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it.each(['en', 'sv', 'tr'])(
    'are written in the order of their UTF-8 bytes, whatever order they were given in, in the locale %s',
    async (locale) => {
      // Sorts as a plain `localeCompare` or `Intl.Collator` would there.
      vi.spyOn(String.prototype, 'localeCompare').mockImplementation(function (this: string, other) {
        return new Collator(locale).compare(String(this), other)
      })
      class CollatorThere extends Collator {
        constructor() {
          super(locale)
        }
      }
      vi.spyOn(Intl, 'Collator').mockImplementation(CollatorThere)
      expect('a'.localeCompare('B')).toBeLessThan(0)
      // U+FFFF is EF BF BF in UTF-8, U+10000 is F0 90 80 80; in UTF-16 it is D800 DC00, which would come first.
      const given = { '\u{10000}': '1', a: '2', '\uffff': '3', B: '4', 'e\u0301': '5', '\u00e9': '6', A: '7' }
      const sorted = ['A', 'B', 'a', 'e\u0301', '\u00e9', '\uffff', '\u{10000}']
      const { ciphertext, header } = await client.encrypt(pattern(1), {
        keyring,
        encryptionContext: given,
        suite: 0x0478,
      })
      const rawContext = joined([
        Uint8Array.of(0, 7),
        ...sorted.flatMap((key) => {
          const bytes = new TextEncoder().encode(key)
          return [
            Uint8Array.of(0, bytes.length),
            bytes,
            Uint8Array.of(0, 1),
            new TextEncoder().encode(given[key as 'a']),
          ]
        }),
      ])
      const expected = await sealMessage({
        messageId: header.messageId,
        rawContext,
        frameLength: 4096,
        pieces: [{ kind: 'final', content: pattern(1) }],
      })
      expect(encodeBase64(ciphertext)).toBe(encodeBase64(expected))
    },
  )

  it('that are empty take no bytes, not even for a count', async () => {
    const { ciphertext, header } = await client.encrypt(pattern(1), { keyring, suite: 0x0478 })
    const empty = { messageId: header.messageId, rawContext: new Uint8Array(0), frameLength: 4096 }
    expect(ciphertext).toEqual(await sealMessage({ ...empty, pieces: [{ kind: 'final', content: pattern(1) }] }))
    expect({ ...(await client.decrypt(ciphertext, { keyring })).encryptionContext }).toEqual({})
  })
})

describe('one client', () => {
  it('does many things at the same time without mixing them', async () => {
    const client = createClient()
    const plaintexts = Array.from({ length: 40 }, (_, i) => pattern(i * 97, i))
    const results = await Promise.all(
      plaintexts.map(async (plaintext, i) => {
        const options = { keyring, frameLength: 64, encryptionContext: { number: String(i) } }
        const { ciphertext } = await client.encryptStream(slowly(chunksOf(plaintext, 50)), options)
        const decrypted = await client.decryptStream(ciphertext, { keyring, encryptionContext: { number: String(i) } })
        return readAll(decrypted.plaintext)
      }),
    )
    expect(results).toEqual(plaintexts)
  })

  it('has told its suite by the number in the header', async () => {
    const client = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })
    const { header } = await client.encrypt(pattern(1), { keyring })
    expect(algorithmSuite(header.suite).name).toBe('AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384')
  })
})
