import { defaultBackend } from '@esdk/crypto-backend'
import { algorithmSuite, concat, type EncryptedDataKey, u16, u32, utf8 } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { pattern } from '../test/chunks.ts'
import { collidingBlock, decryptCounterMode, gcmTag } from '../test/gcm-collision.ts'
import { knownKeyring } from '../test/keyrings.ts'
import { deriveKeys } from '../test/sealed-message.ts'
import { createClient, inspect } from './index.ts'

/**
 * The attack: AES-GCM does not bind a ciphertext to its key. Whoever knows two keys can choose one block so that the tag
 * is right under both, and the ciphertext decrypts to two different plaintexts. Here a whole message is made like
 * that: the free block of the header is in an encrypted data key, the free block of the frame in its ciphertext.
 *
 * Literature: Dodis, Grubbs, Ristenpart, Woodage, "Fast Message Franking" (2018); Len, Grubbs, Ristenpart,
 * "Partitioning Oracle Attacks" (2021)
 */
const [oneKey, otherKey] = [pattern(32, 3), pattern(32, 200)]
const messageId = { 1: pattern(16, 9), 2: pattern(32, 9) }
const content = pattern(64, 77)

interface Collision {
  readonly message: Uint8Array<ArrayBuffer>
  readonly plaintexts: readonly [Uint8Array, Uint8Array]
}

/** A message that is right under both data keys; but for the commitment, which can be that of one alone. */
async function collidingMessage(suiteId: 0x0178 | 0x0478): Promise<Collision> {
  const suite = algorithmSuite(suiteId)
  const id = messageId[suite.messageVersion]
  const derived = await Promise.all([oneKey, otherKey].map((key) => deriveKeys(suite, key, id)))
  const [one, other] = derived.map(({ contentKey }) => contentKey) as [Uint8Array, Uint8Array]

  const start = concat(
    suite.messageVersion === 1 ? Uint8Array.of(1, 0x80) : Uint8Array.of(2),
    u16(suite.id),
    id,
    u16(0),
    u16(1),
    u16(4),
    utf8('test'),
    u16(0),
    u16(48),
  )
  // The wrapped key: filled up to a whole block, then the free one.
  const before = (16 - (start.length % 16)) % 16
  const wrapped = new Uint8Array(48)
  const end = concat(
    Uint8Array.of(2),
    suite.messageVersion === 1 ? concat(u32(0), Uint8Array.of(12)) : new Uint8Array(0),
    u32(100),
    suite.committing ? (derived[0]?.commitment as Uint8Array) : new Uint8Array(0),
  )
  const headerIv = new Uint8Array(12)
  const aad = concat(start, wrapped, end)
  const freeInHeader = await collidingBlock(
    [one, other],
    { iv: headerIv, aad, ciphertext: new Uint8Array(0) },
    {
      part: 'aad',
      offset: start.length + before,
    },
  )
  aad.set(freeInHeader, start.length + before)
  const headerTag = await gcmTag(one, { iv: headerIv, aad, ciphertext: new Uint8Array(0) })

  const iv = concat(new Uint8Array(8), u32(1))
  const frameAad = concat(id, utf8('AWSKMSEncryptionClient Final Frame'), u32(1), u32(0), u32(content.length))
  const ciphertext = content.slice()
  ciphertext.set(
    await collidingBlock([one, other], { iv, aad: frameAad, ciphertext }, { part: 'ciphertext', offset: 32 }),
    32,
  )
  const tag = await gcmTag(one, { iv, aad: frameAad, ciphertext })
  return {
    message: concat(
      aad,
      suite.messageVersion === 1 ? concat(headerIv, headerTag) : headerTag,
      concat(u32(0xffff_ffff), u32(1), iv, u32(ciphertext.length), ciphertext, tag),
    ),
    plaintexts: [await decryptCounterMode(one, iv, ciphertext), await decryptCounterMode(other, iv, ciphertext)],
  }
}

describe('one message made for two data keys', () => {
  it('opens under both where the suite does not commit: the attack is real', async () => {
    const { message, plaintexts } = await collidingMessage(0x0178)
    const client = createClient({ commitmentPolicy: 'require-encrypt-allow-decrypt' })
    const one = await client.decrypt(message, { keyring: knownKeyring(oneKey) })
    const other = await client.decrypt(message, { keyring: knownKeyring(otherKey) })
    expect(one.plaintext).toEqual(plaintexts[0])
    expect(other.plaintext).toEqual(plaintexts[1])
    expect(one.plaintext).not.toEqual(other.plaintext)
    expect(one.plaintext).toHaveLength(64)
  })

  it('is refused under the strict policy before anybody is asked for a key', async () => {
    const { message } = await collidingMessage(0x0178)
    const keyring = knownKeyring(oneKey)
    await expect(createClient().decrypt(message, { keyring })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT_POLICY',
    })
    expect(keyring.calls).toEqual([])
  })

  it('opens under one key alone where the suite commits, though both header tag and frame are right under both', async () => {
    const { message, plaintexts } = await collidingMessage(0x0478)
    const { headerLength } = inspect(message)
    const suite = algorithmSuite(0x0478)
    // As the platform sees it, both keys are right.
    for (const [i, key] of [oneKey, otherKey].entries()) {
      const { contentKey } = await deriveKeys(suite, key, messageId[2])
      const aesKey = await defaultBackend.importAesGcmKey(contentKey)
      const header = message.subarray(0, headerLength - 16)
      const tag = message.subarray(headerLength - 16, headerLength)
      expect(await aesKey.open(new Uint8Array(12), header, tag)).toHaveLength(0)
      const frame = message.subarray(headerLength)
      const aad = concat(messageId[2], utf8('AWSKMSEncryptionClient Final Frame'), u32(1), u32(0), u32(64))
      expect(await aesKey.open(frame.slice(8, 20), aad, frame.slice(24))).toEqual(plaintexts[i])
    }
    const client = createClient()
    expect((await client.decrypt(message, { keyring: knownKeyring(oneKey) })).plaintext).toEqual(plaintexts[0])
    for (const refused of [
      client.decrypt(message, { keyring: knownKeyring(otherKey) }),
      client.decryptStream([message], { keyring: knownKeyring(otherKey) }),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT' })
    }
  })

  it('has one reader for each key among several of its encrypted data keys: the first that unwraps', async () => {
    // A keyring that knows two keys gives the first; no other is tried when the message does not open under it.
    const { message } = await collidingMessage(0x0478)
    let given = 0
    const keyring = knownKeyring(otherKey)
    const counting = {
      ...keyring,
      onDecrypt(...args: Parameters<typeof keyring.onDecrypt>) {
        given++
        return keyring.onDecrypt(...args)
      },
    }
    const edks: readonly EncryptedDataKey[] = inspect(message).encryptedDataKeys
    expect(edks).toHaveLength(1)
    await expect(createClient().decrypt(message, { keyring: counting })).rejects.toMatchObject({
      code: 'ERR_ESDK_COMMITMENT',
    })
    expect(given).toBe(1)
  })
})
