/**
 * `PutObject`: a new object, encrypted.
 *
 * @module
 */

import type { PutObjectCommandInput, PutObjectCommandOutput } from '@aws-sdk/client-s3'
import { copyContext } from '@esdk/cmm'
import { checkPlaintextLength, sealBody, sealWholeBody } from './body.ts'
import { type Call, isPresigned } from './call.ts'
import { type Source, sourceOf } from './chunks.ts'
import type { GcmContentKey } from './content-key.ts'
import { writeInstructionFile } from './instruction-file.ts'
import { newEnvelope } from './new-envelope.ts'
import { checkMetadataSize, checkOwnMetadata, writeObjectMetadata } from './object-metadata.ts'
import type { Settings } from './options.ts'
import { type PutInstructionFile, putInstructionFile } from './put-instruction-file.ts'
import { checkWritableRequest } from './request-rules.ts'
import { sendableBody, sendsStreams } from './sendable-body.ts'

type PutCall = Call<PutObjectCommandInput, PutObjectCommandOutput>

/** Bytes that GCM adds to a body. */
const tagLength = 16

/**
 * @throws TypeError - the request says something of the plaintext that cannot hold of the ciphertext
 * @throws EncryptionContextError, EnvelopeError, BodyLengthError - before anything is sent
 */
export async function putObject(settings: Settings, call: PutCall): Promise<PutObjectCommandOutput> {
  const { EncryptionContext, ...input } = call.input
  checkWritableRequest(input)
  const own = checkOwnMetadata(input.Metadata ?? {})
  const context = copyContext(EncryptionContext ?? {}, 'EncryptionContext')
  const source = await sourceOf(input.Body, input.ContentLength)
  checkLength(source)
  const { envelope, contentKey } = await newEnvelope(settings, context, source.length, call.signal)
  const metadata = { ...own, ...writeObjectMetadata(envelope, source.length) }
  checkMetadataSize(metadata)
  const body = await sealedBody(contentKey, source)
  let file: PutInstructionFile | undefined
  try {
    if (settings.writesInstructionFiles) {
      if (await call.presigns?.()) throw presignedError()
      file = await putInstructionFile(writeInstructionFile(envelope), input, call.others, call.signal)
    }
    const answer = await call.send({ ...input, Metadata: metadata, ...body.request })
    if (isPresigned(answer)) throw presignedError()
    await file?.keepFor(answer.ETag)
    return answer
  } catch (error) {
    body.close()
    await (body.isComplete() ? file?.takeBackUnlessStored(error) : file?.takeBack())
    throw error
  }
}

function checkLength({ length }: Source): void {
  if (length !== undefined) checkPlaintextLength(length)
  else if (sendsStreams) {
    throw new TypeError(
      'Amazon S3 takes no body of unknown length: give ContentLength, or use Upload of @aws-sdk/lib-storage',
    )
  }
}

interface SealedBody {
  readonly request: Pick<PutObjectCommandInput, 'Body' | 'ContentLength'>
  /** Have all bytes been handed out? S3 stores no fewer than it was told. */
  isComplete(): boolean
  /** Nobody sends the rest. */
  close(): void
}

async function sealedBody(contentKey: GcmContentKey, source: Source): Promise<SealedBody> {
  if (source.kind === 'bytes') {
    const Body = await sealWholeBody(contentKey, source.bytes)
    return { request: { Body, ContentLength: Body.length }, isComplete: () => true, close: () => {} }
  }
  const { chunks, length } = source
  let left = (length ?? 0) + tagLength
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of sealBody(contentKey, chunks, length)) {
      left -= chunk.length
      yield chunk
    }
  }
  const { Body, close } = await sendableBody(counted())
  const ContentLength = Body instanceof Uint8Array ? Body.length : (length as number) + tagLength
  return {
    request: { Body, ContentLength },
    isComplete: () => left <= 0,
    close: () => {
      chunks.close()
      close()
    },
  }
}

function presignedError(): TypeError {
  return new TypeError(
    'a presigned PutObject would store whatever is sent with it as it is, not encrypted: presign with a plain S3Client, or put the object here',
  )
}
