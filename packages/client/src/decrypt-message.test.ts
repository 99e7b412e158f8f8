import { type CryptographicMaterialsManager, DataKey, defaultCmm } from '@esdk/cmm'
import { defaultBackend } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  algorithmSuites,
  concat,
  type EncryptedDataKey,
  encodeBase64,
  encodeContext,
  formatSuiteId,
  publicKeyContextKey,
  u16,
  u32,
  utf8,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { chunksOf, pattern, take, webStream } from '../test/chunks.ts'
import { knownEdk, knownKey, knownKeyring } from '../test/keyrings.ts'
import { anyCode, containing } from '../test/matchers.ts'
import { framesOf, type MessageToSeal, type PieceToSeal, sealMessage } from '../test/sealed-message.ts'
import { createClient, inspect, isEsdkError, type Limits } from './index.ts'

const keyring = knownKeyring()
/** Reads everything, so that what is refused here is refused for its structure. */
const lenient = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt' })

const plaintext = pattern(40)
const pieces = framesOf(plaintext, 16)

/** A message as it should be, of three frames, the last one with 8 bytes. */
function soundMessage(suite: AlgorithmSuiteId, changes: Partial<MessageToSeal> = {}): Promise<Uint8Array<ArrayBuffer>> {
  return sealMessage({ suite, encryptionContext: { tenant: '42' }, frameLength: 16, pieces, ...changes })
}

/** Refused with this code, whole and streamed in pieces; and no stream ends as if nothing had happened. */
async function expectRefused(message: Uint8Array<ArrayBuffer>, code: unknown, client = lenient): Promise<void> {
  await expect(client.decrypt(message, { keyring })).rejects.toMatchObject({ code })
  for (const lengths of [[Math.max(1, message.length)], [1], [17, 3]]) {
    const { ended, error } = await streamed(message, lengths, client)
    expect(error).toMatchObject({ code })
    expect(ended).toBe(false)
  }
}

async function streamed(message: Uint8Array<ArrayBuffer>, lengths: readonly number[], client = lenient) {
  try {
    const { plaintext: stream } = await client.decryptStream(webStream(chunksOf(message, ...lengths)), { keyring })
    return await take(stream)
  } catch (error) {
    return { bytes: new Uint8Array(0), chunks: [], ended: false, error }
  }
}

/** One suite of each kind: formats 1 and 2, unsigned and signed. */
const kinds = [0x0178, 0x0214, 0x0478, 0x0578] as const
const byKind = kinds.map((id) => [formatSuiteId(id), algorithmSuite(id)] as const)

function signs(suite: AlgorithmSuite): boolean {
  return suite.signature.kind !== 'none'
}

/** Another value for the byte at `offset`. */
function withByte(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const changed = bytes.slice()
  changed[offset] = value
  return changed
}

