/**
 * A message taken apart into its fields, and put together again from whatever they have become.
 *
 * A reader of its own: it takes sound messages only, and is not the one that is tested.
 *
 * Spec: data-format/
 *
 * @module
 */

/**
 * @typedef {object} Field
 * @property {string} name what it is: `frame length`, `iv`
 * @property {number} part 0 for the header, then the number of the frame; -1 for the footer
 * @property {Uint8Array} bytes
 */

/**
 * The fields of a message, in order.
 *
 * @param {Uint8Array} message
 * @returns {Field[]}
 */
export function fieldsOf(message) {
  /** @type {Field[]} */
  const fields = []
  let offset = 0
  let part = 0
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const take = (name, length) => {
    fields.push({ name, part, bytes: message.slice(offset, offset + length) })
    offset += length
    return offset - length
  }
  const take16 = (name) => view.getUint16(take(name, 2))
  const take32 = (name) => view.getUint32(take(name, 4))
  const takeField = (name) => take(name, take16(`${name} length`))

  const version = message[take('version', 1)]
  if (version === 1) take('type', 1)
  take('suite', 2)
  take('message id', version === 1 ? 16 : 32)
  const contextLength = take16('context length')
  if (contextLength > 0) {
    for (let pairs = take16('pair count'); pairs > 0; pairs--) {
      takeField('context key')
      takeField('context value')
    }
  }
  for (let keys = take16('key count'); keys > 0; keys--) {
    takeField('provider id')
    takeField('provider info')
    takeField('wrapped key')
  }
  const contentType = message[take('content type', 1)]
  if (version === 1) {
    take('reserved', 4)
    take('iv length', 1)
  }
  const frameLength = take32('frame length')
  if (version === 1) take('header iv', 12)
  else take('commitment', 32)
  take('header tag', 16)
  if (contentType === 1) {
    part++
    take('iv', 12)
    const length = Number(view.getBigUint64(take('content length', 8)))
    take('content', length)
    take('tag', 16)
  } else {
    for (let final = false; !final; ) {
      part++
      final = view.getUint32(offset) === 0xffffffff
      if (final) take('end marker', 4)
      take('sequence number', 4)
      take('iv', 12)
      take('content', final ? take32('content length') : frameLength)
      take('tag', 16)
    }
  }
  part = -1
  if (offset < message.length) takeField('signature')
  if (offset !== message.length) throw new Error(`${message.length - offset} bytes left over`)
  return fields
}

/** @param {readonly Uint8Array[]} parts */
export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
