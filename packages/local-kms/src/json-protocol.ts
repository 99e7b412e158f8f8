/**
 * Requests and answers as the AWS JSON 1.1 protocol has them: bytes are base64, times are seconds.
 *
 * Spec: AWS JSON 1.1 protocol of Smithy
 *
 * @module
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { KmsCall } from './fault.ts'
import { type KmsErrorName, LocalKmsError } from './kms-error.ts'
import { operationNames } from './operations.ts'
import { isRegionName } from './region.ts'

/** Fields that hold bytes, in requests. */
const bytesNames = ['CiphertextBlob', 'Plaintext', 'PublicKey']

/** @throws LocalKmsError - UnknownOperationException, SerializationException, and those for a missing signature */
export function parseRequest(headers: IncomingHttpHeaders, body: string): KmsCall {
  const [, service, name] = /^(\w+)\.(\w+)$/.exec(String(headers['x-amz-target'])) ?? []
  const operation = service === 'TrentService' ? operationNames.find((one) => one === name) : undefined
  if (operation === undefined) {
    throw new LocalKmsError('UnknownOperationException', `a local KMS knows ${operationNames.join(', ')}`)
  }
  return { operation, region: regionOf(headers.authorization), input: parseInput(body) }
}

/**
 * The Region in the scope of the credentials. The signature is not looked at: any access key will do.
 *
 * Spec: AWS Signature Version 4
 */
function regionOf(authorization: string | undefined): string {
  if (authorization === undefined) {
    throw new LocalKmsError('MissingAuthenticationTokenException', 'Missing Authentication Token')
  }
  const [, region] =
    /^AWS4-HMAC-SHA256 .*Credential=[^/,\s]+\/\d{8}\/([^/,\s]+)\/kms\/aws4_request/.exec(authorization) ?? []
  if (region !== undefined && isRegionName(region)) return region
  throw new LocalKmsError(
    'IncompleteSignatureException',
    'Authorization must be AWS4-HMAC-SHA256 with a Credential of KEY/DATE/REGION/kms/aws4_request',
  )
}

function parseInput(body: string): KmsCall['input'] {
  const value = parseObject(body)
  const bytes = bytesNames.filter((name) => typeof value[name] === 'string')
  return { ...value, ...Object.fromEntries(bytes.map((name) => [name, parseBase64(name, value[name] as string)])) }
}

function parseObject(body: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    value = undefined
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new LocalKmsError('SerializationException', 'the body is no JSON object')
}

function parseBase64(name: string, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') === text) return new Uint8Array(bytes)
  throw new LocalKmsError('SerializationException', `${name} is not base64`)
}

/** An answer; nothing for one that is empty. */
export function encodeAnswer(answer: unknown): string {
  const isEmpty = typeof answer === 'object' && answer !== null && Object.keys(answer).length === 0
  return isEmpty ? '' : (JSON.stringify(wireValue(answer)) ?? '')
}

function wireValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Date) return value.getTime() / 1000
  if (Array.isArray(value)) return value.map(wireValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, wireValue(each)]))
}

export function encodeError(name: KmsErrorName, message: string): string {
  return JSON.stringify({ __type: name, message })
}
