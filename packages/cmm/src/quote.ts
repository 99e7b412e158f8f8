/**
 * Text from a message, made safe to show.
 *
 * @module
 */

/** In double quotes; control characters, line ends and marks that turn text around are written as `\u{...}`. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\]|[^\P{C}]|[^\P{Z} ]/gu, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
  return `"${escaped}"`
}
