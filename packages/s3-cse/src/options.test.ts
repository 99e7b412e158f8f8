import { describe, expect, it } from 'vitest'
import { keyring } from '../test/clients.ts'
import { contentSuites } from './content-suite.ts'
import { defaultS3Cmm } from './default-cmm.ts'
import { checkOptions } from './options.ts'

const of = (options: object) => checkOptions({ keyring, ...options })

describe('the options', () => {
  it('allow nothing that is not asked for', () => {
    expect(of({})).toMatchObject({
      commitmentPolicy: 'require-encrypt-require-decrypt',
      suite: contentSuites.committing,
      readsLegacyWrapping: false,
      readsLegacyContent: false,
      readsRanges: false,
      release: { maxBytes: 67_108_864 },
      readsInstructionFiles: true,
      writesInstructionFiles: false,
      passesUnencrypted: false,
    })
  })

  it('allow one thing each', () => {
    const settings = of({ enableLegacyWrappingAlgorithms: true })
    expect(settings).toMatchObject({ readsLegacyWrapping: true, readsLegacyContent: false, readsRanges: false })
    expect(of({ rangedGet: 'unauthenticated' })).toMatchObject({ readsLegacyContent: false, readsRanges: true })
  })

  it.each([
    ['require-encrypt-require-decrypt', 'committing'],
    ['require-encrypt-allow-decrypt', 'committing'],
    ['forbid-encrypt-allow-decrypt', 'gcm'],
  ] as const)('write with %s what %s says', (commitmentPolicy, suite) => {
    expect(of({ commitmentPolicy }).suite).toBe(contentSuites[suite])
    const contentAlgorithm = suite === 'gcm' ? 'non-committing' : 'committing'
    expect(of({ commitmentPolicy, contentAlgorithm }).suite).toBe(contentSuites[suite])
    const other = suite === 'gcm' ? 'committing' : 'non-committing'
    expect(() => of({ commitmentPolicy, contentAlgorithm: other })).toThrow(TypeError)
  })

  it('take a keyring or a materials manager, not both and not none', () => {
    const cmm = defaultS3Cmm(keyring)
    expect(checkOptions({ cmm }).cmm).toBe(cmm)
    for (const wrong of [{}, { keyring, cmm }, { keyring: {} }, { cmm: {} }, { keyring: 5 }, undefined, null]) {
      expect(() => checkOptions(wrong as never)).toThrow(TypeError)
    }
  })

  it.each([
    { commitmentPolicy: 'none' },
    { contentAlgorithm: 'cbc' },
    { enableLegacyWrappingAlgorithms: 'yes' },
    { enableLegacyUnauthenticatedModes: 1 },
    { rangedGet: true },
    { release: 'delayed' },
    { release: null },
    { release: {}, mode: 1 },
    { release: { mode: 'never' } },
    { release: { mode: 'delayed', maxBytes: 100 } },
    { release: { mode: 'buffered', limit: 100 } },
    { instructionFile: true },
    { instructionFile: { write: 1 } },
    { instructionFile: { writes: true } },
    { onUnencrypted: 'ignore' },
    { enableDelayedAuthentication: true },
  ])('refuse what they do not know: %j', (wrong) => {
    expect(() => of(wrong)).toThrow(TypeError)
  })

  it.each([15, 2 ** 36 - 15, 1.5, Number.NaN, -1])('refuse a limit of %d bytes', (maxBytes) => {
    expect(() => of({ release: { mode: 'buffered', maxBytes } })).toThrow(RangeError)
  })

  it.each([16, 2 ** 36 - 16])('take a limit of %d bytes', (maxBytes) => {
    expect(of({ release: { mode: 'buffered', maxBytes } }).release).toEqual({ maxBytes })
  })
})
