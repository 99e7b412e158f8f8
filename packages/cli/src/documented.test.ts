/**
 * What the README shows and lists is what there is.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseArguments } from './parse-arguments.ts'

const readme = textOf('../README.md')

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

function namesIn(path: string): string[] {
  return readdirSync(fileURLToPath(new URL(path, import.meta.url)), { recursive: true, encoding: 'utf8' })
}

function all(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([found]) => found))].sort()
}

describe('the sessions in the README', () => {
  const sessions = namesIn('../test/sessions/').map((name) => textOf(`../test/sessions/${name}`))
  const shown = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, session]) => session as string)

  it('are some', () => {
    expect(shown.length).toBeGreaterThanOrEqual(6)
  })

  it.each(shown)('are parts of those that are run: %s', (part) => {
    expect(sessions.filter((session) => session.includes(part))).toHaveLength(1)
  })
})

describe('the options in the README', () => {
  const tasks = ['create-table', 'create-key', 'version-key', 'show'].map((task) => `keystore ${task}`)
  const s3 = ['cp', 'cat', 'inspect', 'rewrap', 'reencrypt', 'migrate', 'worker'].map((task) => `s3 ${task}`)
  const commands = ['keygen', 'encrypt', 'decrypt', 'inspect', 'local-kms', ...tasks, ...s3]
  const help = commands
    .map((command) => {
      const parsed = parseArguments([...command.split(' '), '--help'])
      return parsed.command === 'show' ? parsed.text : ''
    })
    .join('\n')
  const defined = all(help, /^ {2}(?:-\w, )?--[a-z-]+/gm).map((option) => option.trim())

  it('are all there are, with their short forms', () => {
    expect(defined.length).toBeGreaterThan(20)
    for (const option of defined) {
      const names = option.split(', ').map((name) => `\`${name}`)
      expect(readme, option).toMatch(new RegExp(names.join('`, ')))
    }
  })

  it('are none that there is not', () => {
    const known = new Set([...defined.flatMap((option) => option.split(', ')), '--version', '--max-'])
    // Those of npm, at the beginning.
    const ours = readme.slice(readme.indexOf('## First steps'))
    expect(all(ours, /(?<=[\s`])--[a-z][a-z-]*/g).filter((option) => !known.has(option))).toEqual([])
  })
})

describe('the errors in the README', () => {
  const manifest = JSON.parse(textOf('../package.json')) as { readonly dependencies: Record<string, string> }
  const dependencies = Object.keys(manifest.dependencies)
    .filter((name) => name.startsWith('@esdk/'))
    .map((name) => name.replace('@esdk/', ''))

  it('are those that the packages below can give, and those of the command', () => {
    const sources = ['cli', ...dependencies].flatMap((name) =>
      namesIn(`../../${name}/src/`)
        .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
        .map((path) => textOf(`../../${name}/src/${path}`)),
    )
    const pattern = /\bERR_ESDK_[A-Z\d_]+\b/g
    const notGiven = [
      // The beginning of all codes, which some sources write.
      'ERR_ESDK_',
      // Longer objects are read in another way, ranges are not asked for, and files are written by the command itself.
      'ERR_ESDK_S3_BUFFER_LIMIT',
      'ERR_ESDK_S3_RANGE',
      'ERR_ESDK_S3_FILE',
      // Told as arguments that are wrong.
      'ERR_ESDK_S3_QUEUE_IN_USE',
    ]
    const codes = all(sources.join('\n'), pattern).filter((code) => !notGiven.includes(code))
    expect(codes.length).toBeGreaterThan(20)
    expect(all(readme, pattern)).toEqual(codes)
  })
})
