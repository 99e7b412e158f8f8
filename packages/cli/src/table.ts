/**
 * Rows of text in columns.
 *
 * @module
 */

/** Wider cells push what follows them to the right: one long text must not widen every line. */
const widestColumn = 90

/** Lines with their cells under each other, two spaces apart; the last cell of a row is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [i, cell] of row.slice(0, -1).entries())
      widths[i] = Math.max(widths[i] ?? 0, Math.min(lengthOf(cell), widestColumn))
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i] ?? 0)))
    return `${indent}${cells.join('  ')}`.trimEnd()
  })
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)))
}

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length
}
