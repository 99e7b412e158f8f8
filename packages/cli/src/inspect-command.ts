/**
 * `esdk inspect`
 *
 * @module
 */

import { type InspectedHeader, inspect } from '@esdk/client'
import { quote } from '@esdk/cmm'
import { LimitError, MessageFormatError, plaintextLength } from '@esdk/serialize'
import type { InspectArguments } from './arguments.ts'
import { CliError, OutputClosedError, UsageError } from './cli-error.ts'
import { exitStatus } from './exit-status.ts'
import { plural } from './format.ts'
import { headerFacts } from './header-facts.ts'
import { headerTable } from './header-table.ts'
import { type InputFile, openInput, openStandardInput } from './input-file.ts'
import type { Reporter } from './reporter.ts'
import { selectFiles } from './select-files.ts'
import type { Surroundings } from './surroundings.ts'
import { checkNoTerminalInput } from './terminal.ts'
import { writeTo } from './write-stream.ts'

/** Longer headers are refused. */
const longestHeader = 64 * 1024 * 1024

export async function inspectCommand(args: InspectArguments, reporter: Reporter, world: Surroundings): Promise<number> {
  if (args.paths.includes('-') && args.paths.length > 1) {
    throw new UsageError('the standard input (-) must be the only input')
  }
  if (args.paths[0] === '-') {
    checkNoTerminalInput(world, 'inspect')
    const shown = 'the standard input'
    const inspectStdin = () => inspectInput(() => openStandardInput(world.stdin, shown))
    return show([{ shown, inspect: inspectStdin }], [], args, reporter, world)
  }
  const { recursive, suffix } = args
  const accepts = (name: string) => name.endsWith(suffix)
  const selection = await selectFiles(args.paths, { ...world, recursive, verb: 'inspect', accepts })
  const files = selection.files.map((file) => ({
    shown: file.shown,
    inspect: () => inspectInput(() => openInput(file)),
  }))
  if (files.length + selection.failures.length === 0) {
    throw new CliError(
      'ERR_ESDK_CLI_NOTHING_TO_DO',
      'there is no file to inspect',
      `In folders, files are meant whose names end with ${quote(suffix)}: --suffix says how yours end. Links are not followed.`,
    )
  }
  return show(files, selection.failures, args, reporter, world)
}

interface Inspected {
  readonly header: InspectedHeader
  /** Bytes of the whole file, where that is known. */
  readonly length: number | undefined
}

interface Inspectable {
  readonly shown: string
  readonly inspect: () => Promise<Inspected>
}

async function show(
  files: readonly Inspectable[],
  notFound: readonly { readonly shown: string; readonly error: unknown }[],
  { json }: InspectArguments,
  reporter: Reporter,
  world: Surroundings,
): Promise<number> {
  let failed = 0
  const fail = async (shown: string, error: unknown) => {
    failed++
    await reporter.fail(`cannot inspect ${shown}: `, error, {}, { input: shown, status: 'failed' })
  }
  for (const { shown, error } of notFound) await fail(shown, error)
  for (const file of files) {
    world.signal.throwIfAborted()
    try {
      const { header, length } = await file.inspect()
      const lengths = { message: length, plaintext: plaintextBytes(header, length) }
      if (json) await reporter.result({ input: file.shown, status: 'inspected', ...factsOf(header, lengths) })
      else await writeTo(world.stdout, `${headerTable(file.shown, header, lengths).join('\n')}\n\n`)
    } catch (error) {
      if (error instanceof OutputClosedError) throw error
      await fail(file.shown, error)
    }
  }
  const count = files.length + notFound.length
  if (failed > 0 && count > 1)
    await reporter.complain(`esdk: ${failed} of ${plural(count, 'file')} could not be inspected`)
  return failed === 0 ? exitStatus.ok : exitStatus.failed
}

function plaintextBytes(header: InspectedHeader, length: number | undefined): number | undefined {
  return length === undefined ? undefined : plaintextLength(header, length, header.headerLength)
}

interface Lengths {
  readonly message: number | undefined
  readonly plaintext: number | undefined
}

function factsOf(header: InspectedHeader, { message, plaintext }: Lengths): object {
  const { headerLength } = header
  return {
    authenticated: false,
    ...headerFacts(header),
    headerLength,
    messageLength: message ?? null,
    plaintextLength: plaintext ?? null,
  }
}

async function inspectInput(open: () => Promise<InputFile>): Promise<Inspected> {
  const { chunks, size, close } = await open()
  try {
    return await inspectChunks(chunks, size)
  } finally {
    await close()
  }
}

/** The header of a message, from as many chunks as it needs. */
async function inspectChunks(chunks: AsyncIterable<Uint8Array>, length: number | undefined): Promise<Inspected> {
  let bytes = new Uint8Array(0)
  let enough = 1
  for await (const chunk of chunks) {
    bytes = joined(bytes, chunk)
    // Tried when the bytes have doubled, so that the work does not grow faster than they do.
    if (bytes.length < enough) continue
    enough = 2 * bytes.length
    try {
      return { header: inspect(bytes), length }
    } catch (error) {
      if (!isTruncated(error)) throw error
      if (bytes.length > longestHeader) {
        throw new LimitError('maxHeaderLength', longestHeader, bytes.length, 'the header of the message is too long')
      }
    }
  }
  return { header: inspect(bytes), length }
}

function isTruncated(error: unknown): boolean {
  return error instanceof MessageFormatError && error.code === 'ERR_ESDK_TRUNCATED'
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
