/**
 * Vite and esbuild for browsers: nothing of Node in what comes out, it works, and how much it is.
 *
 * @module
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'
import { chromium } from 'playwright'
import { build as viteBuild } from 'vite'
import { findChromium } from '../scripts/chromium.mjs'
import { importsOf, namesOf } from '../scripts/syntax.mjs'
import { run } from '../scripts/workspace.mjs'
import { ensure } from './checks.mjs'
import { installOffline } from './consumer.mjs'

/** Most bytes of gzip that a page loads to read a message of the default suite with an AES key. */
const longestDecryption = 21_500

/** @param {import('./context.d.ts').Context} context */
export async function checkBundles(context) {
  const { checks, folder } = context
  checks.section('Bundles for browsers')
  const home = join(folder, 'bundles')
  const names = ['@esdk/client', '@esdk/keyring-raw']
  const there = await checks.check(
    'a project with client and keyring',
    () => installOffline(home, names, context) && '',
  )
  if (there === undefined) return

  await checks.check('Vite builds it, and nothing of Node is in it', async () => {
    await viteBuild({ root: home, logLevel: 'error', configFile: false, build: { outDir: join(home, 'site') } })
    return withoutNode(scriptsBelow(join(home, 'site')))
  })
  const browser = findChromium()
  if (browser === undefined) checks.skip('the page that Vite built, in Chromium', 'there is no Chromium here')
  else await checks.check('the page that Vite built, in Chromium', () => titleOf(join(home, 'site'), browser))

  for (const splitting of [true, false]) {
    const name = `esbuild, ${splitting ? 'in chunks' : 'as one file'}`
    const outdir = join(home, splitting ? 'chunks' : 'whole')
    await checks.check(`${name}: nothing of Node in it`, async () => {
      await bundle(home, outdir, splitting)
      return withoutNode(scriptsBelow(outdir))
    })
    await checks.check(`${name}: it decrypts`, () => decrypts(home, join(outdir, 'decrypt.js')))
    await checks.check(`${name}: weight in gzip`, () => weigh(outdir, splitting))
  }
  await checks.check('esbuild, S3 client-side encryption: nothing of Node in it', () => bundleS3(context))
}

/** A page that reads and writes encrypted objects: no module of Node is in it, or missing. */
async function bundleS3(context) {
  const home = installOffline(join(context.folder, 's3-bundle'), ['@esdk/s3-cse'], context)
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(home, 's3.js')],
    absWorkingDir: home,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  })
  const [{ text, contents }] = outputFiles
  ensure(!/['"`]node:/.test(text), 'it names a module of Node')
  ensure(importsOf({ path: 's3.js', text }).length === 0, 'it imports something')
  return `${(gzipSync(contents, { level: 9 }).length / 1000).toFixed(1)} kB in gzip, the AWS SDK included`
}

async function bundle(home, outdir, splitting) {
  const { metafile } = await esbuild.build({
    entryPoints: [join(home, 'decrypt.js')],
    absWorkingDir: home,
    outdir,
    splitting,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    metafile: true,
    logLevel: 'silent',
  })
  writeFileSync(join(outdir, 'meta.json'), JSON.stringify(metafile))
}

/** What a page loads at once, and what only rare messages ask for. */
function weigh(outdir, splitting) {
  const { outputs } = JSON.parse(readFileSync(join(outdir, 'meta.json'), 'utf8'))
  const [entry] = Object.keys(outputs).filter((path) => outputs[path].entryPoint === 'decrypt.js')
  const atOnce = new Set([entry])
  for (const path of atOnce) {
    for (const { kind, path: imported } of outputs[path].imports) if (kind === 'import-statement') atOnce.add(imported)
  }
  const weightOf = (path) => gzipSync(readFileSync(join(outdir, path.split('/').pop())), { level: 9 }).length
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
  const sum = [...atOnce].reduce((total, path) => total + weightOf(path), 0)
  const later = Object.keys(outputs).filter((path) => !atOnce.has(path))
  const rest = later.map((path) => `${chunkName(outputs[path])} ${kB(weightOf(path))}`).join(', ')
  // In one file, a page loads all that messages of other suites and keys might ask for.
  if (!splitting) return kB(sum)
  const text = `${kB(sum)} at once, of ${kB(longestDecryption)}; when needed: ${rest || 'nothing'}`
  ensure(sum <= longestDecryption, text)
  return text
}

/** A chunk by the package that most of it is from. */
function chunkName({ inputs }) {
  const [largest] = Object.entries(inputs).toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(largest?.[0] ?? '')?.[1] ?? 'a shared piece'
}

function scriptsBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }))
}

/** Neither modules nor names of Node. */
function withoutNode(scripts) {
  ensure(scripts.length > 0, 'no scripts came out')
  const wrong = scripts.flatMap((script) => [
    ...importsOf(script)
      .filter((specifier) => specifier === undefined || !/^\.{0,2}\//.test(specifier))
      .map((specifier) => `${script.path} imports ${specifier}`),
    ...namesOf(script)
      .filter(({ name }) => ['Buffer', 'process', 'require', 'global'].includes(name))
      .map(({ name }) => `${script.path} names ${name}`),
    ...(/['"`]node:/.test(script.text) ? [`${script.path} names a module of Node`] : []),
  ])
  ensure(wrong.length === 0, wrong.join('\n'))
  return `${scripts.length} file${scripts.length === 1 ? '' : 's'}`
}

/** What Node encrypted, the bundle for browsers decrypts, over the WebCrypto of Node. */
function decrypts(home, bundlePath) {
  const script = `
    import { createClient } from '@esdk/client'
    import { rawAesKeyring } from '@esdk/keyring-raw'
    import { decrypt } from ${JSON.stringify(pathToFileURL(bundlePath).href)}
    const plaintext = new TextEncoder().encode('read in a browser')
    for (const length of [16, 24, 32]) {
      const wrappingKey = new Uint8Array(length).fill(7)
      const keyring = rawAesKeyring({ namespace: 'consumer', name: 'key', wrappingKey })
      for (const suite of [0x0478, 0x0578]) {
        const { ciphertext } = await createClient().encrypt(plaintext, { keyring, suite })
        const text = new TextDecoder().decode(await decrypt(ciphertext, wrappingKey))
        if (text !== 'read in a browser') throw new Error('another plaintext')
      }
    }
  `
  writeFileSync(join(home, 'decrypts.mjs'), script)
  run(process.execPath, ['decrypts.mjs'], { cwd: home })
}

/** Opens the page that was built; gives what it says when it is done. */
async function titleOf(folder, executablePath) {
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    const known = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `/${name}`)
    if (!known.includes(path)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': path.endsWith('.js') ? 'text/javascript' : 'text/html' })
    response.end(readFileSync(join(folder, path)))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://localhost:${server.address().port}/`)
    await page.waitForFunction("document.title !== 'waiting'", undefined, { timeout: 60_000 })
    const title = await page.title()
    ensure(title.startsWith('ok: '), title)
    return title.slice(4)
  } finally {
    await browser.close()
    server.close()
  }
}
