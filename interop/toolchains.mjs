/**
 * The peers and DynamoDB Local, installed from their registries into `.cache` beside this file, and the commands that
 * start them. What has been installed once stays, and needs no network the second time.
 *
 * @module
 */

import { readdir, readFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  cachedBelow,
  findPython,
  installPython,
  MissingToolchain,
  mustRun,
  pythonOf,
  versionOf,
} from '../scripts/toolchain.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const cached = cachedBelow(join(here, '.cache'))
const isWindows = process.platform === 'win32'

/**
 * The command of each peer, made ready to run.
 *
 * Each rejects with `MissingToolchain` when the machine lacks what it takes, and with another error when what is there
 * does not work.
 */
export const toolchains = { python, java, javascript }

async function python() {
  const requirements = join(here, 'python', 'requirements.txt')
  // The first that the material providers library runs on.
  const interpreter = await findPython({ oldest: 11 })
  const inputs = [interpreter.version, await readFile(requirements)]
  const folder = await cached('python', inputs, (target) => installPython(interpreter, target, requirements))
  // -B: nothing is written beside the sources.
  return [pythonOf(folder), '-B', join(here, 'python', 'peer.py')]
}

async function java() {
  const project = join(here, 'java')
  const pom = join(project, 'pom.xml')
  const version = await javaVersion('javac')
  const folder = await cached('java', [version, ...(await filesBelow(project))], async (target) => {
    await versionOf(mvn, ['--version'])
    await mustRun('mvn compile', mvn, [...mavenOptions, '--file', pom, `-Dinterop.build=${target}`, 'compile'])
  })
  const classPath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter)
  return ['java', '-cp', classPath, 'esdk.interop.Peer']
}

/** The command that starts DynamoDB Local: without its options. */
export async function dynamoDbLocal() {
  const pom = join(here, 'dynamodb', 'pom.xml')
  await javaVersion('java')
  const folder = await cached('dynamodb-local', [await readFile(pom)], async (target) => {
    await versionOf(mvn, ['--version'])
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
    const options = [`-DoutputDirectory=${target}`, '-DincludeScope=runtime']
    await mustRun('mvn copy-dependencies', mvn, [...mavenOptions, '--file', pom, copy, ...options])
  })
  const server = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner'
  return ['java', `-Djava.library.path=${folder}`, '-cp', join(folder, '*'), server]
}

const mvn = isWindows ? 'mvn.cmd' : 'mvn'
const mavenOptions = ['--quiet', '--batch-mode']

async function javaVersion(command) {
  const version = await versionOf(command, ['-version'])
  if (Number(/(?:javac |version ")(\d+)/.exec(version)?.[1] ?? 0) >= 17) return version
  throw new MissingToolchain(`Java 17 or newer is needed, found ${version}`)
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(paths.sort().map((path) => readFile(path)))
}

async function javascript() {
  return [process.execPath, join(here, 'javascript', 'peer.mjs')]
}
