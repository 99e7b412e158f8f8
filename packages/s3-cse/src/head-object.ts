/**
 * `HeadObject`: the length of the plaintext, where the envelope tells it.
 *
 * @module
 */

import type { GetObjectCommandInput, HeadObjectCommandInput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { EsdkError } from '@esdk/cmm'
import { type Call, isForbidden, isPresigned } from './call.ts'
import type { Envelope } from './envelope.ts'
import { findEnvelope } from './find-envelope.ts'
import type { Settings } from './options.ts'
import { plainAnswer } from './plain-answer.ts'

type HeadCall = Call<HeadObjectCommandInput, HeadObjectCommandOutput>

/**
 * Asks for no key, and refuses no object: what cannot be understood is described as S3 does it, without
 * `ClientSideEncryption`. The length of CBC bodies is that of the ciphertext, since only their key tells more.
 */
export async function headObject(settings: Settings, call: HeadCall): Promise<HeadObjectCommandOutput> {
  const { InstructionFileSuffix: suffix, ...input } = call.input
  const answer = await call.send(input)
  if (isPresigned(answer)) return answer
  const envelope = await envelopeOf(settings, { ...call, input }, answer, suffix)
  if (envelope === undefined) return answer
  return { ...plainAnswer(answer, envelope), ...lengthOf(answer, envelope, input) }
}

function lengthOf(
  { ContentLength: stored = 0 }: HeadObjectCommandOutput,
  { content }: Envelope,
  { Range, PartNumber }: HeadObjectCommandInput,
): Pick<HeadObjectCommandOutput, 'ContentLength'> {
  const whole = Range === undefined && PartNumber === undefined
  return { ContentLength: whole && content.kind !== 'cbc' && stored >= 16 ? stored - 16 : stored }
}

async function envelopeOf(
  settings: Settings,
  { input, others, signal }: HeadCall,
  { Metadata }: HeadObjectCommandOutput,
  suffix: string | undefined,
): Promise<Envelope | undefined> {
  try {
    const get = (request: GetObjectCommandInput) => others.getObject(request, signal)
    return await findEnvelope(settings, Metadata ?? {}, input, suffix, get)
  } catch (error) {
    if (error instanceof EsdkError || isForbidden(error)) return undefined
    throw error
  }
}
