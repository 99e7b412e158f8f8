import { generateKeyPairSync } from 'node:crypto'
import { createClient, inspect } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session, someBytes } from '../test/session.ts'

const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => i)
const hexKey = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
const keyring = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey })
const described = 'type=raw-aes,namespace=app,name=k1'

let session: Session
beforeEach(() => {
  session = new Session()
  session.write('key.hex', hexKey)
  session.write('a.txt', 'attack at dawn')
})
afterEach(() => session.remove())

async function opened(message: Uint8Array, encryptionContext = {}) {
  return createClient().decrypt(message, { keyring, encryptionContext })
}

describe('esdk encrypt', () => {
  it('writes a message that the library opens', async () => {
    const { status, out } = await session.esdk(`encrypt a.txt -w ${described},file=key.hex -c tenant=42 -c empty=`)
    expect(status).toBe(0)
    expect(out).toBe('')
    const { plaintext, encryptionContext } = await opened(session.read('a.txt.encrypted'))
    expect(new TextDecoder().decode(plaintext)).toBe('attack at dawn')
    expect(encryptionContext).toMatchObject({ tenant: '42', empty: '' })
    expect(session.list()).toEqual(['a.txt', 'a.txt.encrypted', 'key.hex'])
  })

  it.each([0, 1, 4095, 4096, 4097, 1_000_000])('round trips %i bytes', async (length) => {
    const bytes = someBytes(length)
    session.write('data', bytes)
    const key = `-w ${described},file=key.hex`
    expect((await session.esdk(`encrypt data ${key}`)).status).toBe(0)
    expect((await session.esdk(`decrypt data.encrypted ${key} -o again`)).status).toBe(0)
    expect(Buffer.compare(session.read('again'), bytes)).toBe(0)
  })

  it('reads the standard input and writes the standard output', async () => {
    const { status, bytes, err } = await session.esdk(`encrypt - -w ${described},file=key.hex`, { stdin: 'piped' })
    expect(status).toBe(0)
    expect(err).toContain('the standard input -> the standard output')
    expect(new TextDecoder().decode((await opened(bytes)).plaintext)).toBe('piped')
  })

  it('does not write ciphertext to a terminal', async () => {
    const { status, err, bytes } = await session.esdk(`encrypt a.txt -o - -w ${described},file=key.hex`, {
      stdoutIsTTY: true,
    })
    expect(status).toBe(2)
    expect(bytes).toHaveLength(0)
    expect(err).toContain('the standard output is a terminal')
  })

  it('says that it reads from a terminal, and how that ends', async () => {
    const command = `encrypt - -o out -w ${described},file=key.hex`
    const typed = await session.esdk(command, { stdin: 'typed', stdinIsTTY: true })
    expect(typed.status).toBe(0)
    expect(typed.err).toContain('reading from the terminal: Ctrl-D')
    expect((await session.esdk(command, { stdin: 'sent' })).err).not.toContain('Ctrl-D')
  })

  it('uses the suite and the frame length that it is told', async () => {
    await session.esdk(`encrypt a.txt -w ${described},file=key.hex --suite 0478 --frame-length 4`)
    expect(inspect(session.read('a.txt.encrypted'))).toMatchObject({ suite: 0x0478, frameLength: 4 })
    await session.esdk(`encrypt a.txt -w ${described},file=key.hex --commitment-policy forbid-encrypt-allow-decrypt`)
    expect(inspect(session.read('a.txt.encrypted'))).toMatchObject({ suite: 0x0378, frameLength: 4096 })
  })

  it('keeps required pairs out of the message, which opens only with them', async () => {
    const { status } = await session.esdk(
      `encrypt a.txt -w ${described},file=key.hex -c tenant=42 -c open=yes --required-context-key tenant`,
    )
    expect(status).toBe(0)
    const message = session.read('a.txt.encrypted')
    expect(Object.keys(inspect(message).encryptionContext)).not.toContain('tenant')
    expect(inspect(message).encryptionContext).toMatchObject({ open: 'yes' })
    expect((await opened(message, { tenant: '42' })).encryptionContext).toMatchObject({ tenant: '42', open: 'yes' })
    await expect(opened(message)).rejects.toThrow()
  })

  it('wraps for all keys, in their order on the command line', async () => {
    await session.esdk('keygen aes -o key.json --name first')
    await session.esdk('keygen ecdh -o friend.json')
    const { status, err } = await session.esdk(
      `encrypt a.txt -k key.json -w ${described},file=key.hex -k friend.pub.json -v`,
    )
    expect(status).toBe(0)
    expect(err).toContain('wraps with the key file key.json: AES-256\nwraps with the key file key.hex: AES-256\n')
    const { encryptedDataKeys } = inspect(session.read('a.txt.encrypted'))
    expect(encryptedDataKeys.map(({ providerId }) => providerId)).toEqual(['esdk', 'app', 'raw-ecdh'])
    for (const key of ['-k key.json', '-k friend.json', `-w ${described},file=key.hex`]) {
      const { status: opened, out } = await session.esdk(`decrypt a.txt.encrypted ${key} -o -`)
      expect([opened, out]).toEqual([0, 'attack at dawn'])
    }
  })

  it('takes keys from the environment', async () => {
    await session.esdk('keygen aes -o key.json')
    const env = { KEY_FILE: session.text('key.json'), HEX: hexKey }
    const { status } = await session.esdk(`encrypt a.txt --key-env KEY_FILE -w ${described},env=HEX`, { env })
    expect(status).toBe(0)
    expect((await session.esdk('decrypt a.txt.encrypted -o b -k key.json')).status).toBe(0)
    expect((await opened(session.read('a.txt.encrypted'))).plaintext).toHaveLength(14)
  })

  it('takes the public half of an RSA key in PEM, and decrypts with the private one', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    session.write('public.pem', publicKey)
    session.write('private.pem', privateKey)
    session.write('both.pem', `${privateKey}\n${publicKey}`)
    const rsa = 'type=raw-rsa,namespace=app,name=r1,padding=oaep-sha256'
    expect((await session.esdk(`encrypt a.txt -w ${rsa},file=public.pem`)).status).toBe(0)
    const wrongHalf = await session.esdk(`decrypt a.txt.encrypted -w ${rsa},file=public.pem`)
    expect([wrongHalf.status, wrongHalf.err]).toEqual([2, expect.stringContaining('holds a public key only')])
    expect((await session.esdk(`decrypt a.txt.encrypted -o b -w ${rsa},file=private.pem`)).status).toBe(0)
    expect(session.text('b')).toBe('attack at dawn')
    const otherHalf = await session.esdk(`encrypt a.txt -w ${rsa},file=private.pem`)
    expect([otherHalf.status, otherHalf.err]).toEqual([2, expect.stringContaining('openssl pkey -in KEY -pubout')])
    expect((await session.esdk(`encrypt a.txt -o c -w ${rsa},file=both.pem`)).status).toBe(0)
  })

  it('takes an ECDH key in PEM', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    session.write('public.pem', publicKey)
    session.write('private.pem', privateKey)
    expect((await session.esdk('encrypt a.txt -w type=raw-ecdh,curve=P-256,file=public.pem')).status).toBe(0)
    const { out } = await session.esdk('decrypt a.txt.encrypted -o - -w type=raw-ecdh,curve=P-256,file=private.pem')
    expect(out).toBe('attack at dawn')
    const { status, err } = await session.esdk('encrypt a.txt -w type=raw-ecdh,curve=P-384,file=public.pem')
    expect(status).toBe(1)
    expect(err).toContain('is a key of P-256, the curve of this keyring is P-384')
  })

  it('stops at --max-length, and leaves nothing', async () => {
    const { status, err } = await session.esdk(`encrypt a.txt -w ${described},file=key.hex --max-length 13`)
    expect(status).toBe(1)
    expect(err).toContain('raise --max-length')
    expect(session.list()).toEqual(['a.txt', 'key.hex'])
  })

  it('tells programs the result', async () => {
    const { out } = await session.esdk(`encrypt a.txt -w ${described},file=key.hex --json --suite 0478 -c a=b`)
    expect(jsonLines(out)).toMatchObject([
      {
        input: 'a.txt',
        output: 'a.txt.encrypted',
        status: 'encrypted',
        inputBytes: 14,
        outputBytes: session.read('a.txt.encrypted').length,
        header: {
          format: 2,
          suite: { id: '0x0478', signed: false, committing: true },
          encryptionContext: { a: 'b' },
          encryptedDataKeys: [{ providerId: 'app', keyName: 'k1', needs: 'the AES key of this name' }],
          frameLength: 4096,
        },
      },
    ])
  })

  it.each([
    ['', 'a key is missing'],
    [`-w ${described},file=key.hex -c novalue`, '--encryption-context "novalue" has no value'],
    [`-w ${described},file=key.hex -c aws-crypto-x=1`, 'is reserved'],
    [`-w ${described},file=key.hex -c a=1 -c a=2`, 'has the key "a" twice'],
    [`-w ${described},file=key.hex --required-context-key a`, '--required-context-key "a" has no value'],
    [`-w ${described},file=key.hex --suite 0x9999`, '--suite must be'],
    [`-w ${described},file=key.hex --frame-length 0`, '--frame-length must be'],
    [`-w ${described},file=key.hex --commitment-policy maybe`, '--commitment-policy must be one of'],
    [`-w ${described},file=key.hex --decrypt-unsigned`, "unknown option '--decrypt-unsigned'"],
    [`-w ${described},file=key.hex -o - --json`, 'both go to the standard output'],
    [`-w ${described},file=key.hex -`, 'must be the only input'],
    ['-w raw-aes', 'no attribute=value'],
  ])('refuses `esdk encrypt a.txt %s`, and does nothing', async (options, message) => {
    const { status, err, out } = await session.esdk(`encrypt a.txt ${options}`)
    expect(`${err}${out}`).toContain(message)
    expect(status).toBe(2)
    expect(session.list()).toEqual(['a.txt', 'key.hex'])
  })

  it.each([
    ['-k missing.json', 'cannot read missing.json: there is no such file'],
    ['-k a.txt', 'the key file a.txt is no key file: it is not JSON'],
    ['--key-env NOT_SET', 'the environment variable NOT_SET is not set'],
    [`-w ${described},file=a.txt`, 'the key file a.txt holds no AES key'],
    ['-w type=raw-rsa,namespace=n,name=n,padding=pkcs1,file=a.txt', 'must hold one public or one private key in PEM'],
    ['-w type=raw-aes,namespace=aws-kms,name=n,file=key.hex', 'belongs to AWS KMS'],
    [`-w ${described},file=key.hex --suite 0178`, "'forbid-encrypt-allow-decrypt' allows it"],
    ['-k /dev/zero', 'is too long for a key'],
    ['-k .', 'the key file . is a folder'],
  ])('fails on `esdk encrypt a.txt %s`', async (options, message) => {
    const { status, err } = await session.esdk(`encrypt a.txt ${options}`)
    expect(err).toContain(message)
    expect(status).toBe(1)
    expect(session.list()).toEqual(['a.txt', 'key.hex'])
  })
})
