/**
 * Patterns for names: `*`, `?`, `[a-z]`, `[!a-z]`, and `**` for any number of folders.
 *
 * The command expands them itself, since the shells of Windows do not. Where a backslash does not part folders, it makes
 * the character behind it an ordinary one.
 *
 * @module
 */

/** One part of a path: a name, any number of folders, or what names must look like. */
export type GlobPart =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'folders' }
  | { readonly kind: 'pattern'; readonly matches: (name: string) => boolean }

/** Has this argument a character that makes it a pattern? */
export function isGlob(argument: string): boolean {
  return /[*?[]/.test(argument)
}

/** The parts of a pattern. On Windows, backslashes part folders and case makes no difference. */
export function parseGlob(pattern: string, platform: NodeJS.Platform): readonly GlobPart[] {
  const windows = platform === 'win32'
  const parts = (windows ? pattern.replaceAll('\\', '/') : pattern).split('/')
  return parts.map((part): GlobPart => {
    if (part === '**') return { kind: 'folders' }
    if (!isGlob(part)) return { kind: 'name', name: windows ? part : part.replace(/\\(.)/g, '$1') }
    return { kind: 'pattern', matches: nameMatcher(part, windows) }
  })
}

/** One place of a name: any run of characters, or one character that passes. */
type Token = 'run' | ((character: string) => boolean)

/** Whether names match, in time that grows no faster than pattern times name. */
function nameMatcher(pattern: string, ignoreCase: boolean): (name: string) => boolean {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const tokens = tokensOf(fold(pattern), !ignoreCase)
  return (name) => {
    // As in shells: hidden files are only meant by patterns that begin with the dot.
    if (name.startsWith('.') && !pattern.startsWith('.')) return false
    return matchTokens(tokens, [...fold(name)])
  }
}

function matchTokens(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0
  let position = 0
  // Where to go on when what follows the last run does not fit: the run takes one character more.
  let lastRun = -1
  let runEnd = 0
  while (position < characters.length) {
    const wanted = tokens[token]
    if (wanted === 'run') {
      lastRun = token++
      runEnd = position
    } else if (wanted?.(characters[position] as string)) {
      token++
      position++
    } else if (lastRun >= 0) {
      token = lastRun + 1
      position = ++runEnd
    } else {
      return false
    }
  }
  return tokens.slice(token).every((rest) => rest === 'run')
}

function tokensOf(pattern: string, backslashEscapes: boolean): Token[] {
  const characters = [...pattern]
  const tokens: Token[] = []
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string
    const set = character === '[' ? readSet(characters, i) : undefined
    if (character === '*') tokens.push('run')
    else if (character === '?') tokens.push(() => true)
    else if (set !== undefined) {
      tokens.push(set.has)
      i = set.end
    } else {
      const literal = character === '\\' && backslashEscapes ? (characters[++i] ?? '\\') : character
      tokens.push((other) => other === literal)
    }
  }
  return tokens
}

/** A set in brackets, `undefined` when the bracket is never closed and so stands for itself. */
function readSet(
  characters: readonly string[],
  start: number,
): { readonly has: (character: string) => boolean; readonly end: number } | undefined {
  const negated = characters[start + 1] === '!' || characters[start + 1] === '^'
  const first = start + (negated ? 2 : 1)
  // A bracket that comes first belongs to the set.
  const end = characters.indexOf(']', first + 1)
  if (end < 0) return undefined
  const ranges: (readonly [string, string])[] = []
  for (let i = first; i < end; i++) {
    const isRange = characters[i + 1] === '-' && i + 2 < end
    ranges.push([characters[i] as string, characters[isRange ? i + 2 : i] as string])
    if (isRange) i += 2
  }
  const has = (character: string) => ranges.some(([low, high]) => low <= character && character <= high)
  return { has: negated ? (character) => !has(character) : has, end }
}
