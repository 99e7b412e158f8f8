import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session, someBytes } from '../test/session.ts'
import { type InputFile, openInput, openStandardInput } from './input-file.ts'
import type { SelectedFile } from './select-files.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

/** A file below the folder of the session, as an argument names it, or as a folder held it. */
function file(names: readonly string[], found: boolean): SelectedFile {
  return { root: session.folder, names, shown: names.join('/'), found }
}

async function contentOf({ chunks, close }: InputFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  // The memory of a chunk is used again.
  for await (const chunk of chunks) pieces.push(new Uint8Array(chunk))
  await close()
  return new Uint8Array(Buffer.concat(pieces))
}

describe('a file to read', () => {
  // One chunk is 524,288 bytes.
  it.each([0, 1, 524_287, 524_288, 524_289, 1_048_576, 1_600_000])('gives its %i bytes', async (length) => {
    const content = someBytes(length)
    session.write('a', content)
    const input = await openInput(file(['a'], true))
    expect(input.size).toBe(length)
    expect(Buffer.compare(await contentOf(input), content)).toBe(0)
  })

  it('can be closed when only a part of it was read', async () => {
    session.write('a', someBytes(3_000_000))
    const input = await openInput(file(['a'], true))
    for await (const chunk of input.chunks) {
      expect(chunk[0]).toBe(0)
      break
    }
    await input.close()
  })

  it('that is not there is named', async () => {
    await expect(openInput(file(['missing'], false))).rejects.toMatchObject({ code: 'ENOENT', shown: 'missing' })
  })

  it.skipIf(windows)('may be a link, a device or a pipe if the user named it', async () => {
    session.write('a', 'content')
    symlinkSync('a', session.path('link'))
    expect(Buffer.from(await contentOf(await openInput(file(['link'], false)))).toString()).toBe('content')
    const device = await openInput({ root: '/dev', names: ['null'], shown: '/dev/null', found: false })
    expect(device.size).toBeUndefined()
    expect(await contentOf(device)).toHaveLength(0)
    execFileSync('mkfifo', [session.path('pipe')])
    spawn('sh', ['-c', "printf 'through a pipe' > pipe"], { cwd: session.folder, stdio: 'ignore' })
    const pipe = await openInput(file(['pipe'], false))
    expect(pipe).toMatchObject({ identity: undefined, size: undefined })
    expect(Buffer.from(await contentOf(pipe)).toString()).toBe('through a pipe')
  })
})

describe.skipIf(windows)('a file that was found in a folder (C3, recursion)', () => {
  beforeEach(() => {
    session.write('secret', 'secret')
    session.write('outside/a', 'secret')
    session.write('in/sub/a', 'content')
  })

  const found = () => ({ ...file(['sub', 'a'], true), root: session.path('in') })

  it('is read', async () => {
    expect(Buffer.from(await contentOf(await openInput(found()))).toString()).toBe('content')
  })

  it('is not read when a link has taken its place since', async () => {
    unlinkSync(session.path('in/sub/a'))
    symlinkSync('../../secret', session.path('in/sub/a'))
    await expect(openInput(found())).rejects.toMatchObject({ name: 'FileError', code: 'ELOOP' })
  })

  it('is not read when a link out of the root has taken the place of its folder since', async () => {
    renameSync(session.path('in/sub'), session.path('in/was'))
    symlinkSync('../outside', session.path('in/sub'))
    await expect(openInput(found())).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' })
  })

  it('is not read, and not waited for, when a pipe or a folder has taken its place since', async () => {
    unlinkSync(session.path('in/sub/a'))
    execFileSync('mkfifo', [session.path('in/sub/a')])
    await expect(openInput(found())).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' })
    unlinkSync(session.path('in/sub/a'))
    mkdirSync(session.path('in/sub/a'))
    await expect(openInput(found())).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' })
  })
})

describe('the standard input', () => {
  it('gives what the stream gives', async () => {
    const input = await openStandardInput(Readable.from([Buffer.from('a'), Buffer.from('bc')]), 'stdin')
    expect(input).toMatchObject({ identity: undefined, size: undefined })
    expect(Buffer.from(await contentOf(input)).toString()).toBe('abc')
  })

  it('names itself when the system fails, and leaves other errors as they are', async () => {
    const failing = (error: Error) =>
      openStandardInput(
        new Readable({
          read() {
            this.destroy(error)
          },
        }),
        'the standard input',
      )
    const system = Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
    await expect(contentOf(await failing(system))).rejects.toMatchObject({
      name: 'FileError',
      code: 'EIO',
      shown: 'the standard input',
    })
    const other = new Error('something else')
    await expect(contentOf(await failing(other))).rejects.toBe(other)
  })
})
