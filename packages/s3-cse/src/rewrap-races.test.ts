import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { MemoryS3 } from '../test/memory-s3.ts'
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
import { S3Refusal, type S3Request } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'
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

/** A promise, and what resolves it. */
function signal() {
  let resolve = () => {}
  const promise = new Promise<void>((give) => {
    resolve = give
  })
  return { promise, resolve }
}

/** When the object of a put comes whose file is there before a request of the change. */
type Straddle = 'after that request' | 'at the end'

/**
 * The change, with a put that writes its file before each of its requests in turn, and its object later, or is refused
 * that; then what is left is looked at.
 */
async function straddled(
  options: S3EncryptionOptions,
  change: Change,
  objectComes: Straddle,
  refuses: boolean,
  look: (s3: MemoryS3, number: number) => Promise<void>,
): Promise<void> {
  for (let number = 0; ; number++) {
    const s3 = await stored(bytes, options)
    const ofWriter = Object.assign(new MemoryS3(), { objects: s3.objects })
    const fileIsThere = signal()
    const goesOn = signal()
    ofWriter.fault = async ({ method, key }, next) => {
      if (method !== 'PUT' || key !== 'k') return next()
      fileIsThere.resolve()
      await goesOn.promise
      if (refuses) throw new S3Refusal(403, 'AccessDenied')
      return next()
    }
    let putting: Promise<unknown> | undefined
    let count = 0
    s3.fault = async (_, next) => {
      if (count++ !== number) return next()
      putting = put({ ...options, ...writesFiles })(ofWriter).catch(() => {})
      await Promise.race([fileIsThere.promise, putting])
      try {
        return await next()
      } finally {
        if (objectComes === 'after that request') {
          goesOn.resolve()
          await putting
        }
      }
    }
    await change(s3).catch(() => {})
    goesOn.resolve()
    await putting
    if (putting === undefined) return
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

/** A file beside an object that does without may be what an earlier change has left: so it is written over (0017). */
const mayLosePut = (start: string, name: string) => start.endsWith('metadata') && name.endsWith('into a file')

describe.each(starts)('an object of %s', (start, options) => {
  describe.each(Object.entries(changes))('that %s is to change', (name, change) => {
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

    describe.each(['after that request', 'at the end'] as const)(
      'beside the file of a new object, which comes %s',
      (objectComes) => {
        const isLost = objectComes === 'at the end' && mayLosePut(start, name)
        it(isLost ? 'is the new one, or refused, and no other' : 'is the new one', async () => {
          await straddled(options, change, objectComes, false, async (s3, number) => {
            const read = readBy(s3, either).catch((error: { readonly code?: string }) => {
              if (isLost) return error.code
              throw error
            })
            const refused = ['COMMITMENT', 'BODY_AUTH', 'S3_DATA_KEY', 'S3_INSTRUCTION_FILE'].map(
              (code) => `ERR_ESDK_${code}`,
            )
            expect([written, ...(isLost ? refused : [])], `request ${number}`).toContainEqual(await read)
          })
        })

        it('can be read when S3 refuses the new one', async () => {
          await straddled(options, change, objectComes, true, async (s3, number) => {
            expect(await readBy(s3, either), `request ${number}`).toEqual(bytes)
          })
        })
      },
    )

    it('can be read when two do so at the same time', async () => {
      const s3 = await stored(bytes, options)
      const results = await Promise.allSettled([change(s3), change(s3)])
      expect(results.map(({ status }) => status)).toContain('fulfilled')
      expect(await readBy(s3, either)).toEqual(bytes)
    })
  })
})

describe('a copy that comes once more, as the answer to the first was lost', () => {
  const isCopy = ({ method, headers }: S3Request) => method === 'PUT' && headers['x-amz-copy-source'] !== undefined
  const backToMetadata = changes['a rewrap into the metadata'] as Change

  it.each(Object.entries(changes).filter(([name]) => name.endsWith('into a file')))(
    'of %s leaves an object that can be read, whatever another has done meanwhile to undo it',
    async (_, change) => {
      for (let number = 0, isOver = false; !isOver; number++) {
        const s3 = await stored(bytes)
        const ofOther = Object.assign(new MemoryS3(), { objects: s3.objects })
        const waits = signal()
        const goesOn = signal()
        let count = 0
        ofOther.fault = async (_, next) => {
          if (count++ === number) {
            waits.resolve()
            await goesOn.promise
          }
          return next()
        }
        let undoing: Promise<unknown> | undefined
        s3.fault = async (request, next) => {
          const answer = await next()
          if (!isCopy(request) || undoing !== undefined) return answer
          undoing = backToMetadata(ofOther)
          await Promise.race([waits.promise, undoing])
          throw new S3Refusal(503, 'SlowDown')
        }
        await change(s3)
        goesOn.resolve()
        await undoing
        expect(await readBy(s3, either), `request ${number}`).toEqual(bytes)
        isOver = count <= number
      }
    },
  )

  it.each(Object.entries(changes).filter(([name]) => name.endsWith('into a file')))(
    'of %s leaves an object that can be read, though no answer comes at all',
    async (_, change) => {
      const s3 = await stored(bytes)
      const ofOther = Object.assign(new MemoryS3(), { objects: s3.objects })
      let undoing: Promise<unknown> | undefined
      meeting(s3, isCopy, async (_, next) => {
        await next()
        undoing ??= backToMetadata(ofOther)
        await undoing
        throw new S3Refusal(503, 'SlowDown')
      })
      await expect(change(s3)).rejects.toMatchObject({ name: 'SlowDown' })
      expect(await readBy(s3, either)).toEqual(bytes)
    },
  )

  it('or late, when two others have come in between', async () => {
    const s3 = await stored(bytes)
    const intoFile = changes['a rewrap into a file'] as Change
    meeting(
      s3,
      isCopy,
      async (_, next) => {
        await intoFile(s3)
        await backToMetadata(s3)
        return next()
      },
      1,
    )
    await intoFile(s3)
    expect(await readBy(s3, either)).toEqual(bytes)
  })
})
