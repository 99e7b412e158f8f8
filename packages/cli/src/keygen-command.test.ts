import { createPrivateKey, createPublicKey } from 'node:crypto'
import { statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session } from '../test/session.ts'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

function keyFile(name: string): Record<string, string> {
  return JSON.parse(session.text(name)) as Record<string, string>
}

describe('esdk keygen', () => {
  it.each([
    ['', 32],
    ['--bits 192', 24],
    ['--bits 128', 16],
  ])('makes an AES key %s', async (option, length) => {
    const { status, out, err } = await session.esdk(`keygen aes -o key.json ${option}`)
    expect(status).toBe(0)
    expect(out).toBe('')
    expect(err).toContain(`wrote key.json: AES-${length * 8}`)
    const { esdkKey, type, namespace, name, wrappingKey } = keyFile('key.json')
    expect({ esdkKey, type, namespace }).toEqual({ esdkKey: 1, type: 'raw-aes', namespace: 'esdk' })
    expect(name).toMatch(/^key-[0-9a-f]{16}$/)
    expect(Buffer.from(wrappingKey as string, 'base64')).toHaveLength(length)
    expect(err).not.toContain(wrappingKey)
    expect(session.list()).toEqual(['key.json'])
  })

  it('makes another key, of another name, each time', async () => {
    await session.esdk('keygen aes -o 1.json')
    await session.esdk('keygen aes -o 2.json')
    expect(keyFile('1.json')['wrappingKey']).not.toBe(keyFile('2.json')['wrappingKey'])
    expect(keyFile('1.json')['name']).not.toBe(keyFile('2.json')['name'])
  })

  it('names the key as it is told', async () => {
    await session.esdk('keygen aes -o key.json --namespace my-app --name key-2026')
    expect(keyFile('key.json')).toMatchObject({ namespace: 'my-app', name: 'key-2026' })
  })

  it('makes an RSA key, and a file with the public one alone', async () => {
    const { status, err } = await session.esdk('keygen rsa -o partner.json --bits 2048 --padding oaep-sha512')
    expect(status).toBe(0)
    expect(err).toContain('wrote partner.pub.json')
    const { publicKey, privateKey, ...others } = keyFile('partner.json')
    expect(createPrivateKey(privateKey as string).asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(others).toMatchObject({ type: 'raw-rsa', padding: 'oaep-sha512' })
    expect(keyFile('partner.pub.json')).toEqual({ ...others, publicKey })
    expect(session.text('partner.pub.json')).not.toContain('PRIVATE')
  })

  it.each([
    ['', 'P-384', 'secp384r1'],
    ['--bits 256', 'P-256', 'prime256v1'],
    ['--bits 521', 'P-521', 'secp521r1'],
  ])('makes an ECDH key %s', async (option, curve, namedCurve) => {
    expect((await session.esdk(`keygen ecdh -o me ${option}`)).status).toBe(0)
    const { publicKey, privateKey, ...others } = keyFile('me')
    expect(createPublicKey(publicKey as string).asymmetricKeyDetails).toEqual({ namedCurve })
    expect(createPublicKey(createPrivateKey(privateKey as string)).export({ type: 'spki', format: 'pem' })).toBe(
      publicKey,
    )
    expect(others).toEqual({ esdkKey: 1, type: 'raw-ecdh', curve })
    expect(keyFile('me.pub.json')).toEqual({ ...others, publicKey })
  })

  it.skipIf(process.platform === 'win32')('keeps secret files from others (C5, secrets)', async () => {
    await session.esdk('keygen ecdh -o me.json')
    expect(statSync(session.path('me.json')).mode & 0o777).toBe(0o600)
    expect(statSync(session.path('me.pub.json')).mode & 0o777).toBe(0o644)
  })

  it('never overwrites a file', async () => {
    session.write('key.json', 'old')
    const { status, err } = await session.esdk('keygen aes -o key.json')
    expect(status).toBe(1)
    expect(err).toContain('the file key.json exists, and keys are never overwritten')
    expect(session.text('key.json')).toBe('old')
    expect(session.list()).toEqual(['key.json'])
  })

  it('makes no pair when the public file exists', async () => {
    session.write('me.pub.json', 'old')
    expect((await session.esdk('keygen ecdh -o me.json')).status).toBe(1)
    expect(session.list()).toEqual(['me.pub.json'])
    expect(session.text('me.pub.json')).toBe('old')
  })

  it('writes to the standard output, unless that is a terminal', async () => {
    const { out, err } = await session.esdk('keygen aes -o -')
    expect(JSON.parse(out)).toMatchObject({ esdkKey: 1 })
    expect(err).toBe('')
    const refused = await session.esdk('keygen aes -o -', { stdoutIsTTY: true })
    expect(refused.status).toBe(2)
    expect(refused.out).toBe('')
  })

  it('tells programs what it wrote, but not the key', async () => {
    const { out } = await session.esdk('keygen aes -o key.json --name k1 --json')
    expect(jsonLines(out)).toEqual([{ output: 'key.json', type: 'raw-aes', namespace: 'esdk', name: 'k1' }])
  })

  it.each([
    ['keygen des -o k', '"des" is no type of key'],
    ['keygen aes -o k --bits 512', '--bits must be one of 256, 192, 128; found "512"'],
    ['keygen rsa -o k --bits 1024', 'from 2048 to 8192'],
    ['keygen ecdh -o k --bits 224', '--bits must be one of 384, 256, 521'],
    ['keygen ecdh -o k --name n', 'no --namespace and no --name'],
    ['keygen aes -o k --padding pkcs1', '--padding is for rsa keys'],
    ['keygen rsa -o k --padding none', '--padding must be one of'],
    ['keygen aes -o k --namespace aws-kms', 'belongs to AWS KMS'],
    ['keygen aes', "required option '-o, --output <path>' not specified"],
    ['keygen -o k', "missing required argument 'type'"],
    ['keygen aes -o k --json -o -', 'both go to the standard output'],
  ])('refuses `esdk %s`', async (command, message) => {
    const { status, err, out } = await session.esdk(command)
    expect(`${err}${out}`).toContain(message)
    expect(status).toBe(2)
    expect(session.list()).toEqual([])
  })

  it('says where it cannot write', async () => {
    const { status, err } = await session.esdk('keygen aes -o missing/key.json')
    expect(status).toBe(1)
    expect(err).toContain('cannot write missing/key.json: the folder does not exist')
  })
})
