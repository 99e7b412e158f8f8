/**
 * What changes under a run: the checks before the output gets its name. The rest is tested through the commands.
 */
import { linkSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import type { MessageHeader } from '@esdk/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Session } from '../test/session.ts'
import { Interrupted } from './exit-status.ts'
import type { Job } from './plan-outputs.ts'
import { transferFile } from './transfer-file.ts'

const windows = process.platform === 'win32'

let session: Session
beforeEach(() => {
  session = new Session()
  session.write('in', 'content')
})
afterEach(() => session.remove())

/** Copies `in` to `out/sub/file`; `midway` is called when all was read, and nothing has its name yet. */
async function copy(midway: () => void, signal: AbortSignal = new AbortController().signal): Promise<void> {
  const job: Job = {
    input: { kind: 'file', file: { root: session.folder, names: ['in'], shown: 'in', found: false } },
    output: {
      kind: 'file',
      target: { root: session.path('out'), makeRoot: true, names: ['sub', 'file'], shown: 'out/sub/file' },
    },
  }
  await transferFile(
    job,
    {
      overwrite: true,
      protectedFiles: new Map(),
      onProgress: () => {},
      async start(source) {
        const pieces: Uint8Array[] = []
        for await (const chunk of source) pieces.push(new Uint8Array(chunk))
        const output = new ReadableStream<Uint8Array>(
          {
            pull(controller) {
              for (const piece of pieces) controller.enqueue(piece)
              midway()
              controller.close()
            },
          },
          // Nothing is made before somebody asks for it.
          { highWaterMark: 0 },
        )
        return { header: {} as MessageHeader, encryptionContext: {}, output, holdBack: false }
      },
    },
    { stdin: new PassThrough(), stdout: new PassThrough(), env: {}, signal },
  )
}

describe('an output, before it gets its name', () => {
  it('gets it when nothing has changed', async () => {
    await copy(() => {})
    expect(session.text('out/sub/file')).toBe('content')
  })

  it.skipIf(windows)('is refused when a link has taken the place of its folder (C3, recursion)', async () => {
    mkdirSync(session.path('outside'))
    const replaced = copy(() => {
      renameSync(session.path('out/sub'), session.path('outside/sub'))
      symlinkSync('../outside/sub', session.path('out/sub'))
    })
    await expect(replaced).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' })
    expect(session.list('outside/sub')).toEqual([])
  })

  it('is refused when the input has got its name (C2, overwriting)', async () => {
    const linked = copy(() => linkSync(session.path('in'), session.path('out/sub/file')))
    await expect(linked).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_SAME_FILE' })
    expect(session.list('out/sub')).toEqual(['file'])
  })

  it('is refused when a folder has got its name', async () => {
    const blocked = copy(() => mkdirSync(session.path('out/sub/file')))
    await expect(blocked).rejects.toMatchObject({ code: 'ERR_ESDK_CLI_UNSAFE_PATH' })
    expect(session.list('out/sub')).toEqual(['file'])
  })

  it('is removed when a signal comes at the last moment (C1, partial output)', async () => {
    const ending = new AbortController()
    const reason = new Interrupted('SIGTERM')
    await expect(copy(() => ending.abort(reason), ending.signal)).rejects.toBe(reason)
    expect(session.list('out/sub')).toEqual([])
  })
})
