import { describe, expect, it } from 'vitest'
import { CliError } from './cli-error.ts'
import { checkNames } from './safe-name.ts'

describe('names for targets (C3, recursion)', () => {
  it.each(['', '.', '..', 'a/b', '/etc', 'a\0b'])('are never %o', (name) => {
    expect(() => checkNames(['ok', name], 'linux')).toThrow(CliError)
  })

  it.each(['con', 'NUL.txt', 'aux.c', 'COM1', 'lpt9.log', 'CONIN$', 'a:stream', 'a\\b', 'C:', 'dot.', 'space '])(
    'are not %o on Windows, where it is a device, a path or another name',
    (name) => {
      expect(() => checkNames([name], 'win32')).toThrow(CliError)
      expect(checkNames([name], 'linux')).toEqual([name])
    },
  )

  it.each(['...', '-rf', '~', '$(id)', 'con-fig', 'console', 'com', '\u001b[31m', ' '])('may be %o', (name) => {
    expect(checkNames([name], 'linux')).toEqual([name])
  })

  it('are shown without what would act on a terminal', () => {
    expect(() => checkNames(['\u001b[2J\u202e/'], 'linux')).toThrow('the name "\\u{1b}[2J\\u{202e}/" is a path')
  })
})
