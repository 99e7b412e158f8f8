/**
 * Text that is safe to show: nothing in it acts on a terminal, or turns other text around.
 *
 * @module
 */

import { join } from 'node:path'
import { quote } from '@esdk/cmm'

/** The text without control characters and marks that turn text around: they are written as `\u{...}`. Lines stay. */
export function visible(text: string): string {
  return text.replace(
    /[^\P{C}\n]|[^\P{Z} ]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  )
}

/** A path as the user would write it: quoted if it holds anything but plain characters. */
export function shownPath(argument: string, names: readonly string[] = []): string {
  const path = names.length === 0 ? argument || '.' : join(argument || '.', ...names)
  return /^[\p{L}\p{N}_./\\:@%+,=~-]+$/u.test(path) ? path : quote(path)
}

/**
 * The value on one line. Control characters, line ends and marks that turn text around are written as `\uXXXX`, which is
 * the same text to whoever parses it.
 */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replace(/[^\P{C}]|[^\P{Z} ]/gu, escapeUnits)
  return `${escaped}\n`
}

function escapeUnits(character: string): string {
  let escaped = ''
  for (let i = 0; i < character.length; i++) {
    escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }
  return escaped
}
