/**
 * `esdk s3 rewrap` and `esdk s3 reencrypt`: objects that another key opens from now on, or that are written anew.
 *
 * @module
 */

import type { RewrapObjectCommandOutput, S3Keyring } from '@esdk/s3-cse'
import type { S3RewritingTask } from './arguments.ts'
import { UsageError } from './cli-error.ts'
import type { S3Run } from './s3-command.ts'
import { eachObject, type ObjectTask, type Skipped } from './s3-each-object.ts'
import { type EnvelopeFacts, envelopeOf, RefusedObjectError } from './s3-envelope.ts'
import { loadS3Key } from './s3-keyring.ts'
import type { S3Location } from './s3-location.ts'
import { parsePlace } from './s3-objects.ts'
import { contextPairs } from './values.ts'

const words = {
  rewrap: { done: 'rewrapped', planned: 'would be rewrapped' },
  reencrypt: { done: 'reencrypted', planned: 'would be reencrypted' },
} as const

export async function s3RewriteCommand(task: S3RewritingTask, run: S3Run): Promise<number> {
  const place = parsePlace(task.place, task.recursive)
  checkTask(task)
  const keyrings = await loadKeys(task, run)
  const { done, planned } = words[task.kind]
  const use = async (object: S3Location) => {
    const skipped = await look(object, task, run)
    if (skipped !== undefined) return skipped
    const written = task.dryRun ? undefined : await write(object, task, keyrings, run)
    await tell(object, task.dryRun ? planned : done, written, run)
    return undefined
  }
  const each: ObjectTask = { verb: task.kind, done: task.dryRun ? planned : done, use }
  return eachObject(place, each, run)
}

/** @throws UsageError - nothing would change, or two options exclude each other */
function checkTask({ kind, newKeys, newContext, instructionFile, newInstructionFileSuffix }: S3RewritingTask): void {
  if (kind === 'reencrypt') return
  if (newKeys.length === 0 && newContext === undefined && instructionFile === undefined) {
    throw new UsageError('the new key is missing', 'Add --new-key FILE, or --new-wrapping-key key=KEY-ARN.')
  }
  if (newInstructionFileSuffix !== undefined && instructionFile === false) {
    throw new UsageError('--new-instruction-file-suffix and --no-instruction-file exclude each other')
  }
}

interface Keyrings {
  readonly keyring: S3Keyring
  /** `undefined`: the same. */
  readonly next: S3Keyring | undefined
}

async function loadKeys({ newKeys }: S3RewritingTask, run: S3Run): Promise<Keyrings> {
  const replaced = newKeys.length > 0
  const keyring = await loadS3Key(run.args.keys, replaced ? 'decrypt' : 'both', run)
  return {
    keyring: keyring.keyring,
    next: replaced ? (await loadS3Key(newKeys, 'encrypt', run)).keyring : undefined,
  }
}

/** Asks no key. Not needed where an object was named and is worked on: that looks by itself. */
async function look(object: S3Location, task: S3RewritingTask, run: S3Run): Promise<Skipped | undefined> {
  const { args, clients, world } = run
  const isUpgrade = task.kind === 'reencrypt' && task.recursive && task.newKeys.length === 0
  if (!task.dryRun && !isUpgrade) return undefined
  const facts = await envelopeOf(object, args.instructionFileSuffix, clients, world.signal)
  if (isUpgrade && isOfToday(facts, task, run)) {
    return { reason: `${facts.encryption.format} already, and no new key is given` }
  }
  if (task.dryRun) checkPossible(facts, task)
  return undefined
}

/** Is there nothing to gain? */
function isOfToday({ encryption }: EnvelopeFacts, { newContext, instructionFile }: S3RewritingTask, { args }: S3Run) {
  const written = args.commitmentPolicy === 'forbid-encrypt-allow-decrypt' ? 'AES/GCM/NoPadding' : '115'
  return encryption.contentAlgorithm === written && newContext === undefined && instructionFile === undefined
}

/** @throws RefusedObjectError - the object would fail */
function checkPossible({ encryption, refusals }: EnvelopeFacts, { kind }: S3RewritingTask): void {
  const [refusal] = refusals
  if (refusal !== undefined) throw new RefusedObjectError(refusal)
  if (kind === 'rewrap' && encryption.contentAlgorithm.startsWith('AES/CBC')) {
    const message = 'the body of the object is encrypted with AES-CBC, for which no data key is wrapped any more'
    throw new RefusedObjectError({ code: 'ERR_ESDK_S3_REWRAP', message })
  }
}

type Written = Pick<RewrapObjectCommandOutput, 'ClientSideEncryption' | 'ETag' | 'InstructionFile'>

async function write(
  { bucket, key }: S3Location,
  task: S3RewritingTask,
  { keyring, next }: Keyrings,
  { args, clients, world: { signal } }: S3Run,
): Promise<Written> {
  // Waited for when the run is ended, too: both take back what they have begun.
  const { RewrapObjectCommand, ReencryptObjectCommand } = await import('@esdk/s3-cse')
  const { newContext, instructionFile } = task
  const common = {
    Bucket: bucket,
    Key: key,
    ...(next !== undefined && { keyring: next }),
    ...(args.context.length > 0 && { EncryptionContext: contextPairs(args.context) }),
    ...(newContext !== undefined && { NewEncryptionContext: contextPairs(newContext) }),
  }
  if (task.kind === 'reencrypt') {
    const client = clients.encrypting({ keyring, instructionFile: { write: instructionFile === true } })
    return client.send(new ReencryptObjectCommand(common), { abortSignal: signal })
  }
  const { newInstructionFileSuffix, rotationRequired } = task
  const command = new RewrapObjectCommand({
    ...common,
    RotationRequired: rotationRequired,
    ...(instructionFile !== undefined && { Target: instructionFile ? 'instruction-file' : 'metadata' }),
    ...(args.instructionFileSuffix !== undefined && { InstructionFileSuffix: args.instructionFileSuffix }),
    ...(newInstructionFileSuffix !== undefined && { NewInstructionFileSuffix: newInstructionFileSuffix }),
  })
  return clients.encrypting({ keyring }).send(command, { abortSignal: signal })
}

async function tell(
  { shown }: S3Location,
  done: string,
  written: Written | undefined,
  { args, reporter }: S3Run,
): Promise<void> {
  const facts = written && {
    encryption: written.ClientSideEncryption,
    etag: written.ETag,
    instructionFile: written.InstructionFile,
  }
  await reporter.result({ object: shown, status: done, ...facts })
  const { task } = args
  const line = `${done} ${shown}${written === undefined ? '' : `, ${written.ClientSideEncryption.format}`}`
  if ('recursive' in task && task.recursive) await reporter.detail(line)
  else await reporter.say(line)
}
