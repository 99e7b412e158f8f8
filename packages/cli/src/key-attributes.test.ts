import { describe, expect, it } from 'vitest'
import { UsageError } from './cli-error.ts'
import { parseKeyAttributes } from './key-attributes.ts'

describe('the attributes of a wrapping key', () => {
  it('describe an AES key', () => {
    expect(parseKeyAttributes('type=raw-aes,namespace=app,name=k1,file=/keys/a b.bin')).toEqual({
      type: 'raw-aes',
      namespace: 'app',
      name: 'k1',
      location: { kind: 'file', path: '/keys/a b.bin' },
    })
  })

  it('describe an RSA key', () => {
    expect(parseKeyAttributes('name=k,env=MY_KEY,padding=oaep-sha384,type=raw-rsa,namespace=n')).toEqual({
      type: 'raw-rsa',
      namespace: 'n',
      name: 'k',
      padding: 'oaep-sha384',
      location: { kind: 'env', name: 'MY_KEY' },
    })
  })

  it('describe an ECDH key', () => {
    expect(parseKeyAttributes('type=raw-ecdh,curve=P-521,file=k.pem')).toEqual({
      type: 'raw-ecdh',
      curve: 'P-521',
      location: { kind: 'file', path: 'k.pem' },
    })
  })

  it('hold commas behind a backslash, and other backslashes as they are', () => {
    const { location } = parseKeyAttributes('type=raw-ecdh,curve=P-256,file=C:\\keys\\a\\,b=c.pem')
    expect(location).toEqual({ kind: 'file', path: 'C:\\keys\\a,b=c.pem' })
  })

  it.each([
    ['', 'lacks the attribute type'],
    ['type=aws-kms,key=arn:aws:kms', '"aws-kms" is no type of key'],
    ['type=raw-aes,name=n,file=f', 'lacks the attribute namespace'],
    ['type=raw-aes,namespace=n,file=f', 'lacks the attribute name'],
    ['type=raw-aes,namespace=n,name=n', 'lacks the attribute file (or env)'],
    ['type=raw-aes,namespace=n,name=n,file=f,env=E', 'file or env, not both'],
    ['type=raw-aes,namespace=n,name=n,file=', 'has no value'],
    ['type=raw-aes,namespace=n,name=n,name=m,file=f', 'the attribute name twice'],
    ['type=raw-aes,namespace=n,name=n,file=f,padding=pkcs1', 'no attribute padding for this type'],
    ['type=raw-aes,namespace=n,name=n,env=E,encoding=binary', 'not binary'],
    ['type=raw-aes,namespace=n,name=n,file=f,encoding=rot13', 'one of binary, hex, base64'],
    ['type=raw-rsa,namespace=n,name=n,file=f', 'lacks the attribute padding'],
    ['type=raw-ecdh,curve=P-224,file=f', 'one of P-256, P-384, P-521'],
  ])('refuse %o', (text, message) => {
    expect(() => parseKeyAttributes(text)).toThrow(UsageError)
    expect(() => parseKeyAttributes(text)).toThrow(message)
  })

  it('say where keys belong when one is given as an attribute', () => {
    for (const text of ['type=raw-aes,namespace=n,name=n,key=x', 'type=raw-aes,namespace=n,name=n,file=f,key=x']) {
      expect(() => parseKeyAttributes(text)).toThrow(
        expect.toSatisfy(
          ({ hint }: UsageError) => hint?.startsWith('Keys are never written on the command line') === true,
        ),
      )
    }
  })

  it.each([
    'type=raw-aes,namespace=n,name=n,c2VjcmV0IGtleSBieXRlcyE=',
    'c2VjcmV0IGtleSBieXRlcyE=,type=raw-aes',
    'type=raw-aes,namespace=n,name=n,wrappingkey=c2VjcmV0IGtleSBieXRlcyE',
    'key=c2VjcmV0IGtleSBieXRlcyE',
  ])('do not show a key that somebody wrote among them (C5, secrets on the command line): %s', (text) => {
    expect(() => parseKeyAttributes(text)).toThrow(
      expect.toSatisfy((error: UsageError) => !`${error.message}${error.hint}`.includes('c2Vjcm')),
    )
  })
})
