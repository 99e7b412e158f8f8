import { createClient, type EncryptOptions } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session, someBytes } from '../test/session.ts'
import { withoutSuffix } from './decrypt-command.ts'

const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => i)
const keyring = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey })
const key = '-w type=raw-aes,namespace=app,name=k1,file=key.bin'

let session: Session
beforeEach(() => {
  session = new Session()
  session.write('key.bin', wrappingKey)
})
afterEach(() => session.remove())

const policies = { 376: 'forbid-encrypt-allow-decrypt', 1144: undefined, 1400: undefined } as const

async function message(
  plaintext: Uint8Array | string,
  options: { readonly suite?: keyof typeof policies } & Partial<Omit<EncryptOptions, 'suite'>> = {},
): Promise<Uint8Array> {
  const bytes = typeof plaintext === 'string' ? new TextEncoder().encode(plaintext) : plaintext
  const commitmentPolicy = options.suite && policies[options.suite]
  const client = createClient(commitmentPolicy && { commitmentPolicy })
  return (await client.encrypt(bytes, { ...options, keyring, cmm: undefined })).ciphertext
}

/** The message with one bit changed, counted from the end. */
function changed(bytes: Uint8Array, fromEnd: number): Uint8Array {
  const copy = new Uint8Array(bytes)
  const at = copy.length - fromEnd
  copy[at] = (copy[at] as number) ^ 1
  return copy
}

describe('esdk decrypt', () => {
  it('takes the suffix from the name', async () => {
    session.write('a.txt.encrypted', await message('attack at dawn'))
    expect((await session.esdk(`decrypt a.txt.encrypted ${key}`)).status).toBe(0)
    expect(session.text('a.txt')).toBe('attack at dawn')
  })

  it.each([
    ['a.txt.encrypted', '.encrypted', 'a.txt'],
    ['a.txt', '.encrypted', 'a.txt.decrypted'],
    ['.encrypted', '.encrypted', '.encrypted.decrypted'],
    ['...encrypted', '.encrypted', '...encrypted.decrypted'],
    ['a.enc', '.enc', 'a'],
    ['a', '', 'a'],
  ])('makes of %s with suffix %o: %s', (name, suffix, expected) => {
    expect(withoutSuffix(name, suffix)).toBe(expected)
  })

  it('reads the standard input', async () => {
    const { status, out } = await session.esdk(`decrypt - ${key}`, { stdin: await message('piped') })
    expect([status, out]).toEqual([0, 'piped'])
  })

  it('does not wait for a message to be typed', async () => {
    const { status, err } = await session.esdk(`decrypt - ${key}`, { stdinIsTTY: true })
    expect(status).toBe(2)
    expect(err).toContain('esdk decrypt - < FILE')
  })

  it('refuses frames that are longer than it may hold', async () => {
    session.write('m', await message(new Uint8Array(2000), { frameLength: 1000 }))
    const refused = await session.esdk(`decrypt m ${key} --max-frame-length 999`)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('raise --max-frame-length')
    expect((await session.esdk(`decrypt m ${key} --max-frame-length 1000`)).status).toBe(0)
  })

  it('shows the authenticated context to programs, and to people who ask', async () => {
    session.write('m', await message('x', { encryptionContext: { tenant: '42' }, suite: 0x0478 }))
    const { out } = await session.esdk(`decrypt m ${key} --json`)
    expect(jsonLines(out)).toMatchObject([
      { input: 'm', output: 'm.decrypted', status: 'decrypted', header: { encryptionContext: { tenant: '42' } } },
    ])
  })

  it('decrypts what commits to no key only when it may', async () => {
    session.write('m', await message('old', { suite: 0x0178 }))
    const refused = await session.esdk(`decrypt m ${key}`)
    expect(refused.status).toBe(1)
    expect(refused.err).toContain('--commitment-policy')
    const { status } = await session.esdk(`decrypt m ${key} --commitment-policy require-encrypt-allow-decrypt`)
    expect(status).toBe(0)
    expect(session.text('m.decrypted')).toBe('old')
  })

  it('refuses too many keys, and too much plaintext', async () => {
    session.write('m', await message('0123456789'))
    expect((await session.esdk(`decrypt m ${key} --max-length 9`)).err).toContain('raise --max-length')
    expect((await session.esdk(`decrypt m ${key} --max-length 10`)).status).toBe(0)
    await session.esdk('keygen aes -o other.json')
    session.write('plain', 'x')
    await session.esdk(`encrypt plain ${key} -k other.json -o two`)
    const { status, err } = await session.esdk(`decrypt two ${key} --max-encrypted-data-keys 1 -o out`)
    expect(status).toBe(1)
    expect(err).toContain('raise --max-encrypted-data-keys')
  })
})

