/**
 * A server of others, on a port of its own, that ends with the run.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** It has not come up when it has not answered after so many milliseconds. */
const startLimit = 60_000

/**
 * Starts a server.
 *
 * @param commandFor gives its command, with arguments, for a port
 * @returns its `endpoint`, and `stop`, which waits for its end. Rejects with what it said when it does not come up.
 */
export async function startHttpServer(name, commandFor) {
  const port = await freePort()
  const [command, ...args] = commandFor(port)
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-3000)
    })
  }
  const ended = new Promise((resolve) => {
    child.on('error', resolve)
    child.on('close', resolve)
  })
  const kill = () => child.kill('SIGKILL')
  process.on('exit', kill)
  const stop = async () => {
    child.kill()
    await ended
    process.off('exit', kill)
  }
  const endpoint = `http://127.0.0.1:${port}`
  if (await answers(endpoint, ended)) return { endpoint, stop }
  await stop()
  throw new Error(`${name} did not start; it said:\n${said}`)
}

/** A port that nobody uses. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** It does not say when it is ready: so it is asked, until it answers or has ended. */
async function answers(endpoint, ended) {
  let isOver = false
  const over = () => {
    isOver = true
  }
  ended.then(over, over)
  const limit = setTimeout(over, startLimit)
  try {
    while (!isOver) {
      const answer = await fetch(endpoint).catch(() => undefined)
      if (answer !== undefined) return true
      await wait(50)
    }
    return false
  } finally {
    clearTimeout(limit)
  }
}
