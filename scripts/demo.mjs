#!/usr/bin/env node
/**
 * `npm run demo`: the main job, with the built command, on real files.
 *
 * Makes a key, encrypts the project's README and a file of 64 MiB, shows the header, decrypts both, compares them byte
 * for byte, and shows a refusal. Works in a folder of its own, which it removes. Exits 1 if anything is not as it
 * should be. Imports nothing that has to be installed.
 */
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'packages', 'cli', 'dist', 'bin.js')
const folder = mkdtempSync(join(tmpdir(), 'esdk-demo-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const mebibyte = 1024 * 1024
const styled = process.stdout.isTTY && !process.env.NO_COLOR
const began = performance.now()
const times = {}

heading('A key, in a file that only you can read')
esdk('keygen', 'aes', '-o', 'key.json', '--name', 'demo-key')

heading('Encrypt: the README of this project, and a file of 64 MiB')
copyFileSync(join(root, 'README.md'), join(folder, 'README.md'))
writeFileSync(join(folder, 'film.bin'), randomFillSync(new Uint8Array(64 * mebibyte)))
const files = ['README.md', 'film.bin']
for (const file of files) {
  times[`encrypt ${file}`] = esdk('encrypt', file, '-k', 'key.json', '-c', 'project=demo')
}

heading('What an encrypted file says of itself')
esdk('inspect', 'README.md.encrypted')

heading('Decrypt, if the file belongs to the project')
for (const file of files) {
  const sealed = `${file}.encrypted`
  times[`decrypt ${file}`] = esdk('decrypt', sealed, '-k', 'key.json', '-c', 'project=demo', '-o', `again-${file}`)
}

heading('Compare, byte for byte')
for (const file of files) {
  const [before, after] = [file, `again-${file}`].map((name) => readFileSync(join(folder, name)))
  const same = before.equals(after)
  say(`${file.padEnd(9)}  ${count(before.length)} bytes  ${same ? 'identical' : 'DIFFERENT'}`)
  check(same, `${file} came back changed`)
  const sealed = readFileSync(join(folder, `${file}.encrypted`))
  check(!sealed.includes(before.subarray(0, 64)), `${file} can be read in its encrypted form`)
}

heading('One bit changed on the way')
const changed = readFileSync(join(folder, 'film.bin.encrypted'))
changed[changed.length >> 1] ^= 1
writeFileSync(join(folder, 'changed.encrypted'), changed)
const status = run('decrypt', 'changed.encrypted', '-k', 'key.json')
check(status === 1, `the changed file was not refused: exit status ${status}`)
check(!existsSync(join(folder, 'changed')), 'the changed file left plaintext behind')
say(`exit status ${status}, and no file was written`)

heading('Time and rate, the start of each process included')
for (const [what, seconds] of Object.entries(times)) {
  const [, file] = what.split(' ')
  const { size } = statSync(join(folder, file))
  const rate = size < mebibyte ? '' : `${Math.round(size / mebibyte / seconds)} MiB/s`.padStart(10)
  say(`${what.padEnd(17)}  ${seconds.toFixed(2).padStart(5)} s ${rate}`.trimEnd())
}
say(`${'all of this'.padEnd(17)}  ${((performance.now() - began) / 1000).toFixed(2).padStart(5)} s`)

/** Run the command, and give how many seconds it took; the demo ends when it fails. */
function esdk(...args) {
  const start = performance.now()
  const exit = run(...args)
  check(exit === 0, `esdk ${args[0]} ended with status ${exit}`)
  return (performance.now() - start) / 1000
}

/** Run the command as a user does, and give its exit status. */
function run(...args) {
  say(styled ? `\u001b[1m$ esdk ${args.join(' ')}\u001b[0m` : `$ esdk ${args.join(' ')}`)
  // In a pipe, what the command says to people keeps its place.
  const stdio = ['ignore', 'inherit', process.stderr.isTTY ? 'inherit' : 1]
  const { status: exit, error } = spawnSync(process.execPath, [bin, ...args], { cwd: folder, stdio })
  if (error) throw error
  return exit
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
