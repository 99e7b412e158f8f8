/**
 * Programs in other languages: found on this machine, or installed once into a cache.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

const isWindows = process.platform === 'win32'

/** Not on this machine: not a failure, but nothing is shown either. */
export class MissingToolchain extends Error {}

/** Gives folders below `cache`: each has been filled completely, for its inputs, and is filled once. */
export function cachedBelow(cache) {
  return async (name, inputs, fill) => {
    const hash = createHash('sha256')
    for (const input of inputs) hash.update(input)
    const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
    const stamp = join(folder, 'complete')
    if (existsSync(stamp)) return folder
    console.log(`Installing ${name} (the first time only) ...`)
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await fill(folder)
    await writeFile(stamp, '')
    return folder
  }
}

/**
 * The first Python 3 whose minor version is among these.
 *
 * @param {{ oldest: number, newest?: number }} minors
 */
export async function findPython({ oldest, newest = Number.POSITIVE_INFINITY }) {
  const wanted = `Python 3.${oldest}${newest === oldest ? '' : newest === Number.POSITIVE_INFINITY ? ' or newer' : ` to 3.${newest}`}`
  const seen = []
  for (const command of await pythons()) {
    const { status, lastLine } = await run(command, ['-c', 'import sys; print(*sys.version_info[:3], sep=".")'])
    const [, major, minor] = /^(\d+)\.(\d+)\./.exec(lastLine) ?? []
    if (status !== 0 || major === undefined) continue
    if (Number(major) === 3 && Number(minor) >= oldest && Number(minor) <= newest) return { command, version: lastLine }
    seen.push(lastLine)
  }
  throw new MissingToolchain(
    seen.length === 0
      ? 'no Python on this machine'
      : `${wanted} is needed, found ${[...new Set(seen)].sort().join(', ')}`,
  )
}

/** The usual names; then what pyenv has installed, for its names fail when they are not the chosen version. */
async function pythons() {
  const names = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11']
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
  const installed = await readdir(versions).catch(() => [])
  return [...names, ...installed.filter((name) => /^3\.\d/.test(name)).map((name) => pythonOf(join(versions, name)))]
}

/** Makes a virtual environment and installs what the file names. */
export async function installPython(interpreter, folder, requirements) {
  const made = await run(interpreter.command, ['-m', 'venv', folder])
  if (made.status !== 0) throw new MissingToolchain(`python -m venv does not work here: ${made.lastLine}`)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  await mustRun('pip install', pythonOf(folder), pip)
}

/** The interpreter of a virtual environment. */
export function pythonOf(folder) {
  return isWindows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

/** The first line that a program says of itself. */
export async function versionOf(command, args) {
  const { status, lastLine, firstLine } = await run(command, args)
  if (status !== 0) throw new MissingToolchain(`no ${command.replace('.cmd', '')} on this machine ${lastLine}`.trim())
  return firstLine
}

export async function mustRun(what, command, args, options) {
  const { status, output } = await run(command, args, options)
  if (status !== 0) throw new Error(`${what} failed (${status}):\n${output.trim().split('\n').slice(-15).join('\n')}`)
}

/** Runs to the end. The status is -1 when there is no such program, or when it takes longer than `timeout` ms. */
export function run(command, args, { timeout, env } = {}) {
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'pipe']
    const child = spawn(command, args, { stdio, shell: command.endsWith('.cmd'), timeout, env })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-100_000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    const done = (status) => {
      const lines = output.trim().split('\n')
      resolve({ status, output, firstLine: lines[0].trim(), lastLine: (lines.at(-1) ?? '').trim() })
    }
    child.on('error', () => done(-1))
    child.on('close', (status) => done(status ?? -1))
  })
}
