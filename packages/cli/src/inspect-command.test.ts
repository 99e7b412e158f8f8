import { createClient } from '@esdk/client'
import { multiKeyring } from '@esdk/cmm'
import {
  generateEcdhKeyPair,
  generateRsaKeyPair,
  rawAesKeyring,
  rawEcdhKeyring,
  rawRsaKeyring,
} from '@esdk/keyring-raw'
import { hex } from '@esdk/serialize'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session, someBytes } from '../test/session.ts'

const aes = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey: new Uint8Array(32) })

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

describe('esdk inspect', () => {
  it('shows the header of a message as a table, and says that it is not authenticated', async () => {
    const { ciphertext, header } = await createClient().encrypt(someBytes(10_000), {
      keyring: aes,
      suite: 0x0478,
      encryptionContext: { tenant: '42', 'a key': 'a "value"' },
    })
    session.write('m', ciphertext)
    const { status, out, err } = await session.esdk('inspect m')
    expect([status, err]).toEqual([0, ''])
    // Header: 1 + 2 + 32, context 2 + 2 + 4 + 6 + 2 + 4 + 5 + 9, one data key 2 + 2 + 3 + 2 + 22 + 2 + 48, 1 + 4 + 32 + 16.
    expect(out).toBe(`m   not authenticated: anybody can have written this
  format           2
  algorithm suite  0x0478  AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                   AES-256-GCM, HKDF with SHA-512, commits to its key, not signed
  message id       ${hex(header.messageId)}
  header           203 bytes
  frames           of 4,096 bytes
  plaintext        10,000 bytes, if the file is whole
  encryption context
    "a key"   "a \\"value\\""
    "tenant"  "42"
  encrypted data keys: 1, any one of them opens the message
       provider  key   wrapped   needs
    1  "app"     "k1"  48 bytes  the AES key of this name

`)
  })

  it('says which kinds of keys open a message', async () => {
    const rsa = await generateRsaKeyPair(2048)
    const ecdh = await generateEcdhKeyPair('P-256')
    const keyring = multiKeyring({
      generator: aes,
      children: [
        rawRsaKeyring({ namespace: 'app', name: 'r1', padding: 'oaep-sha256', publicKey: rsa.publicKey }),
        rawEcdhKeyring({ curve: 'P-256', schema: 'ephemeral', recipientPublicKey: ecdh.publicKey }),
      ],
    })
    session.write('m', (await createClient().encrypt(new Uint8Array(0), { keyring })).ciphertext)
    const [facts] = jsonLines((await session.esdk('inspect m --json')).out)
    expect(facts).toMatchObject({
      input: 'm',
      status: 'inspected',
      authenticated: false,
      plaintextLength: 0,
      contentType: 'framed',
      suite: { id: '0x0578', signed: true },
      encryptedDataKeys: [
        { providerId: 'app', keyName: 'k1', needs: 'the AES key of this name' },
        { providerId: 'app', keyName: 'r1', needs: 'the private RSA key of this name (2048 bits)' },
        // A compressed point: 02 or 03, then 32 bytes.
        { providerId: 'raw-ecdh', keyName: expect.stringMatching(/^0[23][0-9a-f]{64}$/) as string },
      ],
    })
  })

  it('reads no more than the header, so that a part of a file is enough', async () => {
    const { ciphertext } = await createClient().encrypt(someBytes(10_000), { keyring: aes })
    const { status, out } = await session.esdk('inspect -', { stdin: ciphertext.subarray(0, 1000) })
    expect(status).toBe(0)
    expect(out).toContain('plaintext        unknown: the length of the input is not known')
  })

  it('reads headers of many chunks', async () => {
    const encryptionContext = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`key-${i}`, 'v'.repeat(90)]))
    const { ciphertext } = await createClient().encrypt(someBytes(10), { keyring: aes, encryptionContext })
    const { Readable } = await import('node:stream')
    const pieces = Array.from({ length: Math.ceil(ciphertext.length / 100) }, (_, i) =>
      ciphertext.subarray(100 * i, 100 * i + 100),
    )
    const { status, out } = await session.esdk('inspect -', { stdin: Readable.from(pieces) })
    expect(status).toBe(0)
    expect(out).toContain('"key-599"')
  })

  it('says when no message has that length', async () => {
    const { ciphertext } = await createClient().encrypt(someBytes(10_000), { keyring: aes, suite: 0x0478 })
    // Of the final frame, 1808 bytes of content in 40 others, 28 bytes are left: fewer than an empty one has.
    session.write('cut', ciphertext.subarray(0, ciphertext.length - 1820))
    const { status, out } = await session.esdk('inspect cut')
    expect(status).toBe(0)
    expect(out).toContain('it was cut, or bytes follow it')
  })

  it('goes on after what is no message, and fails in the end', async () => {
    session.write('text', 'hello')
    session.write('m', (await createClient().encrypt(someBytes(1), { keyring: aes })).ciphertext)
    const { status, out, err } = await session.esdk('inspect text missing m')
    expect(status).toBe(1)
    expect(out).toContain('m   not authenticated')
    expect(err).toContain('cannot inspect text: ')
    expect(err).toContain('cannot inspect missing: cannot read missing: there is no such file')
    expect(err).toContain('2 of 3 files could not be inspected')
  })

  it.each([
    ['', /the input is empty/],
    ['AYADeExample', /the base64 text of a message/],
    ['0180037800', /the hexadecimal text of a message/],
  ])('says what %o is', async (stdin, message) => {
    const { status, err } = await session.esdk('inspect -', { stdin })
    expect(status).toBe(1)
    expect(err).toMatch(message)
  })

  it('finds files by patterns', async () => {
    session.write('x/m1', (await createClient().encrypt(someBytes(1), { keyring: aes })).ciphertext)
    session.write('x/y/m2', (await createClient().encrypt(someBytes(1), { keyring: aes })).ciphertext)
    const { out } = await session.esdk(['inspect', 'x/**/m?', '--json'])
    expect(jsonLines(out).map(({ input }) => input)).toEqual(['x/m1', 'x/y/m2'])
  })

  it('takes a folder with -r, and the encrypted files in it', async () => {
    const { ciphertext } = await createClient().encrypt(someBytes(1), { keyring: aes })
    for (const name of ['x/a.encrypted', 'x/y/b.encrypted', 'x/c.enc']) session.write(name, ciphertext)
    session.write('x/plain.txt', 'plain')
    const inputs = async (options: string) =>
      jsonLines((await session.esdk(`inspect x --json ${options}`)).out).map(({ input }) => input)
    expect(await inputs('-r')).toEqual(['x/a.encrypted', 'x/y/b.encrypted'])
    expect(await inputs('-r --suffix .enc')).toEqual(['x/c.enc'])
    const none = await session.esdk('inspect -r x --suffix .none')
    expect(none.status).toBe(1)
    expect(none.err).toContain('there is no file to inspect')
  })

  it('refuses a folder without -r, and a terminal', async () => {
    const folder = await session.esdk('inspect .')
    expect(folder.status).toBe(2)
    expect(folder.err).toContain('. is a folder\n      Add -r')
    const terminal = await session.esdk('inspect -', { stdinIsTTY: true })
    expect(terminal.status).toBe(2)
    expect(terminal.err).toContain('no message can be typed')
  })
})
