import { describe, expect, it } from 'vitest'
import type { WritingEnvelope } from './envelope.ts'
import {
  instructionFileKey,
  instructionFileMetadata,
  longestInstructionFile,
  readInstructionFile,
  writeInstructionFile,
} from './instruction-file.ts'
import { readObjectMetadata } from './object-metadata.ts'

// Bytes 0, 1, 2, ... in base64 (RFC 4648).
const twelve = 'AAECAwQFBgcICQoL'
const sixteen = 'AAECAwQFBgcICQoLDA0ODw=='
const twentyEight = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=='
const upTo = (length: number) => Uint8Array.from({ length }, (_, i) => i)
const key = new TextEncoder().encode('key')

const v1 = { 'x-amz-key': 'a2V5', 'x-amz-iv': sixteen, 'x-amz-matdesc': '{"name":"primary"}' }
const v2 = {
  'x-amz-key-v2': 'a2V5',
  'x-amz-iv': twelve,
  'x-amz-matdesc': '{}',
  'x-amz-wrap-alg': 'AES/GCM',
  'x-amz-cek-alg': 'AES/GCM/NoPadding',
  'x-amz-tag-len': '128',
}
const v3 = { 'x-amz-3': 'a2V5', 'x-amz-w': '02', 'x-amz-m': '{"name":"primary"}' }
const content = { 'x-amz-c': '115', 'x-amz-d': twentyEight, 'x-amz-i': twentyEight }

const absent = { kind: 'absent' } as const
const committing = {
  kind: 'committing',
  content: { kind: 'committing', messageId: upTo(28), commitment: upTo(28) },
} as const

const bytes = (text: string) => new TextEncoder().encode(text)
const file = (pairs: object) => bytes(JSON.stringify(pairs))

function refusal(found: Uint8Array, inObject: typeof absent | typeof committing = absent): [unknown, string] {
  try {
    readInstructionFile(found, inObject)
  } catch (error) {
    return [(error as { code?: unknown }).code, (error as Error).message]
  }
  return ['accepted', '']
}

