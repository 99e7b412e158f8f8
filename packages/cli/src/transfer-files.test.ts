import { execFileSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session } from '../test/session.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(async () => {
  session = new Session()
  await session.esdk('keygen aes -o key.json -q')
})
afterEach(() => session.remove())

describe('many files (C6, exit status)', () => {
  it('go on after a failure; the exit status is 1, and a summary says which failed and why', async () => {
    for (let i = 0; i < 100; i++) session.write(`in/${i}.txt`, `content ${i}`)
    expect((await session.esdk('encrypt -r in -o sealed -k key.json')).status).toBe(0)
    const cut = session.read('sealed/7.txt.encrypted')
    session.write('sealed/7.txt.encrypted', cut.subarray(0, cut.length - 30))
    session.write('sealed/42.txt.encrypted', 'no message')
    const changed = session.read('sealed/99.txt.encrypted')
    changed[changed.length - 5] = (changed[changed.length - 5] as number) ^ 1
    session.write('sealed/99.txt.encrypted', changed)

    const { status, err, out } = await session.esdk('decrypt -r sealed -o open -k key.json')
    expect(status).toBe(1)
    expect(out).toBe('')
    const summary = err.slice(err.indexOf('esdk: 3 of 100 files failed; 97 files decrypted'))
    expect(summary.split('\n').slice(1, 4)).toEqual([
      expect.stringMatching(/^ {2}sealed\/42\.txt\.encrypted {2}ERR_ESDK_NOT_A_MESSAGE: /),
      expect.stringMatching(/^ {2}sealed\/7\.txt\.encrypted {2}ERR_ESDK_TRUNCATED: /),
      expect.stringMatching(/^ {2}sealed\/99\.txt\.encrypted {2}ERR_ESDK_SIGNATURE: /),
    ])
    expect(session.list('open')).toHaveLength(97)
    for (const name of session.list('open')) expect(session.text(`open/${name}`)).toBe(session.text(`in/${name}`))
  })

  it('are told to programs one by one, failures and what was left alone too', async () => {
    session.write('in/good', 'x')
    session.write('in/old.encrypted', 'x')
    const { status, out } = await session.esdk('encrypt -r in missing -k key.json --json')
    expect(status).toBe(1)
    expect(jsonLines(out)).toMatchObject([
      { input: 'in/old.encrypted', status: 'skipped', reason: 'suffix' },
      {
        input: 'missing',
        status: 'failed',
        error: { code: 'ENOENT', message: expect.stringContaining('missing') as string },
      },
      { input: 'in/good', output: 'in/good.encrypted', status: 'encrypted' },
    ])
  })

  it('may be none, which is an error', async () => {
    session.write('in/a.txt', 'x')
    const { status, err } = await session.esdk('decrypt -r in -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('there is no file to decrypt')
    expect(err).toContain('1 file without the suffix .encrypted were left alone')
  })

  it('are encrypted beside each other once, however often the command runs', async () => {
    session.write('in/a', 'x')
    await session.esdk('encrypt -r in -k key.json')
    const { status } = await session.esdk('encrypt -r in -k key.json')
    expect(status).toBe(0)
    expect(session.list('in')).toEqual(['a', 'a.encrypted'])
  })
})

describe('folders (C3, recursion)', () => {
  /** Names that harm whoever joins, prints or runs them without care. */
  const hostileNames = [
    '-rf',
    '--help',
    '...',
    '..hidden',
    '~',
    '*',
    '?',
    '[x]',
    ' ',
    ' before',
    'after ',
    '$(touch pwned)',
    '`touch pwned`',
    ';touch pwned;',
    '|',
    '&',
    '"',
    "'",
    '\\',
    '..\\..\\up',
    'a:b',
    'CON',
    'nul.txt',
    '%2e%2e%2f',
    'line\nend',
    'carriage\rreturn',
    '\u001b[2Jescape',
    'bell\u0007',
    '\u202egnp.exe',
    '\ufeffbom',
    '\u{1F511}',
    'e\u0301',
    'x'.repeat(200),
  ]

  it.skipIf(windows)('with 33 hostile names go in and out whole, and nothing else happens', async () => {
    for (const name of hostileNames) session.write(join('in', name), `content of ${JSON.stringify(name)}`)
    session.write(join('in', '-rf.d', '--help.d', 'deep'), 'deep')
    const before = session.list()
    const encrypted = await session.esdk('encrypt -r in -o sealed -k key.json -v')
    expect(encrypted.err).not.toContain('esdk: ')
    expect(encrypted).toMatchObject({ status: 0, out: '' })
    const decrypted = await session.esdk('decrypt -r sealed -o open -k key.json -v')
    expect(decrypted.status).toBe(0)
    expect(session.list('open')).toEqual(session.list('in'))
    for (const name of hostileNames) {
      expect(readFileSync(session.path('open', name), 'utf8')).toBe(`content of ${JSON.stringify(name)}`)
    }
    expect(session.text('open/-rf.d/--help.d/deep')).toBe('deep')
    expect(session.list()).toEqual([...before, 'open', 'sealed'].sort())
    // What was printed acts on no terminal.
    expect(`${encrypted.err}${decrypted.err}`.replaceAll('\n', '')).toMatch(/^[^\p{C}]*$/u)
  })

  it.skipIf(windows)('are not left through links, and special files are left alone, and said', async () => {
    session.write('outside/secret', 'secret')
    session.write('in/a', 'a')
    mkdirSync(session.path('in/sub'))
    const links: Record<string, string> = {
      'link-to-file': 'a',
      'link-out': '../outside/secret',
      'link-out-folder': '../outside',
      'link-absolute': session.path('outside'),
      'link-root': '/',
      'link-up': '..',
      'link-self': '.',
      'sub/link-loop': '../sub',
      'link-dangling': 'nowhere',
      'link-circle': 'link-circle',
      'link-device': '/dev/zero',
    }
    for (const [name, to] of Object.entries(links)) symlinkSync(to, session.path('in', name))
    execFileSync('mkfifo', [session.path('in/pipe')])
    const server = createServer().listen(session.path('in/socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    try {
      const { status, err } = await session.esdk('encrypt -r in -o sealed -k key.json')
      expect(status).toBe(0)
      expect(session.list('sealed')).toEqual(['a.encrypted'])
      for (const name of Object.keys(links)) expect(err).toContain(`skipped in/${name}: a link, which is not followed`)
      for (const name of ['pipe', 'socket']) {
        expect(err).toContain(`skipped in/${name}: neither a file nor a folder`)
      }
    } finally {
      server.close()
    }
  })

  it.skipIf(windows)('are not left through links among the outputs', async () => {
    session.write('in/sub/a', 'new')
    session.write('in/b', 'new')
    mkdirSync(session.path('outside'))
    mkdirSync(session.path('out'))
    symlinkSync('../outside', session.path('out/sub'))
    symlinkSync('../outside/b', session.path('out/b.encrypted'))
    const { status, err } = await session.esdk('encrypt -r in -o out -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('a link stands where the output has its folder')
    expect(session.list('outside')).toEqual([])
    // The name of a link is taken, and what it leads to is left alone.
    expect(lstatSync(session.path('out/b.encrypted')).isFile()).toBe(true)
    expect(readlinkSync(session.path('out/sub'))).toBe('../outside')
  })

  it.skipIf(windows)('with a file where the output needs a folder fail there alone', async () => {
    session.write('in/sub/a', 'new')
    session.write('in/b', 'new')
    session.write('out/sub', 'old')
    const { status, err } = await session.esdk('encrypt -r in -o out -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('a file stands where the output has its folder')
    expect(session.list('out')).toEqual(['b.encrypted', 'sub'])
    expect(session.text('out/sub')).toBe('old')
  })

  it.skipIf(process.platform !== 'linux')('with names that are not UTF-8 fail for those', async () => {
    session.write('in/a', 'a')
    writeFileSync(Buffer.concat([Buffer.from(`${session.path('in')}/`), Buffer.of(0xff, 0xfe)]), 'b')
    const { status, err } = await session.esdk('encrypt -r in -o out -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('the name is not UTF-8')
    expect(session.list('out')).toEqual(['a.encrypted'])
  })

  it('refuse names that Windows takes for devices, there', async () => {
    session.write('in/nul.txt', 'x')
    session.write('in/good', 'x')
    const { status, err } = await session.esdk('encrypt -r in -o out -k key.json', { platform: 'win32' })
    expect(status).toBe(1)
    expect(err).toContain('the name "nul.txt.encrypted" is that of a device on Windows')
    expect(session.list('out')).toEqual(['good.encrypted'])
  })
})

describe('one file by two names (C2, overwriting)', () => {
  beforeEach(() => {
    session.write('a', 'content')
  })

  it.each([
    ['the same name', 'a', () => {}],
    ['another spelling', './x/../a', () => mkdirSync(session.path('x'))],
    ['a link', 'link', () => symlinkSync('a', session.path('link'))],
    [
      'a link to a link',
      'link2',
      () => {
        symlinkSync('a', session.path('link'))
        symlinkSync('link', session.path('link2'))
      },
    ],
    ['a hard link', 'hard', () => linkSync(session.path('a'), session.path('hard'))],
    ['a folder behind a link', 'l/a', () => symlinkSync('.', session.path('l'))],
  ] as [string, string, () => void][])('is not input and output: %s', async (_, output, prepare) => {
    prepare()
    const { status, err } = await session.esdk(`encrypt a -o ${output} -k key.json`)
    expect(status).toBe(1)
    expect(err).toContain('is the same file as the input a')
    expect(session.text('a')).toBe('content')
  })

  it('is not input and output where case makes no difference', async (context) => {
    if (!existsSync(session.path('A'))) context.skip('this file system tells upper from lower case')
    const { status, err } = await session.esdk('encrypt a -o A -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('is the same file as the input a')
  })

  it('is not output and another input', async () => {
    session.write('a.encrypted', 'another input')
    const { status, err } = await session.esdk('encrypt a a.encrypted -k key.json')
    expect(status).toBe(1)
    expect(err).toContain('the output a.encrypted is the same file as the input a.encrypted')
    expect(session.text('a.encrypted')).toBe('another input')
    expect(session.list()).toContain('a.encrypted.encrypted')
  })

  it('is not output and key', async () => {
    const key = session.text('key.json')
    linkSync(session.path('key.json'), session.path('hard'))
    for (const output of ['key.json', 'hard']) {
      const { status, err } = await session.esdk(`encrypt a -o ${output} -k key.json`)
      expect(status).toBe(1)
      expect(err).toContain('is the same file as a key file of this run')
    }
    expect(session.text('key.json')).toBe(key)
  })

  it.skipIf(windows)('is no circle of links', async () => {
    symlinkSync('loop', session.path('loop'))
    const input = await session.esdk('encrypt loop -k key.json')
    expect(input.status).toBe(1)
    expect(input.err).toContain('links lead in a circle')
    symlinkSync('loop-folder', session.path('loop-folder'))
    const output = await session.esdk('encrypt a -o loop-folder/x -k key.json')
    expect(output.status).toBe(1)
    expect(output.err).toContain('cannot write loop-folder/x: links lead in a circle')
  })

  it('is no device, pipe or folder for an output', async () => {
    mkdirSync(session.path('folder.encrypted'))
    session.write('folder', 'x')
    expect((await session.esdk('encrypt folder -k key.json')).err).toContain('the output folder.encrypted is a folder')
    if (windows) return
    execFileSync('mkfifo', [session.path('pipe')])
    for (const output of ['pipe', '/dev/null']) {
      const { status, err } = await session.esdk(`encrypt a -o ${output} -k key.json`)
      expect(status).toBe(1)
      expect(err).toContain('is a device or a pipe')
      expect(err).toContain('-o - > PATH')
    }
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
  })

  it('is kept with --no-overwrite', async () => {
    session.write('a.encrypted', 'old')
    const { status, err } = await session.esdk('encrypt a -k key.json --no-overwrite')
    expect(status).toBe(1)
    expect(err).toContain('the output a.encrypted exists, and --no-overwrite is set')
    expect(session.text('a.encrypted')).toBe('old')
    expect((await session.esdk('encrypt a -k key.json')).status).toBe(0)
    expect(session.text('a.encrypted')).not.toBe('old')
  })
})

describe('the metadata file', () => {
  it('has a line for each file, behind those that are there', async () => {
    session.write('a', 'attack')
    await session.esdk('encrypt a -k key.json -c tenant=42 --metadata-output log')
    await session.esdk('decrypt a.encrypted -k key.json -o b --metadata-output log')
    await session.esdk('decrypt a -k key.json -o c --metadata-output log')
    const lines = jsonLines(session.text('log'))
    expect(lines).toMatchObject([
      { input: 'a', output: 'a.encrypted', status: 'encrypted', header: { encryptionContext: { tenant: '42' } } },
      { input: 'a.encrypted', output: 'b', status: 'decrypted', inputBytes: session.read('a.encrypted').length },
      { input: 'a', output: 'c', status: 'failed', error: { code: 'ERR_ESDK_NOT_A_MESSAGE' } },
    ])
    expect(lines.every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true)
  })

  it.each([
    ['an input', 'encrypt in/a -k key.json --metadata-output in/a', 'is an input or an output'],
    ['an input of another case', 'encrypt in/a -k key.json --metadata-output in/A', 'is an input or an output'],
    ['an output', 'encrypt in/a -k key.json -o out --metadata-output out', 'is an input or an output'],
    [
      'an output that is beside',
      'encrypt in/a -k key.json --metadata-output in/a.encrypted',
      'is an input or an output',
    ],
    ['in an input folder', 'encrypt -r in -k key.json -o out --metadata-output in/sub/log', 'inside a folder'],
    ['in an output folder', 'encrypt -r in -k key.json -o out --metadata-output out/log', 'inside a folder'],
    ['a hard link to an input', 'encrypt in/a -k key.json --metadata-output hard', 'an input, an output or a key'],
    ['the key', 'encrypt in/a -k key.json --metadata-output key.json', 'an input, an output or a key'],
  ])('is not %s (C2, overwriting)', async (_, command, message) => {
    session.write('in/a', 'content')
    session.write('in/sub/b', 'content')
    linkSync(session.path('in/a'), session.path('hard'))
    const key = session.text('key.json')
    const { status, err } = await session.esdk(command)
    expect(status).toBe(2)
    expect(err).toContain(message)
    expect(session.text('in/a')).toBe('content')
    expect(session.text('key.json')).toBe(key)
    expect(session.list('in')).toEqual(['a', 'sub'])
    expect(session.list()).toEqual(['hard', 'in', 'key.json'])
  })

  it.skipIf(windows)('is no link and no device', async () => {
    session.write('a', 'content')
    session.write('b', 'kept')
    symlinkSync('b', session.path('link'))
    expect((await session.esdk('encrypt a -k key.json --metadata-output link')).err).toContain('link is a link')
    expect((await session.esdk('encrypt a -k key.json --metadata-output /dev/null')).err).toContain('is no file')
    expect(session.text('b')).toBe('kept')
  })

  it('is not written over by an output', async () => {
    session.write('in/a', 'content')
    session.write('log', '')
    linkSync(session.path('log'), session.path('in/a.encrypted'))
    const { status } = await session.esdk('encrypt in/a -k key.json --metadata-output log')
    expect(status).toBe(2)
    expect(readdirSync(session.path('in'))).toEqual(['a', 'a.encrypted'])
    expect(session.text('log')).toBe('')
  })
})
