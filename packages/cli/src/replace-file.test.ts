import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimAndRename, type ReplaceOptions, replaceFile } from './replace-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'esdk-replace-'))
  path = join(folder, 'target')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(text: string, options: Partial<ReplaceOptions> = {}): Promise<string> {
  return replaceFile(path, { shown: 'target', overwrite: true, ...options }, async (sink) => {
    for (const character of text) await sink.write(new TextEncoder().encode(character))
    return 'value'
  })
}

function temporaryFiles(): string[] {
  return readdirSync(folder).filter((name) => name !== 'target')
}

describe('replacing a file (C1, partial output)', () => {
  it('writes it, for its owner only, and gives what the writer gives', async () => {
    expect(await write('new')).toBe('value')
    expect(readFileSync(path, 'utf8')).toBe('new')
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(temporaryFiles()).toEqual([])
  })

  it('keeps the old file until the new one is whole', async () => {
    writeFileSync(path, 'old')
    await replaceFile(path, { shown: 'target', overwrite: true }, async (sink) => {
      await sink.write(Uint8Array.of(1))
      await sink.write(Uint8Array.of(2))
      expect(readFileSync(path, 'utf8')).toBe('old')
      const [temporary] = temporaryFiles() as [string]
      expect(temporary).toMatch(/^\.esdk-[0-9a-f]{32}\.tmp$/)
      if (process.platform !== 'win32') expect(statSync(join(folder, temporary)).mode & 0o777).toBe(0o600)
    })
    expect(readFileSync(path)).toEqual(Buffer.of(1, 2))
  })

  it('keeps the old file, and removes the new one, when the writer fails', async () => {
    writeFileSync(path, 'old')
    const failure = new Error('read error')
    const replacing = replaceFile(path, { shown: 'target', overwrite: true }, async (sink) => {
      await sink.write(Uint8Array.of(1))
      throw failure
    })
    await expect(replacing).rejects.toBe(failure)
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(temporaryFiles()).toEqual([])
  })

  it('keeps the old file when the last check refuses', async () => {
    writeFileSync(path, 'old')
    const refusing = write('new', {
      beforeCommit: async () => {
        throw new Error('no')
      },
    })
    await expect(refusing).rejects.toThrow('no')
    expect(readFileSync(path, 'utf8')).toBe('old')
    expect(temporaryFiles()).toEqual([])
  })

  it('replaces a link, and not what it leads to', async () => {
    const elsewhere = join(folder, 'elsewhere')
    writeFileSync(elsewhere, 'kept')
    symlinkSync(elsewhere, path)
    await write('new')
    expect(readFileSync(elsewhere, 'utf8')).toBe('kept')
    expect(readFileSync(path, 'utf8')).toBe('new')
  })

  it('says where nothing can be written', async () => {
    path = join(folder, 'missing', 'target')
    await expect(write('new')).rejects.toMatchObject({ name: 'FileError', code: 'ENOENT', operation: 'write' })
  })
})

describe('not overwriting (C2)', () => {
  it('writes where nothing is', async () => {
    await write('new', { overwrite: false })
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).nlink).toBe(1)
    expect(temporaryFiles()).toEqual([])
  })

  const inTheWay: [string, (path: string) => void][] = [
    ['a file', (at) => writeFileSync(at, 'old')],
    ['a folder', (at) => mkdirSync(at)],
    ['a link', (at) => symlinkSync('nowhere', at)],
  ]

  it.each(inTheWay)('fails when %s comes while it writes, and leaves that alone', async (_, put) => {
    const replacing = replaceFile(path, { shown: 'target', overwrite: false }, async (sink) => {
      await sink.write(Uint8Array.of(1))
      put(path)
    })
    await expect(replacing).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_OUTPUT_EXISTS' })
    expect(readdirSync(folder)).toEqual(['target'])
  })

  it('lets one of many win', async () => {
    const writers = Array.from({ length: 20 }, (_, i) => write(`${i}`.padStart(1000), { overwrite: false }))
    const outcomes = await Promise.allSettled(writers)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled')
    expect(readFileSync(path, 'utf8')).toBe(`${winner}`.padStart(1000))
    expect(temporaryFiles()).toEqual([])
  })

  it('does not write into another name of the file', async () => {
    writeFileSync(path, 'old')
    linkSync(path, join(folder, 'other'))
    await write('new')
    expect(readFileSync(join(folder, 'other'), 'utf8')).toBe('old')
  })
})

describe('not overwriting where a file has one name only (C2)', () => {
  const temporary = () => join(folder, 'temporary')

  it('gives the file its name, and leaves no other', async () => {
    writeFileSync(temporary(), 'new')
    await claimAndRename(temporary(), path, 'target')
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(temporaryFiles()).toEqual([])
  })

  it('leaves alone what is there', async () => {
    writeFileSync(temporary(), 'new')
    writeFileSync(path, 'old')
    await expect(claimAndRename(temporary(), path, 'target')).rejects.toMatchObject({
      code: 'ERR_ESDK_CLI_OUTPUT_EXISTS',
    })
    expect(readFileSync(path, 'utf8')).toBe('old')
  })

  it('takes the claim back when the rename fails', async () => {
    await expect(claimAndRename(temporary(), path, 'target')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('lets one of many win', async () => {
    const claims = Array.from({ length: 20 }, (_, i) => {
      writeFileSync(`${temporary()}${i}`, `${i}`)
      return claimAndRename(`${temporary()}${i}`, path, 'target')
    })
    const outcomes = await Promise.allSettled(claims)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(readFileSync(path, 'utf8')).toBe(`${outcomes.findIndex(({ status }) => status === 'fulfilled')}`)
  })
})
