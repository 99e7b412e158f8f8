import { s3AesKeyring } from '@esdk/s3-cse'
import { describe, expect, it } from 'vitest'
import { answer, S3Refusal, xmlAnswer } from '../../s3-cse/test/s3/answer.ts'
import { meeting, puts } from '../../s3-cse/test/s3/faults.ts'
import { Bucket, bucket, glance, newKeyring, oldKeyring, readsAll } from '../test/bucket.ts'
import { migrate } from './migrate.ts'
import { reencrypt, rewrap } from './task.ts'

/** One object of each kind. */
async function filled(): Promise<Bucket> {
  const made = new Bucket()
  made.putV1('v1')
  await made.putV2('v2')
  await made.put('v3')
  await made.put('v3-file', { instructionFile: { write: true } })
  made.s3.put('open', new Uint8Array(3))
  made.s3.requests.length = 0
  return made
}

const toNewKey = reencrypt({ encryption: readsAll, newKeyring })

describe('inventory', () => {
  it('says of each object how it is encrypted, and writes nothing', async () => {
    const made = await filled()
    expect(glance(await made.migrate({ task: 'inventory' }))).toEqual([
      'open skipped not-encrypted',
      'v1 done V1',
      'v2 done V2',
      'v3 done V3',
      'v3-file done V3',
      'v3-file.instruction skipped instruction-file',
    ])
    expect(made.writes).toBe(0)
  })

  it('fails an object whose envelope nobody understands', async () => {
    const made = new Bucket()
    made.s3.put('half', new Uint8Array(32), { 'x-amz-key-v2': 'AAAA' })
    const [outcome] = await made.migrate({ task: 'inventory' })
    expect(outcome).toMatchObject({ key: 'half', status: 'failed', code: 'ERR_ESDK_S3_METADATA', temporary: false })
  })
})

describe('reencrypt', () => {
  it('leaves every object in V3 under the new key, and nothing to do for a second run', async () => {
    const made = await filled()
    expect(glance(await made.migrate({ task: toNewKey, concurrency: 1 }))).toEqual([
      'open skipped not-encrypted',
      'v1 done V3',
      'v2 done V3',
      'v3 done V3',
      'v3-file done V3',
      // It went away with the object whose data key it held.
      'v3-file.instruction skipped gone',
    ])
    for (const key of ['v1', 'v2', 'v3', 'v3-file']) {
      expect([key, await made.opens(key, newKeyring), await made.opens(key, oldKeyring)]).toEqual([key, true, false])
    }
    const bodies = [...made.s3.objects.values()].map(({ body }) => body)
    made.s3.requests.length = 0
    const second = await made.migrate({ task: toNewKey })
    expect(second.filter(({ status }) => status === 'already').map(({ key }) => key)).toEqual([
      'v1',
      'v2',
      'v3',
      'v3-file',
    ])
    expect(made.writes).toBe(0)
    expect([...made.s3.objects.values()].map(({ body }) => body)).toEqual(bodies)
  })

  it('without a new key leaves alone what has the format already', async () => {
    const made = await filled()
    const outcomes = await made.migrate({ task: reencrypt({ encryption: readsAll }), prefix: 'v' })
    expect(glance(outcomes).slice(0, 3)).toEqual(['v1 done V3', 'v2 done V3', 'v3 already V3'])
    expect(await made.opens('v1', oldKeyring)).toBe(true)
  })

  it('says in a dry run what it would do, and writes nothing', async () => {
    const made = await filled()
    await made.migrate({ task: toNewKey, prefix: 'v2' })
    made.s3.requests.length = 0
    expect(glance(await made.migrate({ task: toNewKey, dryRun: true, prefix: 'v' })).slice(0, 3)).toEqual([
      'v1 planned V1',
      'v2 already V3',
      'v3 planned V3',
    ])
    expect(made.writes).toBe(0)
  })

  it('fails what the options do not allow, by the code of the refusal, and goes on', async () => {
    const made = await filled()
    const task = reencrypt({ encryption: { keyring: oldKeyring }, newKeyring })
    expect(glance(await made.migrate({ task, prefix: 'v' })).slice(0, 3)).toEqual([
      'v1 failed ERR_ESDK_COMMITMENT_POLICY',
      'v2 failed ERR_ESDK_COMMITMENT_POLICY',
      'v3 done V3',
    ])
  })

  it('fails an object of a key that nobody has, and leaves it as it was', async () => {
    const made = new Bucket()
    await made.put('k', { keyring: newKeyring })
    const before = made.s3.get('k')
    const [outcome] = await made.migrate({ task: reencrypt({ encryption: readsAll, newKeyring: oldKeyring }) })
    expect(outcome).toMatchObject({ status: 'failed', code: 'ERR_ESDK_S3_DATA_KEY', temporary: false })
    expect(made.s3.get('k')).toBe(before)
  })

  it('fails for a time an object that somebody replaces meanwhile, and keeps theirs', async () => {
    const made = new Bucket()
    await made.put('k')
    await made.put('theirs')
    const theirs = made.s3.get('theirs')
    meeting(made.s3, puts, (_, next) => {
      made.s3.objects.set('bucket/k', theirs)
      return next()
    })
    const [outcome] = await made.migrate({ task: toNewKey, prefix: 'k' })
    expect(outcome).toMatchObject({ status: 'failed', code: 'PreconditionFailed', temporary: true })
    expect(made.s3.get('k')).toBe(theirs)
  })

  it('does not take a service that fails for an answer about the key', async () => {
    const made = new Bucket()
    await made.put('k')
    const away = Object.assign(new Error('away'), { name: 'ThrottlingException' })
    const throttled = { ...newKeyring, onDecrypt: () => Promise.reject(away) }
    const [outcome] = await made.migrate({ task: reencrypt({ encryption: readsAll, newKeyring: throttled }) })
    expect(outcome).toMatchObject({ status: 'failed', temporary: true })
    expect(made.writes).toBe(1)
  })
})

