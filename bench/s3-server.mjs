/**
 * An S3 server in a process of its own: versitygw where it is installed (or named in `VERSITYGW`), else the one in memory
 * of the tests.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { startHttpServer } from '../scripts/http-server.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const versitygw = process.env.VERSITYGW ?? 'versitygw'
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' }

export const Bucket = 'bucket'

/** @returns {Promise<{ name: string, config: import('@aws-sdk/client-s3').S3ClientConfig, stop(): Promise<void> }>} */
export async function startS3() {
  const folder = mkdtempSync(join(tmpdir(), 'esdk-bench-s3-'))
  const installed = spawnSync(versitygw, ['--version'], { stdio: 'ignore' }).status === 0
  const server = installed ? await startVersity(folder) : await startMemory(folder)
  const { endpoint } = server
  const stop = async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  const config = { region: 'us-east-1', endpoint, forcePathStyle: true, credentials }
  return { name: installed ? 'versitygw' : 'the S3 in memory of the tests (versitygw is not installed)', config, stop }
}

async function startVersity(folder) {
  mkdirSync(join(folder, Bucket))
  const { accessKeyId, secretAccessKey } = credentials
  const access = ['--access', accessKeyId, '--secret', secretAccessKey]
  const command = (port) => [versitygw, '--port', `127.0.0.1:${port}`, ...access, 'posix', folder]
  return startHttpServer('versitygw', command)
}

async function startMemory(folder) {
  const outfile = join(folder, 'server.mjs')
  await build({
    stdin: {
      contents: `
        import { MemoryS3 } from './packages/s3-cse/test/memory-s3.ts'
        import { serveS3 } from './packages/s3-cse/test/s3/server.ts'
        const s3 = new MemoryS3()
        s3.fault = (_, next) => {
          s3.requests.length = 0
          return next()
        }
        process.send((await serveS3(s3)).endpoint)
        process.on('disconnect', () => process.exit())
      `,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  })
  const child = spawn(process.execPath, ['--max-old-space-size=8192', outfile], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [endpoint] = await once(child, 'message')
  return { endpoint, stop: () => child.kill() }
}
