import {
  type BodyBackendRule,
  bufferLike,
  changedAt,
  expectBytes,
  expectFailure,
  expectOwnMemory,
  expectThat,
  hex,
  present,
} from './rule.ts'

const wrappingKey = hex('000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f')
const key = hex('00112233445566778899aabbccddeeff 000102030405060708090a0b0c0d0e0f')

interface WrapExample {
  readonly wrappingLength: number
  readonly length: number
  readonly wrapped: string
}

/** RFC 3394, section 4. */
const examples: readonly WrapExample[] = [
  { wrappingLength: 16, length: 16, wrapped: '1fa68b0a8112b447 aef34bd8fb5a7b82 9d3e862371d2cfe5' },
  { wrappingLength: 24, length: 16, wrapped: '96778b25ae6ca435 f92b5b97c050aed2 468ab8a17ad84e5d' },
  { wrappingLength: 32, length: 16, wrapped: '64e8c3f9ce0f5ba2 63e9777905818a2a 93c8191e7d6e8ae7' },
  {
    wrappingLength: 24,
    length: 24,
    wrapped: '031d33264e15d332 68f24ec260743edc e1c6c7ddee725a93 6ba814915c6762d2',
  },
  {
    wrappingLength: 32,
    length: 24,
    wrapped: 'a8f9bc1612c68b3f f6e6f4fbe30e71e4 769c8b80a32cb895 8cd5d17d6b254da1',
  },
  {
    wrappingLength: 32,
    length: 32,
    wrapped: '28c9f404c4b810f4 cbccb35cfb87f826 3f5786e2d80ed326 cbc7f0e71a99f43b fb988b9b7a02dd21',
  },
]

/** 40 bytes, 00 to 27, wrapped just as rightly with 16, 24 and 32 bytes of the wrapping key: no AES key. */
const wrappedWrongLength: readonly (readonly [wrappingLength: number, wrapped: string])[] = [
  [16, 'afbd0c1a31dafc25eeb6402532d8b6ff5116f7f2474462d7218e942e144eeb0cb300e6663191948935a19cd3b85679c1'],
  [24, '7fedba2d383fce05650368d56cdbf642360c2dd51b927376ef0c1a6badf0920e1c6f006abb67e7bf1dba3b84e8015fea'],
  [32, 'b80a30afa50953c008220d340190cea47426b49e4e999aec7e26fe93dc7f898d2cb5050828c841093f9bafef587fc518'],
]

export const keyWrapRules: readonly BodyBackendRule[] = [
  {
    name: 'AES key unwrap gives the published answers (RFC 3394), in memory of their own',
    async check(backend) {
      for (const { wrappingLength, length, wrapped } of examples) {
        const what = `${length} bytes under ${wrappingLength}`
        const unwrapped = await backend.unwrapAesKey(wrappingKey.slice(0, wrappingLength), hex(wrapped))
        expectBytes(unwrapped, key.subarray(0, length), what)
        expectOwnMemory(present(unwrapped, what), what)
      }
    },
  },
  {
    name: 'AES key unwrap gives nothing for a changed byte, another key, or a length that is not wrapped',
    async check(backend) {
      for (const { wrappingLength, wrapped } of examples) {
        const unwrappingKey = wrappingKey.slice(0, wrappingLength)
        const bytes = hex(wrapped)
        const refused = async (given: Uint8Array, what: string, under: Uint8Array = unwrappingKey) =>
          expectThat((await backend.unwrapAesKey(under, given)) === undefined, `${what}, yet unwrapped`)
        for (let i = 0; i < bytes.length; i++) await refused(changedAt(bytes, i), `byte ${i} changed`)
        for (let length = 0; length < bytes.length; length++) {
          await refused(bytes.subarray(0, length), `cut to ${length} bytes`)
        }
        await refused(Uint8Array.of(...bytes, 0), 'one byte more')
        await refused(bytes, 'another key', changedAt(unwrappingKey, 0))
      }
    },
  },
  {
    name: 'AES key unwrap gives only keys of 16, 24 or 32 bytes, however rightly others are wrapped',
    async check(backend) {
      for (const [length, wrapped] of wrappedWrongLength) {
        const unwrapped = await backend.unwrapAesKey(wrappingKey.slice(0, length), hex(wrapped))
        expectThat(unwrapped === undefined, `40 bytes under ${length} were unwrapped`)
      }
      for (const length of [0, 8, 15, 17, 33]) {
        const unwrap = () => backend.unwrapAesKey(new Uint8Array(length), hex(examples[0]?.wrapped as string))
        await expectFailure(unwrap, RangeError, `wrapping key of ${length} bytes`)
      }
    },
  },
  {
    name: 'AES key unwrap copies the wrapping key before the call returns, and leaves its arguments as they are',
    async check(backend) {
      for (const { wrappingLength, length, wrapped } of examples) {
        const bytes = bufferLike(wrappingKey.subarray(0, wrappingLength))
        const sealed = bufferLike(hex(wrapped))
        await backend.unwrapAesKey(bytes, sealed)
        expectBytes(bytes, wrappingKey.subarray(0, wrappingLength), 'wrapping key after the call')
        expectBytes(sealed, hex(wrapped), 'wrapped key after the call')
        const pending = backend.unwrapAesKey(bytes, sealed)
        bytes.fill(0)
        expectBytes(await pending, key.subarray(0, length), `wrapping key of ${wrappingLength}, zeroed after the call`)
      }
    },
  },
]
