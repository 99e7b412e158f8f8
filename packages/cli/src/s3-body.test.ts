import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { bodyChunks } from './s3-body.ts'

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += new TextDecoder().decode(chunk)
  return text
}

function bodyOf(text: string): PassThrough {
  const body = new PassThrough()
  body.write(text)
  return body
}

const { signal } = new AbortController()

describe('the chunks of a body', () => {
  it('are all that comes', async () => {
    const body = bodyOf('attack ')
    body.end('at dawn')
    expect(await collected(bodyChunks(body, signal))).toBe('attack at dawn')
  })

  it('end with an error when nothing comes any more', async () => {
    const body = bodyOf('attack')
    const reading = collected(bodyChunks(body, signal, 20))
    await expect(reading).rejects.toMatchObject({ name: 'TimeoutError', message: 'nothing has come for 0.02 seconds' })
    expect(body.destroyed).toBe(true)
  })

  it('end when the run is ended, before or meanwhile', async () => {
    const ending = new AbortController()
    const body = bodyOf('attack')
    const reading = collected(bodyChunks(body, ending.signal))
    ending.abort(new Error('ended'))
    await expect(reading).rejects.toThrow('ended')
    await expect(collected(bodyChunks(bodyOf(''), ending.signal))).rejects.toThrow('ended')
    expect(body.destroyed).toBe(true)
  })

  it('let the body go when nobody reads on', async () => {
    const body = bodyOf('attack')
    const chunks = bodyChunks(body, signal)
    await chunks.next()
    await chunks.return(undefined)
    expect(body.destroyed).toBe(true)
  })
})
