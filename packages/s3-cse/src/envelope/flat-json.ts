/**
 * JSON objects without depth: what instruction files and descriptions are.
 *
 * @module
 */

export type FlatValue = string | number | boolean | null

/**
 * The pairs of a JSON object whose values are neither objects nor arrays, and whose keys are all different.
 *
 * @param refusal - makes the error for what else is found, such as `is not JSON`
 */
export function parseFlatObject(text: string, refusal: (what: string) => Error): (readonly [string, FlatValue])[] {
  const value = parse(text)
  if (value === undefined) throw refusal('is not JSON')
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refusal('is not a JSON object')
  const pairs = Object.entries(value)
  if (pairs.some(([, each]) => typeof each === 'object' && each !== null)) {
    throw refusal('holds an object or an array')
  }
  // JSON.parse keeps the last of two equal keys; another reader may keep the first.
  if (countMembers(text) !== pairs.length) throw refusal('holds a key twice')
  return pairs as (readonly [string, FlatValue])[]
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How many pairs are written in a JSON object without depth: the colons outside of strings. */
function countMembers(json: string): number {
  let members = 0
  let inString = false
  for (let i = 0; i < json.length; i++) {
    const character = json[i]
    if (character === '\\') i++
    else if (character === '"') inString = !inString
    else if (character === ':' && !inString) members++
  }
  return members
}

/** Compact JSON in US-ASCII, which every server and every client hands on unchanged. */
export function encodeAsciiJson(pairs: Readonly<Record<string, string>>): string {
  return (
    JSON.stringify(pairs)
      .replace(/[^\x20-\x7e]/g, escapeUnit)
      // `=?` begins an encoded word (RFC 2047), which Amazon S3 and some clients would decode.
      .replaceAll('=?', '\\u003d?')
  )
}

/** A UTF-16 unit as an escape of JSON. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
