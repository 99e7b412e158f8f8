/**
 * The mistakes of a new user, with the AWS SDK, over HTTP: each is told with what to do about it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isEsdkError } from '@esdk/cmm'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keyringFails, mistakes, started } from './kms-mistakes.ts'

const empty = mkdtempSync(join(tmpdir(), 'esdk-mistakes-'))
afterAll(async () => {
  await (await started).close()
  rmSync(empty, { recursive: true })
})

/** Whatever this machine has, there are neither credentials nor a Region; and AWS KMS is the local one. */
beforeEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_CONFIG_FILE', join(empty, 'config'))
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(empty, 'credentials'))
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', (await started).endpoint)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a mistake of a new user', () => {
  it.each(Object.entries(mistakes))('is told with what to do: %s', async (_, { make, code, says }) => {
    const error: unknown = await make().catch((reason: unknown) => reason)
    expect(isEsdkError(error) && error.code).toBe(code)
    for (const words of says) expect(String(error)).toContain(words)
    expect(String(error)).not.toContain('\n')
  })

  it('is told with what to do: @aws-sdk/client-kms is not installed', async () => {
    const here = dirname(fileURLToPath(import.meta.url))
    const outfile = join(empty, 'bundle.mjs')
    await build({
      stdin: {
        contents: `
          import { createClient } from '@esdk/client'
          import { kmsKeyring } from '@esdk/keyring-kms'
          const keyring = kmsKeyring({ generatorKeyId: 'arn:aws:kms:us-east-1:111122223333:key/1234' })
          const { code, message } = await createClient().encrypt(new Uint8Array(1), { keyring }).catch((error) => error)
          console.log(JSON.stringify({ code, message }))`,
        resolveDir: here,
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@esdk/source'],
      external: ['@aws-sdk/*'],
      outfile,
    })
    // Beside the bundle there is no node_modules.
    const { stdout, stderr } = spawnSync(process.execPath, [outfile], { cwd: empty, encoding: 'utf8' })
    expect(stderr).toBe('')
    const { code, message } = JSON.parse(stdout) as { code: string; message: string }
    expect(code).toBe(keyringFails)
    expect(message).toContain('npm i @aws-sdk/client-kms')
    expect(message).toContain('or give clientFor with a client of your own')
  })
})
