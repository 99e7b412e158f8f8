/**
 * What only a process of its own can show: signals, kills, full disks, races, pipes.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bin, buildBin, type Running, removeBin, start, startShell, until } from '../test/process.ts'
import { Session, someBytes } from '../test/session.ts'

const windows = process.platform === 'win32'
const wrappingKey = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const keyText = Buffer.from(wrappingKey).toString('base64')
const keyring = rawAesKeyring({ namespace: 'app', name: 'k1', wrappingKey })
const key = ['-w', 'type=raw-aes,namespace=app,name=k1,env=ESDK_TEST_KEY']
const env = { ESDK_TEST_KEY: keyText }

let session: Session
beforeAll(buildBin)
afterAll(removeBin)
beforeEach(() => {
  session = new Session()
})
afterEach(() => session.remove())

/** Names in a folder that are temporary files of the command. */
function temporaryFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^\.esdk-[0-9a-f]{32}\.tmp$/.test(name))
}

function temporaryLength(folder: string): number {
  const [name] = temporaryFiles(folder)
  if (name === undefined) return 0
  try {
    return statSync(join(folder, name)).size
  } catch {
    // It was renamed between the two looks.
    return 0
  }
}

function write(running: Running, bytes: Uint8Array): void {
  running.process.stdin?.write(bytes)
}

