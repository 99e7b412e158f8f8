import { describe, expect, it } from 'vitest'
import type { UsageError } from './cli-error.ts'
import { examples } from './examples.ts'
import { parseArguments } from './parse-arguments.ts'

const talk = { quiet: false, verbose: 0, json: false }

const encryptDefaults = {
  ...talk,
  output: undefined,
  suffix: '.encrypted',
  recursive: false,
  overwrite: true,
  context: [],
  requiredContextKeys: [],
  commitmentPolicy: undefined,
  maxEncryptedDataKeys: undefined,
  maxLength: undefined,
  maxFrameLength: undefined,
  metadataOutput: undefined,
  suite: undefined,
  frameLength: undefined,
}

describe('the command line', () => {
  it('asks for nothing that is not there', () => {
    expect(parseArguments(['encrypt', 'a', '-k', 'key.json'])).toEqual({
      command: 'encrypt',
      options: { ...encryptDefaults, paths: ['a'], keys: [{ kind: 'file', path: 'key.json' }] },
    })
  })

  it('keeps keys of all kinds in their order', () => {
    const argv = ['decrypt', '-w', 'type=x', 'a', '--key-env', 'K', '-k', 'one', '--key', 'two', '--wrapping-key', 'y']
    expect(parseArguments(argv)).toMatchObject({
      options: {
        keys: [
          { kind: 'attributes', text: 'type=x' },
          { kind: 'env', name: 'K' },
          { kind: 'file', path: 'one' },
          { kind: 'file', path: 'two' },
          { kind: 'attributes', text: 'y' },
        ],
      },
    })
  })

  it('takes each option of encrypt', () => {
    const line =
      'encrypt -r -o out -c a=1 -c b=x=y --required-context-key a --suffix .e --no-overwrite ' +
      '--commitment-policy forbid-encrypt-allow-decrypt --suite 0x0178 --frame-length 64K --max-encrypted-data-keys 3 ' +
      '--max-length 1MiB --max-frame-length 1K --metadata-output log -q -vv -v --json in more'
    expect(parseArguments(line.split(' '))).toEqual({
      command: 'encrypt',
      options: {
        quiet: true,
        verbose: 3,
        json: true,
        paths: ['in', 'more'],
        keys: [],
        output: 'out',
        suffix: '.e',
        recursive: true,
        overwrite: false,
        context: [
          { key: 'a', value: '1' },
          { key: 'b', value: 'x=y' },
        ],
        requiredContextKeys: ['a'],
        commitmentPolicy: 'forbid-encrypt-allow-decrypt',
        maxEncryptedDataKeys: 3,
        maxLength: 1_048_576,
        maxFrameLength: 1024,
        metadataOutput: 'log',
        suite: 0x0178,
        frameLength: 65_536,
      },
    })
  })

  it('takes each option of decrypt that encrypt does not have', () => {
    const argv = ['decrypt', '-', '-c', 'bare', '--decrypt-unsigned', '--buffer']
    expect(parseArguments(argv)).toMatchObject({
      command: 'decrypt',
      options: { paths: ['-'], context: [{ key: 'bare' }], unsignedOnly: true, buffer: true },
    })
  })

  it('takes each option of keygen and of inspect', () => {
    const argv = [
      'keygen',
      'rsa',
      '-o',
      'k',
      '--bits',
      '4096',
      '--padding',
      'pkcs1',
      '--namespace',
      'ns',
      '--name',
      'n',
    ]
    expect(parseArguments(argv)).toEqual({
      command: 'keygen',
      options: { ...talk, type: 'rsa', output: 'k', bits: 4096, padding: 'pkcs1', namespace: 'ns', name: 'n' },
    })
    expect(parseArguments(['inspect', '-r', 'a', 'b', '--suffix', '.e', '--json'])).toEqual({
      command: 'inspect',
      options: { ...talk, json: true, paths: ['a', 'b'], recursive: true, suffix: '.e' },
    })
  })

  it('is for files that begin with a dash behind --', () => {
    expect(parseArguments(['inspect', '--', '-r', '--json'])).toMatchObject({ options: { paths: ['-r', '--json'] } })
  })

  it('is read anew each time', () => {
    parseArguments(['encrypt', 'a', '-k', 'first', '-c', 'a=1', '-v'])
    expect(parseArguments(['encrypt', 'a', '-k', 'second'])).toMatchObject({
      options: { keys: [{ kind: 'file', path: 'second' }], context: [], verbose: 0 },
    })
  })

  it.each([
    [['keygen', 'aes'], 'Try `esdk keygen --help`.'],
    [['encrypt'], 'Try `esdk encrypt --help`.'],
    [['--wrong'], 'Try `esdk --help`.'],
  ])('that is wrong is told which help to read: %j', (argv, hint) => {
    expect(() => parseArguments(argv)).toThrow(expect.toSatisfy((error: UsageError) => error.hint === hint))
  })

  it('shows help and version without doing anything', () => {
    for (const argv of [['--help'], ['help', 'encrypt'], ['decrypt', '-h'], ['--version']]) {
      expect(parseArguments(argv)).toMatchObject({ command: 'show', text: expect.stringMatching(/\S/) as string })
    }
  })
})

describe('the examples of the help', () => {
  const lines = Object.values(examples)
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim().replace(/ {2,}.*$/, ''))
    .filter((line) => /(?:^|\| )esdk [a-z]/.test(line))
  const commands = lines.map((line) => /esdk ([^|<>]+)/.exec(line)?.[1]?.trim() ?? '')

  it('are there for all commands', () => {
    expect(new Set(commands.map((command) => command.split(' ')[0]))).toEqual(
      new Set(['keygen', 'encrypt', 'decrypt', 'inspect']),
    )
  })

  it.each(commands)('are understood: esdk %s', (command) => {
    const argv = command.split(' ').map((word) => word.replaceAll('"', ''))
    expect(parseArguments(argv)).toMatchObject({ command: argv[0] })
  })
})
