/**
 * The backends that the vectors run on: all there are where the tests run.
 *
 * @module
 */

import { type CryptoBackend, defaultBackend } from '@esdk/crypto-backend'
import { type BodyBackend, defaultBodyBackend } from '@esdk/crypto-backend/body'

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

export const bodyBackends: readonly (readonly [name: string, backend: BodyBackend])[] =
  typeof document === 'object' ? [['the browser', defaultBodyBackend]] : await nodeBodyBackends()

async function nodeBodyBackends(): Promise<[string, BodyBackend][]> {
  const { nodeBodyBackend } = await import('@esdk/crypto-backend/body/node')
  const { webBodyBackend } = await import('@esdk/crypto-backend/body/web')
  const { Crypto } = await import(/* @vite-ignore */ '@peculiar/webcrypto')
  return [
    ['node:crypto', nodeBodyBackend],
    ["Node's WebCrypto", webBodyBackend()],
    ['@peculiar/webcrypto', webBodyBackend(new Crypto())],
  ]
}
