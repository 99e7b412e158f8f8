import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { checkFolders, checkReplaceable, makeFolders, pathOf, type Target } from './target.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

function target(names: readonly string[], makeRoot = true): Target {
  return { root: session.path('out'), makeRoot, names, shown: ['out', ...names].join('/') }
}

describe('the folders on the way to an output', () => {
  it('are made, and may be there already', async () => {
    await makeFolders(target(['a', 'b', 'file']))
    await makeFolders(target(['a', 'c', 'file']))
    expect(session.list('out/a')).toEqual(['b', 'c'])
    expect(pathOf(target(['a', 'b', 'file']))).toBe(session.path('out', 'a', 'b', 'file'))
  })

  it('are not made where the user named a folder that has to be there', async () => {
    await expect(makeFolders(target(['a', 'file'], false))).rejects.toMatchObject({ code: 'ENOENT' })
    expect(session.list()).toEqual([])
  })

  it('are no files', async () => {
    session.write('out/a', 'a file')
    await expect(makeFolders(target(['a', 'file']))).rejects.toThrow('a file stands where the output has its folder')
  })

  it.skipIf(windows)('are no links, also when they become one later (C3, recursion)', async () => {
    await makeFolders(target(['a', 'b', 'file']))
    await checkFolders(target(['a', 'b', 'file']))
    execFileSync('mv', [session.path('out/a'), session.path('moved')])
    symlinkSync('../moved', session.path('out/a'))
    await expect(checkFolders(target(['a', 'b', 'file']))).rejects.toThrow('a link stands where')
    await expect(makeFolders(target(['a', 'new', 'file']))).rejects.toThrow('a link stands where')
    expect(session.list('moved')).toEqual(['b'])
  })

  it.skipIf(windows)('begin in a root that may be a link: the user named it', async () => {
    mkdirSync(session.path('real'))
    symlinkSync('real', session.path('out'))
    await makeFolders(target(['a', 'file']))
    expect(session.list('real')).toEqual(['a'])
  })
})

describe('what an output may replace', () => {
  it('is a file, or nothing', async () => {
    session.write('file', '')
    await checkReplaceable(session.path('file'), 'file')
    await checkReplaceable(session.path('nothing'), 'nothing')
  })

  it('is no folder, device or pipe', async () => {
    await expect(checkReplaceable(session.folder, 'folder')).rejects.toThrow('the output folder is a folder')
    if (windows) return
    execFileSync('mkfifo', [session.path('pipe')])
    for (const path of [session.path('pipe'), '/dev/null']) {
      await expect(checkReplaceable(path, 'it')).rejects.toThrow('is a device or a pipe')
    }
  })
})
