import { describe, expect, it } from 'vitest'
import type { WritingEnvelope } from './envelope.ts'
import {
  checkMetadataSize,
  checkOwnMetadata,
  readObjectMetadata,
  withoutEnvelope,
  writeObjectMetadata,
} from './object-metadata.ts'

// Bytes 0, 1, 2, ... in base64 (RFC 4648).
const twelve = 'AAECAwQFBgcICQoL'
const sixteen = 'AAECAwQFBgcICQoLDA0ODw=='
const twentyEight = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=='

const v1 = { 'x-amz-key': 'a2V5', 'x-amz-iv': sixteen, 'x-amz-matdesc': '{}' }
const gcm = {
  'x-amz-key-v2': 'a2V5',
  'x-amz-iv': twelve,
  'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding","tenant":"42"}',
  'x-amz-wrap-alg': 'kms+context',
  'x-amz-cek-alg': 'AES/GCM/NoPadding',
  'x-amz-tag-len': '128',
}
const cbc = {
  'x-amz-key-v2': 'a2V5',
  'x-amz-iv': sixteen,
  'x-amz-matdesc': '{"kms_cmk_id":"k"}',
  'x-amz-wrap-alg': 'kms',
  'x-amz-cek-alg': 'AES/CBC/PKCS5Padding',
}
const content = { 'x-amz-c': '115', 'x-amz-d': twentyEight, 'x-amz-i': twentyEight }
const v3 = { ...content, 'x-amz-3': 'a2V5', 'x-amz-w': '12', 'x-amz-t': '{"aws:x-amz-cek-alg":"115"}' }

const key = new TextEncoder().encode('key')
const upTo = (length: number) => Uint8Array.from({ length }, (_, i) => i)

type Metadata = Record<string, string>
const without = (metadata: Metadata, name: string): Metadata =>
  Object.fromEntries(Object.entries(metadata).filter(([each]) => each !== name))

function read(metadata: Metadata) {
  const found = readObjectMetadata(metadata)
  if (found.kind !== 'complete') throw new Error(`found ${found.kind}`)
  return found.envelope
}

/** The code and the text of the refusal. */
function refusal(metadata: Metadata): [unknown, string] {
  try {
    readObjectMetadata(metadata)
  } catch (error) {
    return [(error as { code?: unknown }).code, (error as Error).message]
  }
  return ['accepted', '']
}

const codeOf = (metadata: Metadata) => refusal(metadata)[0]

