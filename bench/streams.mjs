/** Streams of 64 MiB in chunks of 64 KiB, as files and sockets give them. */
import { createCipheriv, createHash } from 'node:crypto'
import { interleaved, median, medianRatio, number, table, verdict } from './measure.mjs'
import { official, ours } from './rivals.mjs'

const chunkLength = 64 * 1024

const targets = {
  '0478 encrypt 4 KiB': 2.5,
  '0478 decrypt 4 KiB': 2.8,
  '0578 encrypt 4 KiB': 1.9,
  '0578 decrypt 4 KiB': 2.3,
  '0478 encrypt 64 KiB': 2.5,
}

export async function streams({ rounds, mebibytes }) {
  const length = mebibytes * 1024 * 1024
  const chunk = new Uint8Array(chunkLength).fill(0x61)
  const plaintext = function* () {
    for (let sent = 0; sent < length; sent += chunkLength) yield chunk
  }
  const rows = []
  for (const suite of [0x0478, 0x0578]) {
    for (const [frameName, frameLength] of [
      ['4 KiB', 4096],
      ['64 KiB', 65536],
      ['1 MiB', 1048576],
    ]) {
      const a = ours(suite)
      const b = official(suite)
      const message = await collected((sink) => a.encryptStream(plaintext, frameLength, sink))
      const ciphertext = function* () {
        for (let at = 0; at < message.length; at += chunkLength) yield message.subarray(at, at + chunkLength)
      }
      for (const [operation, run] of [
        ['encrypt', (side, sink) => side.encryptStream(plaintext, frameLength, sink)],
        ['decrypt', (side, sink) => side.decryptStream(ciphertext, sink)],
      ]) {
        const figures = await interleaved(
          { ours: () => rate(length, (sink) => run(a, sink)), official: () => rate(length, (sink) => run(b, sink)) },
          rounds,
        )
        const name = `0${suite.toString(16)} ${operation} ${frameName}`
        const ratio = medianRatio(figures.ours, figures.official)
        rows.push([
          name,
          number(median(figures.ours)),
          number(median(figures.official)),
          `${number(ratio, 2)}x`,
          targets[name] ? `${targets[name]}x` : '',
          verdict(ratio, targets[name]),
        ])
      }
    }
  }
  const limits = await interleaved({ gcm: () => gcmRate(length, chunk), sha384: () => hashRate(length, chunk) }, rounds)
  console.log(`\nStreams of ${mebibytes} MiB, chunks of 64 KiB; MB/s, medians of ${rounds} interleaved rounds\n`)
  console.log(table(['', 'esdk', '@aws-crypto 5.0.2', 'ratio', 'target', ''], rows))
  console.log(
    `\nLimits: one AES-256-GCM stream ${number(median(limits.gcm))} MB/s, SHA-384 ${number(median(limits.sha384))} MB/s`,
  )
  return rows
}

async function rate(length, run) {
  let seen = 0
  const start = process.hrtime.bigint()
  await run((chunk) => {
    seen += chunk.length
  })
  if (seen < length) throw new Error(`only ${seen} of ${length} bytes came out`)
  return (length / Number(process.hrtime.bigint() - start)) * 1000
}

async function collected(run) {
  const parts = []
  await run((chunk) => parts.push(Buffer.from(chunk)))
  return Buffer.concat(parts)
}

function gcmRate(length, chunk) {
  const start = process.hrtime.bigint()
  const cipher = createCipheriv('aes-256-gcm', new Uint8Array(32), new Uint8Array(12))
  for (let done = 0; done < length; done += chunk.length) cipher.update(chunk)
  cipher.final()
  return (length / Number(process.hrtime.bigint() - start)) * 1000
}

function hashRate(length, chunk) {
  const start = process.hrtime.bigint()
  const hash = createHash('sha384')
  for (let done = 0; done < length; done += chunk.length) hash.update(chunk)
  hash.digest()
  return (length / Number(process.hrtime.bigint() - start)) * 1000
}
