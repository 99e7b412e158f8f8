/**
 * The WebCrypto of this platform, with something in place of some of its methods.
 *
 * @module
 */

const { subtle } = globalThis.crypto

export function withSubtle(change: Partial<SubtleCrypto>): SubtleCrypto {
  return new Proxy(subtle, {
    get(target, name) {
      const value: unknown = Reflect.get(change, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** As Chromium: it has no AES with keys of 192 bits. */
export const without192: SubtleCrypto = withSubtle({
  async importKey(...args: Parameters<SubtleCrypto['importKey']>) {
    const [format, keyData, algorithm] = args
    if (format === 'raw' && isAes(algorithm) && (keyData as Uint8Array).length === 24) {
      throw new DOMException('192-bit AES keys are not supported', 'OperationError')
    }
    return subtle.importKey(...args)
  },
} as Partial<SubtleCrypto>)

function isAes(algorithm: AlgorithmIdentifier): boolean {
  return (typeof algorithm === 'string' ? algorithm : algorithm.name).startsWith('AES')
}
