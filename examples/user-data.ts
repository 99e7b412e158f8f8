/**
 * Secrets of a machine, handed over in its user data, and written to a file when it boots.
 *
 * User data of EC2 can be read by everybody who may describe the machine. So it is a message, encrypted in the Regions where
 * machines start, in base64 since tools take user data for text. The machine decrypts it with its role, in its own Region.
 *
 * **Calls of KMS**: one for each boot, in the local Region.
 *
 * **Watch out**: a file that is half written is worse than none. It is for its owner alone from its first byte, gets its
 * name when it is whole and on the disk, and an earlier one stays when anything fails. The encryption context keeps
 * messages for other purposes from being taken for this one. User data is at most 16 KiB; three keys and a signature take
 * more than one of them.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Keyring } from '@esdk/client'
import { kmsDiscoveryKeyring, kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const client = createClient({ maxEncryptedDataKeys: 3 })
const encryptionContext = { purpose: 'user-data', application: 'shop' }

/** What to give as the user data of a machine. */
export async function toUserData(secrets: Uint8Array, keyring: Keyring): Promise<string> {
  const { ciphertext } = await client.encrypt(secrets, { keyring, encryptionContext })
  return Buffer.from(ciphertext).toString('base64')
}

/** Decrypts user data into a file of mode 0600: all of it, or nothing. */
export async function writeSecrets(userData: string, path: string, keyring: Keyring): Promise<void> {
  const { plaintext } = await client.decrypt(Buffer.from(userData, 'base64'), { keyring, encryptionContext })
  const unfinished = `${path}.${randomUUID()}`
  try {
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(plaintext)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

export async function userData({
  keys: [first, second, local],
  partition,
  accountId,
  clientFor,
  takeCalls,
  folder,
}: Surroundings) {
  const everywhere = kmsKeyring({ generatorKeyId: first.alias, keyIds: [second.alias, local.alias], clientFor })
  const text = await toUserData(new TextEncoder().encode('password=correct horse\n'), everywhere)
  takeCalls()

  // The image of the machine knows its Region and the account, and needs no ARN.
  const filter = { partition, accountIds: [accountId] }
  const atBoot = kmsDiscoveryKeyring({ filter, regions: [local.region], clientFor })
  const path = join(folder, 'secrets.env')
  await writeSecrets(text, path, atBoot)
  const callsAtBoot = takeCalls()

  const cut = text.slice(0, -8)
  return {
    charactersOfUserData: text.length,
    callsAtBoot,
    mode: ((await stat(path)).mode & 0o777).toString(8),
    whenItIsCut: await refusalOf(writeSecrets(cut, path, atBoot)),
    written: await readFile(path, 'utf8'),
  }
}
