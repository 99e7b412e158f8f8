/**
 * Looks for secrets in what an error shows.
 *
 * @module
 */

/**
 * The forms in which bytes turn up in a text. What is shorter than 8 bytes turns up by chance, and is not looked for.
 *
 * @param {Uint8Array} bytes
 * @returns {string[]}
 */
export function formsOf(bytes) {
  if (bytes.length < 8) return []
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const latin1 = String.fromCharCode(...bytes.subarray(0, 4096))
  // Base64 of a part of a longer text may begin in the middle of a group.
  const inner = btoa(latin1).slice(0, -4)
  return [
    hex.slice(0, 64),
    hex.slice(0, 64).toUpperCase(),
    latin1.slice(0, 32),
    inner.slice(0, 32),
    Array.from(bytes.subarray(0, 16)).join(','),
  ]
}

/**
 * All text of an error: of itself, its causes, its attempts and whatever else hangs on it.
 *
 * @param {unknown} error
 * @returns {string}
 */
export function textOf(error, depth = 4) {
  if (depth === 0) return ''
  if (typeof error === 'string') return error
  if (!(error instanceof Error))
    return Array.isArray(error) ? error.map((each) => textOf(each, depth - 1)).join('\n') : ''
  // The stack begins with the text and goes on with places in the code, which are of no interest.
  const parts = [error.name, error.message]
  for (const name of Object.keys(error)) {
    const value = error[name]
    parts.push(name, typeof value === 'object' ? textOf(value, depth - 1) : String(value))
  }
  if (error.cause !== undefined) parts.push(textOf(error.cause, depth - 1))
  return parts.join('\n')
}

/**
 * Which of the secrets an error shows; `undefined`, as it should be, when it shows none.
 *
 * @param {unknown} error
 * @param {readonly string[]} forms see {@link formsOf}
 * @returns {string | undefined}
 */
export function secretIn(error, forms) {
  const text = textOf(error)
  return forms.find((form) => text.includes(form))
}
