/**
 * Where the Chromium of this machine is, if there is one.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const places = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome']

/**
 * The path in `CHROMIUM_BIN`, or the first Chromium or Chrome on the search path. An empty `CHROMIUM_BIN` means none.
 *
 * @returns {string | undefined}
 */
export function findChromium() {
  const { CHROMIUM_BIN, PATH = '' } = process.env
  if (CHROMIUM_BIN !== undefined) return CHROMIUM_BIN || undefined
  const folders = PATH.split(delimiter)
  return [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places].find((path) =>
    existsSync(path),
  )
}