describe.each(byKind)('structure that somebody with a key has sealed, in %s', (_, suite) => {
  const sealed = (changes: Partial<MessageToSeal>) => soundMessage(suite.id, changes)
  const [first, second, final] = pieces as [PieceToSeal, PieceToSeal, PieceToSeal]
  const context = encodeContext({ a: '1', b: '2' })

  it('is accepted when nothing is wrong with it', async () => {
    expect((await lenient.decrypt(await sealed({}), { keyring })).plaintext).toEqual(plaintext)
    expect((await streamed(await sealed({}), [1])).bytes).toEqual(plaintext)
    const ivs = pieces.map((piece, i) => ({ ...piece, iv: pattern(12, 9 + i) }))
    expect((await lenient.decrypt(await sealed({ pieces: ivs }), { keyring })).plaintext).toEqual(plaintext)
  })

  const header: readonly (readonly [string, Partial<MessageToSeal>, string])[] = [
    ['frames of no bytes', { frameLength: 0 }, 'ERR_ESDK_BODY_MALFORMED'],
    [
      'a frame length without frames',
      { pieces: [{ kind: 'nonframed', content: plaintext }], frameLength: 16 },
      'ERR_ESDK_HEADER_MALFORMED',
    ],
    ['content type 0', { contentType: 0 }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['content type 3', { contentType: 3 }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['another version', { editHeader: (bytes) => withByte(bytes, 0, 3) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['no encrypted data key', { encryptedDataKeys: [] }, 'ERR_ESDK_HEADER_MALFORMED'],
    [
      'a provider id that is not UTF-8',
      {
        encryptedDataKeys: [{ ...knownEdk, providerId: '????' }],
        editHeader: (bytes) => bytes.map((byte) => (byte === 0x3f ? 0xff : byte)),
      },
      'ERR_ESDK_HEADER_MALFORMED',
    ],
    ['a context of one byte', { rawContext: Uint8Array.of(0) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context that counts no pairs', { rawContext: u16(0) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context with a pair too few', { rawContext: withByte(context, 1, 3) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context with a pair too many', { rawContext: withByte(context, 1, 1) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context with a byte left over', { rawContext: concat(context, u16(0)) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context with a key twice', { rawContext: withByte(context, 10, 0x61) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context key that is not UTF-8', { rawContext: withByte(context, 4, 0x80) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ['a context value that is not UTF-8', { rawContext: withByte(context, 7, 0xff) }, 'ERR_ESDK_HEADER_MALFORMED'],
    ...(suite.messageVersion === 1
      ? ([
          [
            'another type',
            { editHeader: (bytes: Uint8Array) => withByte(bytes, 1, 0x81) },
            'ERR_ESDK_HEADER_MALFORMED',
          ],
          ['a reserved field that is not zero', { reserved: 1 }, 'ERR_ESDK_HEADER_MALFORMED'],
          ['an IV length of 16', { ivLength: 16 }, 'ERR_ESDK_HEADER_MALFORMED'],
        ] as const)
      : []),
  ]

  it.each(header)('is refused in the header: %s', async (_, changes, code) => {
    await expectRefused(await sealed(changes), code)
  })

  const body: readonly (readonly [string, readonly PieceToSeal[], unknown])[] = [
    ['frames that begin with 0', [{ ...first, sequenceNumber: 0 }, second, final], 'ERR_ESDK_BODY_SEQUENCE'],
    ['frames that begin with 2', [{ ...first, sequenceNumber: 2 }, second, final], 'ERR_ESDK_BODY_SEQUENCE'],
    ['a frame twice', [first, { ...first, sequenceNumber: 1 }, second, final], 'ERR_ESDK_BODY_SEQUENCE'],
    ['a frame left out', [first, { ...final, sequenceNumber: 3 }], 'ERR_ESDK_BODY_SEQUENCE'],
    [
      'frames in the wrong order',
      [
        { ...second, sequenceNumber: 2 },
        { ...first, sequenceNumber: 1 },
        { ...final, sequenceNumber: 3 },
      ],
      'ERR_ESDK_BODY_SEQUENCE',
    ],
    ['numbers that go back', [first, second, { ...final, sequenceNumber: 2 }], 'ERR_ESDK_BODY_SEQUENCE'],
    [
      'numbers in the fields that are not those of the tags',
      [
        { ...second, sequenceNumber: 2, writtenSequenceNumber: 1 },
        { ...first, sequenceNumber: 1, writtenSequenceNumber: 2 },
        { ...final, sequenceNumber: 3 },
      ],
      'ERR_ESDK_BODY_AUTH',
    ],
    ['a final frame longer than the others', [{ kind: 'final', content: pattern(17) }], 'ERR_ESDK_BODY_MALFORMED'],
    ['a final frame as a regular one', [{ ...first, kind: 'final' }, second], anyCode],
    ['no frame at all', [], anyCode],
    ['no final frame', [first, second], signs(suite) ? 'ERR_ESDK_BODY_SEQUENCE' : 'ERR_ESDK_TRUNCATED'],
    [
      'two final frames',
      [first, { ...second, kind: 'final' }, final],
      signs(suite) ? anyCode : 'ERR_ESDK_TRAILING_BYTES',
    ],
    ['a regular frame behind the final one', [final, { ...first, sequenceNumber: 2 }], 'ERR_ESDK_TRAILING_BYTES'],
    ['a body without frames where frames are due', [{ kind: 'nonframed', content: plaintext }], anyCode],
  ]

  it.each(body)('is refused in the body: %s', async (_, changed, code) => {
    await expectRefused(await sealed({ pieces: changed, contentType: 2 }), code)
  })

  it('is refused when the lengths in the body are not those of the tags', async () => {
    const claimed = { ...final, claimedLength: 7 }
    await expectRefused(await sealed({ pieces: [first, second, claimed] }), 'ERR_ESDK_BODY_AUTH')
    const nonframed = { kind: 'nonframed', content: plaintext, claimedLength: 39 } as const
    await expectRefused(await sealed({ pieces: [nonframed], frameLength: 0 }), 'ERR_ESDK_BODY_AUTH')
  })
})

describe('a body of 200,000 empty frames', () => {
  it('is refused at the first: nothing behind the frame length is read, and no key is asked for', async () => {
    const header = await sealMessage({ suite: 0x0178, frameLength: 0, contentType: 2, pieces: [] })
    const frame = (number: number) => concat(u32(number), new Uint8Array(12), new Uint8Array(16))
    let taken = 0
    function* source() {
      for (const chunk of chunksOf(header, 1)) {
        taken++
        yield chunk
      }
      for (let number = 1; number <= 200_000; number++) {
        taken++
        yield frame(number)
      }
    }
    const spy = knownKeyring()
    await expect(lenient.decryptStream(source(), { keyring: spy })).rejects.toMatchObject({
      code: 'ERR_ESDK_BODY_MALFORMED',
    })
    // IV and tag of the header are not read any more.
    expect(taken).toBe(header.length - 12 - 16)
    expect(spy.calls).toEqual([])
  })
})

describe('another suite than the one that was written', () => {
  const pairs = algorithmSuites.flatMap((from) => algorithmSuites.map((to) => [from, to] as const))
  const swaps = pairs.filter(([from, to]) => from !== to)

  it.each(swaps.map(([from, to]) => [formatSuiteId(from.id), formatSuiteId(to.id), from, to] as const))(
    'is refused: %s as %s',
    async (_from, _to, from, to) => {
      const message = await soundMessage(from.id)
      const offset = from.messageVersion === 1 ? 2 : 1
      message.set(u16(to.id), offset)
      const otherVersion = from.messageVersion !== to.messageVersion
      const otherSignature = signs(from) !== signs(to)
      await expectRefused(
        message,
        otherVersion ? 'ERR_ESDK_HEADER_MALFORMED' : otherSignature ? 'ERR_ESDK_PUBLIC_KEY' : anyCode,
      )
    },
  )

  it.each(swaps.map(([from, to]) => [formatSuiteId(from.id), formatSuiteId(to.id), from, to] as const))(
    'is refused with the version that belongs to it: %s as %s',
    async (_from, _to, from, to) => {
      const message = await soundMessage(from.id)
      const start = to.messageVersion === 1 ? [1, 0x80] : [2]
      const rest = message.subarray(from.messageVersion === 1 ? 4 : 3)
      await expectRefused(concat(Uint8Array.from(start), u16(to.id), rest), anyCode)
    },
  )

  it.each([0x0000, 0x0070, 0x0072, 0x0073, 0x0074, 0x6700, 0x6701, 0xffff])('is refused: %i', async (id) => {
    for (const [suite, offset] of [
      [0x0178, 2],
      [0x0478, 1],
    ] as const) {
      const editHeader = (header: Uint8Array) => withByte(withByte(header, offset, id >>> 8), offset + 1, id & 0xff)
      await expectRefused(await soundMessage(suite, { editHeader }), 'ERR_ESDK_HEADER_MALFORMED')
    }
  })
})

describe('the commitment policy', () => {
  const notCommitting = algorithmSuites.filter(({ committing }) => !committing)

  it.each(notCommitting.map((suite) => [suite.name, suite] as const))(
    'refuses %s before anybody is asked for a key',
    async (_, suite) => {
      let asked = 0
      const cmm = defaultCmm(keyring)
      const watched: CryptographicMaterialsManager = {
        ...cmm,
        decryptMaterials(request) {
          asked++
          return cmm.decryptMaterials(request)
        },
      }
      const message = await soundMessage(suite.id)
      await expect(createClient().decrypt(message, { cmm: watched })).rejects.toMatchObject({
        code: 'ERR_ESDK_COMMITMENT_POLICY',
        policy: 'require-encrypt-require-decrypt',
        suite: suite.id,
      })
      expect(asked).toBe(0)
      for (const commitmentPolicy of ['require-encrypt-allow-decrypt', 'forbid-encrypt-allow-decrypt'] as const) {
        await createClient({ commitmentPolicy }).decrypt(message, { cmm: watched })
      }
      expect(asked).toBe(2)
    },
  )

  it('is looked at again when the materials come', async () => {
    const cmm = defaultCmm(keyring)
    const lying: CryptographicMaterialsManager = {
      ...cmm,
      async decryptMaterials(request) {
        return { ...(await cmm.decryptMaterials(request)), suite: algorithmSuite(0x0178) }
      },
    }
    await expect(createClient().decrypt(await soundMessage(0x0478), { cmm: lying })).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
    })
  })
})

describe('the commitment', () => {
  it.each([0, 15, 31])('is compared whole: byte %i', async (offset) => {
    for (const suite of [0x0478, 0x0578] as const) {
      const sound = await soundMessage(suite)
      const { headerLength } = inspect(sound)
      const commitment = sound.slice(headerLength - 16 - 32, headerLength - 16)
      const changed = withByte(commitment, offset, (commitment[offset] as number) ^ 0x80)
      await expectRefused(await soundMessage(suite, { commitment: changed }), 'ERR_ESDK_COMMITMENT')
      await expectRefused(await soundMessage(suite, { commitment: new Uint8Array(32) }), 'ERR_ESDK_COMMITMENT')
    }
  })

  it('is compared before anything else is done with the key', async () => {
    let imported = 0
    const backend = {
      ...defaultBackend,
      importAesGcmKey(key: Uint8Array) {
        imported++
        return defaultBackend.importAesGcmKey(key)
      },
    }
    const message = await soundMessage(0x0478, { commitment: new Uint8Array(32) })
    const client = createClient({ backend })
    await expect(client.decrypt(message, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT' })
    expect(imported).toBe(0)
    await client.decrypt(await soundMessage(0x0478), { keyring })
    expect(imported).toBe(1)
  })
})

describe('the header tag', () => {
  it('is checked over the bytes as they stand, before the body is looked at', async () => {
    for (const suite of kinds) {
      const message = await soundMessage(suite)
      const { headerLength } = inspect(message)
      for (const offset of [headerLength - 1, headerLength - 16]) {
        const changed = message.slice(0, headerLength)
        changed[offset] = (changed[offset] as number) ^ 1
        await expectRefused(changed, 'ERR_ESDK_HEADER_AUTH')
      }
    }
  })

  it('uses the IV of format 1 as it stands, and covers it', async () => {
    const message = await soundMessage(0x0178, { headerIv: pattern(12) })
    expect((await lenient.decrypt(message, { keyring })).plaintext).toEqual(plaintext)
    const { headerLength } = inspect(message)
    message[headerLength - 28] = 0
    await expectRefused(message, 'ERR_ESDK_HEADER_AUTH')
  })

  it('does not match under another data key', async () => {
    const other = knownKeyring(pattern(32, 99))
    for (const [suite, code] of [
      [0x0014, 'ERR_ESDK_HEADER_AUTH'],
      [0x0178, 'ERR_ESDK_HEADER_AUTH'],
      [0x0478, 'ERR_ESDK_COMMITMENT'],
    ] as const) {
      const message = await soundMessage(suite)
      await expect(lenient.decrypt(message, { keyring: other })).rejects.toMatchObject({ code })
    }
  })
})

describe('bytes behind the message', () => {
  it.each(byKind)('are refused in %s', async (_, suite) => {
    const message = await soundMessage(suite.id)
    // The frame that a second final one would be: what stands between the first and the footer.
    const footer = { footer: () => new Uint8Array(0) }
    const { length } = await soundMessage(suite.id, footer)
    const longer = await soundMessage(suite.id, { ...footer, pieces: [...pieces, pieces.at(-1) as PieceToSeal] })
    const secondFinal = longer.slice(length)
    for (const extra of [pattern(1), pattern(16), pattern(1000), new Uint8Array(1), message, secondFinal]) {
      await expectRefused(concat(message, extra), 'ERR_ESDK_TRAILING_BYTES')
      // Also when they come alone, after everything else has been released.
      const chunks = [message, extra]
      const { plaintext: stream } = await lenient.decryptStream(chunks, { keyring })
      const { bytes, ended, error } = await take(stream)
      expect(error).toMatchObject({ code: 'ERR_ESDK_TRAILING_BYTES' })
      expect(ended).toBe(false)
      expect(bytes.length).toBeLessThanOrEqual(plaintext.length)
    }
  })

  it('do not keep the last frame of an unsigned message back', async () => {
    const message = await soundMessage(0x0478)
    let ends: () => void = () => {}
    const hangs = new Promise<void>((resolve) => {
      ends = resolve
    })
    async function* source() {
      yield message
      await hangs
    }
    const { plaintext: stream } = await lenient.decryptStream(source(), { keyring })
    const reader = stream.getReader()
    let released = 0
    while (released < plaintext.length) released += (await reader.read()).value?.length ?? 0
    // But the end is not told before the source has ended.
    const end = reader.read()
    expect(await Promise.race([end, Promise.resolve('waits')])).toBe('waits')
    ends()
    expect(await end).toEqual({ done: true, value: undefined })
  })
})

describe('a message that ends too early', () => {
  it.each(byKind)('is refused at every byte, in %s', async (_, suite) => {
    const message = await soundMessage(suite.id)
    for (let length = 0; length < message.length; length++) {
      const cut = message.slice(0, length)
      await expect(lenient.decrypt(cut, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
      for (const lengths of [[length || 1], [48]]) {
        const { ended, error } = await streamed(cut, lengths)
        expect(error).toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
        expect(ended).toBe(false)
      }
    }
  })

  it('of no bytes at all is told so', async () => {
    await expect(lenient.decrypt(new Uint8Array(0), { keyring })).rejects.toThrow(
      'the input is empty: even an encrypted empty file has a header; was it written to the end?',
    )
    await expect(lenient.decryptStream([], { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_TRUNCATED' })
  })
})

describe('the public key of a signed message', () => {
  const withPublicKey = (publicKey: string | null, suite: AlgorithmSuiteId = 0x0578) =>
    soundMessage(suite, { publicKey })

  it('must be there if, and only if, the suite signs', async () => {
    for (const { id, signature } of algorithmSuites) {
      const publicKey = signature.kind === 'none' ? encodeBase64(pattern(49)) : null
      await expectRefused(await withPublicKey(publicKey, id), 'ERR_ESDK_PUBLIC_KEY')
    }
  })

  it('cannot be given to decrypt in its place', async () => {
    const message = await withPublicKey(null)
    const encryptionContext = { [publicKeyContextKey]: encodeBase64(pattern(49)) }
    await expect(lenient.decrypt(message, { keyring, encryptionContext })).rejects.toMatchObject({
      code: 'ERR_ESDK_PUBLIC_KEY',
    })
  })

  it('is a compressed point of the suite’s curve, in base64', async () => {
    const { publicKey: p384 } = await defaultBackend.ecdsa.generateKey('P-384')
    const { publicKey: p256 } = await defaultBackend.ecdsa.generateKey('P-256')
    const uncompressed = concat(Uint8Array.of(4), p384.subarray(1), pattern(48))
    // x = 2^384 - 1 is larger than the prime of the field.
    const tooLarge = new Uint8Array(49).fill(0xff)
    tooLarge[0] = 2
    const texts = [p256, uncompressed, tooLarge, Uint8Array.of(0), new Uint8Array(0), p384.subarray(0, 48)].map(
      encodeBase64,
    )
    for (const text of [...texts, `${encodeBase64(p384)} `, encodeBase64(p384).replaceAll('A', '-'), 'no base64!']) {
      if (text !== encodeBase64(p384)) await expectRefused(await withPublicKey(text), 'ERR_ESDK_PUBLIC_KEY')
    }
    await expectRefused(await withPublicKey(encodeBase64(p384), 0x0214), 'ERR_ESDK_PUBLIC_KEY')
    // Another key of the right form: then it is the signature that does not match.
    await expectRefused(await withPublicKey(encodeBase64(p384)), 'ERR_ESDK_SIGNATURE')
  })
})

describe('the signature', () => {
  const order = 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n
  const integer = (bytes: Uint8Array): Uint8Array => {
    const shortest = bytes.subarray(
      Math.max(
        0,
        bytes.findIndex((byte) => byte !== 0),
      ),
    )
    const padding = (shortest[0] as number) >= 0x80 ? 1 : 0
    return concat(Uint8Array.of(2, shortest.length + padding), new Uint8Array(padding), shortest)
  }
  const sequence = (...integers: Uint8Array[]): Uint8Array => {
    const content = concat(...integers)
    return concat(Uint8Array.of(0x30, content.length), content)
  }
  const fromNumber = (value: bigint): Uint8Array =>
    Uint8Array.from({ length: 48 }, (_, i) => Number((value >> BigInt(8 * (47 - i))) & 0xffn))
  const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)

  const footers: Readonly<Record<string, (r: Uint8Array, s: Uint8Array, der: Uint8Array) => Uint8Array>> = {
    'r and s without DER': (r, s) => concat(r, s),
    'a byte behind the DER': (_r, _s, der) => concat(der, new Uint8Array(1)),
    'a byte within the sequence': (r, s) => sequence(integer(r), integer(s), new Uint8Array(1)),
    'a length in two bytes': (r, s) => concat(Uint8Array.of(0x30, 0x81), sequence(integer(r), integer(s)).subarray(1)),
    'r with a zero too many': (r, s) => {
      const [tag, length, ...value] = integer(r)
      return sequence(Uint8Array.of(tag as number, (length as number) + 1, 0, ...value), integer(s))
    },
    'r of 0': (_, s) => sequence(integer(new Uint8Array(48)), integer(s)),
    's of 0': (r) => sequence(integer(r), integer(new Uint8Array(48))),
    'r of n': (_, s) => sequence(integer(fromNumber(order)), integer(s)),
    's of n': (r) => sequence(integer(r), integer(fromNumber(order))),
    'r and s exchanged': (r, s) => sequence(integer(s), integer(r)),
    'r as a negative number': (_, s) => sequence(Uint8Array.of(2, 1, 0x80), integer(s)),
    'one number only': (r) => sequence(integer(r)),
    'an empty sequence': () => sequence(),
  }

  it.each(Object.entries(footers))('is refused as %s', async (_, make) => {
    const footer = (der: Uint8Array, plain: Uint8Array) => {
      const made = make(plain.slice(0, 48), plain.slice(48), der)
      return concat(u16(made.length), made)
    }
    await expectRefused(await soundMessage(0x0578, { footer }), 'ERR_ESDK_SIGNATURE')
  })

  it('that is empty is not there', async () => {
    await expectRefused(await soundMessage(0x0578, { footer: () => u16(0) }), 'ERR_ESDK_SIGNATURE')
    await expectRefused(await soundMessage(0x0578, { footer: () => new Uint8Array(0) }), 'ERR_ESDK_TRUNCATED')
  })

  it('is accepted with n - s in the place of s: both are signatures of the same key', async () => {
    const footer = (_: Uint8Array, plain: Uint8Array) => {
      const negated = fromNumber(order - toNumber(plain.subarray(48)))
      const der = sequence(integer(plain.subarray(0, 48)), integer(negated))
      return concat(u16(der.length), der)
    }
    const message = await soundMessage(0x0578, { footer })
    expect((await lenient.decrypt(message, { keyring })).plaintext).toEqual(plaintext)
  })

  it('covers header, tag and body: what a key holder changes afterwards does not match', async () => {
    const one = await soundMessage(0x0578)
    const footer = one.slice(one.length - 105)
    // The same message with another signing key, and that one's own public key in the header.
    const other = await soundMessage(0x0578, { footer: () => footer })
    await expectRefused(other, 'ERR_ESDK_SIGNATURE')
  })
})

describe('what is released of a message whose signature is wrong', () => {
  const wrong = { footer: (der: Uint8Array) => concat(u16(der.length), withByte(der, der.length - 1, 0)) }

  it('streamed: no more than the frames before the last', async () => {
    for (const [size, most] of [
      [0, 0],
      [16, 0],
      [40, 32],
      [1000, 992],
    ] as const) {
      const message = await soundMessage(0x0578, { pieces: framesOf(pattern(size), 16), ...wrong })
      for (const lengths of [[message.length], [1], [48]]) {
        const { bytes, ended, error } = await streamed(message, lengths)
        expect(error).toMatchObject({ code: 'ERR_ESDK_SIGNATURE' })
        expect(ended).toBe(false)
        // Frames are released as their tags pass; the last one is held back.
        expect(bytes).toEqual(pattern(size).subarray(0, most))
      }
    }
  })

  it('streamed without frames: nothing', async () => {
    const message = await soundMessage(0x0578, {
      pieces: [{ kind: 'nonframed', content: pattern(1000) }],
      frameLength: 0,
      ...wrong,
    })
    const { bytes, error } = await streamed(message, [100])
    expect(error).toMatchObject({ code: 'ERR_ESDK_SIGNATURE' })
    expect(bytes).toHaveLength(0)
  })

  it('whole: nothing, and what was decrypted is overwritten', async () => {
    const message = await soundMessage(0x0578, { pieces: framesOf(pattern(1000), 100), frameLength: 100, ...wrong })
    const outputs: Uint8Array[] = []
    const backend = {
      ...defaultBackend,
      async importAesGcmKey(bytes: Uint8Array) {
        const key = await defaultBackend.importAesGcmKey(bytes)
        return {
          ...key,
          async openRun(run: Parameters<typeof key.openRun>[0]) {
            const opened = await key.openRun(run)
            outputs.push(...opened.plaintext)
            return opened
          },
        }
      },
    }
    const client = createClient({ commitmentPolicy: 'forbid-encrypt-allow-decrypt', backend })
    await expect(client.decrypt(message, { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_SIGNATURE' })
    expect(outputs.reduce((sum, { length }) => sum + length, 0)).toBe(1000)
    for (const output of outputs) expect(output.every((byte) => byte === 0)).toBe(true)
  })

  it('with unsignedOnly: nothing, since nothing behind the header is read, and no key is asked for', async () => {
    const message = await soundMessage(0x0578, wrong)
    const { headerLength } = inspect(message)
    const spy = knownKeyring()
    let taken = 0
    function* source() {
      for (const chunk of chunksOf(message, 1)) {
        taken++
        yield chunk
      }
    }
    await expect(lenient.decryptStream(source(), { keyring: spy, unsignedOnly: true })).rejects.toMatchObject({
      code: 'ERR_ESDK_SIGNED_MESSAGE',
      message: containing('AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384'),
    })
    expect(taken).toBe(headerLength - 16)
    expect(spy.calls).toEqual([])
    const { plaintext: stream } = await lenient.decryptStream(await soundMessage(0x0478), {
      keyring,
      unsignedOnly: true,
    })
    expect((await take(stream)).bytes).toEqual(plaintext)
  })
})

describe('limits', () => {
  const edks = (count: number): EncryptedDataKey[] => Array.from({ length: count }, () => knownEdk)

  it('of encrypted data keys are met before any of them is read, and before anybody is asked', async () => {
    const message = await soundMessage(0x0478, { encryptedDataKeys: edks(4) })
    for (const [max, refused] of [
      [3, true],
      [4, false],
    ] as const) {
      const spy = knownKeyring()
      const client = createClient({ maxEncryptedDataKeys: max })
      const decrypting = client.decrypt(message, { keyring: spy })
      if (refused) {
        await expect(decrypting).rejects.toMatchObject({
          code: 'ERR_ESDK_LIMIT',
          limit: 'maxEncryptedDataKeys',
          allowed: 3,
          found: 4,
        })
      } else expect((await decrypting).plaintext).toEqual(plaintext)
      expect(spy.calls).toHaveLength(refused ? 0 : 1)
    }
  })

  it('of encrypted data keys stop the reading where their count stands', async () => {
    const context = encodeContext({ tenant: '42' })
    const message = await soundMessage(0x0478, { encryptedDataKeys: edks(4) })
    let taken = 0
    function* source() {
      for (const chunk of chunksOf(message, 1)) {
        taken++
        yield chunk
      }
    }
    const client = createClient({ maxEncryptedDataKeys: 3 })
    await expect(client.decryptStream(source(), { keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_LIMIT' })
    expect(taken).toBe(1 + 2 + 32 + 2 + context.length + 2)
  })

  it('of the header, frames and plaintext are met', async () => {
    const message = await soundMessage(0x0478)
    const { headerLength } = inspect(message)
    const limited = (limits: Limits) => createClient({ limits })
    const exact = { maxHeaderLength: headerLength - 16, maxFrameLength: 16, maxPlaintextLength: 40 }
    expect((await limited(exact).decrypt(message, { keyring })).plaintext).toEqual(plaintext)
    for (const [limit, allowed] of Object.entries(exact)) {
      const client = limited({ ...exact, [limit]: allowed - 1 })
      await expectRefused(message, 'ERR_ESDK_LIMIT', client)
      await expect(client.decrypt(message, { keyring })).rejects.toMatchObject({ limit, allowed: allowed - 1 })
    }
  })
})

describe('what is not a message', () => {
  it.each([
    ['AYADeJgBBB8AAQ==', 'the base64 text of a message: decode the base64 first'],
    ['AgV4Agi4ABCDEFGH', 'the base64 text of a message: decode the base64 first'],
    ['AgR4Agi4ABCDEFGH', 'the base64 text of a message: decode the base64 first'],
    ['0180037898010401', 'the hexadecimal text of a message: decode the hexadecimal first'],
    ['020578aabbccddee', 'the hexadecimal text of a message: decode the hexadecimal first'],
    ['AQICAHhqBCCY1MSi', 'the base64 text of an AWS KMS ciphertext: decode it and call KMS Decrypt, not esdk'],
    ['-----BEGIN PRIVATE', 'PEM text: give the encrypted message, not a key'],
    ['\x01\x01\x02\x00x____', 'an AWS KMS ciphertext, not a message: call KMS Decrypt, not esdk'],
    ['{"json": true}', 'plain text: is it encrypted at all?'],
  ])('%s is told what it is', async (text, hint) => {
    const bytes = utf8(text)
    await expectRefused(bytes, 'ERR_ESDK_NOT_A_MESSAGE')
    await expect(lenient.decrypt(bytes, { keyring })).rejects.toThrow(`the input looks like ${hint}`)
  })

  it.each(['PK\x03\x04zip file', '\x00\x00\x00\x00\x00\x00\x00\x00'])('%s is refused', async (text) => {
    await expectRefused(utf8(text), 'ERR_ESDK_HEADER_MALFORMED')
  })
})

describe('the context', () => {
  it('that is given must be the one in the message, as far as it goes', async () => {
    const message = await soundMessage(0x0478)
    const ok = await lenient.decrypt(message, { keyring, encryptionContext: { tenant: '42' } })
    expect({ ...ok.encryptionContext }).toEqual({ tenant: '42' })
    await expect(lenient.decrypt(message, { keyring, encryptionContext: { tenant: '43' } })).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
    // A pair that the message was not told to leave out is not authentic.
    await expect(lenient.decrypt(message, { keyring, encryptionContext: { more: '1' } })).rejects.toMatchObject({
      code: 'ERR_ESDK_HEADER_AUTH',
    })
  })

  it('that is left out of the message is authenticated all the same', async () => {
    const cmm = defaultCmm(keyring)
    const leavingOut: CryptographicMaterialsManager = {
      ...cmm,
      getEncryptionMaterials: (request) =>
        cmm.getEncryptionMaterials({ ...request, requiredContextKeys: new Set(['secret']) }),
    }
    for (const { id, committing } of algorithmSuites) {
      const client = committing ? createClient() : lenient
      const encryptionContext = { secret: 'not stored', tenant: '42' }
      const { ciphertext, header } = await client.encrypt(plaintext, { cmm: leavingOut, suite: id, encryptionContext })
      expect(header.encryptionContext).not.toHaveProperty('secret')
      expect(new TextDecoder('latin1').decode(ciphertext)).not.toContain('not stored')
      const given = { keyring, encryptionContext: { secret: 'not stored' } }
      const result = await client.decrypt(ciphertext, given)
      expect(result.plaintext).toEqual(plaintext)
      expect(result.encryptionContext).toMatchObject(encryptionContext)
      for (const wrong of [{}, { secret: 'other' }, { secret: 'not stored', more: '' }]) {
        await expect(client.decrypt(ciphertext, { keyring, encryptionContext: wrong })).rejects.toMatchObject({
          code: 'ERR_ESDK_HEADER_AUTH',
        })
      }
    }
  })
})

describe('materials of a plug-in', () => {
  it('are refused, and their key zeroed, when the key has another length', async () => {
    let given: DataKey | undefined
    const wrong = {
      ...keyring,
      async onDecrypt(...args: Parameters<typeof keyring.onDecrypt>) {
        given = new DataKey(knownKey.subarray(0, 16))
        return { ...(await keyring.onDecrypt(...args)), dataKey: given }
      },
    }
    await expect(lenient.decrypt(await soundMessage(0x0478), { keyring: wrong })).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
      message: containing('have a data key of 16 bytes, the suite takes 32'),
    })
    expect(() => given?.expose()).toThrow('this data key has been zeroed')
  })

  it('that never come because the plug-in fails are its fault', async () => {
    const failing = { ...keyring, onDecrypt: () => Promise.reject(new RangeError('network is down')) }
    await expect(lenient.decrypt(await soundMessage(0x0478), { keyring: failing })).rejects.toMatchObject({
      code: 'ERR_ESDK_MATERIALS',
      message: 'the keyring or materials manager failed: network is down',
      cause: new RangeError('network is down'),
    })
  })
})

describe('a platform that fails', () => {
  it('is told apart from a message that is wrong', async () => {
    const backend = {
      ...defaultBackend,
      hmac() {
        throw new Error('error:0308010C:digital envelope routines::unsupported')
      },
    }
    const client = createClient({ backend })
    const error: unknown = await client
      .decrypt(await soundMessage(0x0478), { keyring })
      .catch((caught: unknown) => caught)
    expect(isEsdkError(error)).toBe(true)
    expect(error).toMatchObject({ code: 'ERR_ESDK_PLATFORM', cause: expect.any(Error) as unknown })
  })
})

describe('progress of decryption', () => {
  it('grows, and ends with all bytes', async () => {
    const long = pattern(600_000)
    const message = await sealMessage({ frameLength: 4096, pieces: framesOf(long, 4096) })
    const reports: [number, number][] = []
    const onProgress = (progress: { plaintextBytes: number; ciphertextBytes: number }) =>
      reports.push([progress.plaintextBytes, progress.ciphertextBytes])
    await lenient.decrypt(message, { keyring, onProgress })
    expect(reports.length).toBeGreaterThan(2)
    expect(reports.at(-1)).toEqual([long.length, message.length])
    reports.reduce((before, after) => {
      expect(after[0]).toBeGreaterThanOrEqual(before[0])
      expect(after[1]).toBeGreaterThanOrEqual(before[1])
      return after
    })
  })

  it('counts the message without what would be behind it', async () => {
    const reports: number[] = []
    const onProgress = ({ ciphertextBytes }: { ciphertextBytes: number }) => reports.push(ciphertextBytes)
    const message = await soundMessage(0x0578)
    const trailing = concat(message, u32(7))
    await lenient.decrypt(trailing, { keyring, onProgress }).catch(() => {})
    expect(Math.max(...reports)).toBe(message.length)
  })
})
