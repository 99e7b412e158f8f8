import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { rejectionOf } from '../test/key-materials.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { happeningBefore, newKeyring, readBy, stored, writesFiles } from '../test/rewrapping.ts'
import { S3Refusal, type S3Request } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'
import { s3AesKeyring } from './keyrings/aes-keyring.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'
import { RewrapObjectCommand } from './rewrap-object-command.ts'

const bytes = plaintext(100)
const k = { Bucket, Key: 'k', keyring: newKeyring }
const toMetadata = new RewrapObjectCommand({ ...k, Target: 'metadata' })
const toFile = new RewrapObjectCommand({ ...k, Target: 'instruction-file' })

describe('an object that only has the name of an instruction file', () => {
  const others: [string, (s3: MemoryS3) => void][] = [
    ['text', (s3) => s3.put('k.instruction', new TextEncoder().encode('Read me first.'))],
    ['JSON of somebody', (s3) => s3.put('k.instruction', new TextEncoder().encode('{"x-amz-matdesc":"{}"}'))],
    ['nothing', (s3) => s3.put('k.instruction', new Uint8Array(0))],
    ['bytes that this client encrypted', (s3) => s3.objects.set('bucket/k.instruction', s3.get('k'))],
  ]

  it.each(others)('stays when the data key moves within the metadata: %s', async (_, putOther) => {
    const s3 = await stored(bytes)
    putOther(s3)
    const other = s3.get('k.instruction')
    await clientOf({}, s3).client.send(toMetadata)
    expect(s3.get('k.instruction')).toBe(other)
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it.each(others)('is not written over: %s', async (_, putOther) => {
    const s3 = await stored(bytes)
    putOther(s3)
    const before = new Map(s3.objects)
    const { client } = clientOf(writesFiles, s3)
    for (const command of [toFile, new ReencryptObjectCommand(k)]) {
      const refusal = await rejectionOf(client.send(command))
      expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
      expect(refusal.message).toContain('"k.instruction"')
    }
    expect(new Map(s3.objects)).toEqual(before)
  })

  it('is not written over by a further file', async () => {
    const s3 = await stored(bytes, writesFiles)
    const other = s3.put('k2', plaintext(5))
    const further = new RewrapObjectCommand({ ...k, NewInstructionFileSuffix: '2' })
    await expect(clientOf({}, s3).client.send(further)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(s3.get('k2')).toBe(other)
  })
})

it('a further file is replaced by one for the next key', async () => {
  const s3 = await stored(bytes, writesFiles)
  const { client } = clientOf({}, s3)
  for (const wrappingKey of [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]) {
    const keyring = s3AesKeyring({ wrappingKey })
    await client.send(new RewrapObjectCommand({ ...k, keyring, NewInstructionFileSuffix: '.partner' }))
    expect(await readBy(s3, { keyring }, { InstructionFileSuffix: '.partner' })).toEqual(bytes)
  }
})

it('a file that an earlier move has left is replaced by the next', async () => {
  const s3 = await stored(bytes)
  const left = (await stored(bytes, writesFiles)).get('k.instruction')
  s3.objects.set('bucket/k.instruction', left)
  await clientOf({}, s3).client.send(toFile)
  expect(s3.requests.find(({ method }) => method === 'PUT')?.headers['if-match']).toBe(left.etag)
  expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
})

it('whoever may not see whether there is a file writes one only where there is none', async () => {
  const s3 = await stored(bytes)
  meeting(
    s3,
    ({ method, key }) => method === 'GET' && key === 'k.instruction',
    async () => {
      throw new S3Refusal(403, 'AccessDenied')
    },
  )
  const { client } = clientOf({}, s3)
  const other = s3.put('k.instruction', plaintext(5))
  await expect(client.send(toFile)).rejects.toMatchObject({ name: 'PreconditionFailed' })
  expect(s3.get('k.instruction')).toBe(other)
  s3.objects.delete('bucket/k.instruction')
  await client.send(toFile)
  s3.fault = (_, next) => next()
  expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
})

describe('a file that S3 does not delete when the data key is in the metadata', () => {
  const refusing = (status: number, name: string) => async () => {
    throw new S3Refusal(status, name)
  }
  const deletes = ({ method }: S3Request) => method === 'DELETE'
  const toMetadataAnew = new ReencryptObjectCommand(k)

  it.each([
    ['a rewrap', toMetadata],
    ['a reencryption', toMetadataAnew],
  ])('is named, with the reason, after %s that is done', async (_, command) => {
    const s3 = await stored(bytes, writesFiles)
    meeting(s3, deletes, refusing(403, 'AccessDenied'))
    const failure = await rejectionOf(clientOf({}, s3).client.send(command))
    expect(failure).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP', cause: { name: 'AccessDenied' } })
    expect(failure.message).toContain('"k.instruction"')
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it.each([
    [1, false],
    [2, true],
  ])('for a conflict is tried once more: after %i of them, it stays is %s', async (times, stays) => {
    const s3 = await stored(bytes, writesFiles)
    meeting(s3, deletes, refusing(409, 'ConditionalRequestConflict'), times)
    await clientOf({}, s3).client.send(toMetadata)
    expect(s3.objects.has('bucket/k.instruction')).toBe(stays)
  })
})

describe('a server that knows no condition for', () => {
  const notImplemented = async () => {
    throw new S3Refusal(501, 'NotImplemented')
  }

  it('a deletion: the file goes if it is still the same', async () => {
    const s3 = await stored(bytes, writesFiles)
    meeting(s3, ({ method, headers }) => method === 'DELETE' && headers['if-match'] !== undefined, notImplemented)
    await clientOf({}, s3).client.send(toMetadata)
    expect(s3.objects.has('bucket/k.instruction')).toBe(false)
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it('a deletion: the file stays if it is another', async () => {
    const s3 = await stored(bytes, writesFiles)
    const other = (await stored(bytes, writesFiles)).get('k.instruction')
    meeting(
      s3,
      ({ method }) => method === 'DELETE',
      async () => {
        s3.objects.set('bucket/k.instruction', other)
        return notImplemented()
      },
    )
    await clientOf({}, s3).client.send(toMetadata)
    expect(s3.get('k.instruction')).toBe(other)
  })

  it('a deletion: the file stays if it is no instruction file any more, and all is done', async () => {
    const s3 = await stored(bytes, writesFiles)
    meeting(
      s3,
      ({ method }) => method === 'DELETE',
      async () => {
        s3.put('k.instruction', plaintext(5))
        return notImplemented()
      },
    )
    await clientOf({}, s3).client.send(toMetadata)
    expect(s3.get('k.instruction').body).toEqual(plaintext(5))
  })

  const conditionalFile = ({ method, key, headers }: S3Request) =>
    method === 'PUT' && key === 'k.instruction' && (headers['if-match'] ?? headers['if-none-match']) !== undefined

  it.each([
    ['no file', {}, toFile],
    ['a file', writesFiles, new RewrapObjectCommand(k)],
  ])('a new file: it is written in the place of %s', async (_, options, command) => {
    const s3 = await stored(bytes, options)
    meeting(s3, conditionalFile, notImplemented)
    await clientOf({}, s3).client.send(command)
    s3.fault = (_, next) => next()
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })

  it('a new file: another that has come meanwhile is not written over', async () => {
    const s3 = await stored(bytes)
    meeting(s3, conditionalFile, async () => {
      s3.put('k.instruction', plaintext(5))
      return notImplemented()
    })
    await expect(clientOf({}, s3).client.send(toFile)).rejects.toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(s3.get('k.instruction').body).toEqual(plaintext(5))
    expect(await readBy(s3)).toEqual(bytes)
  })

  it('the target of a copy: the source is bound all the same', async () => {
    const s3 = await stored(bytes)
    const { etag } = s3.get('k')
    meeting(s3, ({ method, headers }) => method === 'PUT' && headers['if-match'] !== undefined, notImplemented)
    await clientOf({}, s3).client.send(new RewrapObjectCommand(k))
    const [first, second] = s3.requests.filter(({ method }) => method === 'PUT')
    expect(first?.headers).toMatchObject({ 'if-match': etag, 'x-amz-copy-source-if-match': etag })
    expect(second?.headers).toMatchObject({ 'x-amz-copy-source-if-match': etag })
    expect(await readBy(s3, { keyring: newKeyring })).toEqual(bytes)
  })
})

describe('a new data key that is to be in a file, and would not fit into the metadata meanwhile', () => {
  const wrappingKey = new Uint8Array(32).fill(0x5a)
  const keyring = s3AesKeyring({ wrappingKey, materialDescription: { of: 'x'.repeat(600) } })
  const long = { Metadata: { own: 'y'.repeat(1500) } }
  const reencrypt = new ReencryptObjectCommand({ ...k, keyring })

  it.each([1000, 17 * 2 ** 20])('comes after %i bytes of a body, and before the object', async (length) => {
    const body = plaintext(length)
    const s3 = await stored(body, {}, long)
    const { InstructionFile } = await clientOf(writesFiles, s3).client.send(reencrypt)
    expect(InstructionFile).toBe('k.instruction')
    expect(s3.asked.slice(-2)).toEqual(['PUT k.instruction', 'POST k uploadId'])
    expect(s3.get('k').metadata).toMatchObject(long.Metadata)
    expectBytes(await readBy(s3, { keyring }), body)
  })

  it('is refused where that file holds the only data key of the object: a crash would lose it', async () => {
    const s3 = await stored(bytes, writesFiles, long)
    const before = new Map(s3.objects)
    const refusal = await rejectionOf(clientOf(writesFiles, s3).client.send(reencrypt))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(refusal.message).toContain('instructionFile: { write: false }')
    expect(new Map(s3.objects)).toEqual(before)
  })

  it('is refused where there is a file that the object does not need: somebody else may be about to', async () => {
    const s3 = await stored(bytes, {}, long)
    s3.objects.set('bucket/k.instruction', (await stored(bytes, writesFiles)).get('k.instruction'))
    const before = new Map(s3.objects)
    const refusal = await rejectionOf(clientOf(writesFiles, s3).client.send(reencrypt))
    expect(refusal).toMatchObject({ code: 'ERR_ESDK_S3_REWRAP' })
    expect(refusal.message).toContain('delete it')
    expect(new Map(s3.objects)).toEqual(before)
  })

  it('leaves an object that can be read, whoever else writes one in between', async () => {
    for (let number = 0; ; number++) {
      const s3 = await stored(bytes, {}, long)
      const { client } = clientOf(writesFiles, s3)
      const sending = () => client.send(reencrypt).catch(() => {})
      const outcome = happeningBefore(s3, number, sending)
      await sending()
      s3.fault = (_, next) => next()
      if (outcome.missed) break
      expect(await readBy(s3, { keyring }), `request ${number}`).toEqual(bytes)
    }
  })

  const completes = ({ method, query }: S3Request) => method === 'POST' && query['uploadId'] !== undefined

  it.each([
    [403, 'AccessDenied'],
    [500, 'InternalError'],
  ])('goes again when S3 has not stored the object, and it can be done again: %i', async (status, name) => {
    const s3 = await stored(bytes, {}, long)
    const before = new Map(s3.objects)
    meeting(s3, completes, async () => {
      throw new S3Refusal(status, name)
    })
    const { client } = clientOf(writesFiles, s3)
    await expect(client.send(reencrypt)).rejects.toMatchObject({ name })
    expect(new Map(s3.objects)).toEqual(before)
    s3.fault = (_, next) => next()
    await client.send(reencrypt)
    expect(await readBy(s3, { keyring })).toEqual(bytes)
  })

  it('stays when S3 has stored the object, and only its answer is lost', async () => {
    const s3 = await stored(bytes, {}, long)
    meeting(s3, completes, async (_, next) => {
      await next()
      throw new Error('the connection is lost')
    })
    await clientOf(writesFiles, s3)
      .client.send(reencrypt)
      .catch(() => {})
    s3.fault = (_, next) => next()
    expect(await readBy(s3, { keyring })).toEqual(bytes)
  })
})
