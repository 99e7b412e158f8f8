/**
 * Encryption as a plug-in of a client of the AWS SDK: one middleware, before any other, and a small one after all that
 * starts streams.
 *
 * What it hands on is ciphertext, so that checksums, retries and signatures of the SDK are those of ciphertext.
 *
 * @module
 */

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { untilAborted } from '@esdk/cmm'
import type { SendingStream } from '#node-stream'
import { leaveToTag } from './answer-checksum.ts'
import { type Call, isPresigned, type OtherOperations } from './call.ts'
import { discard } from './chunks.ts'
import { copyObject } from './copy-object.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { getObject } from './get-object.ts'
import { headObject } from './head-object.ts'
import { inspectObject } from './inspect-object.ts'
import { MultipartOperations } from './multipart-operations.ts'
import { checkOptions, type S3EncryptionOptions, type Settings } from './options.ts'
import { putObject } from './put-object.ts'
import { reencryptObject } from './reencrypt-object.ts'
import { rewrapObject } from './rewrap-object.ts'

/** A plug-in: `client.middlewareStack.use(plugin)`. */
export type S3Plugin = Parameters<S3Client['middlewareStack']['use']>[0]

type Stack = S3Client['middlewareStack']

const middlewareName = 'esdkS3Encryption'

/** Marks requests of ours, which go through as they are. A name that nobody else can give. */
const asItIs = Symbol('esdk: as it is')

/** Marks the context of a request that is asked whether it is presigned. */
const asked = Symbol('esdk: is it presigned?')

/** Marks the context of a request whose caller wants checksums compared. */
const wantsChecksum = Symbol('esdk: with checksums')

/** Marks requests of our own commands with their names: to the AWS SDK they look like one of S3's. */
export const ownCommand: unique symbol = Symbol('esdk: own command')

/**
 * A plug-in that encrypts and decrypts the objects of one client.
 *
 * @param client - the client that uses it; without it, operations that need others (multipart uploads, copies, and
 *   instruction files where they are written) are refused
 * @throws TypeError, RangeError - an option that is not as documented; a client with `cacheMiddleware`
 */
export function s3EncryptionPlugin(encryption: S3EncryptionOptions, client?: S3Client): S3Plugin {
  // It sends a command that it has sent before with the middleware that it had then: not encrypted.
  if ((client?.config as { readonly cacheMiddleware?: boolean } | undefined)?.cacheMiddleware === true) {
    throw new TypeError(
      'a client with cacheMiddleware sends on without the plug-in what it has sent before: make one that encrypts, with S3EncryptionClient or S3EncryptionClient.from(client, encryption)',
    )
  }
  return pluginOf(checkOptions(encryption), client)
}

/** The plug-in of checked options. */
export function pluginOf(
  settings: Settings,
  client: S3Client | undefined,
  multipart: MultipartOperations = new MultipartOperations(settings),
): S3Plugin {
  return {
    applyToStack(stack) {
      checkPlain(stack)
      const operations = operationsOf(settings, multipart)
      const others = othersOf(client)
      const encrypting: Middleware<InitializeArguments> = (next, context) => async (args) => {
        const { [asItIs]: plain, [ownCommand]: name = context.commandName ?? '', ...input } = args.input as Marked
        context[wantsChecksum] = (input as { readonly ChecksumMode?: unknown }).ChecksumMode !== undefined
        const operation = plain ? undefined : operations[name]
        if (operation === undefined) return next({ ...args, input })
        let response: unknown
        const send = async (request: object): Promise<object> => {
          const answer = await next({ ...args, input: request })
          response ??= answer.response
          return answer.output
        }
        const presigns = async (): Promise<boolean> => {
          context[asked] = true
          try {
            const request = { ...input, Body: new Uint8Array(0), ContentLength: 0 }
            return isPresigned((await next({ ...args, input: request })).output)
          } finally {
            context[asked] = false
          }
        }
        const signal = signalOf(context)
        const output = await untilAborted(operation({ input, send, others, signal, presigns }), signal, closeBody)
        return { output, response }
      }
      const open = stack as unknown as OpenStack
      open.add(encrypting, { name: middlewareName, step: 'initialize', priority: 'high', tags: ['ENCRYPTION'] })
      open.add(answerAsked, {
        name: `${middlewareName}Asked`,
        step: 'finalizeRequest',
        priority: 'low',
        tags: ['ENCRYPTION'],
      })
      open.add(startBody, { name: `${middlewareName}Body`, step: 'deserialize', priority: 'low', tags: ['ENCRYPTION'] })
      open.add(dropChecksum, {
        name: `${middlewareName}Checksum`,
        step: 'deserialize',
        priority: 'low',
        tags: ['ENCRYPTION'],
      })
    },
  }
}

/** The stack, as it is used here. */
interface OpenStack {
  add<Arguments>(middleware: Middleware<Arguments>, options: object): void
}

type Middleware<Arguments> = (
  next: Handler<Arguments>,
  context: { readonly commandName?: string; [asked]?: boolean; [wantsChecksum]?: boolean },
) => Handler<Arguments>
type Handler<Arguments> = (args: Arguments) => Promise<{ readonly output: object; readonly response: unknown }>

interface InitializeArguments {
  readonly input: object
}

