import {
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KeyFileError, type LocalKms, localKms } from './index.ts'
import { writeKeyFile } from './key-file.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'esdk-key-file-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
/** A folder for one file, so that what is beside it can be seen. */
function newPath(): string {
  const own = join(folder, String(files++))
  mkdirSync(own)
  return join(own, 'keys.json')
}

async function newKey(kms: LocalKms): Promise<string> {
  return (await kms.client('us-east-1').createKey()).KeyMetadata.KeyId
}

async function keysOf(kms: LocalKms): Promise<string[]> {
  return (await kms.client('us-east-1').listKeys()).Keys.map(({ KeyId }) => KeyId)
}

describe('a key file', () => {
  it('keeps keys of every kind, replicas, aliases and states', async () => {
    const keyFile = newPath()
    const before = localKms({ keyFile, accountId: '444455556666' }).client('us-east-1')
    const Plaintext = new TextEncoder().encode('kept')
    const { KeyMetadata: symmetric } = await before.createKey({ MultiRegion: true, Description: 'the one' })
    await before.replicateKey({ KeyId: symmetric.KeyId, ReplicaRegion: 'eu-west-1' })
    await before.createAlias({ AliasName: 'alias/the-one', TargetKeyId: symmetric.KeyId })
    const { KeyMetadata: rsa } = await before.createKey({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
    const { KeyMetadata: ec } = await before.createKey({ KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' })
    const { KeyMetadata: disabled } = await before.createKey()
    await before.disableKey({ KeyId: disabled.KeyId })
    const sealed = await before.encrypt({ KeyId: 'alias/the-one', Plaintext })
    const oaep = { KeyId: rsa.KeyId, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const
    const sealedByRsa = await before.encrypt({ ...oaep, Plaintext })
    const publicKey = await before.getPublicKey({ KeyId: ec.KeyId })

    const kms = localKms({ keyFile })
    const after = kms.client('us-east-1')
    expect(kms.accountId).toBe('444455556666')
    for (const key of [symmetric, rsa, ec, disabled]) {
      const { KeyMetadata: kept } = await after.describeKey({ KeyId: key.KeyId })
      const { Enabled: _, KeyState: __, MultiRegionConfiguration: ___, ...same } = key
      expect(kept).toMatchObject(same)
    }
    expect((await after.describeKey({ KeyId: disabled.KeyId })).KeyMetadata.KeyState).toBe('Disabled')
    const { CiphertextBlob } = sealed
    expect((await after.decrypt({ KeyId: 'alias/the-one', CiphertextBlob })).Plaintext).toEqual(Plaintext)
    expect((await kms.client('eu-west-1').decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    const opened = await after.decrypt({ ...oaep, CiphertextBlob: sealedByRsa.CiphertextBlob })
    expect(opened.Plaintext).toEqual(Plaintext)
    expect(await after.getPublicKey({ KeyId: ec.KeyId })).toEqual(publicKey)
  })

  it('is for its owner alone, and has nothing beside it', async () => {
    const keyFile = newPath()
    writeFileSync(join(keyFile, '..', 'other'), '')
    await newKey(localKms({ keyFile }))
    expect(statSync(keyFile).mode & 0o777).toBe(process.platform === 'win32' ? 0o666 : 0o600)
    expect(readdirSync(join(keyFile, '..')).sort()).toEqual(['keys.json', 'other'])
  })

  it('becomes its owner’s alone when it was open to others', async () => {
    const keyFile = newPath()
    localKms({ keyFile })
    const content = readFileSync(keyFile)
    rmSync(keyFile)
    writeFileSync(keyFile, content, { mode: 0o644 })
    await newKey(localKms({ keyFile }))
    expect(statSync(keyFile).mode & 0o077).toBe(0)
  })

  it('is replaced, never written over: who has the older one open reads it whole', async () => {
    const keyFile = newPath()
    const kms = localKms({ keyFile })
    await newKey(kms)
    const content = readFileSync(keyFile)
    linkSync(keyFile, `${keyFile}.older`)
    const older = openSync(keyFile, 'r')
    try {
      await newKey(kms)
      expect(readFileSync(older)).toEqual(content)
      expect(readFileSync(`${keyFile}.older`)).toEqual(content)
      expect(readFileSync(keyFile)).not.toEqual(content)
    } finally {
      closeSync(older)
    }
  })

  it('that cannot be written leaves nothing behind', () => {
    const path = newPath()
    // No file takes the place of a folder.
    mkdirSync(path)
    const state = { accountId: '111122223333', keys: [], aliases: [] }
    expect(() => writeKeyFile(path, state)).toThrow()
    expect(readdirSync(join(path, '..'))).toEqual(['keys.json'])
    expect(readdirSync(path)).toEqual([])
  })

  it('that is gone, or no file any more, fails every call until it is back', async () => {
    const keyFile = newPath()
    const kms = localKms({ keyFile })
    const first = await newKey(kms)
    const content = readFileSync(keyFile)
    rmSync(keyFile)
    await expect(newKey(kms)).rejects.toThrow('ENOENT')
    mkdirSync(keyFile)
    await expect(keysOf(kms)).rejects.toThrow('EISDIR')
    rmSync(keyFile, { recursive: true })
    writeFileSync(keyFile, content)
    expect(await keysOf(kms)).toEqual([first])
  })

  it('stays a link where it was one', async () => {
    const keyFile = newPath()
    localKms({ keyFile })
    const link = `${keyFile}.link`
    symlinkSync(keyFile, link)
    const id = await newKey(localKms({ keyFile: link }))
    expect(await keysOf(localKms({ keyFile }))).toEqual([id])
  })

  it('is read anew when another process has replaced it', async () => {
    const keyFile = newPath()
    const one = localKms({ keyFile })
    const two = localKms({ keyFile })
    const ids = [await newKey(one), await newKey(two), await newKey(one)]
    expect(await keysOf(one)).toEqual(ids)
    expect(await keysOf(two)).toEqual(ids)
  })

  it.each([
    ['no JSON', 'not JSON', 'it does not say so'],
    ['something else', '{"keys":[]}', 'it does not say so'],
    ['a later version', '{"format":"esdk-local-kms","version":2}', 'it is of version 2'],
    [
      'a part of a key',
      '{"format":"esdk-local-kms","version":1,"accountId":"111122223333","aliases":[],"keys":[{"id":"a"}]}',
      'key 0 is not whole',
    ],
  ])('with %s is refused, and left as it is', (_, content, why) => {
    const keyFile = newPath()
    writeFileSync(keyFile, content)
    expect(() => localKms({ keyFile })).toThrow(KeyFileError)
    expect(() => localKms({ keyFile })).toThrow(why)
    expect(readFileSync(keyFile, 'utf8')).toBe(content)
  })

  describe('that somebody has edited', () => {
    /** Such as a file has them: the first key, its first Region, the first alias. */
    type Parts = Record<'file' | 'key' | 'residence' | 'alias', Record<string, unknown>>

    async function edited(part: keyof Parts, change: object): Promise<string> {
      const keyFile = newPath()
      const kms = localKms({ keyFile })
      const KeyId = await newKey(kms)
      await kms.client('us-east-1').createAlias({ AliasName: 'alias/mine', TargetKeyId: KeyId })
      const file = JSON.parse(readFileSync(keyFile, 'utf8')) as Parts['file']
      const [key] = file['keys'] as [Parts['key'] & { residences: [Parts['residence']] }]
      const [alias] = file['aliases'] as [Parts['alias']]
      Object.assign({ file, key, residence: key.residences[0], alias }[part], change)
      writeFileSync(keyFile, JSON.stringify(file))
      return keyFile
    }

    it('is read where nothing is wrong with it', async () => {
      const keyFile = await edited('file', {})
      expect((await keysOf(localKms({ keyFile }))).length).toBe(1)
    })

    it.each<[string, keyof Parts, object]>([
      ['accountId is not 12 digits', 'file', { accountId: '1' }],
      ['accountId is not 12 digits', 'file', { accountId: 111122223333 }],
      ['no lists of keys and aliases', 'file', { keys: {} }],
      ['no lists of keys and aliases', 'file', { aliases: undefined }],
      ['key 0 is not whole', 'file', { keys: ['key'] }],
      ['key 0 is not whole', 'key', { id: 5 }],
      ['key 0 is not whole', 'key', { spec: 'HMAC_256' }],
      ['key 0 is not whole', 'key', { multiRegion: 'no' }],
      ['key 0 is not whole', 'key', { material: [1, 2] }],
      ['key 0 is not whole', 'key', { residences: 'us-east-1' }],
      ['key 0 is not whole', 'key', { residences: [] }],
      ['key 0 is not whole', 'key', { residences: ['us-east-1'] }],
      ['key 0 is not whole', 'residence', { region: null }],
      ['key 0 is not whole', 'residence', { description: null }],
      ['key 0 is not whole', 'residence', { state: 'Deleted' }],
      ['key 0 is not whole', 'residence', { createdAt: 'yesterday' }],
      ['key 0 is not whole', 'residence', { createdAt: 5 }],
      ['alias 0 is not whole', 'file', { aliases: ['alias/mine'] }],
      ['alias 0 is not whole', 'alias', { region: 5 }],
      ['alias 0 is not whole', 'alias', { name: 5 }],
      ['alias 0 is not whole', 'alias', { keyId: 5 }],
      ['alias 0 is not whole', 'alias', { createdAt: undefined }],
    ])('is refused: %s (%s %j)', async (why, part, change) => {
      const keyFile = await edited(part, change)
      expect(() => localKms({ keyFile })).toThrow(KeyFileError)
      expect(() => localKms({ keyFile })).toThrow(why)
    })
  })

  it('of another account is refused', () => {
    const keyFile = newPath()
    localKms({ keyFile, accountId: '444455556666' })
    expect(() => localKms({ keyFile, accountId: '111122223333' })).toThrow(KeyFileError)
  })
})
