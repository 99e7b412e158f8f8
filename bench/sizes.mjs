/** What a browser downloads, and what an installation puts on the disk. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { number, table, verdict } from './measure.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const application = `
import { createClient } from '@esdk/client'
import { rawAesKeyring } from '@esdk/keyring-raw'
export async function open(ciphertext, wrappingKey) {
  const keyring = rawAesKeyring({ namespace: 'app', name: 'key', wrappingKey })
  return (await createClient().decrypt(ciphertext, { keyring })).plaintext
}
`

export async function sizes() {
  const split = await bundle(true)
  const single = await bundle(false)
  const installed = installation(['@esdk/client', '@esdk/keyring-raw'])
  const entry = split.find(({ entry }) => entry)
  const atOnce = split.filter(({ lazy }) => !lazy)
  const kilobytes = atOnce.reduce((sum, { gzip }) => sum + gzip, 0) / 1000
  const mebibytes = installed.bytes / 1e6
  const rows = [
    [
      'browser bundle of raw-AES decryption, loaded at once',
      `${number(kilobytes, 1)} kB gzip`,
      '<= 20 kB',
      verdict(kilobytes, 20, kilobytes <= 20),
    ],
    [
      '  and loaded only when a signed message is longer than 1 MiB, or for AES-192',
      `${number(split.filter(({ lazy }) => lazy).reduce((sum, { gzip }) => sum + gzip, 0) / 1000, 1)} kB gzip`,
      '',
      '',
    ],
    ['the same in one file, with all that is lazy', `${number(single[0].gzip / 1000, 1)} kB gzip`, '', ''],
    [
      'mentions of Buffer or node: in the bundle',
      String(count(entry.text) + atOnce.reduce((sum, { text }) => sum + count(text), 0)),
      '0',
      '',
    ],
    [
      'packages that client + keyring-raw install',
      String(installed.packages),
      '<= 9',
      verdict(installed.packages, 9, installed.packages <= 9),
    ],
    ['  on the disk', `${number(mebibytes, 1)} MB`, '<= 4 MB', verdict(mebibytes, 4, mebibytes <= 4)],
  ]
  console.log('\nSizes\n')
  console.log(table(['', 'found', 'target', ''], rows))
}

function count(text) {
  return (text.match(/\bBuffer\b|["']node:/g) ?? []).length
}

async function bundle(splitting) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: application, resolveDir: dirname(fileURLToPath(import.meta.url)), sourcefile: 'application.js' },
    bundle: true,
    minify: true,
    splitting,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'out',
    write: false,
    metafile: true,
  })
  const outputs = Object.entries(metafile.outputs)
  const lazy = new Set(
    outputs.flatMap(([, { imports }]) =>
      imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path),
    ),
  )
  // What only lazy files import is lazy too.
  const atOnce = new Set(
    outputs
      .filter(([, { entryPoint }]) => entryPoint === '<stdin>' || entryPoint === 'application.js')
      .map(([path]) => path),
  )
  if (atOnce.size === 0) atOnce.add(outputs.find(([path]) => path.endsWith('stdin.js'))[0])
  for (const path of atOnce) {
    for (const { path: imported, kind } of metafile.outputs[path].imports)
      if (kind === 'import-statement') atOnce.add(imported)
  }
  return outputFiles.map(({ path, contents, text }) => {
    const name = outputs.find(([output]) => path.endsWith(output))[0]
    return {
      name,
      text,
      gzip: gzipSync(contents, { level: 9 }).length,
      entry: name.endsWith('stdin.js'),
      lazy: !atOnce.has(name) && lazy.size > 0,
    }
  })
}

/** Follows dependencies from these packages through the workspace; counts what `npm install` would put there. */
function installation(names) {
  const folders = new Map()
  const visit = (name, from) => {
    const folder = find(name, from)
    if (folders.has(folder)) return
    folders.set(folder, packedBytes(folder))
    const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder)
  }
  for (const name of names) visit(name, join(root, 'bench'))
  return { packages: folders.size, bytes: [...folders.values()].reduce((sum, bytes) => sum + bytes, 0) }
}

function find(name, from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(candidate)) return realpathSync(candidate)
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`)
  }
}

/** Bytes of the files of a package: those its `files` lists where it is ours, all where it was installed. */
function packedBytes(folder) {
  const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const ours = !folder.includes(`${join('node_modules', '.pnpm')}`)
  const listed = ours ? files.filter((file) => !file.startsWith('!')).map((file) => join(folder, file)) : [folder]
  return listed.reduce((sum, path) => sum + bytesBelow(path), 0)
}

function bytesBelow(path) {
  if (!existsSync(path) || path.endsWith('.test.ts') || path.endsWith('.tsbuildinfo')) return 0
  const stat = lstatSync(path)
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0
  if (path.endsWith('node_modules')) return 0
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0)
}