describe('the metadata of an object', () => {
  it('is V1 with x-amz-key', () => {
    expect(read(v1)).toEqual({
      format: 'V1',
      dataKey: { algorithm: 'v1', ciphertext: key, description: {} },
      dataKeyIn: 'object',
      content: { kind: 'cbc', iv: upTo(16) },
    })
  })

  it('is V2 with x-amz-key-v2, GCM or CBC', () => {
    expect(read(gcm)).toEqual({
      format: 'V2',
      dataKey: {
        algorithm: 'kms+context',
        ciphertext: key,
        description: { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding', tenant: '42' },
      },
      dataKeyIn: 'object',
      content: { kind: 'gcm', iv: upTo(12) },
    })
    expect(read(cbc)).toMatchObject({ dataKey: { algorithm: 'kms' }, content: { kind: 'cbc', iv: upTo(16) } })
    expect(read({ ...cbc, 'x-amz-cek-alg': 'AES/CBC/PKCS7Padding' }).content).toEqual({ kind: 'cbc', iv: upTo(16) })
  })

  it('is V3 with x-amz-3', () => {
    expect(read(v3)).toEqual({
      format: 'V3',
      dataKey: { algorithm: 'kms+context', ciphertext: key, description: { 'aws:x-amz-cek-alg': '115' } },
      dataKeyIn: 'object',
      content: { kind: 'committing', messageId: upTo(28), commitment: upTo(28) },
    })
  })

  it('is V3 with its data key elsewhere, when it has c, d and i alone', () => {
    expect(readObjectMetadata(content)).toEqual({
      kind: 'committing',
      content: { kind: 'committing', messageId: upTo(28), commitment: upTo(28) },
    })
  })

  it('is absent when there is none of it, whatever else there is', () => {
    expect(readObjectMetadata({})).toEqual({ kind: 'absent' })
    expect(readObjectMetadata({ color: 'red', 'x-amz-note': 'mine' })).toEqual({ kind: 'absent' })
    // Clients that write instruction files of V1 and V2 leave this one with the object.
    expect(readObjectMetadata({ 'x-amz-unencrypted-content-length': '17' })).toEqual({ kind: 'absent' })
  })

  it('is found whatever the case of its names, and beside metadata of the user', () => {
    const capitals = Object.fromEntries(Object.entries(v3).map(([name, value]) => [name.toUpperCase(), value]))
    expect(read({ ...capitals, color: 'red' })).toEqual(read(v3))
    expect(codeOf({ ...v3, 'X-Amz-W': '02' })).toBe('ERR_ESDK_S3_METADATA')
  })

  it('takes empty values for absent ones', () => {
    const empty = { 'x-amz-m': '', 'x-amz-unencrypted-content-length': '', 'x-amz-key-v2': '' }
    expect(read({ ...v3, ...empty })).toEqual(read(v3))
    expect(read({ ...cbc, 'x-amz-tag-len': '' })).toEqual(read(cbc))
    expect(codeOf({ ...v3, 'x-amz-3': '' })).toBe('ERR_ESDK_S3_METADATA')
  })

  it('may lack the description in V2 and V3, not in V1', () => {
    expect(read(without(gcm, 'x-amz-matdesc')).dataKey.description).toEqual({})
    expect(read(without(v3, 'x-amz-t')).dataKey.description).toEqual({})
    expect(codeOf(without(v1, 'x-amz-matdesc'))).toBe('ERR_ESDK_S3_METADATA')
  })

  it.each([
    ['02', 'AES/GCM'],
    ['22', 'RSA-OAEP-SHA1'],
  ])('of V3 describes a key of wrapping %s in x-amz-m, or in x-amz-t as C++ does', (code, algorithm) => {
    const raw = { ...without(v3, 'x-amz-t'), 'x-amz-w': code }
    const description = { name: 'primary' }
    const dataKey = { algorithm, ciphertext: key, description }
    expect(read({ ...raw, 'x-amz-m': '{"name":"primary"}' }).dataKey).toEqual(dataKey)
    expect(read({ ...raw, 'x-amz-t': '{"name":"primary"}' }).dataKey).toEqual(dataKey)
    expect(read({ ...raw, 'x-amz-m': 'null', 'x-amz-t': '{"name":"primary"}' }).dataKey).toEqual(dataKey)
    expect(codeOf({ ...raw, 'x-amz-m': '{"a":"1"}', 'x-amz-t': '{"a":"1"}' })).toBe('ERR_ESDK_S3_METADATA')
  })

  it('of V3 describes a key of AWS KMS in x-amz-t alone', () => {
    expect(codeOf({ ...without(v3, 'x-amz-t'), 'x-amz-m': '{"aws:x-amz-cek-alg":"115"}' })).toBe('ERR_ESDK_S3_METADATA')
    expect(read({ ...v3, 'x-amz-m': 'null' })).toEqual(read(v3))
  })
})

describe('a switched algorithm (threat S1)', () => {
  it.each([
    [
      'a GCM object as CBC: the IV is 12 bytes',
      { ...gcm, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding', 'x-amz-tag-len': '' },
    ],
    ['a GCM object as CBC: it has a tag', { ...gcm, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding', 'x-amz-iv': sixteen }],
    ['a CBC object as GCM: it has no tag', { ...cbc, 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-iv': twelve }],
    [
      'a CBC object as GCM: the IV is 16 bytes',
      { ...cbc, 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-tag-len': '128' },
    ],
    ['V1 that names a content algorithm', { ...v1, 'x-amz-cek-alg': 'AES/GCM/NoPadding' }],
    ['V1 that names a wrapping', { ...v1, 'x-amz-wrap-alg': 'AES/GCM' }],
    ['a tag of 96 bits', { ...gcm, 'x-amz-tag-len': '96' }],
    ['a tag of 128.0 bits', { ...gcm, 'x-amz-tag-len': '128.0' }],
    ['no content algorithm', { ...gcm, 'x-amz-cek-alg': '' }],
    ['no wrapping', { ...gcm, 'x-amz-wrap-alg': '' }],
  ])('is refused: %s', (_, metadata) => {
    expect(codeOf(metadata)).toBe('ERR_ESDK_S3_METADATA')
  })

  it.each([
    [{ ...gcm, 'x-amz-cek-alg': 'AES/CTR/NoPadding' }, 'the x-amz-cek-alg "AES/CTR/NoPadding"'],
    [{ ...gcm, 'x-amz-cek-alg': 'aes/gcm/nopadding' }, 'the x-amz-cek-alg "aes/gcm/nopadding"'],
    [{ ...gcm, 'x-amz-cek-alg': '115' }, 'the x-amz-cek-alg "115"'],
    [{ ...gcm, 'x-amz-wrap-alg': 'kms+ctx' }, 'the x-amz-wrap-alg "kms+ctx"'],
    [{ ...gcm, 'x-amz-wrap-alg': 'v1' }, 'the x-amz-wrap-alg "v1"'],
    [{ ...gcm, 'x-amz-wrap-alg': ' kms' }, 'the x-amz-wrap-alg " kms"'],
    [{ ...gcm, 'x-amz-wrap-alg': '\nforged' }, 'the x-amz-wrap-alg "\\u{a}forged"'],
    [{ ...v3, 'x-amz-c': '114' }, 'the x-amz-c "114"'],
    [{ ...v3, 'x-amz-c': '0115' }, 'the x-amz-c "0115"'],
    [{ ...content, 'x-amz-c': '116' }, 'the x-amz-c "116"'],
    [{ ...v3, 'x-amz-w': '01' }, 'the x-amz-w "01"'],
    [{ ...v3, 'x-amz-w': '11' }, 'the x-amz-w "11"'],
    [{ ...v3, 'x-amz-w': '21' }, 'the x-amz-w "21"'],
    [{ ...v3, 'x-amz-w': 'kms+context' }, 'the x-amz-w "kms+context"'],
    [{ ...v3, 'x-amz-w': 'toString' }, 'the x-amz-w "toString"'],
  ])('is named when it is not known: %o', (metadata, named) => {
    const [code, message] = refusal(metadata)
    expect(code).toBe('ERR_ESDK_S3_UNSUPPORTED')
    expect(message).toContain(named)
  })
})

describe('mixed and incomplete formats (threat S2)', () => {
  const all: Metadata = { ...v1, ...gcm, ...v3 }
  const formats: readonly Metadata[] = [v1, gcm, cbc, v3, content]

  it('are refused whenever one pair more is of another format', () => {
    for (const format of formats) {
      const others = Object.keys(all).filter((name) => !(name in format))
      expect(others.length).toBeGreaterThan(4)
      for (const name of others) {
        const found = { ...format, [name]: all[name] as string }
        expect([name, codeOf(found)]).toEqual([name, 'ERR_ESDK_S3_METADATA'])
      }
    }
  })

  it('are refused whenever one pair is missing, but for descriptions', () => {
    const mayLack = ['x-amz-t', 'x-amz-matdesc']
    for (const format of formats) {
      for (const name of Object.keys(format).filter((each) => !mayLack.includes(each))) {
        expect([name, codeOf(without(format, name))]).toEqual([name, 'ERR_ESDK_S3_METADATA'])
      }
    }
  })

  it('are refused when V3 is pretended by its algorithms alone', () => {
    expect(codeOf({ ...gcm, 'x-amz-c': '115', 'x-amz-w': '12' })).toBe('ERR_ESDK_S3_METADATA')
    expect(codeOf({ ...v1, 'x-amz-c': '115' })).toBe('ERR_ESDK_S3_METADATA')
  })

  it('are refused when V3 has the length that V1 and V2 have', () => {
    expect(refusal({ ...v3, 'x-amz-unencrypted-content-length': '1' })).toEqual([
      'ERR_ESDK_S3_METADATA',
      'the metadata of the object has x-amz-unencrypted-content-length, which V3 does not have: formats are mixed: ' +
        'restore the metadata that the writer of the object stored',
    ])
  })

  it('are refused with a text that names what is missing, and no value', () => {
    const [, message] = refusal(without({ ...gcm, 'x-amz-key-v2': 'c2VjcmV0IHNlY3JldA==' }, 'x-amz-wrap-alg'))
    expect(message).toBe(
      'the metadata of the object has no x-amz-wrap-alg, it is incomplete: ' +
        'restore the metadata that the writer of the object stored',
    )
  })
})

describe('hints of the length (threat S6)', () => {
  it.each(['0', '1', '1000000000000000000', '-1', 'text'])('are not read: %s', (hint) => {
    expect(read({ ...gcm, 'x-amz-unencrypted-content-length': hint })).toEqual(read(gcm))
    expect(read({ ...v1, 'x-amz-unencrypted-content-length': hint })).toEqual(read(v1))
  })
})

describe('small fields (threat S12)', () => {
  const encode = (length: number) => btoa(String.fromCharCode(...upTo(length)))

  it.each([
    ['x-amz-iv', v1, 16],
    ['x-amz-iv', cbc, 16],
    ['x-amz-iv', gcm, 12],
    ['x-amz-i', v3, 28],
    ['x-amz-i', content, 28],
  ])('%s has one length', (name, metadata, right) => {
    for (let length = 1; length <= 64; length++) {
      const code = length === right ? 'accepted' : 'ERR_ESDK_S3_METADATA'
      expect([length, codeOf({ ...metadata, [name]: encode(length) })]).toEqual([length, code])
    }
    for (let zeros = 1; zeros <= 8; zeros++) {
      const padded = btoa(atob((metadata as Metadata)[name] as string) + '\0'.repeat(zeros))
      expect(codeOf({ ...metadata, [name]: padded })).toBe('ERR_ESDK_S3_METADATA')
    }
  })

  it('a commitment of another length than 28 is that of no key', () => {
    for (let length = 1; length <= 64; length++) {
      const code = length === 28 ? 'accepted' : 'ERR_ESDK_COMMITMENT'
      expect([length, codeOf({ ...v3, 'x-amz-d': encode(length) })]).toEqual([length, code])
      expect([length, codeOf({ ...content, 'x-amz-d': encode(length) })]).toEqual([length, code])
    }
  })

  it.each([
    ['white space at the end', (text: string) => `${text} `],
    ['a line end', (text: string) => `${text}\n`],
    ['white space within', (text: string) => `${text.slice(0, 4)} ${text.slice(4)}`],
    ['no padding', (text: string) => text.slice(0, -1)],
    ['more padding', (text: string) => `${text}=`],
    ['the alphabet of URLs', (text: string) => `__${text.slice(2)}`],
    ['bits behind the last byte', (text: string) => text.replace(/[A-Z]==$/i, 'B==').replace(/Q=$/, 'R=')],
    ['a character that is none', (text: string) => `*${text.slice(1)}`],
    ['a letter of another script', (text: string) => `\u{430}${text.slice(1)}`],
  ])('are strict base64: %s is refused', (_, change) => {
    // All three end in padding, so that each change is one.
    const whole = { ...v3, 'x-amz-3': 'a2V5cw==', 'x-amz-d': twentyEight, 'x-amz-i': twentyEight }
    for (const name of ['x-amz-3', 'x-amz-d', 'x-amz-i'] as const) {
      const changed = change(whole[name])
      expect(changed).not.toBe(whole[name])
      const [code, message] = refusal({ ...whole, [name]: changed })
      expect([name, code]).toEqual([name, 'ERR_ESDK_S3_METADATA'])
      expect(message).not.toContain(changed)
    }
  })
})

describe('descriptions', () => {
  it.each([
    '{"a":1}',
    '{"a":null}',
    '{"a":{"b":"c"}}',
    '{"a":["b"]}',
    '["a"]',
    '"a"',
    'null',
    '{"a":"1","a":"2"}',
    '{"a":"1","\\u0061":"1"}',
    '{"a":"1"',
    "{'a':'1'}",
    '{"a":"\\ud800"}',
    '{"\\udc00":"a"}',
    '\u{feff}{}',
    '{"a":"1",}',
    '{} {}',
  ])('of V2 are refused unless they are objects of strings: %s', (json) => {
    expect(codeOf({ ...gcm, 'x-amz-matdesc': json })).toBe('ERR_ESDK_S3_METADATA')
  })

  it.each([
    ['in JSON escapes', '{"city":"Z\\u00fcrich"}'],
    ['in Unicode', '{"city":"Zürich"}'],
    ['as UTF-8 that is shown as Latin-1', '{"city":"Z\u{c3}\u{bc}rich"}'],
    ['encoded twice by Amazon S3', '=?UTF-8?Q?{=22city=22:=22Z=C3=83=C2=BCrich=22}?='],
  ])('are read %s', (_, json) => {
    expect(read({ ...gcm, 'x-amz-matdesc': json }).dataKey.description).toEqual({ city: 'Zürich' })
  })

  it('hold plain data whatever its keys, and cannot change', () => {
    const { description } = read({ ...gcm, 'x-amz-matdesc': ' { "__proto__" : "a" , "toString" : "b" } ' }).dataKey
    expect(Object.entries(description)).toEqual([
      ['__proto__', 'a'],
      ['toString', 'b'],
    ])
    expect(Object.getPrototypeOf(description)).toBeNull()
    expect(Object.isFrozen(description)).toBe(true)
  })
})

const committing: WritingEnvelope = {
  format: 'V3',
  dataKey: { algorithm: 'kms+context', ciphertext: key, description: { 'aws:x-amz-cek-alg': '115' } },
  dataKeyIn: 'object',
  content: { kind: 'committing', messageId: upTo(28), commitment: upTo(28) },
}
const nonCommitting: WritingEnvelope = {
  format: 'V2',
  dataKey: { algorithm: 'AES/GCM', ciphertext: key, description: {} },
  dataKeyIn: 'object',
  content: { kind: 'gcm', iv: upTo(12) },
}

describe('metadata that is written', () => {
  it('is that of V3, which never tells the length', () => {
    expect(writeObjectMetadata(committing, 17)).toEqual(v3)
  })

  it('is that of V2, with the length where it is known', () => {
    const pairs = { ...gcm, 'x-amz-matdesc': '{}', 'x-amz-wrap-alg': 'AES/GCM' }
    expect(writeObjectMetadata(nonCommitting)).toEqual(pairs)
    expect(writeObjectMetadata(nonCommitting, 0)).toEqual({ ...pairs, 'x-amz-unencrypted-content-length': '0' })
  })

  it('names the description of a raw key x-amz-m, when there is one', () => {
    const dataKey = { algorithm: 'RSA-OAEP-SHA1', ciphertext: key, description: { name: 'a' } } as const
    const pairs = { ...content, 'x-amz-3': 'a2V5', 'x-amz-w': '22' }
    expect(writeObjectMetadata({ ...committing, dataKey })).toEqual({ ...pairs, 'x-amz-m': '{"name":"a"}' })
    expect(writeObjectMetadata({ ...committing, dataKey: { ...dataKey, description: {} } })).toEqual(pairs)
  })

  it('leaves to the instruction file what is there', () => {
    expect(writeObjectMetadata({ ...committing, dataKeyIn: 'instruction-file' }, 17)).toEqual(content)
    expect(writeObjectMetadata({ ...nonCommitting, dataKeyIn: 'instruction-file' }, 17)).toEqual({})
  })

  it('is US-ASCII, and holds nothing that a mail reader would decode', () => {
    const description = { naïve: 'Grüße 我 😀', word: '=?UTF-8?Q?a?=', del: '\u{7f}' }
    const written = writeObjectMetadata({ ...nonCommitting, dataKey: { ...nonCommitting.dataKey, description } })
    expect(written['x-amz-matdesc']).toBe(
      '{"na\\u00efve":"Gr\\u00fc\\u00dfe \\u6211 \\ud83d\\ude00","word":"\\u003d?UTF-8?Q?a?=","del":"\\u007f"}',
    )
    expect(read(written).dataKey.description).toEqual(description)
  })

  it('refuses a description with half a surrogate pair', () => {
    const dataKey = { ...committing.dataKey, description: { a: '\u{d800}' } }
    expect(() => writeObjectMetadata({ ...committing, dataKey })).toThrow(TypeError)
  })
})

describe('user metadata', () => {
  it('may not hold names of an envelope, in any case', () => {
    expect(checkOwnMetadata({ color: 'red', 'x-amz-note': 'a' })).toEqual({ color: 'red', 'x-amz-note': 'a' })
    expect(() => checkOwnMetadata({ color: 'red', 'X-Amz-Key-V2': 'a', 'x-amz-c': '' })).toThrow(
      new TypeError(
        'Metadata must not hold X-Amz-Key-V2, x-amz-c: these names belong to client-side encryption, choose others',
      ),
    )
    expect(() => checkOwnMetadata({ 'x-amz-crypto-instr-file': '' })).toThrow(TypeError)
    expect(() => checkOwnMetadata({ 'x-amz-unencrypted-content-length': '1' })).toThrow(TypeError)
  })

  it('is what remains without the envelope', () => {
    expect(withoutEnvelope({ ...gcm, 'X-AMZ-3': 'a', color: 'red', 'x-amz-note': 'a' })).toEqual({
      color: 'red',
      'x-amz-note': 'a',
    })
  })

  it('has room for 2048 bytes of names and values in UTF-8', () => {
    // 'a' and 'ü' take 1 and 2 bytes.
    expect(() => checkMetadataSize({ a: 'ü'.repeat(1023), b: '' })).not.toThrow()
    expect(() => checkMetadataSize({ a: 'ü'.repeat(1023), bc: '' })).toThrow(RangeError)
  })

  it('that is too long is refused with the way out', () => {
    // Name and value of x-amz-t: 7 and 2000 bytes; of color: 5 and 100.
    expect(() => checkMetadataSize({ color: 'r'.repeat(100), 'x-amz-t': 't'.repeat(2000) })).toThrow(
      new RangeError(
        'the metadata takes 2112 bytes, 2007 of them for encryption; Amazon S3 stores 2048: write an instruction ' +
          'file with instructionFile: { write: true }, or give less Metadata or EncryptionContext',
      ),
    )
  })
})
