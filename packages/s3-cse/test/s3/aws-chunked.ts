/**
 * Bodies in the content coding `aws-chunked`: pieces with their lengths, then a trailer.
 *
 * @module
 */

import { S3Refusal } from './answer.ts'

const leastChunk = 8192

/** The bytes, and the headers with what the trailer adds. Other bodies come as they are. */
export function decodeBody(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
): { readonly body: Uint8Array; readonly headers: Readonly<Record<string, string>> } {
  if (!(headers['content-encoding'] ?? '').split(',').includes('aws-chunked')) {
    checkLength(headers['content-length'], body)
    return { body, headers }
  }
  const { pieces, trailer } = split(body)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const decoded = new Uint8Array(length)
  let offset = 0
  for (const piece of pieces) {
    decoded.set(piece, offset)
    offset += piece.length
  }
  checkLength(headers['x-amz-decoded-content-length'], decoded)
  const encoding = (headers['content-encoding'] as string).split(',').filter((each) => each !== 'aws-chunked')
  const { 'content-encoding': _encoding, ...rest } = headers
  return {
    body: decoded,
    headers: { ...rest, ...(encoding.length > 0 && { 'content-encoding': encoding.join(',') }), ...trailer },
  }
}

function checkLength(announced: string | undefined, body: Uint8Array): void {
  if (announced !== undefined && Number(announced) !== body.length) {
    throw new S3Refusal(400, 'IncompleteBody', `${announced} bytes were announced, ${body.length} came`)
  }
}

function split(body: Uint8Array): { pieces: Uint8Array[]; trailer: Record<string, string> } {
  const pieces: Uint8Array[] = []
  let at = 0
  for (;;) {
    const { line, next } = readLine(body, at)
    const length = /^[0-9a-fA-F]+$/.test(line) ? Number.parseInt(line, 16) : Number.NaN
    if (Number.isNaN(length)) throw new S3Refusal(400, 'InvalidChunkSizeError', 'a chunk has no length')
    if (length === 0) return { pieces, trailer: readTrailer(body, next) }
    if ((pieces.at(-1)?.length ?? leastChunk) < leastChunk) {
      throw new S3Refusal(403, 'InvalidChunkSizeError', 'only the last chunk may have less than 8192 bytes')
    }
    pieces.push(body.subarray(next, next + length))
    if (readLine(body, next + length).line !== '')
      throw new S3Refusal(400, 'InvalidChunkSizeError', 'a chunk is longer')
    at = next + length + 2
  }
}

function readLine(body: Uint8Array, at: number): { line: string; next: number } {
  const end = body.indexOf(0x0d, at)
  if (end < 0 || body[end + 1] !== 0x0a) throw new S3Refusal(400, 'IncompleteBody', 'the body ends within a chunk')
  return { line: String.fromCharCode(...body.subarray(at, end)), next: end + 2 }
}

function readTrailer(body: Uint8Array, at: number): Record<string, string> {
  const trailer: Record<string, string> = {}
  for (let { line, next } = readLine(body, at); line !== ''; { line, next } = readLine(body, next)) {
    const colon = line.indexOf(':')
    trailer[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return trailer
}
