/**
 * The executable, in processes of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'esdk-bin-'))

/** The executable that {@link buildBin} makes. */
export const bin: string = join(folder, 'dist', 'bin.js')

/** Makes the executable of the sources, in few files: it starts faster, and what else is built is left alone. */
export async function buildBin(): Promise<void> {
  await buildBinWithoutAws()
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(packageFolder, 'node_modules', '@aws-sdk'), join(folder, 'node_modules', '@aws-sdk'), 'junction')
}

/** The same, where the AWS SDK is not installed. */
export async function buildBinWithoutAws(): Promise<void> {
  await build({
    absWorkingDir: packageFolder,
    entryPoints: ['src/bin.ts'],
    outdir: dirname(bin),
    external: ['@aws-sdk/*', 'bullmq'],
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@esdk/source'],
    // The parser of arguments is CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: 'warning',
  })
  cpSync(join(packageFolder, 'package.json'), join(folder, 'package.json'))
  mkdirSync(join(folder, 'bin'))
  // A process of its own, also in the background, where a function of the shell would be two.
  writeFileSync(join(folder, 'bin', 'esdk'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`, { mode: 0o755 })
  // Some tests run it as somebody else.
  chmodSync(folder, 0o755)
}

export function removeBin(): void {
  rmSync(folder, { recursive: true, force: true })
}

export interface Ended {
  /** `null` when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: Buffer
  readonly err: string
}

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

/** Start the executable in a folder. */
export function start(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Running {
  return watch(spawn(process.execPath, [bin, ...argv], { cwd, env: { ...process.env, ...env } }))
}

/** Start a line of shell, in which `esdk` is the executable. */
export function startShell(line: string, cwd: string, env: Readonly<Record<string, string>> = {}): Running {
  const path = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`
  return watch(spawn('bash', ['-c', line], { cwd, env: { ...process.env, LANG: 'C.UTF-8', PATH: path, ...env } }))
}

function watch(child: ChildProcess): Running {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  // A process that was killed no longer takes its input.
  child.stdin?.on('error', () => {})
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => {
      resolve({ status, signal, out: Buffer.concat(out), err: Buffer.concat(err).toString('utf8') })
    })
  })
  return { process: child, ended }
}

/** Wait for something that another process does. */
export async function until(isTrue: () => boolean, what: string, patienceMs = 60_000): Promise<void> {
  const end = Date.now() + patienceMs
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`waited for ${what} in vain`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
