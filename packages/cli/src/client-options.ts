/**
 * @module
 */

import type { ClientOptions } from '@esdk/client'
import type { TransferArguments } from './arguments.ts'

/** The options of the client that arguments set. */
export function clientOptions(args: TransferArguments): ClientOptions {
  const { commitmentPolicy, maxEncryptedDataKeys, maxLength, maxFrameLength } = args
  return {
    ...(commitmentPolicy !== undefined && { commitmentPolicy }),
    ...(maxEncryptedDataKeys !== undefined && { maxEncryptedDataKeys }),
    limits: {
      ...(maxLength !== undefined && { maxPlaintextLength: maxLength }),
      ...(maxFrameLength !== undefined && { maxFrameLength }),
    },
  }
}
