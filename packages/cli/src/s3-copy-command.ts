/**
 * `esdk s3 cp`, and `esdk s3 cat`, which is a copy to the standard output.
 *
 * @module
 */

import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { S3Task } from './arguments.ts'
import { CliError, OutputClosedError, standardOutput, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { formatTransfer } from './format.ts'
import { type InputFile, openInput, openStandardInput } from './input-file.ts'
import type { S3Run } from './s3-command.ts'
import { type Download, type Downloaded, downloadFile, downloadToStdout } from './s3-download.ts'
import { s3Failure } from './s3-failure.ts'
import { loadS3Key } from './s3-keyring.ts'
import { destinationOf, isS3Uri, parseObjectUri, type S3Location } from './s3-location.ts'
import { uploadObject } from './s3-upload.ts'
import { checkNames } from './safe-name.ts'
import type { Target } from './target.ts'
import { contextPairs } from './values.ts'
import { shownPath } from './visible.ts'

type CopyTask = Extract<S3Task, { readonly kind: 'cp' }>

/** What is read, what is written, and by which name each is known. */
interface Copy {
  readonly from: string
  readonly to: string
  /** The object of the two. */
  readonly object: S3Location
  readonly verb: 'encrypt' | 'decrypt'
  readonly done: 'encrypted' | 'decrypted'
  readonly run: (onProgress: Progress) => Promise<Copied>
}

type Progress = (done: number, total: number | undefined) => void
type Copied = Pick<Downloaded, 'bytes'> & Partial<Downloaded>

export async function s3CopyCommand(task: CopyTask, run: S3Run): Promise<number> {
  const { from, to } = task
  if (isS3Uri(from) === isS3Uri(to)) {
    throw new UsageError(
      `one of the two is an object, and the other a file; found ${shownPath(from)} and ${shownPath(to)}`,
      'For example: esdk s3 cp report.pdf s3://BUCKET/report.pdf -k key.json. For another key in its place: esdk s3 rewrap',
    )
  }
  const copy = isS3Uri(from) ? await download(task, run) : await upload(task, run)
  return transfer(copy, run)
}

export async function s3CatCommand(object: string, run: S3Run): Promise<number> {
  const task = { kind: 'cp', from: object, to: '-', overwrite: true, instructionFile: false } as const
  return transfer(await download(task, run), run)
}

async function transfer(copy: Copy, { reporter, world }: S3Run): Promise<number> {
  const { from, to, object } = copy
  const begun = world.now()
  reporter.beginProgress()
  try {
    const onProgress: Progress = (done, total) => reporter.progress({ shown: from, done, total, index: 1, count: 1 })
    const { bytes, encryption } = await copy.run(onProgress)
    reporter.endProgress()
    await reporter.result({ input: from, output: to, status: copy.done, bytes, ...(encryption && { encryption }) })
    await reporter.say(`${from} -> ${to}  ${formatTransfer(bytes, world.now() - begun)}`)
    return exitStatus.ok
  } catch (cause) {
    reporter.endProgress()
    if (world.signal.aborted) throw cause
    const error = s3Failure(cause)
    if (error instanceof OutputClosedError || error instanceof UsageError) throw error
    const entry = { input: from, output: to, status: 'failed' }
    await reporter.fail(`cannot ${copy.verb} ${from}: `, error, { object: object.shown }, entry)
    return exitStatus.failed
  }
}

async function upload({ from, to, overwrite, instructionFile }: CopyTask, run: S3Run): Promise<Copy> {
  const { args, clients, world } = run
  const isStdin = from === '-'
  const path = resolve(world.cwd, from)
  const object = destinationOf(to, isStdin ? undefined : basename(path))
  if (isStdin && world.stdin.isTTY)
    await run.reporter.say('reading from the terminal: Ctrl-D on a line of its own ends it')
  const { keyring } = await loadS3Key(args.keys, 'encrypt', run)
  const shown = isStdin ? 'the standard input' : shownPath(from)
  const context = args.context.length === 0 ? undefined : contextPairs(args.context)
  return {
    from: shown,
    to: object.shown,
    object,
    verb: 'encrypt',
    done: 'encrypted',
    async run(onProgress) {
      const client = clients.encrypting({ keyring, instructionFile: { write: instructionFile } })
      const file = { root: dirname(path), names: [basename(path)], shown, found: false }
      const input = isStdin ? await openStandardInput(world.stdin, shown) : await openInput(file)
      const options = { location: object, context, overwrite, signal: world.signal, onProgress }
      try {
        return { bytes: await uploadObject(client, input, options) }
      } finally {
        await close(input, world.signal)
      }
    },
  }
}

/** A pipe that nobody writes to would be waited for. */
async function close(input: InputFile, { aborted }: AbortSignal): Promise<void> {
  const closing = input.close()
  if (aborted) closing.catch(() => {})
  else await closing
}

async function download({ from, to, overwrite }: CopyTask, run: S3Run): Promise<Copy> {
  const { args, clients, world } = run
  const object = parseObjectUri(from)
  const toStdout = to === '-'
  if (toStdout && args.json) {
    throw new UsageError('--json and the output would both go to the standard output', 'Name a file.')
  }
  const target = toStdout ? undefined : await targetOf(to, object, run)
  const { keyring, identity } = await loadS3Key(args.keys, 'decrypt', run)
  const protectedFiles = new Map(identity === undefined ? [] : [[identity, 'a key file of this run'] as const])
  return {
    from: object.shown,
    to: target?.shown ?? standardOutput,
    object,
    verb: 'decrypt',
    done: 'decrypted',
    run(onProgress) {
      const asked: Download = { location: object, args, clients, keyring, onProgress }
      return target === undefined
        ? downloadToStdout(asked, world)
        : downloadFile(asked, target, overwrite, protectedFiles, world)
    },
  }
}

/** The file; in a folder it has the last part of the key for its name. */
async function targetOf(to: string, { key }: S3Location, { world: { cwd, platform } }: S3Run): Promise<Target> {
  const path = resolve(cwd, to)
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  if (!isFolder && !/[/\\]$/.test(to)) {
    return { root: dirname(path), makeRoot: false, names: [basename(path)], shown: shownPath(to) }
  }
  const names = namesFor(key.slice(key.lastIndexOf('/') + 1), platform)
  return { root: path, makeRoot: true, names, shown: shownPath(join(to, ...names)) }
}

function namesFor(name: string, platform: NodeJS.Platform): readonly string[] {
  try {
    return checkNames([name], platform)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    throw new CliError(error.code, error.message, 'Name the file itself, not its folder.', { cause: error })
  }
}
