import { chmodSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { identityAt } from './file-identity.ts'
import { readSecretFile } from './secret-file.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

describe('a file that holds a key', () => {
  it('is read whole, and says which file it is', async () => {
    const content = new Uint8Array(65_536).fill(7)
    const path = session.write('key', content)
    const { bytes, identity } = await readSecretFile(path, 'key', 'linux')
    expect(bytes).toEqual(content)
    expect(identity).toBe(await identityAt(path))
  })

  it('is no longer than 64 KiB, and no device without an end', async () => {
    const path = session.write('key', new Uint8Array(65_537))
    await expect(readSecretFile(path, 'key', 'linux')).rejects.toThrow('too long for a key')
    if (!windows) await expect(readSecretFile('/dev/zero', 'zero', 'linux')).rejects.toThrow('too long for a key')
  })

  it('is no folder', async () => {
    await expect(readSecretFile(session.folder, 'keys', 'linux')).rejects.toMatchObject({
      code: 'ERR_ESDK_CLI_KEY',
      message: 'the key file keys is a folder',
    })
  })

  it.skipIf(windows).each([
    [0o600, undefined],
    [0o400, undefined],
    [0o640, '0640'],
    [0o604, '0604'],
    [0o620, '0620'],
    [0o777, '0777'],
  ])('says whether others have permissions: %o (C5, secrets)', async (mode, openTo) => {
    const path = session.write('key', 'x')
    chmodSync(path, mode)
    expect((await readSecretFile(path, 'key', 'linux')).openTo).toBe(openTo)
    // Windows has other means, which these bits do not tell of.
    expect((await readSecretFile(path, 'key', 'win32')).openTo).toBeUndefined()
  })
})
