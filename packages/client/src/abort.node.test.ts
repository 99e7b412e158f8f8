import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { pattern, take, until } from '../test/chunks.ts'
import { hangingKeyring, knownKeyring } from '../test/keyrings.ts'
import { framesOf, sealMessage } from '../test/sealed-message.ts'
import { createClient } from './index.ts'

const client = createClient()
const keyring = knownKeyring()
const reason = new Error('the user has left')
const message = await sealMessage({ frameLength: 16, pieces: framesOf(pattern(160), 16) })

/** Sockets, servers and ports that keep the process alive. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /^(TCP|MessagePort)/.test(name))
}

/** A server that sends these bytes to everybody, and then says nothing more. */
async function hangingServer(bytes: Uint8Array) {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.write(bytes)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, sockets, port: address.port }
}

describe('an abort', () => {
  it.each([
    ['in the header', 20, keyring],
    ['in the body', message.length - 40, keyring],
    ['while a keyring hangs', message.length, hangingKeyring()],
  ])(
    '%s frees the socket that a message comes from, and leaves nothing that keeps the process',
    async (_, length, keys) => {
      const before = resources()
      const { server, sockets, port } = await hangingServer(message.subarray(0, length))
      const socket = connect(port, '127.0.0.1')
      const controller = new AbortController()
      const reading = client.decryptStream(socket, { keyring: keys, signal: controller.signal }).then(
        ({ plaintext }) => take(plaintext),
        (error: unknown) => ({ error }),
      )
      // Everything the server has to say has arrived.
      await until(() => socket.bytesRead === length && socket.readableLength === 0)
      controller.abort(reason)
      expect((await reading).error).toBe(reason)
      await until(() => socket.closed && sockets.every(({ closed }) => closed))
      expect(socket.destroyed).toBe(true)
      await new Promise((resolve) => server.close(resolve))
      await until(() => resources().length <= before.length)
      expect(resources()).toEqual(before)
    },
  )
})
