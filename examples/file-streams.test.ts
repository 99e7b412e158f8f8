import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateAesKey, rawAesKeyring } from '@esdk/keyring-raw'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decryptFile, encryptFile } from './file-streams.ts'

const MiB = 1024 * 1024
const keyring = rawAesKeyring({ namespace: 'test', name: 'files', wrappingKey: generateAesKey() })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esdk-file-streams-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('files through streams', () => {
  it('take less than half of their size in memory, there and back', async () => {
    const at = (name: string) => join(folder, name)
    await writeFile(at('plain'), '')
    await truncate(at('plain'), 256 * MiB)
    const peakMiB = () => process.resourceUsage().maxRSS / 1024
    const before = peakMiB()
    await encryptFile(at('plain'), at('sealed'), keyring, {})
    await decryptFile(at('sealed'), at('again'), keyring)
    expect(peakMiB() - before).toBeLessThan(128)
    expect((await stat(at('again'))).size).toBe(256 * MiB)
  })
})
