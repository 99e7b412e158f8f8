import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { Bucket, clientOf, plaintext } from '../test/clients.ts'
import { S3Refusal } from '../test/s3/answer.ts'
import { meeting } from '../test/s3/faults.ts'
import type { S3EncryptionOptions } from './options.ts'

const Key = 'folder/k'
const file = `${Key}.instruction`

async function stored(policy: S3EncryptionOptions = {}) {
  const { s3, client } = clientOf({ instructionFile: { write: true }, ...policy })
  await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }))
  s3.requests.length = 0
  const read = async (more: object = {}, options: S3EncryptionOptions = {}) => {
    const reader = clientOf({ ...policy, ...options }, s3).client
    return (await reader.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body?.transformToString()
  }
  return { s3, read }
}

const refused = { code: 'ERR_ESDK_S3_INSTRUCTION_FILE' }

describe('the envelope in an instruction file', () => {
  it('is found beside the object', async () => {
    const { s3, read } = await stored()
    expect(await read()).toBe('hello')
    expect(s3.asked).toEqual([`GET ${Key}`, `GET ${file}`])
  })

  it('is found under the suffix that is given, exactly as given', async () => {
    const { s3, read } = await stored()
    const { body, metadata } = s3.get(file)
    s3.objects.delete(`bucket/${file}`)
    s3.put(`${Key}-partner`, body, metadata)
    await expect(read()).rejects.toMatchObject(refused)
    expect(await read({ InstructionFileSuffix: '-partner' })).toBe('hello')
  })

  it.each(['', '/x', '../x', 'a..b'])('is not looked for elsewhere: %j', async (InstructionFileSuffix) => {
    const { read } = await stored()
    await expect(read({ InstructionFileSuffix })).rejects.toThrow(TypeError)
  })

  it('is not looked for when that is switched off', async () => {
    const { s3, read } = await stored()
    await expect(read({}, { instructionFile: { read: false } })).rejects.toMatchObject(refused)
    s3.put(Key, plaintext(20))
    await expect(read({}, { instructionFile: { read: false } })).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_NOT_ENCRYPTED',
    })
    expect(s3.asked).toEqual([`GET ${Key}`, `GET ${Key}`])
  })

  it('is not looked for when the object has all of it', async () => {
    const { s3, client } = clientOf()
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }))
    s3.put(file, plaintext(100))
    await client.send(new GetObjectCommand({ Bucket, Key }))
    expect(s3.asked).toEqual([`PUT ${Key}`, `GET ${Key}`])
  })

  it('is refused when it is missing, of another object, or more than 1 MiB', async () => {
    const { s3, read } = await stored()
    const { body, metadata } = s3.get(file)
    s3.put(file, new Uint8Array(2 ** 20 + 1), metadata)
    await expect(read()).rejects.toMatchObject(refused)
    const another = await stored()
    s3.put(file, another.s3.get(file).body, metadata)
    await expect(read()).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT' })
    s3.put(file, body, metadata)
    expect(await read()).toBe('hello')
    s3.objects.delete(`bucket/${file}`)
    await expect(read()).rejects.toMatchObject(refused)
  })

  it('of another object opens nothing without commitment either', async () => {
    const v2 = { commitmentPolicy: 'forbid-encrypt-allow-decrypt' } as const
    const { s3, read } = await stored(v2)
    const another = await stored(v2)
    s3.put(file, another.s3.get(file).body)
    await expect(read()).rejects.toMatchObject({ code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('that S3 refuses is refused in the words of S3', async () => {
    const { s3, read } = await stored()
    const forbid = async () => {
      throw new S3Refusal(403, 'AccessDenied')
    }
    meeting(s3, ({ key }) => key === file, forbid)
    await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})
