import { describe, expect, it } from 'vitest'
import { expectBytes } from '../test/bytes.ts'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import type { MemoryS3 } from '../test/memory-s3.ts'
import { newKeyring, readBy, stored, writes, writesFiles } from '../test/rewrapping.ts'
import { S3Refusal } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'
import { ReencryptObjectCommand } from './reencrypt-object-command.ts'
import { RewrapObjectCommand } from './rewrap-object-command.ts'

const bytes = plaintext(100)
const input = { Bucket, Key: 'k', keyring: newKeyring }

/** S3 does the first write, and says that it is busy. The AWS SDK sends it again. */
function losingTheAnswer(s3: MemoryS3): void {
  meeting(
    s3,
    writes,
    async (_, next) => {
      await next()
      throw new S3Refusal(503, 'SlowDown')
    },
    1,
  )
}

/** As after a multipart upload: a copy has another ETag. */
function withTagOfParts(s3: MemoryS3): MemoryS3 {
  s3.objects.set('bucket/k', { ...s3.get('k'), etag: '"d41d8cd98f00b204e9800998ecf8427e-2"' })
  return s3
}

describe('a request that the AWS SDK has to send twice', () => {
  it.each([
    ['a new body', {}, new ReencryptObjectCommand(input), 'PUT k'],
    ['new metadata', {}, new RewrapObjectCommand(input), 'PUT k'],
    ['a new instruction file', writesFiles, new RewrapObjectCommand(input), 'PUT k.instruction'],
  ] as const)('finds %s written', async (_, options, command, line) => {
    const s3 = withTagOfParts(await stored(bytes, options))
    losingTheAnswer(s3)
    const answer = await clientOf({}, s3).client.send(command)
    expect(s3.asked.filter((asked) => asked === line)).toHaveLength(2)
    expect(answer.ETag).toBe(s3.get('k').etag)
    expectBytes(await readBy(s3, { keyring: newKeyring }), bytes)
  })

  it.each([
    ['an object', {}, new ReencryptObjectCommand(input), 'k'],
    ['metadata', {}, new RewrapObjectCommand(input), 'k'],
    ['an instruction file', writesFiles, new RewrapObjectCommand(input), 'k.instruction'],
  ] as const)('does not take %s of somebody else for its own', async (_, options, command, key) => {
    const s3 = withTagOfParts(await stored(bytes, options))
    const others = await stored(bytes, options)
    let count = 0
    s3.fault = async (request, next) => {
      if (writes(request) && count++ === 0) {
        s3.objects.set(`bucket/${key}`, others.get(key))
        throw new S3Refusal(503, 'SlowDown')
      }
      return next()
    }
    await expect(clientOf({}, s3).client.send(command)).rejects.toMatchObject({ name: 'PreconditionFailed' })
    expect(s3.get(key)).toBe(others.get(key))
  })
})
