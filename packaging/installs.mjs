/**
 * Each package alone in an empty project: `import`, `require`, the command, and what an installation weighs.
 *
 * @module
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { closureOf, run, thirdPartyOf } from '../scripts/workspace.mjs'
import { ensure } from './checks.mjs'
import { entriesOf, installed, installOffline } from './consumer.mjs'

/** Most that `@esdk/client` and `@esdk/keyring-raw` may bring into a project. */
const limits = { packages: 9, bytes: 4_000_000 }

/** @param {import('./context.d.ts').Context} context */
export async function checkInstalls(context) {
  const { checks, folder, packages } = context
  for (const one of packages) {
    checks.section(one.name)
    const home = join(folder, 'alone', one.short)
    const expected = [
      ...closureOf(one, packages).map(({ name }) => name),
      ...thirdPartyOf(closureOf(one, packages), { peers: true }).keys(),
    ]
    const there = await checks.check('installs alone', () => {
      installOffline(home, [one.name], context)
      const { names } = installed(home)
      ensure(names.toSorted().join() === expected.toSorted().join(), `installed ${names}, expected ${expected}`)
      return `${names.length} packages`
    })
    if (there === undefined) continue
    for (const entry of entriesOf(one)) {
      await checks.check(`import of ${entry}`, () => loads(home, 'import.mjs', `await import('${entry}')`))
      await checks.check(`require of ${entry}`, () => loads(home, 'require.cjs', `require('${entry}')`))
    }
    for (const name of Object.keys(one.manifest.bin ?? {})) {
      await checks.check(`the command ${name}`, () => {
        const printed = run(join(home, 'node_modules', '.bin', name), ['--help'], { cwd: home })
        ensure(printed.includes(name), `--help printed: ${printed}`)
      })
    }
  }

  checks.section('@esdk/client with @esdk/keyring-raw')
  const home = join(folder, 'client-and-keyring')
  await checks.check(`at most ${limits.packages} packages and ${limits.bytes / 1e6} MB`, () => {
    installOffline(home, ['@esdk/client', '@esdk/keyring-raw'], context)
    const { names, bytes } = installed(home)
    ensure(names.length <= limits.packages && bytes <= limits.bytes, `${names.length} packages, ${bytes} bytes`)
    return `${names.length} packages, ${(bytes / 1e6).toFixed(2)} MB`
  })
  await checks.check('a round trip from a module', () =>
    run(process.execPath, ['round-trip.mjs'], { cwd: home }).trim(),
  )
  await checks.check('a round trip from CommonJS', () =>
    run(process.execPath, ['round-trip.cjs'], { cwd: home }).trim(),
  )
}

/** Loads an entry in a Node of its own: it has exports, and Node says nothing about it. */
function loads(home, name, expression) {
  const text = `
    process.on('warning', (warning) => { throw warning })
    const exports = ${expression}
    const count = Object.keys(exports).length
    if (count === 0) throw new Error('exports nothing')
    console.log(count + ' exports')
  `
  writeFileSync(join(home, name), name.endsWith('.cjs') ? `{${text}}` : text)
  return run(process.execPath, [name], { cwd: home }).trim()
}