describe('an instruction file', () => {
  it('is all of V1 and of V2', () => {
    expect(readInstructionFile(file(v1), absent)).toEqual({
      format: 'V1',
      dataKey: { algorithm: 'v1', ciphertext: key, description: { name: 'primary' } },
      dataKeyIn: 'instruction-file',
      content: { kind: 'cbc', iv: upTo(16) },
    })
    expect(readInstructionFile(file(v2), absent)).toEqual({
      format: 'V2',
      dataKey: { algorithm: 'AES/GCM', ciphertext: key, description: {} },
      dataKeyIn: 'instruction-file',
      content: { kind: 'gcm', iv: upTo(12) },
    })
  })

  it('is the data key of V3, whose object has the rest', () => {
    expect(readInstructionFile(file(v3), committing)).toEqual({
      format: 'V3',
      dataKey: { algorithm: 'AES/GCM', ciphertext: key, description: { name: 'primary' } },
      dataKeyIn: 'instruction-file',
      content: committing.content,
    })
  })

  it('may have numbers for lengths, null for a description of V3, and empty strings', () => {
    const whole = readInstructionFile(file(v2), absent)
    const numbers = { ...v2, 'x-amz-tag-len': 128, 'x-amz-unencrypted-content-length': 17 }
    expect(readInstructionFile(file(numbers), absent)).toEqual(whole)
    expect(readInstructionFile(file({ ...v3, 'x-amz-t': null }), committing)).toEqual(
      readInstructionFile(file({ ...v3, 'x-amz-t': '' }), committing),
    )
    const cbc = { ...v2, 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding', 'x-amz-iv': sixteen, 'x-amz-tag-len': '' }
    expect(readInstructionFile(file(cbc), absent).content).toEqual({ kind: 'cbc', iv: upTo(16) })
  })

  it.each(['=?UTF-8?Q?a?=', 'Ã¼', 'Grüße 我'])('is UTF-8, and not decoded as a header: %s', (name) => {
    const pairs = { ...v2, 'x-amz-matdesc': JSON.stringify({ name }) }
    expect(readInstructionFile(file(pairs), absent).dataKey.description).toEqual({ name })
  })

  it('may have white space', () => {
    expect(readInstructionFile(bytes(`\n ${JSON.stringify(v2, null, 2)}\n`), absent).format).toBe('V2')
  })
})

describe('a broken instruction file (threat S3)', () => {
  const text = JSON.stringify(v2)
  const swapped = (from: string, to: string) => bytes(text.replace(from, to))

  it.each([
    ['nothing', new Uint8Array()],
    ['white space', bytes(' \n')],
    ['no JSON', bytes('{"x-amz-key-v2":')],
    ['an array', bytes(`[${text}]`)],
    ['a string', bytes('"x-amz-key-v2"')],
    ['null', bytes('null')],
    ['an empty object', bytes('{}')],
    ['two objects', bytes(text + text)],
    ['a byte order mark', bytes(`\u{feff}${text}`)],
    ['UTF-16', Uint8Array.from([...text].flatMap((character) => [character.charCodeAt(0), 0]))],
    ['a byte that is not UTF-8', Uint8Array.of(...bytes(text.slice(0, -2)), 0xff, 0x22, 0x7d)],
    ['half a surrogate pair in UTF-8', Uint8Array.of(...bytes(text.slice(0, -2)), 0xed, 0xa0, 0x80, 0x22, 0x7d)],
    ['a comment', bytes(`/* ${'a'} */${text}`)],
    ['a trailing comma', swapped('"128"}', '"128",}')],
    ['a nested object', file({ ...v2, 'x-amz-matdesc': {} })],
    ['a nested array', file({ ...v2, 'x-amz-iv': [twelve] })],
    ['a number for an IV', file({ ...v2, 'x-amz-iv': 7 })],
    ['a boolean', file({ ...v2, 'x-amz-tag-len': true })],
    ['null for a key', file({ ...v2, 'x-amz-key-v2': null })],
    ['a tag of 96 bits, as a number', file({ ...v2, 'x-amz-tag-len': 96 })],
    ['a key twice', swapped('{', '{"x-amz-key-v2":"b3RoZXI=",')],
    ['a key twice, once escaped', swapped('{', '{"x-amz\\u002dkey-v2":"b3RoZXI=",')],
    ['an unknown key', file({ ...v2, 'x-amz-key-v4': 'a2V5' })],
    ['a key of somebody else', file({ ...v2, color: 'red' })],
    ['a key in capitals', file({ ...v2, 'X-Amz-Iv': twelve })],
    ['a key with the prefix of headers', file({ ...v2, 'x-amz-meta-x-amz-iv': twelve })],
    ['a key that all objects have', file({ ...v2, toString: 'a' })],
    ['__proto__', swapped('{', '{"__proto__":"a",')],
    ['the mark of instruction files', file({ ...v2, 'x-amz-crypto-instr-file': '' })],
    ['no IV', file({ ...v2, 'x-amz-iv': '' })],
    ['keys of V1 and V2', file({ ...v1, ...v2 })],
    ['the data key of V3 beside V2', file({ ...v2, ...v3 })],
    ['the data key of V3, and nothing with the object', file(v3)],
    ['all of V3', file({ ...v3, ...content })],
    ['more than 1 MiB', bytes(text.padEnd(2 ** 20 + 1))],
  ])('is refused: %s', (_, found) => {
    const [code, message] = refusal(found)
    expect(code).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
    expect(message).toContain('restore the instruction file that the writer of the object stored')
    expect(message).not.toMatch(/a2V5|b3RoZXI=/)
  })

  it.each(['x-amz-c', 'x-amz-d', 'x-amz-i'] as const)('is refused: %s, which is with the object', (name) => {
    const found = file({ ...v3, [name]: content[name] })
    expect(refusal(found, committing)).toEqual([
      'ERR_ESDK_S3_INSTRUCTION_FILE',
      `the instruction file has ${name}, which may be with the object only: ` +
        'restore the instruction file that the writer of the object stored',
    ])
    expect(refusal(file({ ...v3, [name]: '' }), committing)[0]).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
    expect(refusal(file({ ...v2, [name]: '' }))[0]).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
  })

  it.each([
    ['V1', file(v1)],
    ['V2', file(v2)],
    ['V2 beside V3', file({ ...v2, ...v3 })],
    ['V3 with the IV of V2', file({ ...v3, 'x-amz-iv': twelve })],
    ['V3 with a length', file({ ...v3, 'x-amz-unencrypted-content-length': 17 })],
    ['V3 without its wrapping', file({ 'x-amz-3': 'a2V5' })],
    ['nothing', file({})],
  ])('is refused for an object of V3: %s', (_, found) => {
    expect(refusal(found, committing)[0]).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
  })

  it('is refused with the name of an algorithm that is not known', () => {
    const [code, message] = refusal(file({ ...v2, 'x-amz-wrap-alg': 'kms+ctx' }))
    expect(code).toBe('ERR_ESDK_S3_UNSUPPORTED')
    expect(message).toContain('the instruction file has the x-amz-wrap-alg "kms+ctx"')
    expect(refusal(file({ ...v3, 'x-amz-w': '99' }), committing)[0]).toBe('ERR_ESDK_S3_UNSUPPORTED')
  })

  it('may be of 1 MiB, and no more', () => {
    expect(longestInstructionFile).toBe(1_048_576)
    expect(readInstructionFile(bytes(text.padEnd(2 ** 20)), absent).format).toBe('V2')
  })

  it('is refused, and not followed, when it is deep', () => {
    const depth = 2 ** 19
    expect(refusal(bytes('['.repeat(depth) + ']'.repeat(depth)))[0]).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
    expect(refusal(bytes('{"a":'.repeat(2 ** 17)))[0]).toBe('ERR_ESDK_S3_INSTRUCTION_FILE')
  })
})

describe('the key of an instruction file (threat S3)', () => {
  it('is the key of the object and the suffix, as they are', () => {
    expect(instructionFileKey('a/../b c.txt')).toBe('a/../b c.txt.instruction')
    expect(instructionFileKey('a', 'INSTRUCTION_SUFFIX')).toBe('aINSTRUCTION_SUFFIX')
    expect(instructionFileKey('a', '.third-party')).toBe('a.third-party')
  })

  it.each(['', '/b', '.instruction/..', '..', '.a..b', '/'])('refuses the suffix %j', (suffix) => {
    expect(() => instructionFileKey('a', suffix)).toThrow(TypeError)
  })
})

describe('an instruction file that is written', () => {
  const forV3: WritingEnvelope = {
    format: 'V3',
    dataKey: { algorithm: 'AES/GCM', ciphertext: key, description: { name: 'my key 我' } },
    dataKeyIn: 'instruction-file',
    content: committing.content,
  }
  const forV2: WritingEnvelope = { ...forV3, format: 'V2', content: { kind: 'gcm', iv: upTo(12) } }
  const text = (envelope: WritingEnvelope) => new TextDecoder().decode(writeInstructionFile(envelope))

  it('of V3 is about the data key', () => {
    expect(text(forV3)).toBe(
      '{"x-amz-3":"a2V5","x-amz-w":"02","x-amz-m":"{\\"name\\":\\"my\\u0020key\\u0020\\\\u6211\\"}"}',
    )
  })

  it('of V2 is all there is, without a length', () => {
    expect(JSON.parse(text(forV2))).toEqual({ ...v2, 'x-amz-matdesc': '{"name":"my key \\u6211"}' })
  })

  it('is what is read, and US-ASCII without white space', () => {
    expect(readInstructionFile(writeInstructionFile(forV3), committing)).toEqual(forV3)
    expect(readInstructionFile(writeInstructionFile(forV2), absent)).toEqual(forV2)
    expect(text(forV3) + text(forV2)).toMatch(/^[\x21-\x7e]+$/)
  })

  it('carries the mark of instruction files, by which no object is taken for encrypted', () => {
    expect(instructionFileMetadata).toEqual({ 'x-amz-crypto-instr-file': '' })
    expect(readObjectMetadata(instructionFileMetadata)).toEqual(absent)
  })
})
