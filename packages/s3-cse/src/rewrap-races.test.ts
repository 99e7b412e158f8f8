import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import {
  happeningBefore,
  newKeyring,
  oldOrNewKeyring,
  readBy,
  readsV2,
  stored,
  writesFiles,
  writesV2,
} from '../test/rewrapping.ts'
import type { S3EncryptionOptions } from './options.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'
import { RewrapObjectCommand } from './rewrap-object-command.ts'

const bytes = plaintext(100)
const k = { Bucket, Key: 'k', keyring: newKeyring }
const either = { ...readsV2, keyring: oldOrNewKeyring }
const clientFor = (s3: MemoryS3, options: object = {}) => clientOf({ ...either, ...options }, s3).client

const starts = [
  ['V2, metadata', writesV2],
  ['V2, instruction file', { ...writesV2, ...writesFiles }],
  ['V3, metadata', {}],
  ['V3, instruction file', writesFiles],
] as const

type Change = (s3: MemoryS3) => Promise<unknown>

/** What changes the envelope of an object, whose plaintext stays. */
const changes: Readonly<Record<string, Change>> = {
  'a reencryption into a file': (s3) => clientFor(s3, writesFiles).send(new ReencryptObjectCommand(k)),
  'a reencryption into the metadata': (s3) => clientFor(s3).send(new ReencryptObjectCommand(k)),
  'a rewrap into a file': (s3) => clientFor(s3).send(new RewrapObjectCommand({ ...k, Target: 'instruction-file' })),
  'a rewrap into the metadata': (s3) => clientFor(s3).send(new RewrapObjectCommand({ ...k, Target: 'metadata' })),
}

const written = plaintext(50)
const put = (options: object) => (s3: MemoryS3) =>
  clientFor(s3, options).send(new PutObjectCommand({ Bucket, Key: 'k', Body: written }))

const writers: Readonly<Record<string, Change>> = {
  'a new object with a file': put(writesFiles),
  'a new object without a file': put({}),
}

/** The change, with the event before each of its requests in turn; then what is left is looked at. */
async function before(
  options: S3EncryptionOptions,
  change: Change,
  event: Change,
  look: (s3: MemoryS3, number: number) => Promise<void>,
): Promise<void> {
  for (let number = 0; ; number++) {
    const s3 = await stored(bytes, options)
    const outcome = happeningBefore(s3, number, () => event(s3))
    await change(s3).catch(() => {})
    if (outcome.missed) return
    s3.fault = (_, next) => next()
    await look(s3, number)
  }
}

/** Of two, one may be refused. */
const others = Object.fromEntries(
  Object.entries(changes).map(([name, change]): [string, Change] => [name, (s3) => change(s3).catch(() => {})]),
)

async function ending(s3: MemoryS3): Promise<never> {
  s3.fault = async () => {
    throw new Error('nobody is there any more')
  }
  throw new Error('the process ends')
}

describe.each(starts)('an object of %s', (_, options) => {
  describe.each(Object.entries(changes))('that %s is to change', (_, change) => {
    it.each([...Object.entries(others), ['the end of the process', ending] as const])(
      'can be read, and changed, whenever %s comes in between',
      async (_, event) => {
        await before(options, change, event, async (s3, number) => {
          expect(await readBy(s3, either), `request ${number}`).toEqual(bytes)
          await change(s3)
          expect(await readBy(s3, either), `again, request ${number}`).toEqual(bytes)
        })
      },
    )

    it.each(Object.entries(writers))('is what was written last whenever %s comes in between', async (_, write) => {
      await before(options, change, write, async (s3, number) => {
        expect(await readBy(s3, either), `request ${number}`).toEqual(written)
      })
    })

    it('can be read when two do so at the same time', async () => {
      const s3 = await stored(bytes, options)
      const results = await Promise.allSettled([change(s3), change(s3)])
      expect(results.map(({ status }) => status)).toContain('fulfilled')
      expect(await readBy(s3, either)).toEqual(bytes)
    })
  })
})
