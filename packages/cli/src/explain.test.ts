import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { describe, expect, it } from 'vitest'
import { CliError, FileError } from './cli-error.ts'
import { explain } from './explain.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: said the system, open '/secret/place'`), { code })
}

describe('errors of the system', () => {
  it.each([
    ['read', 'ENOENT', 'cannot read a.txt: there is no such file'],
    ['read', 'EACCES', 'cannot read a.txt: you may not read it'],
    ['write', 'ENOENT', 'cannot write a.txt: the folder does not exist'],
    ['write', 'EACCES', 'cannot write a.txt: you may not write there'],
    ['write', 'ENOSPC', 'cannot write a.txt: the disk is full'],
    ['write', 'EDQUOT', 'cannot write a.txt: your quota of the disk is used up'],
    ['write', 'EFBIG', 'cannot write a.txt: it would be larger than files may be here'],
    ['write', 'EROFS', 'cannot write a.txt: that disk can only be read'],
    ['read', 'EISDIR', 'cannot read a.txt: it is a folder'],
  ] as const)('say what was tried, on which file, and what to do: %s %s', (operation, code, message) => {
    const explanation = explain(new FileError(operation, 'a.txt', systemError(code)))
    expect(explanation).toEqual({ code, message, hint: expect.stringMatching(/\.$|FILE|a\.txt/) as string })
  })

  it('name the code where there are no words for it', () => {
    expect(explain(new FileError('write', 'a.txt', systemError('EXDEV')))).toMatchObject({
      code: 'EXDEV',
      message: 'cannot write a.txt: EXDEV',
    })
  })

  it('put a name into the hint as it is, whatever it holds', () => {
    const { hint } = explain(new FileError('read', "$&$'.txt", systemError('EACCES')))
    expect(hint).toBe("Its owner can allow it: chmod u+r $&$'.txt")
  })
})

describe('errors of messages', () => {
  const keyring = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey: new Uint8Array(32) })
  const client = createClient()

  async function refusal(bytes: Uint8Array, options: Parameters<typeof client.decrypt>[1] = { keyring }) {
    try {
      await client.decrypt(bytes, options)
    } catch (error) {
      return error
    }
    throw new Error('it decrypted')
  }

  it('name the key that is needed', async () => {
    const { ciphertext } = await client.encrypt(Uint8Array.of(1), { keyring })
    const other = rawAesKeyring({ namespace: 'app', name: 'k2', wrappingKey: new Uint8Array(32) })
    const { code, message, hint } = explain(await refusal(ciphertext, { keyring: other }))
    expect(code).toBe('ERR_ESDK_NO_DATA_KEY')
    expect(message).toContain('"app" / "k1"')
    expect(hint).toContain('-k')
  })

  it.each([
    [['app'], '-k.'],
    [['aws-kms', 'aws-kms'], '-w key=ARN.'],
    [['aws-kms', 'app', 'raw-ecdh'], '-w key=ARN or -k.'],
    [['aws-kms-rsa'], '-w type=kms-rsa,key=ARN,algorithm=....'],
    [['aws-kms-ecdh'], '-w type=kms-ecdh,key=ARN,curve=....'],
    [['aws-kms-hierarchy'], '-w type=branch-key,table=...,key=ARN,id=....'],
    [['constructor'], '-k.'],
  ])('say how to give the key that the message needs: %j', async (neededProviders, way) => {
    const { ciphertext } = await client.encrypt(Uint8Array.of(1), { keyring })
    const other = rawAesKeyring({ namespace: 'app', name: 'k2', wrappingKey: new Uint8Array(32) })
    const error = await refusal(ciphertext, { keyring: other })
    expect(explain(error, { neededProviders }).hint).toBe(
      `Give the key that is named there, with ${way} \`esdk inspect FILE\` lists all keys that open it.`,
    )
  })

  it('tell another key of the same name from another name', async () => {
    const { ciphertext } = await client.encrypt(Uint8Array.of(1), { keyring })
    const other = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey: new Uint8Array(32).fill(1) })
    expect(explain(await refusal(ciphertext, { keyring: other })).hint).toContain('The name of the key fits')
  })

  it('say when a key of the context is not stored', async () => {
    const { ciphertext } = await client.encrypt(Uint8Array.of(1), { keyring })
    const error = await refusal(ciphertext, { keyring, encryptionContext: { tennant: '1' } })
    expect(explain(error, { contextNotStored: ['"tennant"'] }).hint).toContain('does not store "tennant"')
  })

  it.each([
    ['base64', (bytes: Uint8Array) => Buffer.from(bytes).toString('base64'), 'base64 -d < FILE'],
    ['hexadecimal', (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'), 'xxd -r -p < FILE'],
  ])('say that %s is given for bytes (P17, text given as bytes)', async (what, encode, hint) => {
    const { ciphertext } = await client.encrypt(Uint8Array.of(1), { keyring })
    const explanation = explain(await refusal(new TextEncoder().encode(encode(ciphertext))))
    expect(explanation.message).toContain(what)
    expect(explanation.hint).toContain(hint)
  })

  it('of an input that is empty say to look at what wrote it', async () => {
    expect(explain(await refusal(new Uint8Array(0)))).toMatchObject({
      code: 'ERR_ESDK_TRUNCATED',
      hint: expect.stringContaining('Look at what wrote it') as string,
    })
  })

  it.each([
    ['cut', (bytes: Uint8Array) => bytes.subarray(0, -20), 'ERR_ESDK_TRUNCATED', 'copy it again'],
    ['longer', (bytes: Uint8Array) => Uint8Array.of(...bytes, 0), 'ERR_ESDK_TRAILING_BYTES', 'get it again|again from'],
  ])('say what to do with a file that is %s', async (_, change, code, hint) => {
    const { ciphertext } = await client.encrypt(new Uint8Array(100), { keyring, suite: 0x0478 })
    const explanation = explain(await refusal(change(ciphertext)))
    expect(explanation.code).toBe(code)
    expect(explanation.hint).toMatch(new RegExp(hint))
  })

  it('say which option raises a limit', async () => {
    const { ciphertext } = await client.encrypt(new Uint8Array(100), { keyring })
    const limited = createClient({ limits: { maxPlaintextLength: 10 } })
    const error = await limited.decrypt(ciphertext, { keyring }).catch((reason: unknown) => reason)
    expect(explain(error)).toMatchObject({
      code: 'ERR_ESDK_LIMIT',
      hint: expect.stringContaining('--max-length') as string,
    })
  })
})

describe('other errors', () => {
  it('are as they were made', () => {
    expect(explain(new CliError('ERR_ESDK_CLI_KEY', 'what', 'do this'))).toEqual({
      code: 'ERR_ESDK_CLI_KEY',
      message: 'what',
      hint: 'do this',
    })
  })

  it('of the program itself say how to see more', () => {
    expect(explain(new TypeError('x is undefined'))).toMatchObject({
      code: 'ERR_ESDK_CLI_UNEXPECTED',
      hint: expect.stringContaining('ESDK_DEBUG=1') as string,
    })
  })
})
