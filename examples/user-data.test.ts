import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, isEsdkError } from '@esdk/client'
import { generateAesKey, rawAesKeyring } from '@esdk/keyring-raw'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toUserData, writeSecrets } from './user-data.ts'

const keyring = rawAesKeyring({ namespace: 'test', name: 'boot', wrappingKey: generateAesKey() })
const secrets = new TextEncoder().encode('password=correct horse\n')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esdk-user-data-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('secrets of a machine', () => {
  it('replace those of an earlier boot', async () => {
    const path = join(folder, 'secrets')
    await writeFile(path, 'a longer text of an earlier boot')
    await writeSecrets(await toUserData(secrets, keyring), path, keyring)
    expect(new Uint8Array(await readFile(path))).toEqual(secrets)
    expect(await readdir(folder)).toEqual(['secrets'])
  })

  it.each([1, 50, 200])('are not written when byte %i of the message is changed', async (at) => {
    const message = Buffer.from(await toUserData(secrets, keyring), 'base64')
    message.writeUInt8(message.readUInt8(at) ^ 1, at)
    const changed = message.toString('base64')
    await expect(writeSecrets(changed, join(folder, 'secrets'), keyring)).rejects.toSatisfy(isEsdkError)
    expect(await readdir(folder)).toEqual([])
  })

  it('are not taken from a message for another purpose', async () => {
    const { ciphertext } = await createClient().encrypt(secrets, {
      keyring,
      encryptionContext: { purpose: 'backup', application: 'shop' },
    })
    const other = Buffer.from(ciphertext).toString('base64')
    await expect(writeSecrets(other, join(folder, 'secrets'), keyring)).rejects.toMatchObject({
      code: 'ERR_ESDK_ENCRYPTION_CONTEXT',
    })
    expect(await readdir(folder)).toEqual([])
  })

  it('leave nothing behind when the file cannot get its name', async () => {
    const path = join(folder, 'a-folder')
    await mkdir(join(path, 'with-content'), { recursive: true })
    await expect(writeSecrets(await toUserData(secrets, keyring), path, keyring)).rejects.toMatchObject({
      syscall: 'rename',
    })
    expect(await readdir(folder)).toEqual(['a-folder'])
  })
})
