/**
 * Writing to a standard stream, no faster than it is read.
 *
 * @module
 */

import type { Writable } from 'node:stream'
import { FileError, OutputClosedError, standardOutput, systemCode } from './cli-error.ts'

/**
 * Resolves when the stream has taken the bytes.
 *
 * @throws OutputClosedError - nobody reads any more
 */
export function writeTo(stream: Writable, chunk: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The callback tells of the failure; without a listener the event would end the process.
    const onError = () => {}
    stream.once('error', onError)
    stream.write(chunk, (error) => {
      if (error) {
        reject(isClosed(error) ? new OutputClosedError() : new FileError('write', standardOutput, error))
        return
      }
      stream.off('error', onError)
      resolve()
    })
  })
}

function isClosed(error: Error): boolean {
  return systemCode(error) === 'EPIPE' || ('code' in error && error.code === 'ERR_STREAM_DESTROYED')
}
