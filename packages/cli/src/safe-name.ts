/**
 * Names that a folder gave, and that a path is going to be made of.
 *
 * @module
 */

import { quote } from '@esdk/cmm'
import { CliError } from './cli-error.ts'

/** What Windows takes for a device, in every folder and with every extension. */
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|:|$)/i

/**
 * The names, if each of them is one name: it leads neither up, nor elsewhere, nor to a device.
 *
 * @throws CliError - `ERR_ESDK_CLI_UNSAFE_PATH`
 */
export function checkNames(names: readonly string[], platform: NodeJS.Platform): readonly string[] {
  for (const name of names) {
    const fault = faultOf(name, platform)
    if (fault !== undefined) {
      throw new CliError(
        'ERR_ESDK_CLI_UNSAFE_PATH',
        `the name ${quote(name)} ${fault}`,
        'Rename the file, or give it by itself and name the output with -o.',
      )
    }
  }
  return names
}

function faultOf(name: string, platform: NodeJS.Platform): string | undefined {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'leads out of its folder'
  if (name.includes('/')) return 'is a path'
  if (name.includes('\0')) return 'holds a NUL character'
  if (platform !== 'win32') return undefined
  if (/[\\:]/.test(name)) return 'is a path, a drive or a stream on Windows'
  if (/[. ]$/.test(name)) return 'ends with a dot or a space, which Windows drops'
  return windowsDevice.test(name) ? 'is that of a device on Windows' : undefined
}
