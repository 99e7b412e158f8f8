/**
 * What must not be seen: keys and plaintext in what the command prints or logs, and what acts on a terminal.
 */
import { chmodSync } from 'node:fs'
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

describe('keys and plaintext (C5, secrets; K12, keys in logs)', () => {
  const plaintext = 'the plaintext that nobody may see in a log'

  /** A key in all the forms it might be printed in. */
  function formsOf(key: Uint8Array): string[] {
    const bytes = Buffer.from(key)
    return [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      [...key].join(','),
      [...key].join(', '),
    ]
  }

  it('are in no output, no log and no error, however much is asked for', async () => {
    const printed: string[] = []
    const run = async (command: string, options: Parameters<Session['esdk']>[1] = {}) => {
      const { out, err } = await session.esdk(command, { ...options, env: { ESDK_DEBUG: '1', ...options.env } })
      printed.push(out, err)
    }
    await run('keygen aes -o key.json -vvvv')
    await run('keygen rsa -o rsa.json --bits 2048 -vvvv --json')
    await run('keygen ecdh -o ecdh.json -vvvv')
    session.write('a', plaintext)
    const all = '-vvvv --metadata-output log'
    const env = { K: session.text('key.json') }
    await run(`encrypt a -k key.json -k rsa.json -k ecdh.pub.json ${all}`)
    for (const key of ['-k key.json', '-k rsa.json', '-k ecdh.json', '--key-env K']) {
      await run(`decrypt a.encrypted ${key} -o b ${all}`, { env })
      await run(`decrypt a.encrypted ${key} -o b ${all} --json`, { env })
    }
    // Refusals: another key, another context, changed bytes, keys that are broken.
    await run('keygen aes -o other.json')
    await run(`decrypt a.encrypted -k other.json -o c ${all}`)
    await run(`decrypt a.encrypted -k key.json -c x=y -o c ${all}`)
    const changed = session.read('a.encrypted')
    changed[changed.length - 120] = (changed[changed.length - 120] as number) ^ 1
    session.write('changed', changed)
    await run(`decrypt changed -k key.json -o c ${all}`)
    session.write('broken.json', session.text('key.json').replace('"raw-aes"', '"raw-rsa"'))
    session.write('cut.json', session.text('key.json').slice(0, -5))
    session.write('long.json', session.text('key.json').replace(/"wrappingKey": "/, '$&AAAA'))
    for (const key of ['broken', 'cut', 'long']) await run(`encrypt a -k ${key}.json ${all}`)
    printed.push(session.text('log'))

    const member = (name: string, key: string) =>
      (JSON.parse(session.text(name)) as Record<string, string>)[key] as string
    const secrets = [
      ...formsOf(Buffer.from(member('key.json', 'wrappingKey'), 'base64')),
      // Any line of the private keys.
      ...['rsa.json', 'ecdh.json'].flatMap((name) => member(name, 'privateKey').split('\n').slice(1, -2)),
      plaintext,
      Buffer.from(plaintext).toString('base64'),
      Buffer.from(plaintext).toString('hex'),
    ]
    const text = printed.join('\n')
    // It did say something about each of the keys, and all refusals.
    expect(text).toContain('unwraps with the key file rsa.json: RSA, oaep-sha256')
    expect(text.match(/esdk: cannot decrypt/g)?.length).toBeGreaterThanOrEqual(3)
    expect(text.match(/the key file \w+\.json (is no key file|cannot be used)/g)?.length).toBeGreaterThanOrEqual(3)
    for (const secret of secrets) expect(text).not.toContain(secret)
  })

  it.skipIf(process.platform === 'win32')('warn about key files that others can read', async () => {
    session.write('a', plaintext)
    await session.esdk('keygen ecdh -o key.json')
    expect((await session.esdk('decrypt a -k key.json')).err).not.toContain('warning')
    for (const [mode, shown] of [
      [0o644, '0644'],
      [0o640, '0640'],
      [0o602, '0602'],
    ] as const) {
      chmodSync(session.path('key.json'), mode)
      const { err } = await session.esdk('decrypt a -k key.json')
      expect(err).toContain(`esdk: warning: the key file key.json can be read by others (permissions ${shown})`)
    }
    expect((await session.esdk('encrypt a -k key.pub.json')).err).not.toContain('warning')
    const key = Buffer.alloc(32, 7)
    session.write('key.bin', key)
    chmodSync(session.path('key.bin'), 0o604)
    const { err, status } = await session.esdk('encrypt a -w type=raw-aes,namespace=n,name=n,file=key.bin')
    expect(status).toBe(0)
    expect(err).toContain('the key file key.bin can be read by others')
  })
})

describe('text from a message (C7, terminal control)', () => {
  const nasty = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u2066\u200f\r\nesdk: all is well'
  const keyring = rawAesKeyring({ namespace: `ns${nasty}`, name: `name${nasty}`, wrappingKey: new Uint8Array(32) })

  beforeEach(async () => {
    const { ciphertext } = await createClient().encrypt(new Uint8Array(1), {
      keyring,
      encryptionContext: { [`key${nasty}`]: `value${nasty}` },
    })
    session.write('m', ciphertext)
    session.write(`file${nasty.replaceAll('/', '')}`, ciphertext)
    await session.esdk('keygen aes -o key.json')
  })

  it.each([
    'inspect m',
    'inspect m --json',
    'inspect file*',
    'decrypt m -k key.json',
    'decrypt m -k key.json --json',
    'decrypt file* -k key.json -vvvv',
    'encrypt file* -k key.json',
    'encrypt file* -k key.json --json',
  ])('acts on no terminal: %s', async (command) => {
    const { out, err } = await session.esdk(command)
    expect(`${out}${err}`).toContain('owned')
    // Line ends are the command's own: no line begins with what the message wants it to say.
    expect(`${out}${err}`.replaceAll('\n', '')).toMatch(/^[^\p{C}]*$/u)
    expect(`${out}${err}`).not.toMatch(/^esdk: all is well/m)
  })

  it('acts on no terminal while progress is shown', async () => {
    let time = 0
    const now = () => {
      time += 200
      return time
    }
    const { err } = await session.esdk('encrypt file* -k key.json', { stderrIsTTY: true, now })
    expect(err).toContain('100%')
    const own = err.replaceAll('\r', '').replaceAll('\u001b[K', '').replaceAll('\n', '')
    expect(own).toMatch(/^[^\p{C}]*$/u)
  })
})
