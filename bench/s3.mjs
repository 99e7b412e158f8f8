/** S3 client-side encryption beside the plain client of the AWS SDK, over one S3 server on this machine. */
import { execFile } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { EncryptedDownload, EncryptedUpload, S3EncryptionClient, s3AesKeyring } from '@esdk/s3-cse'
import { interleaved, median, medianRatio, number, table, verdict } from './measure.mjs'
import { Bucket, startS3 } from './s3-server.mjs'

const mebibyte = 2 ** 20
const child = fileURLToPath(new URL('s3-child.mjs', import.meta.url))
const targetRatio = 1.6
const targetHighest = 150

export async function s3({ rounds, mebibytes, longMebibytes }) {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-bench-'))
  const server = await startS3()
  try {
    const world = { folder, config: server.config, rounds, ...clientsFor(server.config) }
    const file = await makeFile(join(folder, 'file'), mebibytes)
    console.log(`\nS3: ${server.name}`)
    await speed({ ...world, file, mebibytes })
    const long = await makeFile(join(folder, 'long'), longMebibytes)
    await memory({ ...world, file: long, mebibytes: longMebibytes })
    await range({ ...world, mebibytes: longMebibytes })
    world.plain.destroy()
    world.ours.destroy()
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function clientsFor(config) {
  const keyring = s3AesKeyring({ wrappingKey: new Uint8Array(32).fill(7) })
  const encryption = { keyring, release: { mode: 'delayed' }, rangedGet: 'unauthenticated' }
  return { plain: new S3Client(config), ours: new S3EncryptionClient({ ...config, encryption }) }
}

async function makeFile(path, mebibytes) {
  const bytes = Buffer.alloc(mebibyte, 0x61)
  await pipeline(function* () {
    for (let i = 0; i < mebibytes; i++) yield bytes
  }, createWriteStream(path))
  return path
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** Seconds of processor time, and of the clock. Nobody pays for the garbage of whoever was before. */
async function measured(operation) {
  collectGarbage()
  const [start, before] = [performance.now(), process.cpuUsage()]
  await operation()
  const { user, system } = process.cpuUsage(before)
  return { processor: (user + system) / 1e6, clock: (performance.now() - start) / 1000 }
}

async function speed({ plain, ours, file, mebibytes, rounds, folder }) {
  const put = (client, Key) =>
    client.send(
      new PutObjectCommand({ Bucket, Key, Body: createReadStream(file), ContentLength: mebibytes * mebibyte }),
    )
  const get = async (client, Key) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    let received = 0
    for await (const chunk of Body) received += chunk.length
    if (received < mebibytes * mebibyte) throw new Error(`only ${received} bytes came`)
  }
  const params = (Key) => ({ Bucket, Key, Body: createReadStream(file) })
  const partSize = 8 * mebibyte
  const download = (queueSize) => () =>
    new EncryptedDownload({ client: ours, queueSize, params: { Bucket, Key: 'ours' } }).toFile(join(folder, 'out'))
  const saveAtOnce = async () => {
    const { Body } = await plain.send(new GetObjectCommand({ Bucket, Key: 'plain' }))
    await pipeline(Body, createWriteStream(join(folder, 'out')))
  }
  const pairs = {
    PutObject: [() => put(ours, 'ours'), () => put(plain, 'plain'), targetRatio],
    'GetObject, delayed release': [() => get(ours, 'ours'), () => get(plain, 'plain'), targetRatio],
    'EncryptedUpload beside Upload': [
      () => new EncryptedUpload({ client: ours, params: params('ours') }).done(),
      () => new Upload({ client: plain, partSize, params: params('plain') }).done(),
    ],
    'EncryptedDownload beside GetObject into a file': [download(4), saveAtOnce],
    'EncryptedDownload, 4 parts at a time beside 1': [download(4), download(1)],
  }
  const rows = []
  for (const [name, [first, second, target]] of Object.entries(pairs)) {
    const clocks = { first: [], second: [] }
    const timed = (operation, figures) => async () => {
      const { processor, clock } = await measured(operation)
      figures.push(clock)
      return processor
    }
    const figures = await interleaved(
      { first: timed(first, clocks.first), second: timed(second, clocks.second) },
      rounds,
    )
    const ratio = medianRatio(figures.first, figures.second)
    rows.push([
      name,
      number(median(figures.first), 2),
      number(median(figures.second), 2),
      `${number(ratio, 2)}x`,
      target ? `<= ${target}x` : '',
      verdict(ratio, target, ratio <= target),
      ...[clocks.first, clocks.second].map((clock) => number(mebibytes / median(clock.slice(1)))),
    ])
  }
  console.log(`\n${mebibytes} MiB; seconds of processor time of the client, medians of ${rounds} interleaved rounds\n`)
  const head = ['', 'ours', 'plain', 'ratio', 'target', '', 'ours MiB/s', 'plain MiB/s']
  console.log(table(head, rows))
}

async function memory({ config, file, mebibytes }) {
  const rows = []
  for (const operation of ['multipart-put', 'delayed-get', 'parallel-get']) {
    const { stdout } = await promisify(execFile)(process.execPath, [child, operation, JSON.stringify(config), file])
    const { start, highest } = JSON.parse(stdout)
    const found = highest / mebibyte
    rows.push([
      operation,
      number(start / mebibyte),
      number(found),
      verdict(found, targetHighest, found <= targetHighest),
    ])
  }
  console.log(`\nResident memory over ${mebibytes} MiB, each in a process of its own; MiB\n`)
  console.log(table(['', 'start', 'highest', `<= ${targetHighest}`], rows))
}

async function range({ ours, mebibytes }) {
  let received = 0
  const count = (next) => async (args) => {
    const answer = await next(args)
    received += Number(answer.response.headers['content-length'])
    return answer
  }
  ours.middlewareStack.add(count, { name: 'count', step: 'deserialize', priority: 'low' })
  const first = Math.floor(mebibytes / 2) * mebibyte + 5
  const Range = `bytes=${first}-${first + mebibyte - 1}`
  const { Body } = await ours.send(new GetObjectCommand({ Bucket, Key: 'long', Range }))
  const { length } = await Body.transformToByteArray()
  const most = mebibyte + 64
  console.log(
    `\nA range of ${number(length)} bytes at ${number(first)} of ${mebibytes} MiB: ${number(received)} bytes read, target <= ${number(most)}, ${verdict(received, most, received <= most)}`,
  )
}
