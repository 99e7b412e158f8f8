import { type Cipher, createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { checkAesKeyLength, checkGcmIvLength, gcmTagLength } from '../backend.ts'
import { type BlockModes, blockLength, checkPlace, counterBlock } from '../body/block-modes.ts'
import { bodyInParts } from '../body/body-in-parts.ts'
import { decryptEcbKey, openCbc } from '../body/cbc-body.ts'
import { OneBody } from '../body/one-body.ts'
import type { BodyBackend, BodyKey, BodyOpener, BodyRange, BodySealer } from '../body-backend.ts'
import { plain } from './hash.ts'
import { unwrapAesKey } from './key-wrap.ts'
import { piecesOf, updateAll } from './long-updates.ts'

interface Key {
  readonly bits: 128 | 192 | 256
  readonly object: KeyObject
}

export const bodyBackend: BodyBackend = {
  name: 'node',
  importBodyKey,
  unwrapAesKey,
  decryptAesKey: (wrappingKey, encrypted) => decryptEcbKey(blockModes(importKey(wrappingKey)), encrypted),
}

function importKey(bytes: Uint8Array): Key {
  checkAesKeyLength(bytes)
  return { bits: (bytes.length * 8) as Key['bits'], object: createSecretKey(bytes) }
}

function importBodyKey(bytes: Uint8Array): BodyKey {
  const key = importKey(bytes)
  const modes = blockModes(key)
  return {
    sealBody: (iv, aad) => sealBody(key, iv, aad),
    openBody: (iv, aad) => openBody(key, iv, aad),
    bodyInParts: (iv, aad) => bodyInParts(modes, iv, aad),
    readRange: (iv, offset) => readRange(key, iv, offset),
    openCbc: (iv) => openCbc(modes, iv, blockLength),
  }
}

function blockModes(key: Key): BlockModes {
  return {
    ctr: (counter, skip, bytes) => updateAll(counterCipher(key, counter, skip), bytes),
    gmac(iv, aad) {
      const cipher = createCipheriv(`aes-${key.bits}-gcm`, key.object, iv)
      for (const piece of piecesOf(aad)) cipher.setAAD(piece)
      cipher.final()
      return plain(cipher.getAuthTag())
    },
    decryptCbc(iv, blocks) {
      const decipher = createDecipheriv(`aes-${key.bits}-cbc`, key.object, iv)
      return updateAll(decipher.setAutoPadding(false), blocks)
    },
  }
}

function counterCipher(key: Key, counter: Uint8Array, skip: number): Cipher {
  const cipher = createCipheriv(`aes-${key.bits}-ctr`, key.object, counter)
  if (skip > 0) cipher.update(new Uint8Array(skip)).fill(0)
  return cipher
}

function sealBody(key: Key, iv: Uint8Array, aad: Uint8Array): BodySealer {
  checkGcmIvLength(iv)
  const cipher = createCipheriv(`aes-${key.bits}-gcm`, key.object, iv).setAAD(aad)
  const body = new OneBody()
  let length = 0
  return {
    update(plaintext) {
      body.goOn()
      checkPlace(length, plaintext.length)
      length += plaintext.length
      return updateAll(cipher, plaintext)
    },
    finish() {
      body.finish()
      cipher.final()
      return plain(cipher.getAuthTag())
    },
    zero: () => body.giveUp(),
  }
}

function openBody(key: Key, iv: Uint8Array, aad: Uint8Array): BodyOpener {
  checkGcmIvLength(iv)
  const decipher = createDecipheriv(`aes-${key.bits}-gcm`, key.object, iv).setAAD(aad)
  const body = new OneBody()
  let length = 0
  return {
    update(ciphertext) {
      body.goOn()
      checkPlace(length, ciphertext.length)
      length += ciphertext.length
      return updateAll(decipher, ciphertext)
    },
    finish(tag) {
      body.finish()
      // Node takes shorter tags too, which are easier to guess.
      if (tag.length !== gcmTagLength) return undefined
      try {
        return plain(decipher.setAuthTag(tag).final())
      } catch {
        return undefined
      }
    },
    zero: () => body.giveUp(),
  }
}

function readRange(key: Key, iv: Uint8Array, offset: number): BodyRange {
  checkGcmIvLength(iv)
  checkPlace(offset, 0)
  const cipher = counterCipher(key, counterBlock(iv, 1 + Math.floor(offset / blockLength)), offset % blockLength)
  let end = offset
  return {
    update(ciphertext) {
      checkPlace(end, ciphertext.length)
      end += ciphertext.length
      return updateAll(cipher, ciphertext)
    },
  }
}
