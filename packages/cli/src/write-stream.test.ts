import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { OutputClosedError } from './cli-error.ts'
import { writeTo } from './write-stream.ts'

function failing(code: string): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error(`${code}: said the system`), { code }))
    },
  })
}

describe('writing to a standard stream', () => {
  it('ends when the stream has taken the bytes, not before', async () => {
    let take = () => {}
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        take = done
      },
    })
    let ended = false
    const writing = writeTo(stream, 'text').then(() => {
      ended = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(false)
    take()
    await writing
    expect(ended).toBe(true)
  })

  it('leaves no listener behind, however often it is used', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
    for (let i = 0; i < 20; i++) await writeTo(stream, Uint8Array.of(i))
    expect(stream.listenerCount('error')).toBe(0)
  })

  it('tells a reader that went away from a disk that is full', async () => {
    await expect(writeTo(failing('EPIPE'), 'x')).rejects.toBeInstanceOf(OutputClosedError)
    await expect(writeTo(failing('ENOSPC'), 'x')).rejects.toMatchObject({
      name: 'FileError',
      code: 'ENOSPC',
      shown: 'the standard output',
    })
  })

  it('takes a stream that was destroyed for a reader that went away', async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() })
    stream.destroy()
    await expect(writeTo(stream, 'x')).rejects.toBeInstanceOf(OutputClosedError)
  })
})
