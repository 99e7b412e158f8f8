/**
 * The backends that the vectors run on: all there are where the tests run.
 *
 * @module
 */

import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'

export const backends: readonly (readonly [name: string, backend: CryptoBackend])[] =
  typeof document === 'object' ? [['the browser', defaultBackend]] : await nodeBackends()

async function nodeBackends(): Promise<[string, CryptoBackend][]> {
  const { nodeBackend } = await import('@esdk/crypto-backend/node')
  const { webBackend } = await import('@esdk/crypto-backend/web')
  const { Crypto } = await import(/* @vite-ignore */ '@peculiar/webcrypto')
  return [
    ['node:crypto', nodeBackend],
    ["Node's WebCrypto", webBackend()],
    ['@peculiar/webcrypto', webBackend(new Crypto())],
  ]
}
