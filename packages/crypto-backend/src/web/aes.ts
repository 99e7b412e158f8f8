import {
  type AesGcmKey,
  checkAesKeyLength,
  checkGcmIvLength,
  copyOf,
  gcmIvLength,
  gcmTagLength,
  type OpenedRun,
  type OpenRun,
  type SealRun,
  writeNumber,
} from '../backend.ts'

/** Seals and opens one piece; what the runs are made of. */
interface OnePiece {
  seal(iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array>
  open(iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | undefined>
}

/** Chromium has no AES-192: @noble/ciphers takes its place. */
export async function importAesGcmKey(subtle: SubtleCrypto, key: Uint8Array): Promise<AesGcmKey> {
  checkAesKeyLength(key)
  const copy = copyOf(key)
  const imported = await subtle
    .importKey('raw', copy, 'AES-GCM', false, ['encrypt', 'decrypt'])
    .catch((error: unknown) => {
      if (key.length === 24) return undefined
      throw error
    })
  if (imported === undefined) return withRuns(await noblePieces(copy))
  copy.fill(0)
  return withRuns(subtlePieces(subtle, imported))
}

function subtlePieces(subtle: SubtleCrypto, key: CryptoKey): OnePiece {
  const parameters = (iv: Uint8Array, additionalData: Uint8Array): AesGcmParams => ({
    name: 'AES-GCM',
    iv: iv as BufferSource,
    additionalData: additionalData as BufferSource,
    tagLength: gcmTagLength * 8,
  })
  return {
    async seal(iv, aad, plaintext) {
      return new Uint8Array(await subtle.encrypt(parameters(iv, aad), key, plaintext as BufferSource))
    },
    async open(iv, aad, sealed) {
      if (sealed.length < gcmTagLength) return undefined
      try {
        return new Uint8Array(await subtle.decrypt(parameters(iv, aad), key, sealed as BufferSource))
      } catch {
        // An OperationError by the book; implementations differ, and no other failure would be safe to tell apart.
        return undefined
      }
    },
  }
}

async function noblePieces(key: Uint8Array): Promise<OnePiece> {
  const { gcm } = await import('../noble/aes.ts')
  return {
    async seal(iv, aad, plaintext) {
      return gcm(key, iv, aad).encrypt(plaintext)
    },
    async open(iv, aad, sealed) {
      try {
        return gcm(key, iv, aad).decrypt(sealed)
      } catch {
        return undefined
      }
    },
  }
}

/** All pieces of a run are under way at once. */
function withRuns(unchecked: OnePiece): AesGcmKey {
  const key: OnePiece = {
    async seal(iv, aad, plaintext) {
      checkGcmIvLength(iv)
      return unchecked.seal(iv, aad, plaintext)
    },
    async open(iv, aad, sealed) {
      checkGcmIvLength(iv)
      return unchecked.open(iv, aad, sealed)
    },
  }
  return { ...key, sealRun: (run) => sealRun(key, run), openRun: (run) => openRun(key, run) }
}

async function sealRun(key: OnePiece, run: SealRun): Promise<readonly Uint8Array[]> {
  const { plaintext, pieceLength, prefix } = run
  const stride = prefix.bytes.length + pieceLength + gcmTagLength
  const output = run.output ?? new Uint8Array(run.count * stride)
  const pieces: Promise<void>[] = []
  for (let i = 0; i < run.count; i++) {
    const number = run.firstNumber + i
    writeNumber(run.iv, number)
    writeNumber(run.aad, number)
    writeNumber(prefix, number)
    output.set(prefix.bytes, i * stride)
    const piece = plaintext.subarray(i * pieceLength, (i + 1) * pieceLength)
    // Copies of IV and AAD: not every implementation reads them before it returns.
    const sealed = key.seal(copyOf(run.iv.bytes), copyOf(run.aad.bytes), piece)
    pieces.push(sealed.then((bytes) => output.set(bytes, i * stride + prefix.bytes.length)))
  }
  await Promise.all(pieces)
  return [output]
}

async function openRun(key: OnePiece, run: OpenRun): Promise<OpenedRun> {
  const stride = run.prefixLength + run.pieceLength + gcmTagLength
  const pieces: Promise<Uint8Array | undefined>[] = []
  for (let i = 0; i < run.count; i++) {
    writeNumber(run.aad, run.firstNumber + i)
    const start = i * stride
    const iv = typeof run.iv === 'number' ? run.sealed.subarray(start + run.iv, start + run.iv + gcmIvLength) : run.iv
    pieces.push(key.open(iv, copyOf(run.aad.bytes), run.sealed.subarray(start + run.prefixLength, start + stride)))
  }
  const all = await Promise.all(pieces)
  const failed = all.indexOf(undefined)
  const opened = failed === -1 ? run.count : failed
  const output = run.output?.subarray(0, opened * run.pieceLength) ?? new Uint8Array(opened * run.pieceLength)
  all.forEach((piece, i) => {
    if (piece !== undefined && i < opened) output.set(piece, i * run.pieceLength)
    piece?.fill(0)
  })
  return { plaintext: opened === 0 ? [] : [output], opened }
}
