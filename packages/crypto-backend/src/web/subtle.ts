import type { WebCrypto } from '../web.ts'

/**
 * The `subtle` of a `Crypto` object. Ask at each use: a page may import this package and never call it.
 *
 * @throws TypeError - there is none
 */
export function subtleOf(crypto: Pick<WebCrypto, 'subtle'> | undefined): SubtleCrypto {
  if (crypto?.subtle !== undefined) return crypto.subtle
  throw new TypeError('crypto.subtle is missing: WebCrypto needs a secure context (https, or localhost)')
}