describe('the encryption context (C8, context check)', () => {
  beforeEach(async () => {
    session.write('m.encrypted', await message('attack at dawn', { encryptionContext: { tenant: '42', empty: '' } }))
  })

  it.each(['-c tenant=42', '-c tenant', '-c tenant=42 -c empty=', '-c empty', '-c aws-crypto-public-key'])(
    'that is as expected passes: %s',
    async (options) => {
      const { status } = await session.esdk(`decrypt m.encrypted ${key} ${options}`)
      expect(status).toBe(0)
      expect(session.text('m')).toBe('attack at dawn')
    },
  )

  it.each([
    ['-c tenant=43', 'value'],
    ['-c tenant=', 'value'],
    ['-c tenant=42 -c empty=x', 'value'],
    ['-c Tenant', 'the message has no "Tenant" in its encryption context'],
    ['-c missing', 'the message has no "missing" in its encryption context'],
    ['-c missing=1', 'does not store "missing"'],
    ['-c __proto__', 'the message has no "__proto__"'],
    ['-c toString', 'the message has no "toString"'],
  ])('that is not as expected gives no output file, and an exit status of 1: %s', async (options, text) => {
    const { status, err, out } = await session.esdk(`decrypt m.encrypted ${key} ${options}`)
    expect(status).toBe(1)
    expect(err).toContain(text)
    expect(out).toBe('')
    expect(session.list()).toEqual(['key.bin', 'm.encrypted'])
  })

  it('keeps a file that was there when it is not as expected', async () => {
    session.write('m', 'old')
    expect((await session.esdk(`decrypt m.encrypted ${key} -c tenant=43`)).status).toBe(1)
    expect(session.text('m')).toBe('old')
  })

  it('gives nothing on the standard output when it is not as expected', async () => {
    const { status, bytes } = await session.esdk(`decrypt m.encrypted ${key} -c tenant=43 -o -`)
    expect(status).toBe(1)
    expect(bytes).toHaveLength(0)
  })

  it('of required pairs has to be given again', async () => {
    session.write('plain', 'secret')
    await session.esdk(`encrypt plain ${key} -c tenant=42 --required-context-key tenant`)
    const decrypt = `decrypt plain.encrypted ${key} -o again`
    expect((await session.esdk(`${decrypt} -c tenant=42`)).status).toBe(0)
    expect((await session.esdk(`${decrypt} -c tenant=42 --required-context-key tenant`)).status).toBe(0)
    for (const options of ['', '-c tenant=43', '-c tenant']) {
      expect((await session.esdk(`${decrypt}-not ${options}`)).status).toBe(1)
    }
    expect((await session.esdk(`${decrypt}-not --required-context-key tenant`)).status).toBe(2)
    expect(session.list()).not.toContain('again-not')
  })
})

describe('plaintext on the standard output (C4)', () => {
  // The signature is at the end: 2 bytes of length and 103 of DER.
  // The longest does not fit into the 8 MiB that stay in memory.
  const lengths = [10, 100_000, 9_000_000]

  it.each(lengths)('of a signed message of %i bytes is all there', async (length) => {
    const plaintext = someBytes(length)
    const stdin = await message(plaintext)
    const { status, bytes } = await session.esdk(`decrypt - ${key}`, { stdin, env: { TMPDIR: session.folder } })
    expect(status).toBe(0)
    expect(Buffer.compare(bytes, plaintext)).toBe(0)
    expect(session.list()).toEqual(['key.bin'])
  })

  it.each(lengths)('of a signed message of %i bytes with a bad signature is nothing', async (length) => {
    const stdin = changed(await message(someBytes(length)), 5)
    const { status, bytes, err } = await session.esdk(`decrypt - ${key}`, { stdin, env: { TMPDIR: session.folder } })
    expect(status).toBe(1)
    expect(bytes).toHaveLength(0)
    expect(err).toContain('the signature does not match')
    expect(session.list()).toEqual(['key.bin'])
  })

  it('of a signed message is nothing with --decrypt-unsigned, which refuses it', async () => {
    const { status, bytes, err } = await session.esdk(`decrypt - ${key} --decrypt-unsigned`, {
      stdin: await message('signed'),
    })
    expect(status).toBe(1)
    expect(bytes).toHaveLength(0)
    expect(err).toContain('Leave out --decrypt-unsigned')
  })

  it('of an unsigned message comes frame by frame, as each proves authentic', async () => {
    const plaintext = someBytes(1_000_000)
    // In the tag of the final frame.
    const stdin = changed(await message(plaintext, { suite: 0x0478 }), 5)
    for (const option of ['', '--decrypt-unsigned']) {
      const { status, bytes } = await session.esdk(`decrypt - ${key} ${option}`, { stdin })
      expect(status).toBe(1)
      // 1,000,000 bytes are 244 frames of 4096, and a final one of 576.
      expect(Buffer.compare(bytes, plaintext.subarray(0, 244 * 4096))).toBe(0)
    }
  })

  it('of an unsigned message is held back with --buffer', async () => {
    const plaintext = someBytes(1_000_000)
    const whole = await message(plaintext, { suite: 0x0478 })
    const refused = await session.esdk(`decrypt - ${key} --buffer`, { stdin: changed(whole, 5) })
    expect(refused.status).toBe(1)
    expect(refused.bytes).toHaveLength(0)
    const { status, bytes } = await session.esdk(`decrypt - ${key} --buffer`, { stdin: whole })
    expect(status).toBe(0)
    expect(Buffer.compare(bytes, plaintext)).toBe(0)
  })

  it('is whole in a file, or the file is not there', async () => {
    for (const suite of [0x0478, 0x0578] as const) {
      session.write('bad', changed(await message(someBytes(1_000_000), { suite }), 5))
      expect((await session.esdk(`decrypt bad ${key} -o out`)).status).toBe(1)
      expect(session.list()).toEqual(['bad', 'key.bin'])
    }
  })
})
