import { describe, expect, it } from 'vitest'
import { encodePem, type PemLabel, parsePem } from './pem.ts'
import { hex, pattern } from './testing/rule.ts'

const body = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE'
const der = hex('3059301306072a8648ce3d020106082a8648ce3d03010703420004')

function block(label: string, content = body): string {
  return `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`
}

/** What is thrown, word for word. */
function messageOf(label: PemLabel, pem: unknown): string {
  try {
    parsePem(label, pem as string)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return (error as TypeError).message
  }
  throw new Error('it was taken')
}

describe('parsePem', () => {
  it.each([
    ['as it is written', block('PUBLIC KEY')],
    ['with the line ends of Windows', block('PUBLIC KEY').replaceAll('\n', '\r\n')],
    ['on one line', `-----BEGIN PUBLIC KEY-----${body}-----END PUBLIC KEY-----`],
    ['broken anywhere, with blanks', block('PUBLIC KEY', body.replaceAll(/(.{7})/g, '$1 \n\t'))],
    ['with text before and behind', `Subject: me\n\n${block('PUBLIC KEY')}\nregards`],
  ])('reads a key %s', (_, pem) => {
    expect(parsePem('PUBLIC KEY', pem)).toEqual(der)
  })

  it('reads a private key', () => {
    expect(parsePem('PRIVATE KEY', block('PRIVATE KEY'))).toEqual(der)
  })

  it.each([
    [undefined, 'undefined'],
    [der, 'object'],
    [7, 'number'],
  ])('refuses %s, which is no text', (value, type) => {
    expect(messageOf('PUBLIC KEY', value)).toBe(`a PUBLIC KEY must be PEM text, found ${type}`)
  })

  it.each([
    ['nothing', ''],
    ['base64 alone', body],
    ['a path', '/etc/keys/public.pem'],
    ['a block that does not end', block('PUBLIC KEY').slice(0, -10)],
    ['a block that ends as another', block('PUBLIC KEY').replace('END PUBLIC', 'END PRIVATE')],
    ['a line too short', block('PUBLIC KEY').replaceAll('-----', '----')],
  ])('says what a key begins with when it finds %s', (_, pem) => {
    expect(messageOf('PUBLIC KEY', pem)).toBe(
      'no PEM block found: a key begins with the line -----BEGIN PUBLIC KEY-----',
    )
  })

  it('refuses two blocks', () => {
    expect(messageOf('PRIVATE KEY', block('EC PARAMETERS') + block('EC PRIVATE KEY'))).toBe(
      'one PEM block expected, found 2',
    )
  })

  it.each([
    [
      'PRIVATE KEY',
      'RSA PRIVATE KEY',
      'PEM block "RSA PRIVATE KEY" found, "PRIVATE KEY" expected: convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`',
    ],
    [
      'PRIVATE KEY',
      'EC PRIVATE KEY',
      'PEM block "EC PRIVATE KEY" found, "PRIVATE KEY" expected: convert it with `openssl pkcs8 -topk8 -nocrypt -in key.pem`',
    ],
    [
      'PUBLIC KEY',
      'RSA PUBLIC KEY',
      'PEM block "RSA PUBLIC KEY" found, "PUBLIC KEY" expected: convert it with `openssl rsa -RSAPublicKey_in -in key.pem -pubout`',
    ],
    [
      'PRIVATE KEY',
      'ENCRYPTED PRIVATE KEY',
      'PEM block "ENCRYPTED PRIVATE KEY" found, "PRIVATE KEY" expected: it has a passphrase; decrypt it with `openssl pkcs8 -in key.pem`',
    ],
    [
      'PUBLIC KEY',
      'CERTIFICATE',
      'PEM block "CERTIFICATE" found, "PUBLIC KEY" expected: take its public key with `openssl x509 -in cert.pem -pubkey -noout`',
    ],
    [
      'PRIVATE KEY',
      'PUBLIC KEY',
      'PEM block "PUBLIC KEY" found, "PRIVATE KEY" expected: the private key is needed here',
    ],
    [
      'PUBLIC KEY',
      'PRIVATE KEY',
      'PEM block "PRIVATE KEY" found, "PUBLIC KEY" expected: the public key is needed here; take it with `openssl pkey -in key.pem -pubout`',
    ],
    ['PUBLIC KEY', 'X509 CRL', 'PEM block "X509 CRL" found, "PUBLIC KEY" expected'],
  ] as const)('tells who needs a %s and has a %s what to do', (wanted, found, message) => {
    expect(messageOf(wanted, block(found))).toBe(message)
  })

  it('knows a private key with a passphrase in the old form, which has headers within the block', () => {
    const headers = `Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n${body}`
    expect(messageOf('PRIVATE KEY', block('RSA PRIVATE KEY', headers))).toContain('openssl pkcs8 -topk8 -nocrypt')
  })

  it.each(['MFkw*EwY', 'M', 'key: value'])('refuses a block that holds %s', (content) => {
    expect(messageOf('PUBLIC KEY', block('PUBLIC KEY', content))).toBe(
      'the PEM block "PUBLIC KEY" does not hold base64',
    )
  })

  it('shows nothing of what it refuses', () => {
    for (const pem of [block('RSA PRIVATE KEY'), block('PRIVATE KEY', `${body}*`), body]) {
      expect(messageOf('PRIVATE KEY', pem)).not.toContain(body.slice(0, 8))
    }
  })
})

describe('encodePem', () => {
  it('writes lines of 64 characters, as RFC 7468 has them', () => {
    expect(encodePem('PUBLIC KEY', new Uint8Array(50))).toBe(
      `-----BEGIN PUBLIC KEY-----\n${'A'.repeat(64)}\nAAA=\n-----END PUBLIC KEY-----\n`,
    )
  })

  it.each([0, 1, 47, 48, 49, 96, 1200, 100_000])('reads back %i bytes that it wrote', (length) => {
    expect(parsePem('PRIVATE KEY', encodePem('PRIVATE KEY', pattern(length)))).toEqual(pattern(length))
  })
})