describe('the executable', () => {
  it('begins with the line that makes it one', () => {
    expect(readFileSync(bin, 'utf8').startsWith('#!/usr/bin/env node\n')).toBe(true)
  })

  it('encrypts and decrypts in a pipe', async () => {
    const plaintext = someBytes(3_000_000)
    const encrypting = start(['encrypt', '-', ...key], session.folder, env)
    encrypting.process.stdin?.end(plaintext)
    const encrypted = await encrypting.ended
    expect(encrypted.status).toBe(0)
    const decrypting = start(['decrypt', '-', ...key, '-q'], session.folder, env)
    decrypting.process.stdin?.end(encrypted.out)
    const { status, out, err } = await decrypting.ended
    expect([status, err]).toEqual([0, ''])
    expect(Buffer.compare(out, plaintext)).toBe(0)
  })

  it.each([
    [['encrypt', 'missing', ...key], 1],
    [['encrypt'], 2],
    [['--version'], 0],
  ])('ends with the status of the command: %j is %i', async (argv, status) => {
    expect((await start(argv, session.folder, env).ended).status).toBe(status)
  })

  it('ends quietly when the reader of its output goes away', async () => {
    const { ciphertext } = await createClient().encrypt(someBytes(5_000_000), { keyring, suite: 0x0478 })
    session.write('m', ciphertext)
    const running = start(['decrypt', 'm', '-o', '-', ...key], session.folder, env)
    running.process.stdout?.once('data', () => running.process.stdout?.destroy())
    const { status, err } = await running.ended
    expect(err).toBe('')
    expect(status).toBe(141)
  })

  it('keeps its memory flat, however long the input is', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux tells the peak of memory of another process')
    const running = start(['encrypt', '-', '-o', 'out', ...key, '--suite', '0478'], session.folder, env)
    const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.process.pid}/status`, 'utf8'))?.[1])
    const piece = someBytes(1024 * 1024)
    const feed = async (mebibytes: number, untilLength: number) => {
      for (let i = 0; i < mebibytes; i++) {
        await new Promise((resolve) => running.process.stdin?.write(piece, resolve))
      }
      await until(() => temporaryLength(session.folder) >= untilLength, 'the output to grow')
    }
    await feed(64, 60 * 1024 * 1024)
    const before = peak()
    await feed(448, 500 * 1024 * 1024)
    const after = peak()
    running.process.stdin?.end()
    expect((await running.ended).status).toBe(0)
    // In KiB: seven times as much went through.
    expect(after - before).toBeLessThan(32 * 1024)
  })
})

describe('a run that ends early (C1, partial output)', () => {
  /** Random-looking, so that no part of it passes for the whole. */
  const plaintext = someBytes(8 * 1024 * 1024)
  const old = 'the old file'

  async function stateOf(path: string): Promise<'absent' | 'old' | 'whole'> {
    let content: Buffer
    try {
      content = readFileSync(path)
    } catch {
      return 'absent'
    }
    if (content.toString('latin1') === old) return 'old'
    const { plaintext: decrypted } = await createClient().decrypt(content, { keyring })
    expect(Buffer.compare(decrypted, plaintext)).toBe(0)
    return 'whole'
  }

  it.skipIf(windows)(
    'by kill -9 at 50 points leaves a target that is absent, old, or whole',
    async () => {
      const points = 50
      // The last points are behind the end of the input: at the fsync, the rename, and after.
      const late = 10
      const seen = { absent: 0, old: 0, whole: 0 }
      for (let point = 0; point < points; point++) {
        const folder = session.path(`${point}`)
        mkdirSync(folder)
        const target = join(folder, 'target')
        const hasOld = point % 2 === 1
        if (hasOld) writeFileSync(target, old)
        const identity = () => statSync(target, { throwIfNoEntry: false })?.ino
        const oldIdentity = identity()

        const running = start(['encrypt', '-', '-o', 'target', ...key, '--suite', '0478', '-q'], folder, env)
        const early = points - late
        const length = point < early ? Math.floor((plaintext.length * point) / early) : plaintext.length
        if (length > 0) write(running, plaintext.subarray(0, length))
        // What is not yet a run of frames stays with the command, and the header comes first.
        const wanted = Math.max(0, length - 1024 * 1024)
        if (wanted > 0) await until(() => temporaryLength(folder) >= wanted, 'the output to grow')
        if (point >= early) {
          running.process.stdin?.end()
          const done = () => identity() !== oldIdentity && temporaryFiles(folder).length === 0
          // Half of them as soon as all is written, which is before the fsync; half when the name is there.
          if (point % 4 < 2)
            await until(() => temporaryLength(folder) >= plaintext.length || done(), 'all of the output')
          else await until(done, 'the rename')
        }
        running.process.kill('SIGKILL')
        await running.ended

        const state = await stateOf(target)
        seen[state]++
        if (point < early) expect(state).toBe(hasOld ? 'old' : 'absent')
        else expect(state).not.toBe(hasOld ? 'absent' : 'old')
        expect(readdirSync(folder).filter((name) => name !== 'target' && !name.startsWith('.esdk-'))).toEqual([])
        rmSync(folder, { recursive: true })
      }
      console.info(`kill -9 at ${points} points: ${JSON.stringify(seen)}`)
      expect(seen.absent + seen.old + seen.whole).toBe(points)
      expect(Math.min(seen.absent, seen.old, seen.whole)).toBeGreaterThan(0)
    },
    300_000,
  )

  it.skipIf(windows).each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s ends with status %i, keeps the old file, and leaves no other', async (signal, status) => {
    session.write('target', old)
    const running = start(['encrypt', '-', '-o', 'target', ...key, '--suite', '0478'], session.folder, env)
    write(running, plaintext)
    await until(() => temporaryLength(session.folder) > 1024 * 1024, 'the output to grow')
    running.process.kill(signal)
    const ended = await running.ended
    expect(ended).toMatchObject({ status, err: '' })
    expect(session.list()).toEqual(['target'])
    expect(session.text('target')).toBe(old)
  })

  it.skipIf(windows)('by a second signal ends at once, and leaves no file', async () => {
    const running = start(['encrypt', '-', '-o', 'target', ...key, '--suite', '0478'], session.folder, env)
    write(running, plaintext)
    await until(() => temporaryLength(session.folder) > 1024 * 1024, 'the output to grow')
    running.process.kill('SIGTERM')
    running.process.kill('SIGTERM')
    const { status, signal } = await running.ended
    // Whichever of the two was first to be seen.
    expect([143, 'SIGTERM']).toContain(status ?? signal)
    expect(session.list()).toEqual([])
  })

  it.skipIf(windows)('while it waits for a pipe that nobody writes to ends all the same', async () => {
    execFileSync('mkfifo', [session.path('pipe')])
    const running = start(['encrypt', 'pipe', '-o', 'target', ...key], session.folder, env)
    // A writer that does not wait gets in as soon as there is a reader.
    const path = session.path('pipe')
    let writer: number | undefined
    const hasReader = () => {
      try {
        writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
        return true
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENXIO' })
        return false
      }
    }
    await until(hasReader, 'the command to read the pipe')
    running.process.kill('SIGTERM')
    expect((await running.ended).status).toBe(143)
    if (writer !== undefined) closeSync(writer)
    expect(session.list()).toEqual(['pipe'])
  })

  it.skipIf(windows)('after a failure ends, though a pipe is still open', async () => {
    execFileSync('mkfifo', [session.path('pipe')])
    const running = start(['encrypt', 'pipe', '-o', 'target', ...key, '--max-length', '10'], session.folder, env)
    const writer = await open(session.path('pipe'), 'w')
    await writer.write(someBytes(10_000))
    expect((await running.ended).status).toBe(1)
    await writer.close()
    expect(session.list()).toEqual(['pipe'])
  })

  it.skipIf(process.platform !== 'linux')('while a pipe waits for its writer ends by the signal', async () => {
    execFileSync('mkfifo', [session.path('pipe')])
    const running = start(['encrypt', 'pipe', '-o', 'target', ...key], session.folder, env)
    // A thread that waits for the other end of a pipe sleeps in a call of that number.
    const threads = `/proc/${running.process.pid}/task`
    const opens = () =>
      readdirSync(threads).some((thread) => /^(257|56|2) .*/.test(readFileSync(`${threads}/${thread}/syscall`, 'utf8')))
    await until(opens, 'the command to open the pipe')
    running.process.kill('SIGINT')
    const { status, signal } = await running.ended
    expect([status, signal]).toEqual([null, 'SIGINT'])
    expect(session.list()).toEqual(['pipe'])
  })

  it.skipIf(windows)('reads a pipe that is named to its end', async () => {
    const line = `esdk encrypt <(printf 'from a pipe') -o target ${key.join(' ')}`
    expect((await startShell(line, session.folder, env).ended).status).toBe(0)
    const { plaintext: decrypted } = await createClient().decrypt(session.read('target'), { keyring })
    expect(new TextDecoder().decode(decrypted)).toBe('from a pipe')
  })
})

describe('a full disk (C1, partial output)', () => {
  const old = 'the old file'

  it('of one MiB fails, keeps the old file, and leaves no other', async (context) => {
    const disk = session.path('disk')
    mkdirSync(disk)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    if (mounted.status !== 0) {
      context.skip('NO DISK COULD BE MOUNTED HERE: only the limit on the length of files is tried, not a full disk')
    }
    try {
      writeFileSync(join(disk, 'target'), old)
      session.write('in', someBytes(3_000_000))
      for (const argv of [
        ['encrypt', 'in', '-o', 'disk/target', ...key],
        ['encrypt', 'in', '-o', 'disk/new', ...key],
      ]) {
        const { status, err } = await start(argv, session.folder, env).ended
        expect(status).toBe(1)
        expect(err).toContain(`cannot encrypt in: cannot write ${argv[3]}: the disk is full`)
        expect(err).toContain('Make room')
        expect(readdirSync(disk)).toEqual(['target'])
        expect(readFileSync(join(disk, 'target'), 'utf8')).toBe(old)
      }
      console.info('full disk: a tmpfs of 1 MiB was mounted and filled')
    } finally {
      if (mounted.status === 0) execFileSync('umount', [disk])
    }
  })

  it.skipIf(windows)('has no room for held-back plaintext: nothing comes out', async () => {
    session.write('m', (await createClient().encrypt(someBytes(9_000_000), { keyring })).ciphertext)
    const { status, out, err } = await startShell(
      `ulimit -f 100; esdk decrypt m -o - ${key.join(' ')} | cat; exit $PIPESTATUS`,
      session.folder,
      { ...env, TMPDIR: session.folder },
    ).ended
    expect(status).toBe(1)
    expect(out).toHaveLength(0)
    expect(err).toContain('the temporary file for plaintext that is not verified yet')
    expect(session.list()).toEqual(['m'])
  })

  it.skipIf(windows)('by a limit on the length of files fails in the same way', async () => {
    session.write('target', old)
    session.write('in', someBytes(3_000_000))
    // In blocks of 1024 bytes.
    const line = `ulimit -f 1000; esdk encrypt in -o target ${key.join(' ')}`
    const { status, err } = await startShell(line, session.folder, env).ended
    expect(status).toBe(1)
    expect(err).toContain('cannot encrypt in: cannot write target: it would be larger than files may be here')
    expect(session.list()).toEqual(['in', 'target'])
    expect(session.text('target')).toBe(old)
  })

  it.skipIf(process.platform !== 'linux')('behind the standard output is an error too', async () => {
    session.write('in', someBytes(3_000_000))
    const { status, err } = await startShell(`esdk encrypt in -o - ${key.join(' ')} > /dev/full`, session.folder, env)
      .ended
    expect(status).toBe(1)
    expect(err).toContain('cannot write the standard output: the disk is full')
  })
})

describe('two runs at once (C2, overwriting)', () => {
  it('with --no-overwrite: one writes the file, the other fails, ten times', async () => {
    for (let round = 0; round < 10; round++) {
      const folder = session.path(`${round}`)
      mkdirSync(folder)
      const argv = ['encrypt', '-', '-o', 'target', '--no-overwrite', ...key, '--suite', '0478']
      const runs = [start(argv, folder, env), start(argv, folder, env)]
      const inputs = runs.map((_, i) => someBytes(1_000_000).fill(i + 1))
      for (const [i, run] of runs.entries()) write(run, inputs[i] as Uint8Array)
      // Both have begun to write, and neither has seen the other's file.
      await until(() => temporaryFiles(folder).length === 2, 'both to write')
      for (const run of runs) run.process.stdin?.end()
      const ended = await Promise.all(runs.map((run) => run.ended))
      const winner = ended.findIndex(({ status }) => status === 0)
      expect(ended.map(({ status }) => status).sort()).toEqual([0, 1])
      expect(ended[1 - winner]?.err).toContain('the output target exists, and --no-overwrite is set')
      const { plaintext } = await createClient().decrypt(readFileSync(join(folder, 'target')), { keyring })
      expect(Buffer.compare(plaintext, inputs[winner] as Uint8Array)).toBe(0)
      expect(readdirSync(folder)).toEqual(['target'])
    }
  }, 120_000)
})

describe('the standard streams as files (C2, overwriting)', () => {
  it.skipIf(windows)('are recognised when they are the input or the output', async () => {
    session.write('a', 'content')
    for (const line of [`esdk encrypt - -o a ${key.join(' ')} < a`, `esdk encrypt a -o - ${key.join(' ')} >> a`]) {
      const { status, err } = await startShell(line, session.folder, env).ended
      expect(status).toBe(1)
      expect(err).toContain('is the same file as the input')
      expect(session.text('a')).toBe('content')
    }
  })

  it.skipIf(windows)('are no folders', async () => {
    const { status, err } = await startShell(`esdk encrypt - -o out ${key.join(' ')} < .`, session.folder, env).ended
    expect(status).toBe(1)
    expect(err).toContain('cannot read the standard input: it is a folder')
    expect(session.list()).toEqual([])
  })
})

describe('what others see of a run (C5, secrets on the command line)', () => {
  it('is no key: it is in no argument', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux shows the arguments of a process as a file')
    await session.esdk('keygen aes -o key.json')
    const { wrappingKey: fileKey } = JSON.parse(session.text('key.json')) as { readonly wrappingKey: string }
    session.write('key.bin', wrappingKey)
    const argv = ['-k', 'key.json', '--key-env', 'ESDK_KEY_FILE', '-w', 'type=raw-aes,namespace=a,name=b,file=key.bin']
    const running = start(['encrypt', '-', '-o', 'out', ...argv, ...key], session.folder, {
      ...env,
      ESDK_KEY_FILE: session.text('key.json'),
    })
    write(running, someBytes(2_000_000))
    await until(() => temporaryFiles(session.folder).length === 1, 'the command to work with its keys')
    const commandLine = readFileSync(`/proc/${running.process.pid}/cmdline`)
    running.process.stdin?.end()
    expect((await running.ended).status).toBe(0)
    expect(commandLine.toString()).toContain('key.json')
    for (const secret of [
      fileKey,
      Buffer.from(fileKey, 'base64'),
      keyText,
      Buffer.from(wrappingKey),
      Buffer.from(wrappingKey).toString('hex'),
    ]) {
      expect(commandLine.includes(secret)).toBe(false)
    }
  })
})

describe('places where nothing may be written or read', () => {
  it.skipIf(windows)('are named, with what to do', async (context) => {
    session.write('in', 'x')
    mkdirSync(session.path('closed'), { mode: 0o500 })
    session.write('secret', 'x')
    execFileSync('chmod', ['000', session.path('secret')])
    execFileSync('chmod', ['755', session.folder])
    // Root may write everywhere: then it is somebody else who tries.
    const who = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const run = (argv: string[]) =>
      spawnSync(process.execPath, [bin, ...argv, ...key], {
        ...who,
        cwd: session.folder,
        env: { ...process.env, ...env },
      })
    if (run(['--version']).status !== 0) context.skip('nobody else may run the executable here')
    const output = run(['encrypt', 'in', '-o', 'closed/out'])
    expect(output.status).toBe(1)
    expect(output.stderr.toString()).toBe(
      'esdk: cannot encrypt in: cannot write closed/out: you may not write there\n      Name a folder of yours with -o.\n',
    )
    const input = run(['encrypt', 'secret', '-o', '-'])
    expect(input.status).toBe(1)
    expect(input.stderr.toString()).toContain('cannot read secret: you may not read it')
  })
})