describe('rewrap', () => {
  it('changes keys and no body, and refuses AES-CBC, in a dry run too', async () => {
    const made = await filled()
    const task = rewrap({ encryption: readsAll, newKeyring })
    const bodies = ['v2', 'v3'].map((key) => made.s3.get(key).body)
    const cbc = 'v1 failed ERR_ESDK_S3_REWRAP'
    expect(glance(await made.migrate({ task, dryRun: true })).slice(1, 3)).toEqual([cbc, 'v2 planned V2'])
    expect(glance(await made.migrate({ task })).slice(1, 5)).toEqual([
      cbc,
      'v2 done V2',
      'v3 done V3',
      'v3-file done V3',
    ])
    expect(['v2', 'v3'].map((key) => made.s3.get(key).body)).toEqual(bodies)
    expect([await made.opens('v3', newKeyring), await made.opens('v3-file', newKeyring)]).toEqual([true, true])
    expect(glance(await made.migrate({ task })).slice(2, 5)).toEqual([
      'v2 already V2',
      'v3 already V3',
      'v3-file already V3',
    ])
  })

  it('moves data keys into files', async () => {
    const made = new Bucket()
    await made.put('k')
    const task = rewrap({ encryption: readsAll, target: 'instruction-file' })
    await made.migrate({ task })
    expect([...made.s3.objects.keys()]).toEqual(['bucket/k', 'bucket/k.instruction'])
    expect(glance(await made.migrate({ task, prefix: 'k' }))[0]).toBe('k already V3')
  })

  it('is no task if nothing would change', () => {
    expect(() => rewrap({ encryption: readsAll })).toThrow(TypeError)
  })
})

describe('an object with an instruction file that another has at the same time', () => {
  /** Something happens after the object was looked at, before its file is read to write it anew. */
  async function whileItIsRead(happens: (made: Bucket) => Promise<unknown>) {
    const made = new Bucket()
    await made.put('k', { instructionFile: { write: true } })
    let reads = 0
    made.s3.fault = async ({ method, key }, next) => {
      // To look at it, to ask whether it is finished, and to write it.
      if (method === 'GET' && key === 'k.instruction' && ++reads === 3) await happens(made)
      return next()
    }
    const [outcome] = await made.migrate({ task: rewrap({ encryption: readsAll, newKeyring }), concurrency: 1 })
    return { made, outcome }
  }

  it('is done already where the other has finished it', async () => {
    const { made, outcome } = await whileItIsRead((bucketOfBoth) =>
      bucketOfBoth.migrate({ task: rewrap({ encryption: readsAll, newKeyring }) }),
    )
    expect(outcome).toMatchObject({ key: 'k', status: 'already' })
    expect(await made.opens('k', newKeyring)).toBe(true)
  })

  it('is done where the other has moved its data key between two looks', async () => {
    const made = new Bucket()
    await made.put('k', { instructionFile: { write: true } })
    meeting(
      made.s3,
      ({ method, key }) => method === 'GET' && key === 'k.instruction',
      async (_, next) => {
        await made.migrate({ task: rewrap({ encryption: readsAll, target: 'metadata' }) })
        return next()
      },
      1,
    )
    const [outcome] = await made.migrate({ task: rewrap({ encryption: readsAll, newKeyring }), concurrency: 1 })
    expect(outcome).toMatchObject({ key: 'k', status: 'done' })
    expect(await made.opens('k', newKeyring)).toBe(true)
  })

  it('fails for a time where the other has put another object there', async () => {
    const keyring = s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(3) })
    const { made, outcome } = await whileItIsRead((bucketOfBoth) =>
      bucketOfBoth.put('k', { keyring, instructionFile: { write: true } }),
    )
    expect(outcome).toMatchObject({ key: 'k', status: 'failed', code: 'PreconditionFailed', temporary: true })
    expect(await made.opens('k', keyring)).toBe(true)
  })
})

