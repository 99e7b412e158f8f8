/**
 * What uploads and downloads in parts have in common for their callers.
 *
 * @module
 */

import type { S3EncryptionClient } from '../s3-encryption-client.ts'

/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes of plaintext, so far. It never becomes less. */
  readonly loaded: number
  /** Bytes of all of the plaintext, where they are known. */
  readonly total: number | undefined
  /** The number of the part that is done, from 1 on. Parts may be done in any order. */
  readonly part: number
}

export interface TransferOptions {
  readonly client: S3EncryptionClient
  /** Bytes of a part. */
  readonly partSize?: number | undefined
  /** Parts under way at the same time. Default: 4. Each is held in memory. */
  readonly queueSize?: number | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Called when a part is done. What it throws ends the transfer as any failure does. Of a body that is put at once, the
   * object is stored by then: what it throws is lost, and the upload is done.
   */
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined
}

const mebibyte = 1024 * 1024

/** With it, 10,000 parts hold more than GCM encrypts under one key. */
export const usualUploadPart: number = 7 * mebibyte
export const usualDownloadPart: number = 4 * mebibyte

/** S3 sends and takes no longer part, in bytes. */
const mostPartSize = 5 * 1024 * mebibyte
const mostQueueSize = 1000
const usualQueueSize = 4

/** @throws RangeError - out of range, or no whole number */
export function checkPartSize(partSize: number, least: number): number {
  return wholeNumber('partSize', partSize, least, mostPartSize)
}

/** @throws RangeError - out of range, or no whole number */
export function checkQueueSize(queueSize: number | undefined): number {
  return wholeNumber('queueSize', queueSize ?? usualQueueSize, 1, mostQueueSize)
}

function wholeNumber(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw new RangeError(`${name}: a whole number from ${least} to ${most} is expected, found ${String(value)}`)
}

/** Counts what is done, and tells it. */
export function progressOf(
  onProgress: TransferOptions['onProgress'],
  total: number | undefined,
): (part: number, length: number) => void {
  let loaded = 0
  return (part, length) => {
    loaded += length
    onProgress?.({ loaded, total, part })
  }
}
