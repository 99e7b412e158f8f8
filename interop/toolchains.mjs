/**
 * The peers and the servers, installed from their registries into `.cache` beside this file, and the commands that
 * start them. What has been installed once stays, and needs no network the second time.
 *
 * @module
 */

import { readdir, readFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
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
 * The command of each peer, made ready to run: of those that exchange messages, and of those that exchange objects.
 *
 * Each rejects with `MissingToolchain` when the machine lacks what it takes, and with another error when what is there
 * does not work.
 */
export const toolchains = {
  python: () => pythonPeer('python', here),
  java: () => javaPeer('java', here, 'esdk.interop.Peer'),
  javascript: async () => [process.execPath, join(here, 'javascript', 'peer.mjs')],
}

const s3 = join(here, 's3')

export const s3Toolchains = {
  's3-java': () => javaPeer('java', s3, 'esdk.interop.s3.Peer'),
  's3-java-1': () => javaPeer('java', s3, 'esdk.interop.s3.EarlierPeer'),
  's3-python': () => pythonPeer('python', s3),
  's3-aioboto3': () => pythonPeer('aioboto3', s3),
}

/** What two ask for at the same time is made once. */
const made = new Map()

function once(name, make) {
  if (!made.has(name)) made.set(name, make())
  return made.get(name)
}

const nameOf = (name, parent) => (parent === here ? name : `${basename(parent)}-${name}`)

async function pythonPeer(name, parent) {
  const project = join(parent, name)
  const requirements = join(project, 'requirements.txt')
  const folder = await pythonWith(nameOf(name, parent), requirements)
  // -B: nothing is written beside the sources.
  return [pythonOf(folder), '-B', join(project, 'peer.py')]
}

async function pythonWith(name, requirements) {
  // The first that the material providers library runs on.
  const interpreter = await findPython({ oldest: 11 })
  const inputs = [interpreter.version, await readFile(requirements)]
  return cached(name, inputs, (target) => installPython(interpreter, target, requirements))
}

async function javaPeer(name, parent, main) {
  const folder = await once(nameOf(name, parent), () => compileJava(nameOf(name, parent), join(parent, name)))
  const classPath = [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter)
  return ['java', '-cp', classPath, main]
}

async function compileJava(name, project) {
  const pom = join(project, 'pom.xml')
  const version = await javaVersion('javac')
  return cached(name, [version, ...(await filesBelow(project))], async (target) => {
    await versionOf(mvn, ['--version'])
    await mustRun('mvn compile', mvn, [...mavenOptions, '--file', pom, `-Dinterop.build=${target}`, 'compile'])
  })
}

/**
 * The command that starts an S3 server on a port: versitygw where there is Go, or else moto.
 *
 * @returns its `name`, what is `wrong` with it, and `commandFor(port, { files, metadata, versions, region })`:
 * folders of its own, that of versions where it is to keep them, and where it is
 */
export async function s3Server() {
  try {
    const folder = await versitygw()
    const command = join(folder, isWindows ? 'versitygw.exe' : 'versitygw')
    return {
      name: `versitygw ${versitygwVersion}`,
      // Metadata are in a folder, because not every file system keeps them beside its files.
      commandFor: (port, { files, metadata, versions, region }) => [
        command,
        '--port',
        `127.0.0.1:${port}`,
        '--region',
        region,
        '--quiet',
        '--access',
        'interop',
        '--secret',
        'interop',
        'posix',
        '--sidecar',
        metadata,
        ...(versions === undefined ? [] : ['--versioning-dir', versions]),
        files,
      ],
    }
  } catch (error) {
    if (!(error instanceof MissingToolchain)) throw error
    return moto(error.message)
  }
}

const versitygwVersion = 'v1.8.0'

async function versitygw() {
  const version = await versionOf('go', ['version'])
  return cached('versitygw', [version, versitygwVersion], async (target) => {
    const source = `github.com/versity/versitygw/cmd/versitygw@${versitygwVersion}`
    await mustRun('go install', 'go', ['install', source], { env: { ...process.env, GOBIN: target } })
  })
}

async function moto(missing) {
  const folder = await pythonWith('moto', join(here, '..', 'scripts', 'emulators', 'moto.txt'))
  return {
    name: 'moto',
    wrong: `${missing}, so moto is used in place of versitygw: it takes more than 2 KB of metadata, and wrong checksums`,
    commandFor: (port) => [pythonOf(folder), '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
  }
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
