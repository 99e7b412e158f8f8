import { checkAesKeyLength, checkGcmIvLength, copyOf } from '../backend.ts'
import { type BlockModes, blockLength, checkPlace, counterMode } from '../body/block-modes.ts'
import { bodyInParts } from '../body/body-in-parts.ts'
import { decryptEcbKey, openCbc } from '../body/cbc-body.ts'
import { openStreamed, sealStreamed } from '../body/streamed-body.ts'
import type { BodyKey, BodyRange } from '../body-backend.ts'

/** Each call of WebCrypto goes through another thread: shorter runs would spend their time on the way. */
const shortestRun = 64 * 1024

export async function importBodyKey(subtle: SubtleCrypto, key: Uint8Array): Promise<BodyKey> {
  const modes = await importBlockModes(subtle, key)
  return {
    sealBody: (iv, aad) => sealStreamed(modes, iv, aad, shortestRun),
    openBody: (iv, aad) => openStreamed(modes, iv, aad, shortestRun),
    bodyInParts: (iv, aad) => bodyInParts(modes, iv, aad),
    readRange: (iv, offset) => readRange(modes, iv, offset),
    openCbc: (iv) => openCbc(modes, iv, shortestRun),
  }
}

export async function decryptAesKey(
  subtle: SubtleCrypto,
  wrappingKey: Uint8Array,
  encrypted: Uint8Array,
): Promise<Uint8Array | undefined> {
  const blocks = copyOf(encrypted)
  return decryptEcbKey(await importBlockModes(subtle, wrappingKey), blocks)
}

/** Chromium has no AES-192: @noble/ciphers takes its place. */
export async function importBlockModes(subtle: SubtleCrypto, key: Uint8Array): Promise<BlockModes> {
  checkAesKeyLength(key)
  const copy = copyOf(key)
  const importFor = (name: string, ...usages: KeyUsage[]) => subtle.importKey('raw', copy, name, false, usages)
  try {
    const imported = await Promise.all([
      importFor('AES-CTR', 'encrypt'),
      importFor('AES-GCM', 'encrypt'),
      importFor('AES-CBC', 'encrypt', 'decrypt'),
    ]).catch((error: unknown) => {
      if (copy.length !== 24) throw error
    })
    return imported === undefined ? await nobleModes(subtle, copy) : subtleModes(subtle, ...imported)
  } finally {
    copy.fill(0)
  }
}

function subtleModes(subtle: SubtleCrypto, ctrKey: CryptoKey, gcmKey: CryptoKey, cbcKey: CryptoKey): BlockModes {
  return {
    ctr: (counter, skip, bytes) =>
      skipping(skip, bytes, async (input) => {
        const parameters = { name: 'AES-CTR', counter: counter as BufferSource, length: 32 }
        return new Uint8Array(await subtle.encrypt(parameters, ctrKey, input as BufferSource))
      }),
    async gmac(iv, aad) {
      const parameters = {
        name: 'AES-GCM',
        iv: iv as BufferSource,
        additionalData: aad as BufferSource,
        tagLength: 128,
      }
      return new Uint8Array(await subtle.encrypt(parameters, gcmKey, new Uint8Array(0)))
    },
    async decryptCbc(iv, blocks) {
      const parametersWith = (start: Uint8Array) => ({ name: 'AES-CBC', iv: start as BufferSource })
      // A block of padding behind the others: WebCrypto takes off what it finds there.
      const padded = new Uint8Array(blocks.length + blockLength)
      padded.set(blocks)
      const last = padded.slice(blocks.length - blockLength, blocks.length)
      const padding = await subtle.encrypt(parametersWith(last), cbcKey, new Uint8Array(0))
      padded.set(new Uint8Array(padding), blocks.length)
      return new Uint8Array(await subtle.decrypt(parametersWith(iv), cbcKey, padded))
    },
  }
}

/** The platform keeps the key, as one of HMAC, which has any length: no copy of ours is there longer than a call. */
async function nobleModes(subtle: SubtleCrypto, bytes: Uint8Array): Promise<BlockModes> {
  const { cbc, ctr, gcm } = await import('../noble/aes-bodies.ts')
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const kept = await subtle.importKey('raw', bytes as BufferSource, hmac, true, ['sign'])
  const withKey = async (use: (key: Uint8Array) => Uint8Array) => {
    const key = new Uint8Array(await subtle.exportKey('raw', kept))
    try {
      return copyOf(use(key))
    } finally {
      key.fill(0)
    }
  }
  return {
    ctr: (counter, skip, bytes) => skipping(skip, bytes, (input) => withKey((key) => ctr(key, counter).encrypt(input))),
    gmac: (iv, aad) => withKey((key) => gcm(key, iv, aad).encrypt(new Uint8Array(0))),
    decryptCbc: (iv, blocks) => withKey((key) => cbc(key, iv, { disablePadding: true }).decrypt(blocks)),
  }
}

/** Passes bytes behind some that come to nothing. */
async function skipping(
  skip: number,
  bytes: Uint8Array,
  pass: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  if (skip === 0) return pass(bytes)
  const input = new Uint8Array(skip + bytes.length)
  input.set(bytes, skip)
  const output = await pass(input)
  const passed = copyOf(output.subarray(skip))
  input.fill(0)
  output.fill(0)
  return passed
}

function readRange(modes: BlockModes, iv: Uint8Array, offset: number): BodyRange {
  checkGcmIvLength(iv)
  checkPlace(offset, 0)
  const ownIv = copyOf(iv)
  let end = offset
  return {
    update(ciphertext) {
      checkPlace(end, ciphertext.length)
      const start = end
      end += ciphertext.length
      return counterMode(modes, ownIv, start, ciphertext)
    },
  }
}
