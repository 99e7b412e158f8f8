/**
 * A release, rehearsed: the working tree in a folder of its own, `lerna version`, `lerna publish`, and an installation, all
 * against a registry on this machine.
 *
 * @module
 */
import { fork } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tarballProblems } from '../scripts/supply-chain.mjs'
import { filesInTarball } from '../scripts/tarball.mjs'
import { packagesOf, root, run } from '../scripts/workspace.mjs'
import { ensure } from './checks.mjs'
import { installed, npmIn, project } from './consumer.mjs'

/** @param {import('./context.d.ts').Context} context */
export async function checkRegistry({ checks, folder }) {
  checks.section('A release to a registry on this machine')
  const home = join(folder, 'registry')
  mkdirSync(home)
  const uplink = npmIn({ cwd: home }, 'config', 'get', 'registry').trim()
  const { url, close } = await startServer(home, uplink)
  try {
    const environment = environmentFor(home, url)
    await rehearse({ checks, home, url, environment })
  } finally {
    close()
  }
}

async function rehearse({ checks, home, url, environment }) {
  const tree = join(home, 'tree')
  const options = { cwd: tree, env: environment }
  const pnpm = (...args) => run(process.execPath, [binary('pnpm', 'bin/pnpm.cjs'), ...args], options)
  // By the scripts of the release: lerna starts the pnpm that it finds on the path, and npm puts ours there.
  const release = (step, ...args) => npmIn(options, 'run', `release:${step}`, '--', ...args)
  const git = (...args) => run('git', args, options)

  const ready = await checks.check('the working tree, in a repository of its own', () => {
    copyWorkingTree(tree)
    git('init', '--quiet', '--initial-branch=main')
    git('add', '--all')
    git('commit', '--quiet', '--message', 'The working tree')
    pnpm('install', '--frozen-lockfile', '--prefer-offline')
    return `${git('ls-files').trim().split('\n').length} files`
  })
  if (ready === undefined) return

  const [{ manifest: before }] = packagesOf(tree)
  const next = before.version.replace(/^(\d+)\.(\d+)\.\d+$/, (_, major, minor) => `${major}.${Number(minor) + 1}.0`)
  const versioned = await checks.check('lerna version: one version, in ranges and lockfile too', () => {
    release('version', 'minor', '--yes', '--no-push')
    for (const { name, manifest } of packagesOf(tree)) {
      ensure(manifest.version === next, `${name} has ${manifest.version}, expected ${next}`)
      for (const [other, range] of Object.entries(manifest.dependencies ?? {})) {
        ensure(!other.startsWith('@esdk/') || range === `^${next}`, `${name} asks for ${other} ${range}`)
      }
    }
    ensure(git('tag').trim() === `v${next}`, `tags: ${git('tag')}`)
    ensure(git('status', '--porcelain').trim() === '', `not committed: ${git('status', '--porcelain')}`)
    pnpm('install', '--frozen-lockfile', '--offline')
    return next
  })
  if (versioned === undefined) return

  const publish = () => release('publish', '--yes', '--registry', url)
  const published = await checks.check('lerna publish', () => {
    // As the workflow has it: a tag, and no branch.
    git('checkout', '--quiet', '--detach', `v${next}`)
    run(process.execPath, ['scripts/build.mjs'], options)
    const printed = publish()
    const names = new Set(printed.match(/@esdk\/[\w-]+(?= => )/g))
    ensure(names.size === packagesOf(tree).length, `published ${[...names]}`)
    return `${names.size} packages`
  })
  if (published === undefined) return
  await checks.check('lerna publish again: there is nothing left', () => void publish())

  for (const { name } of packagesOf(tree)) {
    await checks.check(`the tarball of ${name}`, () => {
      const to = join(home, 'downloaded', name)
      mkdirSync(to, { recursive: true })
      const [{ filename, size }] = JSON.parse(
        npmIn({ cwd: to }, 'pack', `${name}@${next}`, '--json', '--registry', url),
      )
      const problems = tarballProblems(filesInTarball(join(to, filename.replace('@', '').replace('/', '-'))))
      ensure(problems.length === 0, problems.join('\n'))
      return `${(size / 1000).toFixed(1)} kB`
    })
  }

  const consumer = join(home, 'consumer')
  await checks.check('npm install @esdk/client @esdk/keyring-raw', () => {
    project(consumer, {})
    npmIn({ cwd: consumer }, 'install', '@esdk/client', '@esdk/keyring-raw', '--registry', url)
    const { names, bytes } = installed(consumer)
    ensure(names.length <= 9 && bytes <= 4_000_000, `${names.length} packages, ${bytes} bytes`)
    for (const name of names.filter((one) => one.startsWith('@esdk/'))) {
      const { version } = JSON.parse(readFileSync(join(consumer, 'node_modules', name, 'package.json'), 'utf8'))
      ensure(version === next, `${name} has ${version}`)
    }
    return `${names.length} packages, ${(bytes / 1e6).toFixed(2)} MB`
  })
  await checks.check('a round trip with what was installed', () =>
    run(process.execPath, ['round-trip.mjs'], { cwd: consumer }).trim(),
  )
}

/** What is in git, and what would be: never this checkout itself. */
function copyWorkingTree(to) {
  const files = run('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root }).split('\0')
  for (const path of files) {
    if (path === '' || /^test-vectors\/(esdk|s3|wycheproof)\//.test(path)) continue
    mkdirSync(join(to, dirname(path)), { recursive: true })
    cpSync(join(root, path), join(to, path))
  }
}

async function startServer(home, uplink) {
  const file = fileURLToPath(new URL('registry-server.mjs', import.meta.url))
  const server = fork(file, [home, uplink], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const port = await new Promise((resolve, reject) => {
    server.once('message', resolve)
    server.once('exit', (code) => reject(new Error(`the registry ended with status ${code}`)))
  })
  return { url: `http://127.0.0.1:${port}/`, close: () => server.disconnect() }
}

/** Git and npm as on a machine where nothing is set. */
function environmentFor(home, url) {
  const userConfig = join(home, 'npmrc')
  // The registry lets everybody publish; npm does not try without a token.
  writeFileSync(userConfig, `registry=${url}\n${url.slice('http:'.length)}:_authToken=nobody\nprovenance=false\n`)
  const who = { NAME: 'A release', EMAIL: 'release@example.invalid' }
  return {
    ...process.env,
    NPM_CONFIG_USERCONFIG: userConfig,
    ...Object.fromEntries(
      Object.entries(who).flatMap(([key, value]) => [
        [`GIT_AUTHOR_${key}`, value],
        [`GIT_COMMITTER_${key}`, value],
      ]),
    ),
  }
}

function binary(name, path) {
  return join(root, 'node_modules', name, ...path.split('/'))
}
