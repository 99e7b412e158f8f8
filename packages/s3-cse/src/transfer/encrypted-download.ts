/**
 * `EncryptedDownload`: an object of any length, fetched and decrypted in parts at the same time.
 *
 * @module
 */

import type { GetObjectCommandInput, GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { replaceFile } from '#node-file'
import { type ClientParts, partsOfClient } from '../client-parts.ts'
import { ByteSink } from './byte-sink.ts'
import { downloadObject, type ObjectSink } from './download-object.ts'
import { OneRun } from './one-run.ts'
import { checkPartSize, checkQueueSize, type TransferOptions, usualDownloadPart } from './transfer-options.ts'

/** The request of `GetObject`, for a whole object. */
export type EncryptedDownloadParams = Omit<GetObjectCommandInput, 'Range' | 'PartNumber'>

export interface EncryptedDownloadOptions extends TransferOptions {
  readonly params: EncryptedDownloadParams
  /** Bytes of a part. Default: 4 MiB; 64 KiB at least. */
  readonly partSize?: number | undefined
}

/** What S3 says of the object; `ContentLength` is that of the plaintext. */
export type DownloadedObject = Omit<GetObjectCommandOutput, 'Body' | 'ContentRange'>

const leastPartSize = 65_536
const usualMaxBytes = 64 * 1024 * 1024

/**
 * One download. All parts are of one version of the object, which the first answer names; a part whose connection is lost
 * is fetched again by itself. What the client does not read with `GetObject`, it does not download.
 *
 * Bodies of AES-CBC come as one stream, and so do objects without an envelope where the client passes them on.
 */
export class EncryptedDownload {
  readonly #parts: ClientParts
  readonly #params: EncryptedDownloadParams
  readonly #partSize: number
  readonly #queueSize: number
  readonly #onProgress: TransferOptions['onProgress']
  readonly #run: OneRun

  /** @throws TypeError, RangeError - an option that is not as documented */
  constructor({ client, params, partSize, queueSize, signal, onProgress }: EncryptedDownloadOptions) {
    this.#parts = partsOfClient(client)
    this.#params = checkParams(params)
    this.#partSize = checkPartSize(partSize ?? usualDownloadPart, leastPartSize)
    this.#queueSize = checkQueueSize(queueSize)
    this.#onProgress = onProgress
    this.#run = new OneRun(signal)
  }

  /**
   * Downloads into a file, once. It gets its name, and replaces an older one, when the plaintext is authentic; until then
   * it is a file of another name in the same folder, which is deleted when the download fails. Only its owner may read it.
   * Where `path` is a link, all of this goes for the file that it leads to.
   *
   * @throws TargetFileError - the system refuses; or there is a folder, a device or a pipe, told before anything is asked for
   * @throws TypeError - the platform has no files
   */
  async toFile(path: string): Promise<DownloadedObject> {
    const replace = replaceFile
    if (replace === undefined) throw new TypeError('this platform has no files: use toBytes, or GetObject')
    if (typeof path !== 'string' || path === '') throw new TypeError('toFile needs the path of a file')
    return this.#run.start((stop) =>
      replace(path, stop.signal, ({ write }) => this.#download(stop, { begin: () => {}, write })),
    )
  }

  /**
   * Downloads into memory, once.
   *
   * @param options - `maxBytes`: bytes of plaintext that may be held; default: 64 MiB
   * @throws BufferLimitError - the object has more
   */
  async toBytes({ maxBytes = usualMaxBytes }: { readonly maxBytes?: number | undefined } = {}): Promise<Uint8Array> {
    if (!Number.isSafeInteger(maxBytes) || maxBytes < 0) {
      throw new RangeError(`maxBytes: a number of bytes is expected, found ${String(maxBytes)}`)
    }
    const sink = new ByteSink(maxBytes)
    return this.#run.start(async (stop) => {
      try {
        await this.#download(stop, sink)
        return sink.finish()
      } catch (error) {
        sink.zero()
        throw error
      }
    })
  }

  /** Ends the download, with this reason. Resolves when nothing is left of it. */
  async abort(reason?: unknown): Promise<void> {
    return this.#run.abort(reason)
  }

  #download(stop: AbortController, sink: ObjectSink): Promise<DownloadedObject> {
    return downloadObject(this.#parts, this.#params, sink, {
      partSize: this.#partSize,
      queueSize: this.#queueSize,
      stop,
      onProgress: this.#onProgress,
    })
  }
}

function checkParams(params: GetObjectCommandInput): EncryptedDownloadParams {
  if (typeof params !== 'object' || params === null) {
    throw new TypeError('params: the request of GetObject is expected, for example { Bucket, Key }')
  }
  if (params.Range !== undefined || params.PartNumber !== undefined) {
    throw new TypeError('params: a whole object is downloaded, without Range and PartNumber; GetObject gives a part')
  }
  return params
}
