import { symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { type SelectOptions, selectFiles } from './select-files.ts'
import { shownPath } from './visible.ts'

let session: Session
beforeEach(() => {
  session = new Session()
  for (const name of [
    'a.txt',
    'b.txt',
    'c.log',
    '.hidden',
    'sub/a.txt',
    'sub/deep/d.txt',
    'sub/.secret/e.txt',
    '[x].txt',
  ]) {
    session.write(name, name)
  }
})
afterEach(() => session.remove())

async function select(paths: readonly string[], options: Partial<SelectOptions> = {}) {
  const { files, skipped, failures } = await selectFiles(paths, {
    cwd: session.folder,
    platform: process.platform,
    recursive: false,
    verb: 'encrypt',
    accepts: () => true,
    ...options,
  })
  return {
    shown: files.map((file) => file.shown),
    names: files.map((file) => file.names.join('/')),
    skipped,
    failures: failures.map(({ shown, error }) => `${shown}: ${error instanceof Error ? error.message : String(error)}`),
  }
}

describe('the files that arguments mean', () => {
  it('are files as they are named, each once', async () => {
    const { shown, names } = await select(['sub/a.txt', 'a.txt', './a.txt'])
    expect(shown).toEqual(['sub/a.txt', 'a.txt'])
    expect(names).toEqual(['a.txt', 'a.txt'])
  })

  it('are what a pattern matches, sorted, without hidden names', async () => {
    expect((await select(['*.txt'])).shown).toEqual([shownPath('[x].txt'), 'a.txt', 'b.txt'])
    expect((await select(['.h*'])).shown).toEqual(['.hidden'])
  })

  it('are found at any depth by **, hidden folders left out, and keep their way from there', async () => {
    const { shown, names } = await select(['sub/**/*.txt'])
    expect(shown).toEqual(['sub/a.txt', 'sub/deep/d.txt'])
    expect(names).toEqual(['a.txt', 'deep/d.txt'])
  })

  it('are found by patterns for folders', async () => {
    expect((await select(['s?b/d*/*'])).shown).toEqual(['sub/deep/d.txt'])
  })

  it('are found by absolute patterns', async () => {
    expect((await select([`${session.folder}/*.log`])).shown).toEqual([shownPath(session.path('c.log'))])
  })

  it('are named by text that looks like a pattern, if there is such a file', async () => {
    const { names } = await select(['[x].txt'])
    expect(names).toEqual(['[x].txt'])
  })

  it('are all below a folder, with -r, hidden ones too', async () => {
    const { shown, names } = await select(['sub'], { recursive: true })
    expect(shown).toEqual(['sub/.secret/e.txt', 'sub/a.txt', 'sub/deep/d.txt'])
    expect(names).toEqual(['.secret/e.txt', 'a.txt', 'deep/d.txt'])
  })

  it('are those in a folder that are accepted; the others are said', async () => {
    const { shown, skipped } = await select(['sub'], { recursive: true, accepts: (name) => name !== 'a.txt' })
    expect(shown).toEqual(['sub/.secret/e.txt', 'sub/deep/d.txt'])
    expect(skipped).toEqual([{ shown: 'sub/a.txt', reason: 'suffix' }])
  })

  it('are not in a folder without -r', async () => {
    await expect(select(['sub'])).rejects.toMatchObject({
      name: 'UsageError',
      message: 'sub is a folder',
      hint: 'Add -r to encrypt the files in it.',
    })
  })

  it('may be missing, while others are there', async () => {
    const { shown, failures } = await select(['missing', 'a.txt', '*.nothing'])
    expect(shown).toEqual(['a.txt'])
    expect(failures).toEqual([
      'missing: cannot read missing',
      '"*.nothing": no file has this name, and none matches it as a pattern',
    ])
  })

  it('are not behind links, which are said; a link that is named is followed', async () => {
    symlinkSync('..', session.path('sub/up'))
    symlinkSync('a.txt', session.path('sub/link'))
    symlinkSync('sub', session.path('folder-link'))
    const { shown, skipped } = await select(['sub'], { recursive: true })
    expect(shown).toEqual(['sub/.secret/e.txt', 'sub/a.txt', 'sub/deep/d.txt'])
    expect(skipped).toEqual([
      { shown: 'sub/link', reason: 'link' },
      { shown: 'sub/up', reason: 'link' },
    ])
    expect((await select(['sub/link'])).shown).toEqual(['sub/link'])
    expect((await select(['folder-link'], { recursive: true })).shown).toContain('folder-link/a.txt')
    expect((await select(['**/link'])).skipped).toEqual([{ shown: 'sub/link', reason: 'link' }])
  })

  it('are not what a killed run left behind', async () => {
    const name = `.esdk-${'0'.repeat(32)}.tmp`
    session.write(`sub/deep/${name}`, 'part')
    const { skipped } = await select(['sub'], { recursive: true })
    expect(skipped).toEqual([{ shown: `sub/deep/${name}`, reason: 'leftover' }])
  })
})
