/** Where there is no `node:fs`, there are no files. Chosen by the `#node-file` import. */

import type { FileSink, ReplaceFile } from './node-file.ts'

export type { FileSink, ReplaceFile }

export const replaceFile: ReplaceFile | undefined = undefined
