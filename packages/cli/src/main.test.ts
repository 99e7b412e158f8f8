import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jsonLines, Session, someBytes } from '../test/session.ts'
import { Interrupted } from './exit-status.ts'

let session: Session
beforeEach(async () => {
  session = new Session()
  await session.esdk('keygen aes -o key.json -q')
})
afterEach(() => session.remove())

describe('the command', () => {
  it('shows its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    expect(await session.esdk('--version')).toMatchObject({ status: 0, out: `${version}\n`, err: '' })
  })

  it.each(['--help', 'help', '-h'])('teaches how to begin: %s', async (option) => {
    const { status, out, err } = await session.esdk(option)
    expect([status, err]).toEqual([0, ''])
    for (const word of [
      'keygen',
      'encrypt',
      'decrypt',
      'inspect',
      'keystore',
      'local-kms',
      'Begin here:',
      'Exit status:',
    ]) {
      expect(out).toContain(word)
    }
  })

  it.each(['keygen', 'encrypt', 'decrypt', 'inspect', 'keystore', 'local-kms'])(
    'teaches %s with examples',
    async (command) => {
      const { status, out } = await session.esdk(`${command} --help`)
      expect(status).toBe(0)
      expect(out.match(new RegExp(`esdk ${command} `, 'g'))?.length).toBeGreaterThanOrEqual(3)
      expect(await session.esdk(`help ${command}`)).toMatchObject({ status: 0, out })
    },
  )

  it.each([
    ['', 'a command is missing'],
    ['encypt x', "unknown command 'encypt'\n      (Did you mean encrypt?)"],
    ['encrypt', "missing required argument 'paths'"],
    ['encrypt x --kee y', "unknown option '--kee'\n      (Did you mean --key?)"],
    ['encrypt x -k', "option '-k, --key <file>' argument missing"],
  ])('explains what is wrong with `esdk %s`', async (command, message) => {
    const { status, err, out } = await session.esdk(command)
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(message)
    expect(err).not.toMatch(/^\s+at /m)
  })

  it('tells programs what is wrong', async () => {
    const { status, out, err } = await session.esdk('encrypt x --json')
    expect([status, err]).toEqual([2, ''])
    expect(jsonLines(out)).toEqual([
      { error: { code: 'ERR_ESDK_CLI_USAGE', message: 'a key is missing', hint: expect.any(String) as string } },
    ])
  })

  it('shows arguments that it does not understand without what acts on a terminal (C7, terminal control)', async () => {
    const { status, err } = await session.esdk(['encrypt', '--\u001b[2J\u202e', 'x'])
    expect(status).toBe(2)
    expect(err).toContain("unknown option '--\\u{1b}[2J\\u{202e}'")
  })

  it('shows no stack, unless ESDK_DEBUG asks for it', async () => {
    const command = 'decrypt missing -k key.json'
    expect((await session.esdk(command)).err).not.toMatch(/^\s+at /m)
    const { err } = await session.esdk(command, { env: { ESDK_DEBUG: '1' } })
    expect(err).toMatch(/^\s+at /m)
    expect(err).toContain('caused by Error: ENOENT')
  })

  it('is quiet with -q, but for errors', async () => {
    session.write('a', 'a')
    expect(await session.esdk('encrypt a -k key.json -q')).toMatchObject({ status: 0, out: '', err: '' })
    expect((await session.esdk('encrypt missing -k key.json -q')).err).toContain('there is no such file')
  })

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with the status of %s, and leaves no file, when it is interrupted', async (signal, status) => {
    const ending = new AbortController()
    let interrupted = false
    async function* endless() {
      for (let i = 0; ; i++) {
        if (i === 100) {
          // Something has been written by now.
          expect(session.list().some((name) => name.endsWith('.tmp'))).toBe(true)
          interrupted = true
          ending.abort(new Interrupted(signal))
        }
        yield someBytes(64 * 1024)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    session.write('out', 'old')
    const answer = await session.esdk('encrypt - -k key.json -o out', {
      stdin: Readable.from(endless(), { objectMode: false }),
      signal: ending.signal,
    })
    expect(interrupted).toBe(true)
    expect(answer).toMatchObject({ status, out: '' })
    expect(session.text('out')).toBe('old')
    expect(session.list()).toEqual(['key.json', 'out'])
  })

  it('ends the waiting for an input that does not come', async () => {
    const ending = new AbortController()
    const silent = new Readable({ read() {} })
    const running = session.esdk('encrypt - -k key.json -o out', { stdin: silent, signal: ending.signal })
    setImmediate(() => ending.abort(new Interrupted('SIGINT')))
    expect((await running).status).toBe(130)
    expect(session.list()).toEqual(['key.json'])
  })

  it('says that reading failed, and leaves no file (C1, read error)', async () => {
    async function* failing() {
      yield someBytes(1_000_000)
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
    }
    const { status, err } = await session.esdk('encrypt - -k key.json -o out', { stdin: Readable.from(failing()) })
    expect(status).toBe(1)
    expect(err).toContain('cannot read the standard input: the disk, or the connection to it, failed')
    expect(session.list()).toEqual(['key.json'])
  })

  it.skipIf(process.platform !== 'linux')('says which file cannot be read', async () => {
    const { status, err } = await session.esdk('encrypt /proc/self/mem -k key.json -o out')
    expect(status).toBe(1)
    expect(err).toContain('cannot read /proc/self/mem')
    expect(session.list()).toEqual(['key.json'])
  })
})

