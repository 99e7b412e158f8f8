/**
 * The command in a folder of its own, within this process.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { main, type OutputStream, type Surroundings } from '../src/index.ts'

export interface Answer {
  readonly status: number
  /** Standard output, as bytes and as text. */
  readonly bytes: Uint8Array
  readonly out: string
  /** Standard error. */
  readonly err: string
}

export interface RunOptions {
  readonly stdin?: Uint8Array | string | Readable
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** In place of one that is collected. */
  readonly stdout?: Writable
  readonly platform?: NodeJS.Platform
  readonly now?: () => number
  /** Which of the standard streams are terminals? */
  readonly stdinIsTTY?: boolean
  readonly stdoutIsTTY?: boolean
  readonly stderrIsTTY?: boolean
}

/** A folder with files, and `esdk` in it. */
export class Session {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'esdk-cli-'))

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names)
  }

  write(name: string, content: Uint8Array | string): string {
    const path = this.path(name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  read(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(name)))
  }

  text(name: string): string {
    return readFileSync(this.path(name), 'utf8')
  }

  /** Names in a folder, hidden ones too. */
  list(name = '.'): string[] {
    return readdirSync(this.path(name)).sort()
  }

  /** `esdk` with arguments as one types them, or as a list where they hold spaces. */
  async esdk(command: string | readonly string[], options: RunOptions = {}): Promise<Answer> {
    const argv = typeof command === 'string' ? command.split(' ').filter((word) => word !== '') : command
    const stdout = new Collected(options.stdoutIsTTY)
    const stderr = new Collected(options.stderrIsTTY)
    const world: Surroundings = {
      stdin: Object.assign(streamOf(options.stdin), { isTTY: options.stdinIsTTY === true }),
      stdout: options.stdout ?? stdout,
      stderr,
      env: { LANG: 'C.UTF-8', ...options.env },
      cwd: this.folder,
      platform: options.platform ?? process.platform,
      signal: options.signal ?? new AbortController().signal,
      now: options.now ?? (() => performance.now()),
    }
    const status = await main(argv, world)
    return { status, bytes: stdout.bytes, out: stdout.text, err: stderr.text }
  }
}

function streamOf(stdin: RunOptions['stdin'] = ''): Readable {
  if (stdin instanceof Readable) return stdin
  const stream = new PassThrough()
  stream.end(stdin)
  return stream
}

class Collected extends Writable implements OutputStream {
  readonly isTTY: boolean
  readonly columns = 80
  readonly #chunks: Uint8Array[] = []

  constructor(isTTY = false) {
    super()
    this.isTTY = isTTY
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#chunks.push(new Uint8Array(chunk))
    done()
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks))
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

/** `length` bytes that differ from place to place. */
export function someBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7) & 0xff
  return bytes
}

/** Lines of JSON, parsed. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
