/**
 * PEM: DER in base64 between two lines that say what it is.
 *
 * Spec: RFC 7468
 *
 * @module
 */

/** What the lines around a key say. */
export type PemLabel = 'PUBLIC KEY' | 'PRIVATE KEY'

/**
 * The bytes of one key in PEM.
 *
 * @throws TypeError - not one block of that label; says what it is instead, and how to convert it
 */
export function parsePem(label: PemLabel, pem: string): Uint8Array<ArrayBuffer> {
  if (typeof pem !== 'string') throw new TypeError(`a ${label} must be PEM text, found ${typeof pem}`)
  const blocks = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----((?:[^-]|-(?!----))*)-----END \1-----/g)]
  const [block] = blocks
  if (block === undefined) {
    throw new TypeError(`no PEM block found: a key begins with the line -----BEGIN ${label}-----`)
  }
  if (blocks.length > 1) throw new TypeError(`one PEM block expected, found ${blocks.length}`)
  const [, found, body] = block
  if (found !== label) throw new TypeError(`PEM block "${found}" found, "${label}" expected${remedy(found)}`)
  try {
    return Uint8Array.from(atob((body as string).replace(/\s+/g, '')), (character) => character.charCodeAt(0))
  } catch {
    throw new TypeError(`the PEM block "${label}" does not hold base64`)
  }
}

/** PEM of a key in DER. */
export function encodePem(label: PemLabel, der: Uint8Array): string {
  const text = btoa(Array.from(der, (byte) => String.fromCharCode(byte)).join(''))
  const lines = text.match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function remedy(found: string | undefined): string {
  switch (found) {
    case 'RSA PRIVATE KEY':
    case 'EC PRIVATE KEY':
      return ': convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`'
    case 'RSA PUBLIC KEY':
      return ': convert it with `openssl rsa -RSAPublicKey_in -in key.pem -pubout`'
    case 'ENCRYPTED PRIVATE KEY':
      return ': it has a passphrase; decrypt it with `openssl pkcs8 -in key.pem`'
    case 'CERTIFICATE':
      return ': take its public key with `openssl x509 -in cert.pem -pubkey -noout`'
    case 'PUBLIC KEY':
      return ': the private key is needed here'
    case 'PRIVATE KEY':
      return ': the public key is needed here; take it with `openssl pkey -in key.pem -pubout`'
    default:
      return ''
  }
}
