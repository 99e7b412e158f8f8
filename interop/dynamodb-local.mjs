/**
 * DynamoDB Local, on a port of its own, with nothing on the disk.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { dynamoDbLocal } from './toolchains.mjs'

/** It has not come up when it has not answered after so many milliseconds. */
const startLimit = 60_000

/**
 * Starts it. All callers see the same tables, whatever their Region and credentials are.
 *
 * @returns its `endpoint`, and `stop`, which waits for its end
 */
export async function startDynamoDbLocal() {
  const [command, ...args] = await dynamoDbLocal()
  const port = await freePort()
  const options = ['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)]
  const child = spawn(command, [...args, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said = (said + chunk).slice(-3000)
    })
  }
  const ended = once(child, 'close')
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
  // It keeps its tables in a library that is not made for every processor.
  if (said.includes('UnsatisfiedLinkError')) throw new MissingToolchain('DynamoDB Local does not run on this machine')
  throw new Error(`DynamoDB Local did not start; it said:\n${said}`)
}

async function freePort() {
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
