/**
 * The peers, installed from their registries into `.cache` beside this file, and the commands that start them.
 *
 * Each is one program that reads a file of jobs and writes a file of results. What has been installed once stays, and
 * needs no network the second time.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const cache = join(here, '.cache')
const isWindows = process.platform === 'win32'

/** Not on this machine: not a failure, but nothing is shown either. */
export class MissingToolchain extends Error {}

/**
 * The command of each peer, made ready to run.
 *
 * Each rejects with `MissingToolchain` when the machine lacks what it takes, and with another error when what is there
 * does not work.
 */
export const toolchains = { python, java, javascript }

async function python() {
  const requirements = join(here, 'python', 'requirements.txt')
  const interpreter = await findPython()
  const folder = await cached('python', [interpreter.version, await readFile(requirements)], async (target) => {
    const made = await run(interpreter.command, ['-m', 'venv', target])
    if (made.status !== 0) throw new MissingToolchain(`python -m venv does not work here: ${made.lastLine}`)
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
    await mustRun('pip install', pythonOf(target), pip)
  })
  return [pythonOf(folder), join(here, 'python', 'peer.py')]
}

function pythonOf(folder) {
  return isWindows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
}

/** The first Python that the material providers library runs on. */
async function findPython() {
  const seen = []
  for (const command of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11']) {
    const { status, lastLine } = await run(command, ['-c', 'import sys; print(*sys.version_info[:3], sep=".")'])
    const [, major, minor] = /^(\d+)\.(\d+)\./.exec(lastLine) ?? []
    if (status !== 0 || major === undefined) continue
    if (Number(major) === 3 && Number(minor) >= 11) return { command, version: lastLine }
    seen.push(lastLine)
  }
  throw new MissingToolchain(
    seen.length === 0 ? 'no Python on this machine' : `Python 3.11 or newer is needed, found ${seen.join(', ')}`,
  )
}

async function java() {
  const project = join(here, 'java')
  const version = await versionOf('javac', ['-version'])
  if (Number(/^javac (\d+)/.exec(version)?.[1]) < 17) {
    throw new MissingToolchain(`Java 17 or newer is needed, found ${version}`)
  }
  const mvn = isWindows ? 'mvn.cmd' : 'mvn'
  const source = join(project, 'src', 'main', 'java', 'esdk', 'interop', 'Peer.java')
  const inputs = [version, await readFile(join(project, 'pom.xml')), await readFile(source)]
  const folder = await cached('java', inputs, async (target) => {
    await versionOf(mvn, ['--version'])
    const options = ['--quiet', '--batch-mode', '--file', join(project, 'pom.xml'), `-Dinterop.build=${target}`]
    await mustRun('mvn compile', mvn, [...options, 'compile'])
  })
  const classPath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter)
  return ['java', '-cp', classPath, 'esdk.interop.Peer']
}

async function javascript() {
  return [process.execPath, join(here, 'javascript', 'peer.mjs')]
}

async function versionOf(command, args) {
  const { status, lastLine, firstLine } = await run(command, args)
  if (status !== 0) throw new MissingToolchain(`no ${command.replace('.cmd', '')} on this machine ${lastLine}`.trim())
  return firstLine
}

/** A folder that `fill` has filled completely, for these inputs. */
async function cached(name, inputs, fill) {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(input)
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`)
  const stamp = join(folder, 'complete')
  if (existsSync(stamp)) return folder
  console.log(`Installing the ${name} peer (the first time only) ...`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await fill(folder)
  await writeFile(stamp, '')
  return folder
}

async function mustRun(what, command, args) {
  const { status, output } = await run(command, args)
  if (status !== 0) throw new Error(`${what} failed (${status}):\n${output.trim().split('\n').slice(-15).join('\n')}`)
}

/** Runs to the end. The status is -1 when there is no such program, or when it takes longer than `timeout` ms. */
export function run(command, args, { timeout } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: command.endsWith('.cmd'), timeout })
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
