/**
 * One file, or stream, through encryption or decryption.
 *
 * @module
 */

import { tmpdir } from 'node:os'
import type { MessageHeader } from '@esdk/client'
import { CliError, standardOutput } from './cli-error.ts'
import { type FileIdentity, identityAt, identityOf, statsOf } from './file-identity.ts'
import { type HoldBackOptions, withHeldBack } from './hold-back.ts'
import { type InputFile, openInput, openStandardInput } from './input-file.ts'
import type { Input, Job, Output } from './plan-outputs.ts'
import { type ContentSink, outputExists, replaceFile } from './replace-file.ts'
import type { Surroundings } from './surroundings.ts'
import { checkFolders, checkReplaceable, makeFolders, pathOf, type Target } from './target.ts'
import { writeTo } from './write-stream.ts'

/** A message on its way. */
interface Started {
  readonly header: MessageHeader
  /** The whole context, where it is authenticated. */
  readonly encryptionContext: Readonly<Record<string, string>>
  readonly output: ReadableStream<Uint8Array>
  /** Must nothing of the output be seen before all of it is there? */
  readonly holdBack: boolean
}

/** Encrypts or decrypts what `source` gives; `size` is its length in bytes, where that is known. */
export type Start = (
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  size: number | undefined,
) => Promise<Started>

export type ProtectedFiles = ReadonlyMap<FileIdentity, string>

export interface TransferOptions {
  readonly start: Start
  readonly overwrite: boolean
  /** Files that no output may replace, and what they are: inputs, keys, the log. */
  readonly protectedFiles: ProtectedFiles
  readonly onProgress: (done: number, total: number | undefined) => void
}

export interface Transferred extends Pick<Started, 'header' | 'encryptionContext'> {
  readonly inputBytes: number
  readonly outputBytes: number
}

type World = Pick<Surroundings, 'stdin' | 'stdout' | 'signal' | 'env'>

/** Do one job. The output appears whole, or not at all. */
export async function transferFile(job: Job, options: TransferOptions, world: World): Promise<Transferred> {
  world.signal.throwIfAborted()
  if (job.output.kind === 'file') await checkTarget(job.output.target, options)
  const input = await openSource(job.input, world)
  try {
    const protectedFiles = new Map(options.protectedFiles)
    if (input.identity !== undefined) protectedFiles.set(input.identity, `the input ${shownInput(job.input)}`)
    return await writeOutput(job.output, { ...options, protectedFiles }, input, world)
  } finally {
    // A pipe that nobody writes to would be waited for.
    if (world.signal.aborted) input.close().catch(() => {})
    else await input.close()
  }
}

export function shownInput(input: Input): string {
  return input.kind === 'file' ? input.file.shown : input.shown
}

function openSource(input: Input, { stdin }: World): Promise<InputFile> {
  return input.kind === 'file' ? openInput(input.file) : openStandardInput(stdin, input.shown)
}

async function writeOutput(
  output: Output,
  options: TransferOptions,
  input: InputFile,
  world: World,
): Promise<Transferred> {
  const { signal, stdout, env } = world
  let inputBytes = 0
  const onRead = (length: number) => {
    inputBytes += length
    options.onProgress(inputBytes, input.size)
  }
  const started = () => options.start(counted(input.chunks, onRead), signal, input.size)
  if (output.kind === 'stdout') {
    await checkStdout(world, options.protectedFiles)
    const { header, encryptionContext, output: bytes, holdBack } = await started()
    const sink: ContentSink = { write: (chunk) => writeTo(stdout, chunk) }
    const outputBytes = holdBack
      ? await withHeldBack(bytes, spoolOptions(env), (held) => copy(held, sink))
      : await copy(bytes, sink)
    return { header, encryptionContext, inputBytes, outputBytes }
  }
  const { target } = output
  const beforeCommit = async () => {
    signal.throwIfAborted()
    await checkFolders(target)
    await checkTarget(target, options)
  }
  // Nothing is made before the header has proved right: a wrong key leaves no trace.
  const { header, encryptionContext, output: bytes } = await started()
  await makeFolders(target)
  const outputBytes = await replaceFile(
    pathOf(target),
    { shown: target.shown, overwrite: options.overwrite, beforeCommit },
    (sink) => copy(bytes, sink),
  )
  return { header, encryptionContext, inputBytes, outputBytes }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onRead: (length: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    onRead(chunk.length)
    yield chunk
  }
}

export function spoolOptions(env: World['env']): HoldBackOptions {
  return { folder: env['TMPDIR'] || tmpdir() }
}

export async function copy(source: AsyncIterable<Uint8Array>, sink: ContentSink): Promise<number> {
  let bytes = 0
  for await (const chunk of source) {
    await sink.write(chunk)
    bytes += chunk.length
  }
  return bytes
}

/** Refuses to write over an input, a key or a folder; and says early that the output exists. */
export async function checkTarget(
  target: Target,
  { protectedFiles, overwrite }: Pick<TransferOptions, 'protectedFiles' | 'overwrite'>,
): Promise<void> {
  await checkReplaceable(pathOf(target), target.shown)
  const identity = await identityAt(pathOf(target))
  if (identity === undefined) return
  const used = protectedFiles.get(identity)
  if (used !== undefined) throw sameFile(`the output ${target.shown}`, used)
  if (!overwrite) throw outputExists(target.shown)
}

async function checkStdout({ stdout }: World, protectedFiles: ProtectedFiles): Promise<void> {
  const stats = await statsOf(stdout)
  const used = stats?.isFile() ? protectedFiles.get(identityOf(stats)) : undefined
  if (used !== undefined) throw sameFile(standardOutput, used)
}

function sameFile(output: string, used: string): CliError {
  return new CliError(
    'ERR_ESDK_CLI_SAME_FILE',
    `${output} is the same file as ${used}, maybe by another name or a link`,
    'Name another output with -o.',
  )
}
