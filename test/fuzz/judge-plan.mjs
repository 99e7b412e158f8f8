/**
 * Says of a plan whether the specification allows its message.
 *
 * @module
 */

/** @typedef {import('./message-plan.mjs').Plan} Plan */

/** Would a reader after the specification take this message? @param {Plan} plan @param {Uint8Array} context */
export function isAllowed(plan, context) {
  const { suite, pieces, frameLength, contentType } = plan
  if (plan.version !== suite.version) return false
  if (suite.version === 1 && (plan.type !== 0x80 || plan.reserved !== 0 || plan.ivLength !== 12)) return false
  if (suite.version === 2 && !plan.commits) return false
  if (!isContext(context)) return false
  if (plan.keys.length === 0 || plan.keyCount !== plan.keys.length) return false
  if (plan.keys.some(([id]) => !isUtf8(/** @type {Uint8Array} */ (id)))) return false
  if (plan.publicKey !== (suite.curve ? 'own' : 'none')) return false
  if (plan.footer !== (suite.curve ? 'own' : 'none')) return false
  if (plan.behind.length > 0) return false
  if (contentType === 1) {
    const [piece] = pieces
    return frameLength === 0 && pieces.length === 1 && piece?.kind === 'nonframed' && piece.sequenceNumber === 1
  }
  if (contentType !== 2 || frameLength === 0 || pieces.length === 0) return false
  return pieces.every(({ kind, sequenceNumber, content }, i) => {
    if (sequenceNumber !== i + 1) return false
    if (i < pieces.length - 1) return kind === 'regular' && content.length === frameLength
    return kind === 'final' && content.length <= frameLength
  })
}

/** @param {Uint8Array} bytes */
function isContext(bytes) {
  if (bytes.length === 0) return true
  if (bytes.length < 2) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getUint16(0)
  const keys = new Set()
  let offset = 2
  for (let i = 0; i < 2 * count; i++) {
    if (offset + 2 > bytes.length) return false
    const end = offset + 2 + view.getUint16(offset)
    if (end > bytes.length) return false
    const part = bytes.subarray(offset + 2, end)
    if (!isUtf8(part)) return false
    // As bytes: what is one text in two forms is two keys.
    if (i % 2 === 0) keys.add(String(part))
    offset = end
  }
  return count > 0 && keys.size === count && offset === bytes.length
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @param {Uint8Array} bytes */
function isUtf8(bytes) {
  try {
    utf8.decode(bytes)
    return true
  } catch {
    return false
  }
}
