import { type Client, createClient, type DecryptResult, isEsdkError, type MessageHeader } from '@esdk/client'
import type { CryptographicMaterialsManager, Keyring } from '@esdk/cmm'
import { type RawAesKeyringOptions, rawAesKeyring } from '@esdk/keyring-raw'

const options: RawAesKeyringOptions = { namespace: 'consumer', name: 'key', wrappingKey: new Uint8Array(32) }
const keyring: Keyring = rawAesKeyring(options)
const client: Client = createClient({ commitmentPolicy: 'require-encrypt-require-decrypt', maxEncryptedDataKeys: 3 })

export async function roundTrip(cmm: CryptographicMaterialsManager): Promise<MessageHeader> {
  const { ciphertext, header } = await client.encrypt(new Uint8Array(3), { keyring, suite: 0x0578, frameLength: 1024 })
  const result: DecryptResult = await client.decrypt(ciphertext, { cmm })
  const plaintext: Uint8Array<ArrayBuffer> = result.plaintext
  const stream: ReadableStream<Uint8Array> = (await client.decryptStream([ciphertext], { keyring })).plaintext
  await stream.pipeThrough(client.encryptTransform({ keyring })).cancel(plaintext)
  return header
}

export function codeOf(error: unknown): string | undefined {
  return isEsdkError(error) ? error.code : undefined
}

// @ts-expect-error: a keyring or a materials manager is needed
void client.encrypt(new Uint8Array(3), {})
// @ts-expect-error: not both
void client.encrypt(new Uint8Array(3), { keyring, cmm: undefined as unknown as CryptographicMaterialsManager })
// @ts-expect-error: no such suite
void client.encrypt(new Uint8Array(3), { keyring, suite: 0x0000 })
