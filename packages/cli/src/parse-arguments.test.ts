import { describe, expect, it } from 'vitest'
import type { UsageError } from './cli-error.ts'
import { examples } from './examples.ts'
import { parseArguments } from './parse-arguments.ts'
import { s3Examples } from './s3-examples.ts'

const talk = { quiet: false, verbose: 0, json: false }

const noAws = { region: undefined, profile: undefined, endpointUrl: undefined, dynamoDbEndpointUrl: undefined }
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
  caching: undefined,
  aws: noAws,
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
      '--max-length 1MiB --max-frame-length 1K --metadata-output log ' +
      '--caching capacity=10,max-age=1.5,max-messages=7,max-bytes=1MiB --region eu-west-1 --profile p ' +
      '--endpoint-url http://127.0.0.1:1 --dynamodb-endpoint-url https://db:8000 -q -vv -v --json in more'
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
        caching: { capacity: 10, maxAgeMs: 1500, maxMessages: 7, maxBytes: 1_048_576 },
        aws: {
          region: 'eu-west-1',
          profile: 'p',
          endpointUrl: 'http://127.0.0.1:1',
          dynamoDbEndpointUrl: 'https://db:8000',
        },
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

  it('takes each option of local-kms', () => {
    const line =
      'local-kms --port 4599 --key-file f --key eu-west-1:alias/a --key eu-west-1,us-east-1:alias/b/c-d:RSA_2048'
    expect(parseArguments(line.split(' '))).toEqual({
      command: 'local-kms',
      options: {
        ...talk,
        port: 4599,
        keyFile: 'f',
        keys: [
          { regions: ['eu-west-1'], alias: 'alias/a', spec: 'SYMMETRIC_DEFAULT' },
          { regions: ['eu-west-1', 'us-east-1'], alias: 'alias/b/c-d', spec: 'RSA_2048' },
        ],
      },
    })
  })

  it('takes each option of each task of keystore', () => {
    const common = 'keystore create-key --table t --key ARN --id i -c a=1 --key-store ks --profile p'
    expect(parseArguments(common.split(' '))).toEqual({
      command: 'keystore',
      options: {
        ...talk,
        table: 't',
        keyStore: 'ks',
        aws: { ...noAws, profile: 'p' },
        task: { kind: 'create-key', key: 'ARN', id: 'i', context: [{ key: 'a', value: '1' }] },
      },
    })
    const task = (line: string) => {
      const parsed = parseArguments(line.split(' '))
      return parsed.command === 'keystore' ? [parsed.options.keyStore, parsed.options.task] : parsed
    }
    expect(task('keystore create-table --table t')).toEqual(['t', { kind: 'create-table' }])
    for (const kind of ['version-key', 'show']) {
      expect(task(`keystore ${kind} --table t --key ARN --id i`)).toEqual(['t', { kind, key: 'ARN', id: 'i' }])
    }
  })

  it.each([
    ['encrypt x --caching max-age=5', 'lacks the attribute capacity'],
    ['encrypt x --caching capacity=5', 'lacks the attribute max-age'],
    ['encrypt x --caching capacity=5,max-age=0', 'a number of seconds above 0'],
    ['encrypt x --caching capacity=2000000,max-age=1', 'at most 1048576'],
    ['encrypt x --caching capacity=5,max-age=1,size=3', 'no attribute size'],
    ['encrypt x --region eu/west', '--region must be the name of a Region'],
    ['encrypt x --endpoint-url 127.0.0.1:80', '--endpoint-url must be the URL of a service'],
    ['encrypt x --endpoint-url http://user:secret@host', 'must be the URL'],
    ['local-kms --port 65536', '--port must be a number from 0 to 65535'],
    ['local-kms --key alias/app', '--key must be REGION'],
    ['local-kms --key eu-west-1:app', '--key must be REGION'],
    ['local-kms --key eu-west-1:alias/app:AES', 'Kinds of keys are SYMMETRIC_DEFAULT'],
    ['local-kms --key EU:alias/app', 'the name of a Region'],
    ['keystore', 'a command is missing'],
    ['s3', 'a command is missing'],
    ['s3 inspect s3://b/k -k key.json', "unknown option '-k'"],
    ['s3 reencrypt s3://b/k --rotation-required', "unknown option '--rotation-required'"],
    ['s3 cat s3://b/k --kms-endpoint-url kms', '--kms-endpoint-url must be the URL'],
    ['s3 rewrap s3://b/k --new-encryption-context bare', 'Write --new-encryption-context'],
    ['keystore create-key --table t', "required option '--key <arn>'"],
    ['keystore create-key --table t --key k -c bare', 'has no value'],
    ['keystore show --table t --key k', "required option '--id <text>'"],
  ])('is refused: esdk %s', (line, what) => {
    expect(() => parseArguments(line.split(' '))).toThrow(
      expect.toSatisfy((error: UsageError) => `${error.message} ${error.hint}`.includes(what)),
    )
  })

  it('is for files that begin with a dash behind --', () => {
    expect(parseArguments(['inspect', '--', '-r', '--json'])).toMatchObject({ options: { paths: ['-r', '--json'] } })
  })

  it('takes each option of s3', () => {
    const opening =
      '-c a=1 --commitment-policy require-encrypt-allow-decrypt --allow-legacy-wrapping --allow-cbc --region eu-west-1 ' +
      '--profile p --endpoint-url http://s3:1 --kms-endpoint-url http://kms:2'
    const line =
      `s3 rewrap -r s3://b/p/ -k old ${opening} --dry-run --new-key new --new-key-env N --new-wrapping-key x ` +
      '--new-encryption-context b=2 --instruction-file --instruction-file-suffix .i --new-instruction-file-suffix .n ' +
      '--rotation-required'
    expect(parseArguments(line.split(' '))).toEqual({
      command: 's3',
      options: {
        ...talk,
        keys: [{ kind: 'file', path: 'old' }],
        context: [{ key: 'a', value: '1' }],
        commitmentPolicy: 'require-encrypt-allow-decrypt',
        allowLegacyWrapping: true,
        allowCbc: true,
        instructionFileSuffix: '.i',
        aws: { region: 'eu-west-1', profile: 'p', endpointUrl: 'http://kms:2', dynamoDbEndpointUrl: undefined },
        s3EndpointUrl: 'http://s3:1',
        task: {
          kind: 'rewrap',
          place: 's3://b/p/',
          recursive: true,
          dryRun: true,
          newKeys: [
            { kind: 'file', path: 'new' },
            { kind: 'env', name: 'N' },
            { kind: 'attributes', text: 'x' },
          ],
          newContext: [{ key: 'b', value: '2' }],
          instructionFile: true,
          newInstructionFileSuffix: '.n',
          rotationRequired: true,
        },
      },
    })
  })

  it('asks for nothing more of s3', () => {
    const nothing = {
      ...talk,
      keys: [],
      context: [],
      commitmentPolicy: undefined,
      allowLegacyWrapping: false,
      allowCbc: false,
      instructionFileSuffix: undefined,
      aws: noAws,
      s3EndpointUrl: undefined,
    }
    const cp = { kind: 'cp', from: 'a', to: 's3://b/k', overwrite: true, instructionFile: false }
    expect(parseArguments(['s3', 'cp', 'a', 's3://b/k'])).toEqual({ command: 's3', options: { ...nothing, task: cp } })
    const reencrypt = {
      kind: 'reencrypt',
      place: 's3://b/k',
      recursive: false,
      dryRun: false,
      newKeys: [],
      newContext: undefined,
      instructionFile: undefined,
      newInstructionFileSuffix: undefined,
      rotationRequired: false,
    }
    expect(parseArguments(['s3', 'reencrypt', 's3://b/k'])).toEqual({
      command: 's3',
      options: { ...nothing, task: reencrypt },
    })
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
  const lines = [...Object.values(examples), ...Object.values(s3Examples)]
    .flatMap((text) => text.replaceAll('\\\n', '').split('\n'))
    .map((line) => line.trim().replace(/ {2,}.*$/, ''))
    .filter((line) => /(?:^|\| )esdk [a-z]/.test(line))
  const commands = lines.map((line) => /esdk ([^|<>]+)/.exec(line)?.[1]?.trim() ?? '')

  it('are there for all commands', () => {
    expect(new Set(commands.map((command) => command.split(' ')[0]))).toEqual(
      new Set(['keygen', 'encrypt', 'decrypt', 'inspect', 'keystore', 'local-kms', 's3']),
    )
  })

  it.each(commands)('are understood: esdk %s', (command) => {
    const argv = command.split(' ').map((word) => word.replaceAll('"', ''))
    expect(parseArguments(argv)).toMatchObject({ command: argv[0] })
  })
})