describe('a reencryption into an instruction file that ended before its last step', () => {
  const intoFile = reencrypt({ encryption: { ...readsAll, instructionFile: { write: true } }, newKeyring })

  it('is finished by the next run: its data key goes to a file, and its body stays', async () => {
    const made = new Bucket()
    await made.put('k', { keyring: newKeyring })
    const { body } = made.s3.get('k')
    const [outcome] = await made.migrate({ task: intoFile })
    expect(outcome).toMatchObject({ key: 'k', status: 'done', encryption: { dataKeyIn: 'instruction-file' } })
    expect(made.s3.get('k').body).toEqual(body)
    expect(await made.opens('k', newKeyring)).toBe(true)
    expect(glance(await made.migrate({ task: intoFile }))).toEqual([
      'k already V3',
      'k.instruction skipped instruction-file',
    ])
  })

  it('is finished whichever of its writes it ended at', async () => {
    for (let last = 1; last <= 3; last++) {
      const made = new Bucket()
      await made.putV2('k')
      const before = made.writes
      made.s3.fault = async ({ method }, next) => {
        const isWrite = method !== 'GET' && method !== 'HEAD'
        if (isWrite && made.writes - before >= last) throw new S3Refusal(403, 'AccessDenied', 'no more')
        return next()
      }
      await made.migrate({ task: intoFile })
      made.s3.fault = (_, next) => next()
      await made.migrate({ task: intoFile })
      expect(await made.opens('k', newKeyring), `${last}`).toBe(true)
      expect(glance(await made.migrate({ task: intoFile }))).toContain('k already V3')
    }
  })
})

describe('the list', () => {
  it('gives its order to the outcomes, however many objects are worked on at once', async () => {
    const made = new Bucket()
    const keys = Array.from({ length: 30 }, (_, i) => `n${String(i).padStart(2, '0')}`)
    for (const key of keys) made.s3.put(key, new Uint8Array(1))
    // The first takes the longest: it has to wait for the last.
    let letFirst = () => {}
    const last = new Promise<void>((resolve) => {
      letFirst = resolve
    })
    made.s3.fault = async ({ key }, next) => {
      if (key === 'n00') await last
      if (key === 'n29') letFirst()
      return next()
    }
    const outcomes = await made.migrate({ task: 'inventory', concurrency: 30 })
    expect(outcomes.map(({ key }) => key)).toEqual(keys)
  })

  it('begins after the key where an earlier run ended', async () => {
    const made = await filled()
    const outcomes = await made.migrate({ task: 'inventory', resumeFrom: 'v2' })
    expect(outcomes.map(({ key }) => key)).toEqual(['v3', 'v3-file', 'v3-file.instruction'])
  })

  it('that S3 refuses ends the run', async () => {
    const made = new Bucket()
    made.s3.fault = async () => {
      throw new S3Refusal(403, 'AccessDenied')
    }
    await expect(made.migrate({ task: 'inventory' })).rejects.toMatchObject({ name: 'AccessDenied' })
  })

  it('has an object that is deleted meanwhile', async () => {
    const made = new Bucket()
    await made.put('k')
    meeting(
      made.s3,
      ({ method }) => method === 'HEAD',
      (_, next) => {
        made.s3.objects.clear()
        return next()
      },
    )
    expect(glance(await made.migrate({ task: toNewKey }))).toEqual(['k skipped gone'])
  })
})

describe('a listed key', () => {
  it('that is another in the list than in the bucket fails, and is not taken for gone', async () => {
    const made = new Bucket()
    await made.put('x\u0001y')
    // As servers list it that do not encode keys.
    made.s3.fault = async ({ query }, next) =>
      query['list-type'] === undefined
        ? next()
        : xmlAnswer(200, '<ListBucketResult><Contents><Key>x\uFFFDy</Key></Contents></ListBucketResult>')
    expect(glance(await made.migrate({ task: toNewKey }))).toEqual(['x\uFFFDy failed KeyNotTold'])
  })

  it('may have U+FFFD', async () => {
    const made = new Bucket()
    await made.put('x\uFFFDy')
    expect(glance(await made.migrate({ task: toNewKey }))).toEqual(['x\uFFFDy done V3'])
  })
})

describe('credentials that have expired', () => {
  it('are a failure for a time, also where the answer to a HEAD has no text', async () => {
    const made = new Bucket()
    await made.put('k')
    meeting(
      made.s3,
      ({ method }) => method === 'HEAD',
      async () => answer(400),
    )
    const [outcome] = await made.migrate({ task: toNewKey })
    expect(outcome).toMatchObject({ status: 'failed', code: 'HTTP_400', temporary: true })
  })
})

describe('an early end', () => {
  it('by the caller asks for no further object', async () => {
    const made = new Bucket()
    for (const key of ['a', 'b', 'c', 'd']) await made.put(key)
    for await (const { key } of migrate({ client: made.client, bucket, task: toNewKey, concurrency: 1 })) {
      if (key === 'b') break
    }
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((key) => made.opens(key, newKeyring)))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('by a signal throws its reason', async () => {
    const made = await filled()
    const controller = new AbortController()
    const outcomes = migrate({ client: made.client, bucket, task: toNewKey, signal: controller.signal })
    await outcomes.next()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(outcomes.next()).rejects.toBe(reason)
  })
})

describe('options', () => {
  it.each([0, 1.5, Number.NaN])('take no concurrency of %s', (concurrency) => {
    const { client } = new Bucket()
    expect(() => migrate({ client, bucket, task: 'inventory', concurrency })).toThrow(RangeError)
  })
})
