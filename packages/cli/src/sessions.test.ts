/**
 * Sessions as one types them: each file of `test/sessions` is run line by line, in one folder, by a shell.
 *
 * A line that begins with `$ ` is typed; what follows is what has to be shown, `...` for anything. `[status 1]` is the
 * exit status, if it is not 0. `$S3` is the endpoint of an Amazon S3 in memory. Lines that begin with `# ` are for the reader. What `export` sets stays; what is left in
 * the background, by its number in a file `*.pid`, is ended.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { awsEnvironment } from '../test/aws.ts'
import { buildBin, removeBin, startShell } from '../test/process.ts'
import { startTestS3, type TestS3 } from '../test/s3.ts'
import { Session } from '../test/session.ts'

const folder = fileURLToPath(new URL('../test/sessions/', import.meta.url))

const env: Record<string, string> = Object.fromEntries(
  Object.entries(awsEnvironment).map(([name, value]) => [name, value ?? '']),
)

interface Step {
  readonly typed: string
  readonly shown: string
  readonly status: number
}

function stepsOf(text: string): Step[] {
  const steps: { typed: string; shown: string[]; status: number }[] = []
  for (const line of text.split('\n')) {
    const status = /^\[status (\d+)\]$/.exec(line)?.[1]
    const step = steps.at(-1)
    if (line.startsWith('$ ')) steps.push({ typed: line.slice(2), shown: [], status: 0 })
    else if (step !== undefined && status !== undefined) step.status = Number(status)
    else if (step !== undefined && !line.startsWith('# ')) step.shown.push(line)
  }
  return steps.map(({ typed, shown, status }) => ({ typed, shown: shown.join('\n').trim(), status }))
}

/** A pattern for text in which `...` stands for anything on its line. */
function patternOf(shown: string): RegExp {
  const parts = shown.split('...').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}

let s3: TestS3
beforeAll(async () => {
  s3 = await startTestS3()
  env['S3'] = s3.endpoint
  await buildBin()
})
afterAll(async () => {
  removeBin()
  await s3.close()
})

describe.skipIf(process.platform === 'win32')('sessions', () => {
  it.each(readdirSync(folder))('go as written: %s', async (name) => {
    const steps = stepsOf(readFileSync(new URL(name, `file://${folder}`), 'utf8'))
    expect(steps.length).toBeGreaterThan(5)
    const session = new Session()
    try {
      const exported: string[] = []
      for (const { typed, shown, status } of steps) {
        const script = ['exec 2>&1', ...exported, typed].join('\n')
        const ended = await startShell(script, session.folder, env).ended
        if (typed.startsWith('export ')) exported.push(typed)
        expect(`$ ${typed}\n${ended.out.toString('utf8').trim()}`).toMatch(patternOf(`$ ${typed}\n${shown}`))
        expect([typed, ended.status]).toEqual([typed, status])
      }
    } finally {
      const [pid] = session.list().filter((name) => name.endsWith('.pid'))
      if (pid !== undefined) await startShell(`kill $(cat ${pid}) 2> /dev/null`, session.folder).ended
      session.remove()
    }
  })
})
