/**
 * `npm run example -- NAME ...`: runs examples, on the sources of the packages. Node 20 cannot run TypeScript by itself.
 *
 * @module
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from './workspace.mjs'

const folder = join(root, 'examples')
const outfile = join(folder, 'node_modules', '.cache', 'run.mjs')
await build({
  entryPoints: [join(folder, 'run.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['@esdk/source'],
  external: ['@aws-sdk/*'],
  logLevel: 'warning',
})
await import(pathToFileURL(outfile).href)