describe('the progress bar', () => {
  /** A clock that goes on by 60 ms whenever somebody looks. */
  function clock(): () => number {
    let time = 0
    return () => {
      time += 60
      return time
    }
  }

  const erase = '\r\u001b[K'

  it('is on a terminal, and gone in the end', async () => {
    session.write('big.bin', someBytes(20_000_000))
    const { err } = await session.esdk('encrypt big.bin -k key.json', { stderrIsTTY: true, now: clock() })
    const pictures = err.split('\r').filter((line) => line.includes('%'))
    expect(pictures.length).toBeGreaterThan(2)
    for (const picture of pictures) {
      expect(picture).toMatch(/^big\.bin {2}█*░* {1,3}\d+% {2}[\d.]+ \w+ of 19\.1 MiB/)
    }
    expect(pictures.at(-1)).toMatch(/MiB\/s {2}\d+:\d\d left/)
    const [last] = err.split(erase).slice(-1)
    expect(last).toMatch(/^big\.bin -> big\.bin\.encrypted {2}19\.1 MiB, [\d.]+ \w+\/s\n$/)
  })

  it('is not there for what is done at once', async () => {
    session.write('small', 'x')
    const { err } = await session.esdk('encrypt small -k key.json', { stderrIsTTY: true, now: () => 0 })
    expect(err).toBe('small -> small.encrypted  1 byte\n')
  })

  it('says which of how many', async () => {
    for (const name of ['1', '2', '3']) session.write(`in/${name}`, someBytes(3_000_000))
    const { err } = await session.esdk('encrypt -r in -k key.json', { stderrIsTTY: true, now: clock() })
    expect(err).toContain('(2 of 3) in/2')
    expect(err.endsWith(`${erase}3 files encrypted  8.6 MiB, ${err.split(', ').at(-1)}`)).toBe(true)
  })

  it.each([
    ['in a pipe', '', false, {}],
    ['with -q', '-q', true, {}],
    ['with --json', '--json', true, {}],
    ['on a terminal that knows nothing', '', true, { TERM: 'dumb' }],
  ])('is not there %s', async (_, option, stderrIsTTY, env) => {
    session.write('big.bin', someBytes(20_000_000))
    const { err } = await session.esdk(`encrypt big.bin -k key.json ${option}`, { stderrIsTTY, env, now: clock() })
    expect(err).not.toContain('\r')
    expect(err).not.toContain('%')
  })

  it('makes room for an error', async () => {
    session.write('big.bin', someBytes(20_000_000))
    const { err } = await session.esdk('encrypt big.bin -k key.json --max-length 10000000', {
      stderrIsTTY: true,
      now: clock(),
    })
    expect(err).toContain(`${erase}esdk: cannot encrypt big.bin: `)
  })
})
