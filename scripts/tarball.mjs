/**
 * What a tarball holds.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const block = 512

/**
 * The paths in a tarball of a package, without the folder `package` that they are all in, and the bytes of each file.
 *
 * @param {string} path
 * @returns {Map<string, Uint8Array>}
 */
export function readTarball(path) {
  const bytes = gunzipSync(readFileSync(path))
  const files = new Map()
  for (let offset = 0; offset + block <= bytes.length && bytes[offset] !== 0; ) {
    const name = textAt(bytes, offset, 100)
    const prefix = textAt(bytes, offset + 345, 155)
    const size = Number.parseInt(textAt(bytes, offset + 124, 12), 8)
    const start = offset + block
    const kind = String.fromCharCode(bytes[offset + 156])
    if (kind !== '0' && kind !== '5') throw new Error(`${path}: an entry of type ${kind}, which no package needs`)
    const full = prefix === '' ? name : `${prefix}/${name}`
    if (kind === '0') files.set(full.replace(/^package\//, ''), new Uint8Array(bytes.subarray(start, start + size)))
    offset = start + Math.ceil(size / block) * block
  }
  return files
}

/**
 * @param {string} path
 * @returns {string[]}
 */
export function filesInTarball(path) {
  return [...readTarball(path).keys()]
}

function textAt(bytes, offset, length) {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return field.subarray(0, end === -1 ? length : end).toString('utf8')
}
