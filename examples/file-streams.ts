/**
 * Files of any size, through streams.
 *
 * Memory stays at a few frames however large the file is. Frames are as long as `frameLength` says: 4096 bytes by default,
 * and a larger number is faster.
 *
 * **Calls of KMS**: one for each key to encrypt a file, and one to decrypt it.
 *
 * **Watch out**: a stream gives each frame when its tag is right, before the end of the message is known. If the end is
 * missing or wrong the stream fails, and what came before must not be used: here it never gets the name of the file.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createClient, type EncryptionContext, type Keyring } from '@esdk/client'
import { kmsKeyring } from '@esdk/keyring-kms'
import { refusalOf } from './refusal.ts'
import type { Surroundings } from './surroundings.ts'

const client = createClient()

/** Encrypts a file to another; gives the encryption context of its header. */
export async function encryptFile(from: string, to: string, keyring: Keyring, encryptionContext: EncryptionContext) {
  const source = createReadStream(from)
  const { ciphertext, header } = await client.encryptStream(source, { keyring, encryptionContext, frameLength: 65_536 })
  await writeWhole(ciphertext, to)
  return header.encryptionContext
}

/** Decrypts a file to another; gives the encryption context, which is authentic. */
export async function decryptFile(from: string, to: string, keyring: Keyring) {
  const { plaintext, encryptionContext } = await client.decryptStream(createReadStream(from), { keyring })
  await writeWhole(plaintext, to)
  return encryptionContext
}

/** Writes a file that is there when it is whole, and not before. */
async function writeWhole(bytes: ReadableStream<Uint8Array>, path: string): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`
  try {
    await pipeline(bytes, createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }))
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}

export async function fileStreams({ keys: [first, second], clientFor, takeCalls, folder }: Surroundings) {
  const keyring = kmsKeyring({ generatorKeyId: first.arn, keyIds: [second.arn], clientFor })
  const at = (name: string): string => join(folder, name)
  await writeFile(at('secret-data'), new Uint8Array(1_000_000).fill(7))

  const contextWritten = await encryptFile(at('secret-data'), at('encrypted-data'), keyring, { kind: 'backup' })
  const callsToEncrypt = takeCalls()
  const contextRead = await decryptFile(at('encrypted-data'), at('decrypted-data'), keyring)
  const callsToDecrypt = takeCalls()

  await truncate(at('encrypted-data'), 900_000)
  return {
    contextWritten,
    contextRead,
    callsToEncrypt,
    callsToDecrypt,
    whenItIsCut: await refusalOf(decryptFile(at('encrypted-data'), at('decrypted-from-half'), keyring)),
  }
}
