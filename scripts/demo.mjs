#!/usr/bin/env node
/**
 * `npm run demo`: the main job, with the built command, on real files.
 *
 * Starts a local KMS with a key in each of two Regions, makes an escrow key, encrypts the project's README and a file of
 * 64 MiB under all three, shows who can open them, opens them with each key alone, compares byte for byte, and shows a
 * refusal. Works in a folder of its own, which it removes. Exits 1 if anything is not as it should be. Imports nothing
 * that has to be installed, and calls no other machine.
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'packages', 'cli', 'dist', 'bin.js')
const folder = mkdtempSync(join(tmpdir(), 'esdk-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const mebibyte = 1024 * 1024
const styled = process.stdout.isTTY && !process.env.NO_COLOR
const env = localEnvironment()
const began = performance.now()
const times = {}

heading('A KMS on this machine, with a key in each of two Regions')
const kms = await startLocalKms('eu-west-1:alias/demo', 'us-west-2:alias/demo')
const [here, there] = kms.keys

heading('An escrow key: the public half encrypts, the private one stays in a safe')
esdk('keygen', 'rsa', '--bits', '4096', '-o', 'escrow.json', '--name', 'escrow')

heading('Encrypt under all three: the README of this project, and a file of 64 MiB')
copyFileSync(join(root, 'README.md'), join(folder, 'README.md'))
writeFileSync(join(folder, 'film.bin'), randomFillSync(new Uint8Array(64 * mebibyte)))
const files = ['README.md', 'film.bin']
const all = ['-w', `key=${here.arn}`, '-w', `key=${there.arn}`, '-k', 'escrow.pub.json', ...kms.endpoint]
for (const file of files) {
  times[`encrypt ${file}`] = esdk('encrypt', file, ...all, '-c', 'project=demo')
}

heading('Who can open it')
esdk('inspect', 'README.md.encrypted')

heading('Open it with each key alone, if the file belongs to the project')
const keys = {
  [here.region]: ['-w', `key=${here.arn}`, ...kms.endpoint],
  [there.region]: ['-w', `key=${there.arn}`, ...kms.endpoint],
  escrow: ['-k', 'escrow.json'],
}
for (const [name, key] of Object.entries(keys)) {
  for (const file of files) {
    const again = `${name}-${file}`
    times[`${name} ${file}`] = esdk('decrypt', `${file}.encrypted`, ...key, '-c', 'project=demo', '-o', again)
  }
}

heading('Compare, byte for byte')
for (const file of files) {
  const before = readFileSync(join(folder, file))
  for (const name of Object.keys(keys)) {
    const same = before.equals(readFileSync(join(folder, `${name}-${file}`)))
    say(`${file.padEnd(9)}  ${name.padEnd(9)}  ${count(before.length)} bytes  ${same ? 'identical' : 'DIFFERENT'}`)
    check(same, `${file} came back changed with ${name}`)
  }
  const sealed = readFileSync(join(folder, `${file}.encrypted`))
  check(!sealed.includes(before.subarray(0, 64)), `${file} can be read in its encrypted form`)
}

heading('One bit changed on the way')
const changed = readFileSync(join(folder, 'film.bin.encrypted'))
changed[changed.length >> 1] ^= 1
writeFileSync(join(folder, 'changed.encrypted'), changed)
const status = run('decrypt', 'changed.encrypted', ...keys[here.region])
check(status === 1, `the changed file was not refused: exit status ${status}`)
check(!existsSync(join(folder, 'changed')), 'the changed file left plaintext behind')
say(`exit status ${status}, and no file was written`)

heading('Time and rate, the start of each process included')
for (const [what, seconds] of Object.entries(times)) {
  const [, file] = what.split(' ')
  const { size } = statSync(join(folder, file))
  const rate = size < mebibyte ? '' : `${Math.round(size / mebibyte / seconds)} MiB/s`.padStart(10)
  say(`${what.padEnd(19)}  ${seconds.toFixed(2).padStart(5)} s ${rate}`.trimEnd())
}
say(`${'all of this'.padEnd(19)}  ${((performance.now() - began) / 1000).toFixed(2).padStart(5)} s`)
process.exit(0)

/** Any credentials will do, and those of this machine are nobody's business. */
function localEnvironment() {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
  return {
    ...Object.fromEntries(ours),
    AWS_ACCESS_KEY_ID: 'demo',
    AWS_SECRET_ACCESS_KEY: 'demo',
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

/** A KMS in the background, on a free port, for as long as the demo runs. */
async function startLocalKms(...aliases) {
  const args = ['local-kms', ...aliases.flatMap((alias) => ['--key', alias])]
  show(`${args.join(' ')} &`)
  const stdio = ['ignore', 'pipe', process.stderr.isTTY ? 'inherit' : 1]
  const child = spawn(process.execPath, [bin, ...args, '--json'], { cwd: folder, env, stdio })
  process.on('exit', () => child.kill())
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line)
    say(`listening at ${ready.endpoint}`)
    for (const { arn } of ready.keys) say(arn)
    return { keys: ready.keys, endpoint: ['--endpoint-url', ready.endpoint] }
  }
  return check(false, 'the local KMS did not start')
}

/** Run the command, and give how many seconds it took; the demo ends when it fails. */
function esdk(...args) {
  const start = performance.now()
  const exit = run(...args)
  check(exit === 0, `esdk ${args[0]} ended with status ${exit}`)
  return (performance.now() - start) / 1000
}

/** Run the command as a user does, and give its exit status. */
function run(...args) {
  show(args.join(' '))
  // In a pipe, what the command says to people keeps its place.
  const stdio = ['ignore', 'inherit', process.stderr.isTTY ? 'inherit' : 1]
  const { status: exit, error } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, env, stdio })
  if (error) throw error
  return exit
}

function show(command) {
  say(styled ? `\u001b[1m$ esdk ${command}\u001b[0m` : `$ esdk ${command}`)
}

function check(isTrue, complaint) {
  if (isTrue) return
  console.error(`\nThe demo failed: ${complaint}`)
  process.exit(1)
}

function heading(text) {
  say(styled ? `\n\u001b[1;36m${text}\u001b[0m\n` : `\n${text}\n`)
}

function say(text) {
  console.log(text)
}

function count(number) {
  return number
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
    .padStart(10)
}
