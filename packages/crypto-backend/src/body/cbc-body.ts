/**
 * Old bodies and keys: AES-CBC, and AES block by block (ECB), both padded as in PKCS #7.
 *
 * Nothing here branches on, or indexes by, a byte of the padding, but for how long what comes out is. Every failure is
 * the same.
 *
 * @module
 */

import { type Awaitable, andThen, copyOf } from '../backend.ts'
import type { CbcOpener } from '../body-backend.ts'
import { type BlockModes, blockLength, checkCbcIvLength } from './block-modes.ts'
import { GatheredBlocks } from './gathered-blocks.ts'
import { OneBody } from './one-body.ts'

type Cbc = Pick<BlockModes, 'decryptCbc'>

export function openCbc(modes: Cbc, iv: Uint8Array, shortestRun: number): CbcOpener {
  checkCbcIvLength(iv)
  return new CbcBody(modes, copyOf(iv), shortestRun)
}

class CbcBody implements CbcOpener {
  readonly #modes: Cbc
  readonly #gathered: GatheredBlocks
  readonly #body = new OneBody()
  #iv: Uint8Array

  constructor(modes: Cbc, iv: Uint8Array, shortestRun: number) {
    this.#modes = modes
    this.#iv = iv
    this.#gathered = new GatheredBlocks(shortestRun, 1)
  }

  update(ciphertext: Uint8Array): Awaitable<Uint8Array> {
    this.#body.goOn()
    const run = this.#gathered.take(ciphertext)
    return run === undefined ? new Uint8Array(0) : this.#decrypt(run)
  }

  finish(): Awaitable<Uint8Array | undefined> {
    return andThen(this.finishWithin(), (plaintext) => {
      if (plaintext === undefined) return undefined
      const unpadded = withoutPadding(plaintext)
      plaintext.fill(0)
      return unpadded
    })
  }

  finishWithin(): Awaitable<Uint8Array | undefined> {
    this.#body.finish()
    const rest = this.#gathered.takeRest()
    if (rest.length % blockLength !== 0) return undefined
    return rest.length === 0 ? rest : this.#decrypt(rest)
  }

  #decrypt(blocks: Uint8Array): Awaitable<Uint8Array> {
    const iv = this.#iv
    this.#iv = copyOf(blocks.subarray(blocks.length - blockLength))
    return this.#modes.decryptCbc(iv, blocks)
  }
}

/** The key that was encrypted block by block: CBC from zeros adds the block before to each, which is undone. */
export function decryptEcbKey(modes: Cbc, encrypted: Uint8Array): Awaitable<Uint8Array | undefined> {
  if (encrypted.length !== 32 && encrypted.length !== 48) return undefined
  const blocks = copyOf(encrypted)
  return andThen(modes.decryptCbc(new Uint8Array(blockLength), blocks), (padded) => {
    for (let i = blockLength; i < padded.length; i++) {
      padded[i] = (padded[i] as number) ^ (blocks[i - blockLength] as number)
    }
    const key = withoutPadding(padded)
    padded.fill(0)
    if (key === undefined || key.length === 16 || key.length === 24 || key.length === 32) return key
    key.fill(0)
    return undefined
  })
}

/** A copy without the padding, `undefined` when that is wrong or there are no blocks. */
function withoutPadding(blocks: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const padding = paddingLength(blocks.subarray(-blockLength))
  return padding === 0 ? undefined : copyOf(blocks.subarray(0, blocks.length - padding))
}

/** How much of the last block is padding; 0 when it is wrong. */
function paddingLength(block: Uint8Array): number {
  if (block.length === 0) return 0
  const claimed = block[blockLength - 1] as number
  // All ones where it is below 1, or above 16.
  let wrong = ((claimed - 1) >> 31) | ((blockLength - claimed) >> 31)
  for (let i = 1; i <= blockLength; i++) {
    const isPadding = ~((claimed - i) >> 31)
    wrong |= isPadding & ((block[blockLength - i] as number) ^ claimed)
  }
  return wrong === 0 ? claimed : 0
}
