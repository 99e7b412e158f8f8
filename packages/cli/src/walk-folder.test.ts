import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { listFolder } from './walk-folder.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

async function list(...names: readonly string[]): Promise<Record<string, string>> {
  const { entries } = await listFolder(session.folder, names, 'shown')
  return Object.fromEntries(entries.map(({ names: way, kind }) => [way.join('/'), kind]))
}

describe('what is in a folder', () => {
  it('is sorted by name, and only what is directly in it', async () => {
    for (const name of ['b', 'a', 'B', '.hidden', 'sub/deep']) session.write(name, '')
    const { entries } = await listFolder(session.folder, [], 'shown')
    expect(entries.map(({ names }) => names)).toEqual([['.hidden'], ['B'], ['a'], ['b'], ['sub']])
  })

  it('keeps the way from the root', async () => {
    session.write('x/y/z', '')
    expect(await list('x', 'y')).toEqual({ 'x/y/z': 'file' })
  })

  it.skipIf(windows)('is a file, a folder, a link or something special, wherever a link leads', async () => {
    session.write('file', '')
    mkdirSync(session.path('folder'))
    symlinkSync('file', session.path('to-file'))
    symlinkSync('folder', session.path('to-folder'))
    symlinkSync('nowhere', session.path('to-nothing'))
    execFileSync('mkfifo', [session.path('pipe')])
    expect(await list()).toEqual({
      file: 'file',
      folder: 'folder',
      'to-file': 'link',
      'to-folder': 'link',
      'to-nothing': 'link',
      pipe: 'special file',
    })
  })

  it('may be left from a run that was killed', async () => {
    session.write('.esdk-0123456789abcdef0123456789abcdef.tmp', '')
    session.write('.esdk-my-notes.tmp', '')
    expect(await list()).toEqual({
      '.esdk-0123456789abcdef0123456789abcdef.tmp': 'leftover',
      '.esdk-my-notes.tmp': 'file',
    })
  })

  it('keeps a byte order mark at the beginning of a name', async () => {
    session.write('\ufeffa', '')
    expect(await list()).toEqual({ '\ufeffa': 'file' })
  })

  it.skipIf(process.platform !== 'linux')('fails for names that are not UTF-8, and for those only', async () => {
    session.write('a', '')
    writeFileSync(Buffer.concat([Buffer.from(`${session.folder}/`), Buffer.of(0xff)]), '')
    const { entries, failures } = await listFolder(session.folder, [], 'shown')
    expect(entries).toEqual([{ names: ['a'], kind: 'file' }])
    expect(failures).toEqual([
      { names: ['\ufffd'], error: expect.objectContaining({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' }) as unknown },
    ])
  })

  it('cannot be told when the folder is not there', async () => {
    await expect(listFolder(session.folder, ['missing'], 'shown')).rejects.toMatchObject({
      code: 'ENOENT',
      message: 'cannot read shown',
    })
  })
})
