import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { planFiles, planStdin } from './plan-outputs.ts'
import { selectFiles } from './select-files.ts'
import { pathOf } from './target.ts'

let session: Session
beforeEach(() => {
  session = new Session()
  for (const name of ['a', 'b', 'sub/a', 'sub/deep/c', 'full/x']) session.write(name, name)
})
afterEach(() => session.remove())

async function plan(paths: readonly string[], output?: string, suffix = '.encrypted') {
  const options = { cwd: session.folder, platform: process.platform }
  const selection = await selectFiles(paths, { ...options, recursive: true, verb: 'encrypt', accepts: () => true })
  const { jobs } = await planFiles(selection, { ...options, output, rename: (name) => `${name}${suffix}` })
  return jobs.map(({ output: to }) =>
    to.kind === 'stdout' ? '-' : [pathOf(to.target).slice(session.folder.length + 1), to.target.shown],
  )
}

describe('where output goes', () => {
  it('is beside the input, as the user knows it', async () => {
    expect(await plan(['a', './sub/a'])).toEqual([
      ['a.encrypted', 'a.encrypted'],
      ['sub/a.encrypted', './sub/a.encrypted'],
    ])
  })

  it('is the file that is named', async () => {
    expect(await plan(['a'], 'out')).toEqual([['out', 'out']])
  })

  it('is in the folder that is named, if it is one, or its name ends like one', async () => {
    expect(await plan(['a'], 'full')).toEqual([['full/a.encrypted', 'full/a.encrypted']])
    expect(await plan(['a'], 'new/')).toEqual([['new/a.encrypted', 'new/a.encrypted']])
  })

  it('is in a folder for several inputs', async () => {
    expect(await plan(['a', 'b'], 'new')).toEqual([
      ['new/a.encrypted', 'new/a.encrypted'],
      ['new/b.encrypted', 'new/b.encrypted'],
    ])
  })

  it('mirrors a folder', async () => {
    expect(await plan(['sub'], 'new')).toEqual([
      ['new/a.encrypted', 'new/a.encrypted'],
      ['new/deep/c.encrypted', 'new/deep/c.encrypted'],
    ])
    expect(await plan(['sub'])).toEqual([
      ['sub/a.encrypted', 'sub/a.encrypted'],
      ['sub/deep/c.encrypted', 'sub/deep/c.encrypted'],
    ])
  })

  it('mirrors what a pattern found', async () => {
    expect(await plan(['s*/**/c'], 'new')).toEqual([['new/sub/deep/c.encrypted', 'new/sub/deep/c.encrypted']])
  })

  it('is the standard output for one input', async () => {
    expect(await plan(['a'], '-')).toEqual(['-'])
    await expect(plan(['a', 'b'], '-')).rejects.toThrow('the standard output takes one file')
    await expect(plan(['sub'], '-')).rejects.toThrow('the standard output takes one file')
  })

  it('is never the same for two inputs', async () => {
    await expect(plan(['a', 'sub/a'], 'new')).rejects.toThrow('a and sub/a would both be written to new/a.encrypted')
  })

  it('is no file where a folder is needed', async () => {
    await expect(plan(['a', 'b'], 'full/x')).rejects.toThrow('full/x is a file, and a folder is needed')
    await expect(plan(['a'], 'full/x/')).rejects.toThrow('is a file, and a folder is needed')
  })

  it('is not inside an input folder', async () => {
    await expect(plan(['sub'], 'sub/out')).rejects.toThrow('the output folder sub/out is inside an input folder')
    await expect(plan(['sub'], 'sub/deep')).rejects.toThrow('is inside an input folder')
    expect(await plan(['sub'], 'sub')).toHaveLength(2)
    expect(await plan(['sub'], 'sub-out')).toHaveLength(2)
  })
})

describe('where the output of the standard input goes', () => {
  const options = () => ({ cwd: session.folder, platform: process.platform, rename: (name: string) => name })

  it.each([undefined, '-'])('is the standard output for -o %s', async (output) => {
    const { jobs } = await planStdin({ ...options(), output })
    expect(jobs).toMatchObject([{ input: { kind: 'stdin' }, output: { kind: 'stdout' } }])
  })

  it('is a file, and no folder', async () => {
    const { jobs } = await planStdin({ ...options(), output: 'x' })
    expect(jobs).toMatchObject([{ output: { kind: 'file', target: { names: ['x'] } } }])
    await expect(planStdin({ ...options(), output: 'full' })).rejects.toThrow('the standard input has no name')
    await expect(planStdin({ ...options(), output: 'x/' })).rejects.toThrow('the standard input has no name')
  })
})
