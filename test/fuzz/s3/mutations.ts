/**
 * What somebody with a bucket and without a key can do to an object: anything, but wrap a key or make a tag.
 *
 * @module
 */

import type { Random } from '../random.mjs'
import type { Pairs, StoredParts } from './corpus.ts'

/** An object under change. */
interface Changes {
  body: Uint8Array
  metadata: Pairs
  file: Uint8Array | undefined
}

/** `another` gives an object of the same key, most of the time. */
type Mutation = (object: Changes, random: Random, another: () => StoredParts) => void

const [blockLength, tagLength] = [16, 16]

const bodyMutations: Readonly<Record<string, Mutation>> = {
  'flip a bit': (object, random) => {
    object.body = flipped(object.body, random)
  },
  'flip a bit of the tag': (object, random) => {
    const { rest, tag } = parts(object.body)
    object.body = join(rest, flipped(tag, random))
  },
  'change a byte': (object, random) => {
    if (object.body.length > 0) object.body = object.body.with(random.below(object.body.length), random.below(256))
  },
  'cut the end': (object, random) => {
    object.body = object.body.slice(0, random.below(object.body.length))
  },
  'cut the end by a few bytes or blocks': (object, random) => {
    object.body = object.body.slice(0, -random.pick([1, 2, 15, 16, 17, 32]))
  },
  'cut the beginning': (object, random) => {
    object.body = object.body.slice(random.pick([1, 16, random.below(object.body.length)]))
  },
  'append bytes': (object, random) => {
    const length = random.pick([1, 15, 16, 17, 32, random.below(200)])
    object.body = join(object.body, random.oneIn(2) ? new Uint8Array(length) : random.bytes(length))
  },
  'put bytes before it': (object, random) => {
    object.body = join(random.bytes(random.pick([1, 12, 16])), object.body)
  },
  'insert bytes': (object, random) => {
    const at = random.below(object.body.length + 1)
    object.body = join(object.body.slice(0, at), random.bytes(random.pick([1, 16])), object.body.slice(at))
  },
  'exchange two blocks': (object, random) => {
    const blocks = blocksOf(object.body)
    const [a, b] = [random.below(blocks.length), random.below(blocks.length)]
    object.body = join(...blocks.map((block, i) => (i === a ? blocks[b] : i === b ? blocks[a] : block) ?? block))
  },
  'repeat a block': (object, random) => {
    const blocks = blocksOf(object.body)
    const at = random.below(blocks.length)
    object.body = join(...blocks.slice(0, at + 1), ...blocks.slice(at))
  },
  'drop a block': (object, random) => {
    const blocks = blocksOf(object.body)
    object.body = join(...blocks.toSpliced(random.below(blocks.length), 1))
  },
  'move the tag': (object, random) => {
    const { rest, tag } = parts(object.body)
    const at = random.pick([0, Math.max(0, rest.length - blockLength), random.below(rest.length + 1)])
    object.body = join(rest.slice(0, at), tag, rest.slice(at))
  },
  'take the tag of another': (object, _, another) => {
    object.body = join(parts(object.body).rest, parts(another().body).tag)
  },
  'take the ciphertext of another': (object, _, another) => {
    object.body = join(parts(another().body).rest, parts(object.body).tag)
  },
  'take the body of another': (object, _, another) => {
    object.body = another().body
  },
  'go on with the body of another': (object, random, another) => {
    const at = random.below(object.body.length + 1)
    object.body = join(object.body.slice(0, at), another().body.slice(random.pick([0, at])))
  },
  'fill it': (object, random) => {
    object.body = object.body.slice().fill(random.below(256), random.below(object.body.length + 1))
  },
  'make it empty': (object) => {
    object.body = new Uint8Array(0)
  },
}

