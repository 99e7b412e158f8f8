import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, keyring, plaintext } from '../test/clients.ts'
import {
  faultOfWrite,
  newKeyring,
  oldOrNewKeyring,
  readBy,
  readsV2,
  stored,
  writeFaults,
  writesFiles,
  writesV2,
} from '../test/rewrapping.ts'
import { RewrapObjectCommand } from './rewrap-object-command.ts'

const bytes = plaintext(100)
const either = { ...readsV2, keyring: oldOrNewKeyring }

/** From where to where, and how many writes that takes. */
const moves = [
  ['metadata', 'metadata', {}, 1],
  ['metadata', 'instruction-file', {}, 2],
  ['instruction-file', 'instruction-file', writesFiles, 1],
  ['instruction-file', 'metadata', writesFiles, 2],
] as const

describe.each(['V3', 'V2'] as const)('a rewrap of an object of %s', (format) => {
  const written = format === 'V2' ? writesV2 : {}

  describe.each(moves)('from %s to %s', (_, Target, options, count) => {
    const rewrap = new RewrapObjectCommand({ Bucket, Key: 'k', keyring: newKeyring, Target })
    const client = (s3: Awaited<ReturnType<typeof stored>>) => clientOf({ ...readsV2, ...either }, s3).client

    describe.each(Object.entries(writeFaults))('whose write %s', (_, fault) => {
      it.each(Array.from({ length: count }, (_, i) => i))(
        'as number %i leaves an object that can be read, and can be done again',
        async (number) => {
          const s3 = await stored(bytes, { ...written, ...options })
          const outcome = faultOfWrite(s3, number, fault)
          await expect(client(s3).send(rewrap)).rejects.toThrow()
          expect(outcome.missed).toBe(false)
          s3.fault = (_, next) => next()
          expect(await readBy(s3, either)).toEqual(bytes)
          await client(s3).send(rewrap)
          expect(await readBy(s3, { ...readsV2, keyring: newKeyring })).toEqual(bytes)
          await expect(readBy(s3, { ...readsV2, keyring })).rejects.toMatchObject({ code: 'ERR_ESDK_S3_DATA_KEY' })
          if (Target === 'instruction-file') expect(s3.objects.has('bucket/k.instruction')).toBe(true)
        },
      )
    })

    it(`takes ${count} of them`, async () => {
      const s3 = await stored(bytes, { ...written, ...options })
      const outcome = faultOfWrite(s3, count, writeFaults['is refused'])
      await client(s3).send(rewrap)
      expect(outcome.missed).toBe(true)
    })
  })
})

it('a file that was written for a move is taken back when S3 refuses the new metadata', async () => {
  const s3 = await stored(bytes)
  const before = s3.get('k')
  faultOfWrite(s3, 1, writeFaults['is refused'])
  const { client } = clientOf({}, s3)
  const rewrap = new RewrapObjectCommand({ Bucket, Key: 'k', keyring: newKeyring, Target: 'instruction-file' })
  await expect(client.send(rewrap)).rejects.toMatchObject({ name: 'AccessDenied' })
  expect([...s3.objects]).toEqual([['bucket/k', before]])
})
