/**
 * What a client refuses to hold or to read. Lengths in bytes.
 *
 * @module
 */

/** Limits that callers can set. They are counted while a message is read, before anything is allocated. */
export interface Limits {
  /** Longest header, with everything in it. Default: 64 MiB. */
  readonly maxHeaderLength?: number
  /**
   * Longest frame, or body without frames: such a piece is held in memory whole. Default: no limit but those of the
   * format, 2^32 - 1 and 2^36 - 32; memory is taken for what has arrived, never for what a length claims.
   */
  readonly maxFrameLength?: number
  /** Most plaintext in one message. Default: no limit. */
  readonly maxPlaintextLength?: number
}

/** All limits of a client, set or not. */
export interface CheckedLimits {
  readonly maxEncryptedDataKeys: number
  readonly maxHeaderLength: number
  readonly maxFrameLength: number
  readonly maxPlaintextLength: number
}

const defaultMaxHeaderLength = 64 * 1024 * 1024

/** @throws RangeError - a limit that is not a whole number of at least 1 */
export function checkLimits(maxEncryptedDataKeys: number | undefined, limits: Limits = {}): CheckedLimits {
  return Object.freeze({
    maxEncryptedDataKeys: checkLimit('maxEncryptedDataKeys', maxEncryptedDataKeys, Number.POSITIVE_INFINITY),
    maxHeaderLength: checkLimit('limits.maxHeaderLength', limits.maxHeaderLength, defaultMaxHeaderLength),
    maxFrameLength: checkLimit('limits.maxFrameLength', limits.maxFrameLength, Number.POSITIVE_INFINITY),
    maxPlaintextLength: checkLimit('limits.maxPlaintextLength', limits.maxPlaintextLength, Number.POSITIVE_INFINITY),
  })
}

function checkLimit(name: string, value: number | undefined, whenNotGiven: number): number {
  if (value === undefined) return whenNotGiven
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 1)) return value
  throw new RangeError(`${name} must be a whole number of at least 1, or Infinity; found ${String(value)}`)
}