const names = [
  ['x-amz-key', 'x-amz-key-v2', 'x-amz-iv', 'x-amz-matdesc', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-tag-len'],
  ['x-amz-c', 'x-amz-d', 'x-amz-i', 'x-amz-3', 'x-amz-w', 'x-amz-m', 'x-amz-t'],
  ['x-amz-unencrypted-content-length', 'x-amz-crypto-instr-file', '__proto__'],
].flat()

/** Values that mean something, or have meant something to somebody; `|` is between them. */
const meaningful: Readonly<Record<string, string>> = {
  'x-amz-cek-alg': 'AES/GCM/NoPadding|AES/CBC/PKCS5Padding|AES/CBC/PKCS7Padding|AES/CTR/NoPadding|115|',
  'x-amz-wrap-alg': 'AES/GCM|AESWrap|RSA-OAEP-SHA1|RSA/ECB/OAEPWithSHA-256AndMGF1Padding|kms|kms+context|AES|RSA|',
  'x-amz-tag-len': '128|120|96|32|0|-1|1e9|',
  'x-amz-unencrypted-content-length': '0|1|15|16|1000000000000000000|-1|many|',
  'x-amz-c': '115|114|116|0x73|',
  'x-amz-w': '02|12|22|01|11|21|AES/GCM|',
  'x-amz-matdesc': '{}||{"a":"b"}|{"kms_cmk_id":"x"}|[]|null|{"__proto__":"x"}',
  'x-amz-m': '{}||{"a":"b"}|null',
  'x-amz-t': '{}||{"aws:x-amz-cek-alg":"115"}|{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}|null',
}

type PairsMutation = (pairs: Pairs, random: Random, another: () => Pairs) => Pairs

/** On the pairs of an envelope, wherever they are. */
const pairsMutations: Readonly<Record<string, PairsMutation>> = {
  'flip a bit of a value': (pairs, random) =>
    withValue(pairs, random, (value) => encode(flipped(decode(value), random))),
  'cut or lengthen a decoded value': (pairs, random) =>
    withValue(pairs, random, (value) => {
      const bytes = decode(value)
      const length = random.pick([
        0,
        1,
        8,
        12,
        16,
        24,
        28,
        32,
        48,
        60,
        bytes.length - 1,
        bytes.length + 1,
        bytes.length + 8,
      ])
      const cut = new Uint8Array(Math.max(0, length))
      cut.set(bytes.slice(0, cut.length))
      return encode(cut)
    }),
  'fill a decoded value': (pairs, random) =>
    withValue(pairs, random, (value) => {
      const { length } = decode(value)
      return encode(random.oneIn(2) ? new Uint8Array(length) : random.bytes(length))
    }),
  'change a character': (pairs, random) =>
    withValue(pairs, random, (value) => {
      const at = random.below(value.length + 1)
      const put = random.pick(['', ' ', '=', '-', '_', 'A', '"', '\\', '{', '\u{e9}', '\n', '\0'])
      return value.slice(0, at) + put + value.slice(at + random.below(2))
    }),
  'cut a value': (pairs, random) => withValue(pairs, random, (value) => value.slice(0, random.below(value.length + 1))),
  'append to a value': (pairs, random) =>
    withValue(pairs, random, (value) => value + random.pick(['=', '==', ' ', '\t', 'AAAA', 'AA==', value])),
  'set a meaningful value': (pairs, random) => {
    const name = random.pick(Object.keys(meaningful))
    return withPair(pairs, name, random.pick(meaningful[name]?.split('|') ?? []))
  },
  'drop a pair': (pairs, random) => pairs.toSpliced(random.below(pairs.length), 1),
  'rename a pair': (pairs, random) => {
    const at = random.below(pairs.length)
    return pairs.map(([name, value], i) => [i === at ? random.pick([...names, name.toUpperCase()]) : name, value])
  },
  'exchange two values': (pairs, random) => {
    const [a, b] = [random.below(pairs.length), random.below(pairs.length)]
    return pairs.map(([name, value], i) => [name, (i === a ? pairs[b]?.[1] : i === b ? pairs[a]?.[1] : value) ?? value])
  },
  'repeat a pair': (pairs, random) => [...pairs, ...pairs.slice(random.below(pairs.length)).slice(0, 1)],
  'take a value of another': (pairs, random, another) => {
    const others = new Map(another())
    return withValue(pairs, random, (value, name) => others.get(name) ?? value)
  },
  'add a pair of another': (pairs, random, another) => {
    const others = another()
    return others.length === 0 ? pairs : withPair(pairs, ...random.pick(others))
  },
  'take all pairs of another': (_, __, another) => another(),
  'add all pairs of another': (pairs, random, another) =>
    random.oneIn(2) ? [...pairs, ...another()] : [...another(), ...pairs],
  'take the data key of another': (pairs, _, another) =>
    another().reduce(
      (all, [name, value]) => (/^x-amz-(key|key-v2|3)$/.test(name) ? withPair(all, name, value) : all),
      pairs,
    ),
  'call it CBC': (pairs, random) => {
    const iv = random.oneIn(2) ? random.bytes(16) : Uint8Array.of(...decode(valueIn(pairs, 'x-amz-iv')), 0, 0, 0, 2)
    const others = pairs.filter(([name]) => name !== 'x-amz-tag-len')
    return withPair(withPair(others, 'x-amz-cek-alg', 'AES/CBC/PKCS5Padding'), 'x-amz-iv', encode(iv))
  },
  'call it GCM': (pairs, random) => {
    const iv = encode(random.oneIn(2) ? random.bytes(12) : decode(valueIn(pairs, 'x-amz-iv')).slice(0, 12))
    const set = { 'x-amz-cek-alg': 'AES/GCM/NoPadding', 'x-amz-iv': iv, 'x-amz-tag-len': '128' }
    return Object.entries(set).reduce((all, [name, value]) => withPair(all, name, value), pairs)
  },
  'call it kms': (pairs) => withPair(pairs, 'x-amz-wrap-alg', 'kms'),
  'call V2 V1': (pairs) => [
    ['x-amz-key', valueIn(pairs, 'x-amz-key-v2')],
    ['x-amz-iv', valueIn(pairs, 'x-amz-iv')],
    ['x-amz-matdesc', valueIn(pairs, 'x-amz-matdesc')],
  ],
  'call V3 V2': (pairs, random) => [
    ['x-amz-key-v2', valueIn(pairs, 'x-amz-3')],
    ['x-amz-iv', encode(new Uint8Array(12).fill(1))],
    ['x-amz-cek-alg', random.pick(['AES/GCM/NoPadding', '115'])],
    ['x-amz-wrap-alg', { '02': 'AES/GCM', 12: 'kms+context', 22: 'RSA-OAEP-SHA1' }[valueIn(pairs, 'x-amz-w')] ?? 'kms'],
    ['x-amz-tag-len', '128'],
    ['x-amz-matdesc', valueIn(pairs, 'x-amz-t') || valueIn(pairs, 'x-amz-m') || '{}'],
  ],
  'call V2 V3': (pairs, random) => [
    ['x-amz-c', '115'],
    ['x-amz-d', encode(random.bytes(28))],
    ['x-amz-i', encode(random.bytes(28))],
    ['x-amz-3', valueIn(pairs, 'x-amz-key-v2')],
    [
      'x-amz-w',
      { 'AES/GCM': '02', 'kms+context': '12', 'RSA-OAEP-SHA1': '22' }[valueIn(pairs, 'x-amz-wrap-alg')] ?? '02',
    ],
    [random.pick(['x-amz-m', 'x-amz-t']), valueIn(pairs, 'x-amz-matdesc')],
  ],
}

const placeMutations: Readonly<Record<string, Mutation>> = {
  'drop the file': (object) => {
    object.file = undefined
  },
  'take the file of another': (object, _, another) => {
    object.file = another().file ?? object.file
  },
  'flip a bit of the file': (object, random) => {
    if (object.file !== undefined) object.file = flipped(object.file, random)
  },
  'cut the file': (object, random) => {
    object.file = object.file?.slice(0, random.below(object.file.length))
  },
  'write into the file': (object, random) => {
    if (object.file === undefined) return
    const at = random.pick([0, object.file.length, random.below(object.file.length + 1)])
    const put = random.pick(['\u{feff}', ' ', '{}', '{', '}', ',', '"x":1', '"x-amz-c":"115",', '\\u0000', '[', 'null'])
    object.file = join(object.file.slice(0, at), new TextEncoder().encode(put), object.file.slice(at))
  },
  'move the envelope to a file': (object) => {
    object.file = fileOf(object.metadata)
    object.metadata = []
  },
  'copy the envelope to a file': (object) => {
    object.file = fileOf(object.metadata)
  },
  'move a part of the envelope to a file': (object) => {
    const inFile = ([name]: Pairs[number]) => /^x-amz-[3wmt]$/.test(name)
    object.file = fileOf(object.metadata.filter(inFile))
    object.metadata = object.metadata.filter((pair) => !inFile(pair))
  },
  'move the file to the metadata': (object) => {
    object.metadata = [...object.metadata, ...pairsOf(object.file)]
    object.file = undefined
  },
  'copy the file to the metadata': (object) => {
    object.metadata = [...object.metadata, ...pairsOf(object.file)]
  },
  'take the metadata of another': (object, _, another) => {
    object.metadata = another().metadata
  },
}

const envelopeMutations: Readonly<Record<string, Mutation>> = Object.fromEntries(
  Object.entries(pairsMutations).map(([name, mutation]) => [name, inItsPlace(mutation)]),
)

const kinds = [bodyMutations, bodyMutations, envelopeMutations, envelopeMutations, placeMutations]

/**
 * An object with one change or a few, and what they were; now and then with none.
 *
 * @param another - gives objects to take parts of
 */
export function mutateObject(sample: StoredParts, random: Random, another: () => StoredParts) {
  const object: Changes = { ...sample }
  const used: string[] = []
  const count = random.oneIn(40) ? 0 : random.oneIn(3) ? 1 + random.below(3) : 1
  while (used.length < count) {
    const kind = random.pick(kinds)
    const name = random.pick(Object.keys(kind))
    kind[name]?.(object, random, another)
    used.push(name)
  }
  return { object: object as StoredParts, used }
}

/** The mutation of pairs on those of the file or of the metadata. */
function inItsPlace(mutation: PairsMutation): Mutation {
  return (object, random, another) => {
    const inFile = object.file !== undefined && !random.oneIn(4)
    const pairs = inFile ? pairsOf(object.file) : object.metadata
    if (pairs.length === 0) return
    const changed = mutation(pairs, random, () => {
      const { metadata, file } = another()
      return random.oneIn(4) ? pairsOf(file) : metadata
    })
    if (inFile) object.file = fileOf(changed)
    else object.metadata = changed
  }
}

/** The pairs of an instruction file; none where it cannot be read. */
function pairsOf(file: Uint8Array | undefined): Pairs {
  if (file === undefined) return []
  try {
    const value = JSON.parse(new TextDecoder().decode(file)) as Record<string, unknown> | null
    return Object.entries(value ?? {}).map(([name, each]) => [name, String(each)])
  } catch {
    return []
  }
}

/** Names may occur twice. */
function fileOf(pairs: Pairs): Uint8Array {
  const members = pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return new TextEncoder().encode(`{${members.join(',')}}`)
}

function withValue(pairs: Pairs, random: Random, change: (value: string, name: string) => string): Pairs {
  const at = random.below(pairs.length)
  return pairs.map(([name, value], i) => [name, i === at ? change(value, name) : value])
}

function withPair(pairs: Pairs, name: string, value: string): Pairs {
  return [...pairs.filter(([each]) => each !== name), [name, value]]
}

function valueIn(pairs: Pairs, name: string): string {
  return pairs.find(([each]) => each === name)?.[1] ?? ''
}

function parts(body: Uint8Array) {
  const end = Math.max(0, body.length - tagLength)
  return { rest: body.slice(0, end), tag: body.slice(end) }
}

function blocksOf(body: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(body.length / blockLength) }, (_, i) =>
    body.slice(i * blockLength, (i + 1) * blockLength),
  )
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = random.below(bytes.length)
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << random.below(8)))
}

function join(...all: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(all.flatMap((bytes) => [...bytes]))
}

function decode(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'base64'))
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
