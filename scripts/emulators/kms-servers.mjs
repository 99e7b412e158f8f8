/**
 * Servers that speak the API of AWS KMS: the one of this project, LocalStack and moto.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../http-server.mjs'
import { cachedBelow, findPython, installPython, pythonOf } from '../toolchain.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const cached = cachedBelow(join(here, '.cache'))

/** A server that says nothing for so long is not coming up. */
const startLimit = 120_000

/**
 * Starts each; gives its `endpoint`, and `stop`, which waits for its end.
 *
 * Those of others reject with `MissingToolchain` when there is no Python that they run on.
 */
export const kmsServers = { 'local-kms': ours, localstack, moto }

async function ours() {
  const { startLocalKms } = await import('../../packages/local-kms/dist/index.js')
  const { endpoint, close } = await startLocalKms()
  return { endpoint, stop: close }
}

function localstack() {
  return emulator('localstack', { oldest: 13, newest: 13 }, /^Ready\./, (port) => ({
    args: ['-m', 'localstack.runtime.main'],
    env: {
      SERVICES: 'kms',
      DISABLE_EVENTS: '1',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
    },
  }))
}

function moto() {
  return emulator('moto', { oldest: 11, newest: 13 }, /Running on http/, (port) => ({
    args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { PYTHONUNBUFFERED: '1' },
  }))
}

async function emulator(name, versions, ready, commandFor) {
  const requirements = join(here, `${name}.txt`)
  const interpreter = await findPython(versions)
  const inputs = [interpreter.version, await readFile(requirements)]
  const folder = await cached(name, inputs, (target) => installPython(interpreter, target, requirements))
  const port = await freePort()
  const { args, env } = commandFor(port)
  const stop = await start(pythonOf(folder), args, env, ready)
  return { endpoint: `http://127.0.0.1:${port}`, stop }
}

/** Starts a server, and waits for the line by which it says that it is ready. What it writes goes to a folder of its own. */
async function start(command, args, env, ready) {
  const home = await mkdtemp(join(tmpdir(), 'esdk-emulator-'))
  const child = spawn(command, args, {
    env: { ...process.env, ...env, HOME: home, TMPDIR: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise((resolve) => {
    child.on('error', resolve)
    child.on('close', resolve)
  })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const stop = async () => {
    child.kill()
    const late = setTimeout(kill, 10_000)
    await ended
    clearTimeout(late)
    process.off('exit', kill)
    await rm(home, { recursive: true, force: true })
  }
  const said = []
  const limit = setTimeout(kill, startLimit)
  const isReady = await new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line)
        if (said.length > 15) said.shift()
        if (ready.test(line)) resolve(true)
      })
    }
    void ended.then(() => resolve(false))
  })
  clearTimeout(limit)
  if (isReady) return stop
  await stop()
  throw new Error(`it did not start; its last lines:\n${said.join('\n')}`)
}
