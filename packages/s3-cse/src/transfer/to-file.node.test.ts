/** Downloads into files, over real connections. */

import { execFileSync, spawnSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { S3Client } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { expectBytes } from '../../test/bytes.ts'
import { Bucket, connectionTo, keyring, plaintext } from '../../test/clients.ts'
import type { MemoryS3 } from '../../test/memory-s3.ts'
import { stored } from '../../test/rewrapping.ts'
import { cut, gets, meeting, stall } from '../../test/s3/faults.ts'
import { type S3Server, serveS3 } from '../../test/s3/server.ts'
import { recordedProgress } from '../../test/transfers.ts'
import { S3EncryptionClient } from '../s3-encryption-client.ts'
import { EncryptedDownload, type EncryptedDownloadOptions } from './encrypted-download.ts'

const Key = 'k'
const partSize = 65_536
const length = 5 * partSize + 11
const old = 'the old file'

let s3: MemoryS3
let server: S3Server
let folder: string
let path: string
const clients: S3Client[] = []

beforeEach(async () => {
  s3 = await stored(plaintext(length))
  server = await serveS3(s3)
  folder = mkdtempSync(join(tmpdir(), 'esdk-transfer-'))
  path = join(folder, 'target')
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await server.close()
  rmSync(folder, { recursive: true })
})

function downloadOf(more: Partial<EncryptedDownloadOptions> = {}, given = keyring): EncryptedDownload {
  const client = new S3EncryptionClient({
    ...connectionTo(server.endpoint),
    encryption: { keyring: given },
  })
  clients.push(client)
  return new EncryptedDownload({ client, partSize, params: { Bucket, Key }, ...more })
}

function changeLastByte(): void {
  const { body, metadata } = s3.get(Key)
  const other = new Uint8Array(body)
  other[other.length - 1] = (other.at(-1) as number) ^ 1
  s3.put(Key, other, metadata)
}

/** Files of the folder that this process has open, where the system tells. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(join('/proc/self/fd', descriptor))
      return target.startsWith(folder) ? [target] : []
    } catch {
      return []
    }
  })
}

function expectOnly(...names: readonly string[]): void {
  expect(readdirSync(folder)).toEqual(names)
  expect(openFiles()).toEqual([])
}

describe('EncryptedDownload into a file', () => {
  it('writes it, for its owner only, and tells what S3 tells', async () => {
    const { events, onProgress } = recordedProgress()
    const { ContentLength, ETag, ClientSideEncryption } = await downloadOf({ onProgress }).toFile(path)
    expectBytes(readFileSync(path), plaintext(length))
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect({ ContentLength, ETag }).toEqual({ ContentLength: length, ETag: s3.get(Key).etag })
    expect(ClientSideEncryption?.format).toBe('V3')
    expect(events.at(-1)?.loaded).toBe(length)
    expectOnly('target')
  })

  it('writes to another file, and replaces the old one in the end', async () => {
    writeFileSync(path, old)
    const onProgress = () => {
      expect(readFileSync(path, 'utf8')).toBe(old)
      const [temporary = ''] = readdirSync(folder)
      expect(temporary).toMatch(/^\.esdk-[0-9a-f]{32}\.tmp$/)
      if (process.platform !== 'win32') expect(statSync(join(folder, temporary)).mode & 0o777).toBe(0o600)
    }
    await downloadOf({ onProgress }).toFile(path)
    expectBytes(readFileSync(path), plaintext(length))
    expectOnly('target')
  })

  it.skipIf(process.platform === 'win32')('replaces a link, and not what it leads to', async () => {
    writeFileSync(join(folder, 'real'), old)
    symlinkSync('real', path)
    await downloadOf().toFile(path)
    expectBytes(readFileSync(path), plaintext(length))
    expect(lstatSync(path).isSymbolicLink()).toBe(false)
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe(old)
  })

  it('writes an empty file', async () => {
    const empty = await stored(plaintext(0))
    s3.objects.set('bucket/k', empty.get(Key))
    await downloadOf().toFile(path)
    expect(readFileSync(path).length).toBe(0)
  })

  it('asks again for a part whose connection is lost', async () => {
    meeting(s3, ({ headers }) => headers['range']?.startsWith('bytes=131072-') === true, cut(5000), 2)
    await downloadOf().toFile(path)
    expectBytes(readFileSync(path), plaintext(length))
    expect(s3.requests.length).toBe(6 + 2)
  })
})

it('asks again for a first part whose connection was lost while its key was waited for', async () => {
  meeting(s3, gets, cut(1000), 1)
  const onDecrypt: typeof keyring.onDecrypt = async (...given) => {
    await expect.poll(() => server.connections()).toBe(0)
    return keyring.onDecrypt(...given)
  }
  await downloadOf({}, { ...keyring, onDecrypt }).toFile(path)
  expectBytes(readFileSync(path), plaintext(length))
})

describe('the old file stays, and no other is left', () => {
  beforeEach(() => writeFileSync(path, old))

  async function expectOld(download: EncryptedDownload, error: object): Promise<void> {
    await expect(download.toFile(path)).rejects.toMatchObject(error)
    expect(readFileSync(path, 'utf8')).toBe(old)
    expectOnly('target')
    for (const client of clients) client.destroy()
    await expect.poll(() => server.connections()).toBe(0)
  }

  it('when the tag is wrong', async () => {
    changeLastByte()
    await expectOld(downloadOf(), { code: 'ERR_ESDK_BODY_AUTH' })
  })

  it('when the object is replaced midway', async () => {
    meeting(s3, gets, async (request, next) => {
      const answer = await next()
      if (request.headers['range']?.startsWith('bytes=0-')) changeLastByte()
      return answer
    })
    await expectOld(downloadOf(), { code: 'ERR_ESDK_S3_ANSWER' })
  })

  it('when there is no such object', async () => {
    await expectOld(downloadOf({ params: { Bucket, Key: 'other' } }), { name: 'NoSuchKey' })
  })

  const parts = [0, 1, 2, 3, 4]
  const places = [0, 1, 30_000, 60_000]

  it.each(parts.flatMap((part) => places.map((place) => ({ part, place }))))(
    'when it is aborted while part $part stalls after $place bytes',
    async ({ part, place }) => {
      const controller = new AbortController()
      const reason = new Error('the caller has lost interest')
      let seen = 0
      s3.fault = (request, next) => {
        if (seen++ !== part) return next()
        setTimeout(() => controller.abort(reason))
        return stall(place)(request, next)
      }
      const started = performance.now()
      await expect(downloadOf({ signal: controller.signal }).toFile(path)).rejects.toBe(reason)
      expect(performance.now() - started).toBeLessThan(5000)
      expect(readFileSync(path, 'utf8')).toBe(old)
      expectOnly('target')
      for (const client of clients) client.destroy()
      await expect.poll(() => server.connections()).toBe(0)
    },
  )

  it('when it is aborted with the last part', async () => {
    const controller = new AbortController()
    const onProgress = ({ loaded }: { loaded: number }) => {
      if (loaded === length) controller.abort()
    }
    await expectOld(downloadOf({ signal: controller.signal, onProgress }), { name: 'AbortError' })
  })
})

describe('a file that cannot be written', () => {
  it.each([
    [
      'in a folder that does not exist',
      () => join(folder, 'none', 'target'),
      'its folder does not exist: make it first',
    ],
    ['that is a folder', () => folder, 'it is a folder: name a file in it'],
    ['in a file', () => join(path, 'target'), 'what should be its folder is a file'],
    ['with the name of a folder', () => join(folder, 'new/'), 'it is a folder: name a file in it'],
  ])('%s: said before anything is asked for', async (_, target, sentence) => {
    writeFileSync(path, old)
    await expect(downloadOf().toFile(target())).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_FILE',
      path: target(),
      message: expect.stringContaining(sentence) as string,
    })
    expect(s3.requests).toEqual([])
    expectOnly('target')
  })

  it.skipIf(process.platform === 'win32').each([
    ['that is a pipe', () => execFileSync('mkfifo', [path]), 'it is a device or a pipe, which would be replaced'],
    [
      'behind a link, that is a pipe',
      () => {
        execFileSync('mkfifo', [join(folder, 'pipe')])
        symlinkSync('pipe', path)
      },
      'it is a device or a pipe',
    ],
    ['behind a link, that is a folder', () => symlinkSync('.', path), 'it is a folder'],
  ])('%s: said before anything is asked for, and left as it is', async (_, make, sentence) => {
    make()
    const before = readdirSync(folder).map((name) => lstatSync(join(folder, name)).mode)
    await expect(downloadOf().toFile(path)).rejects.toMatchObject({
      code: 'ERR_ESDK_S3_FILE',
      message: expect.stringContaining(sentence) as string,
    })
    expect(s3.requests).toEqual([])
    expect(readdirSync(folder).map((name) => lstatSync(join(folder, name)).mode)).toEqual(before)
  })

  it('on a full disk', async (context) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk])
    if (mounted.status !== 0) context.skip('NO DISK COULD BE MOUNTED HERE: a full disk is not tried')
    try {
      writeFileSync(join(disk, 'target'), old)
      await expect(downloadOf().toFile(join(disk, 'target'))).rejects.toMatchObject({
        code: 'ERR_ESDK_S3_FILE',
        message: expect.stringContaining('the disk is full: make room') as string,
      })
      expect(readdirSync(disk)).toEqual(['target'])
      expect(readFileSync(join(disk, 'target'), 'utf8')).toBe(old)
    } finally {
      execFileSync('umount', [disk])
    }
  })

  it('without a name', async () => {
    await expect(downloadOf().toFile('')).rejects.toThrow('needs the path of a file')
  })
})
