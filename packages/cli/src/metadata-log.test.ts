import { linkSync, statSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session } from '../test/session.ts'
import { identityAt } from './file-identity.ts'
import { openMetadataLog } from './metadata-log.ts'

const windows = process.platform === 'win32'
const nothing = { files: [], folders: [], identities: [] }

let session: Session
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

describe('the metadata file', () => {
  it('is made for its owner only, and grows by a line for each entry', async () => {
    const log = await openMetadataLog('log', session.folder, nothing)
    await log.add({ input: 'a', text: 'two\nlines \u001b[2J' })
    await log.add({ input: 'b' })
    await log.close()
    expect(session.text('log')).toBe('{"input":"a","text":"two\\nlines \\u001b[2J"}\n{"input":"b"}\n')
    expect(log.identity).toBe(await identityAt(session.path('log')))
    if (!windows) expect(statSync(session.path('log')).mode & 0o777).toBe(0o600)
  })

  it('keeps what is there, and what another run adds at the same time', async () => {
    session.write('log', '{"old":1}\n')
    const logs = [
      await openMetadataLog('log', session.folder, nothing),
      await openMetadataLog('log', session.folder, nothing),
    ]
    const count = 50
    await Promise.all(
      logs.map(async (log, run) => {
        for (let i = 0; i < count; i++) await log.add({ run, i })
        await log.close()
      }),
    )
    const lines = jsonLines(session.text('log'))
    expect(lines).toHaveLength(1 + 2 * count)
    expect(lines[0]).toEqual({ old: 1 })
    for (const run of [0, 1]) {
      expect(lines.filter((line) => line['run'] === run).map(({ i }) => i)).toEqual([...Array(count).keys()])
    }
  })

  it('says where it cannot be', async () => {
    await expect(openMetadataLog('missing/log', session.folder, nothing)).rejects.toMatchObject({
      code: 'ENOENT',
      message: 'cannot write missing/log',
    })
    await expect(openMetadataLog('.', session.folder, nothing)).rejects.toMatchObject({ code: 'EISDIR' })
  })
})

describe('the metadata file (C2, overwriting)', () => {
  it('is no file of the run, by whatever name', async () => {
    session.write('a', 'content')
    linkSync(session.path('a'), session.path('hard'))
    const files = [session.path('a')]
    for (const argument of ['a', './a', 'A', 'hard']) {
      await expect(openMetadataLog(argument, session.folder, { ...nothing, files })).rejects.toMatchObject({
        code: 'ERR_ESDK_CLI_USAGE',
      })
    }
    expect(session.text('a')).toBe('content')
  })

  it('is no key, and not in a folder of inputs or outputs', async () => {
    session.write('key', 'key')
    session.write('in/a', 'a')
    const identities = [await identityAt(session.path('key'))]
    await expect(openMetadataLog('key', session.folder, { ...nothing, identities })).rejects.toThrow(
      'a key of this run',
    )
    const folders = [session.path('in')]
    for (const argument of ['in/log', 'in/new/log', 'other/../in/log']) {
      await expect(openMetadataLog(argument, session.folder, { ...nothing, folders })).rejects.toThrow(
        'inside a folder of inputs or outputs',
      )
    }
    expect(session.list('in')).toEqual(['a'])
  })

  it.skipIf(windows)('is not reached through a link, nor in a folder behind one', async () => {
    session.write('in/a', 'a')
    session.write('kept', 'kept')
    symlinkSync('kept', session.path('link'))
    symlinkSync('in', session.path('way'))
    await expect(openMetadataLog('link', session.folder, nothing)).rejects.toMatchObject({
      code: 'ERR_ESDK_CLI_UNSAFE_PATH',
    })
    const folders = [session.path('in')]
    await expect(openMetadataLog('way/log', session.folder, { ...nothing, folders })).rejects.toThrow('inside a folder')
    expect(session.text('kept')).toBe('kept')
    expect(session.list('in')).toEqual(['a'])
  })
})