interface RequestArguments {
  readonly input: { readonly Body?: Partial<SendingStream> }
  readonly request: { readonly body?: unknown }
}

/** The request is ready, and about to be sent: a stream of ours may begin to read. */
const startBody: Middleware<RequestArguments> = (next) => async (args) => {
  args.input.Body?.startWith?.(args.request.body)
  return next(args)
}

const dropChecksum: Middleware<object> = (next, context) => async (args) => {
  const answer = await next(args)
  if (context.commandName === 'GetObjectCommand' && !context[wantsChecksum]) {
    leaveToTag(answer.response as Parameters<typeof leaveToTag>[0])
  }
  return answer
}

/** Behind all that a presigner does, and before anything is sent. */
const answerAsked: Middleware<object> = (next, context) => async (args) =>
  context[asked] ? { output: { $metadata: {} }, response: { statusCode: 200, headers: {} } } : next(args)

/** An answer that came after an abort. */
function closeBody(output: object): void {
  discard((output as { readonly Body?: unknown }).Body)
}

/** @throws TypeError - the client encrypts already: what it stores could be read by nobody who encrypts once */
export function checkPlain(stack: Stack): void {
  if (encrypts(stack)) throw new TypeError('this client encrypts already: give a plain S3Client')
}

/** Does a client with this stack encrypt? */
export function encrypts(stack: Pick<Stack, 'identify'>): boolean {
  return stack.identify().some((name) => name.startsWith(middlewareName))
}

type Marked = object & { readonly [asItIs]?: true; readonly [ownCommand]?: string }

type Operation = (call: Call<object, object>) => Promise<object>

/** What this package does instead of S3's operations. All others go through as they are. */
function operationsOf(settings: Settings, multipart: MultipartOperations): Readonly<Record<string, Operation>> {
  return {
    GetObjectCommand: operation(getObject.bind(undefined, settings)),
    HeadObjectCommand: operation(headObject.bind(undefined, settings)),
    PutObjectCommand: operation(putObject.bind(undefined, settings)),
    CopyObjectCommand: operation(copyObject),
    DeleteObjectCommand: operation(deleteObject),
    DeleteObjectsCommand: operation(deleteObjects),
    CreateMultipartUploadCommand: operation(multipart.create.bind(multipart)),
    UploadPartCommand: operation(multipart.uploadPart.bind(multipart)),
    UploadPartCopyCommand: refusePartCopy,
    CompleteMultipartUploadCommand: operation(multipart.complete.bind(multipart)),
    AbortMultipartUploadCommand: operation(multipart.abort.bind(multipart)),
    PutObjectAnnotationCommand: refuseAnnotation,
    InspectObjectCommand: operation(inspectObject.bind(undefined, settings)),
    RewrapObjectCommand: operation(rewrapObject.bind(undefined, settings)),
    ReencryptObjectCommand: operation(reencryptObject.bind(undefined, settings)),
  }
}

/** The name of a command says what its input and its output are. */
function operation<Input extends object, Output extends object>(
  run: (call: Call<Input, Output>) => Promise<Output>,
): Operation {
  return (call) => run(call as unknown as Call<Input, Output>)
}

async function refusePartCopy(): Promise<never> {
  throw new TypeError(
    'UploadPartCopy copies ciphertext of another object, whose key the upload does not have: get the object and upload it, or copy it whole with CopyObject',
  )
}

async function refuseAnnotation(): Promise<never> {
  throw new TypeError(
    'PutObjectAnnotation would store the annotation as it is, not encrypted: send it with a plain S3Client if anybody with the bucket may read it',
  )
}

/** Sends as it is, past this plug-in. */
export function othersOf(client: S3Client | undefined): OtherOperations {
  const sender = () => {
    if (client !== undefined) return client
    throw new TypeError(
      'this operation needs others, and the plug-in has no client to send them: give it as the second argument of s3EncryptionPlugin, or use S3EncryptionClient',
    )
  }
  const send =
    <Input extends object, Output>(Command: new (input: Input) => unknown) =>
    async (input: Input, signal?: AbortSignal): Promise<Output> => {
      const command = new Command({ ...input, [asItIs]: true }) as Parameters<S3Client['send']>[0]
      return (await sender().send(command, signal === undefined ? {} : { abortSignal: signal })) as Output
    }
  return {
    getObject: send(GetObjectCommand),
    headObject: send(HeadObjectCommand),
    putObject: send(PutObjectCommand),
    copyObject: send(CopyObjectCommand),
    deleteObject: send(DeleteObjectCommand),
    getObjectTagging: send(GetObjectTaggingCommand),
    createMultipartUpload: send(CreateMultipartUploadCommand),
    uploadPart: send(UploadPartCommand),
    completeMultipartUpload: send(CompleteMultipartUploadCommand),
    abortMultipartUpload: send(AbortMultipartUploadCommand),
  }
}

/** The signal of `client.send(command, { abortSignal })`, where the AWS SDK tells it. */
function signalOf(context: object): AbortSignal | undefined {
  const { __smithy_context: inner } = context as { readonly __smithy_context?: { readonly abortSignal?: unknown } }
  const signal = inner?.abortSignal
  return typeof AbortSignal === 'function' && signal instanceof AbortSignal ? signal : undefined
}
