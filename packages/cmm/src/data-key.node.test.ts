import { format, inspect } from 'node:util'
import { nodeBackend } from '@esdk/crypto-backend/node'
import { webBackend } from '@esdk/crypto-backend/web'
import { algorithmSuite, contextOf, type EncryptedDataKey } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { checkEncryptionMaterials } from './check-materials.ts'
import { DataKey } from './data-key.ts'
import { KeyringError, MaterialsError, NoDataKeyError, UnwrapError } from './errors.ts'
import { withGeneratedDataKey, withUnwrappedDataKey } from './materials.ts'

/** Bytes that are easy to find in whatever form they are shown. */
const secret = Uint8Array.from({ length: 32 }, (_, i) => 0xe0 + (i % 7))

/** How bytes may appear in a text. */
const forms = [
  Buffer.from(secret.subarray(0, 8)).toString('hex'),
  Buffer.from(secret.subarray(0, 6)).toString('base64'),
  Array.from(secret.subarray(0, 4)).join(','),
  Array.from(secret.subarray(0, 4)).join(', '),
  Buffer.from(secret.subarray(0, 4)).toString('latin1'),
  Array.from(secret.subarray(0, 4), (byte) => byte.toString(16)).join(' '),
]

function shownBy(value: unknown): string {
  return [
    inspect(value),
    inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true, showProxy: true }),
    format('%s %o %O %j', value, value, value, value),
    JSON.stringify(value, (_, member: unknown) => (member instanceof Set ? [...member] : member)) ?? '',
    String(value),
  ].join('\n')
}

function expectHidden(value: unknown): void {
  const shown = shownBy(value)
  for (const form of forms) expect(shown).not.toContain(form)
}

const edk: EncryptedDataKey = { providerId: 'vault', providerInfo: Uint8Array.of(1), ciphertext: Uint8Array.of(2) }

describe('what a log shows of keys (K12)', () => {
  it('would be found: the forms are those that bytes have in a log', () => {
    expect(shownBy(Buffer.from(secret))).toContain(forms[5])
    expect(shownBy(secret)).toContain(forms[3])
  })

  it('is nothing of a data key', () => {
    expectHidden(new DataKey(secret))
    expectHidden({ nested: { list: [new DataKey(secret)] } })
    expect(inspect(new DataKey(secret))).toBe('DataKey {}')
  })

  it('is nothing of it in materials', () => {
    const common = {
      suite: algorithmSuite(0x0478),
      encryptionContext: contextOf([['tenant', '42']]),
      requiredContextKeys: new Set<string>(),
    }
    const ready = withGeneratedDataKey({ ...common, encryptedDataKeys: [] }, new DataKey(secret), edk)
    expectHidden(ready)
    expectHidden(withUnwrappedDataKey(common, new DataKey(secret)))
    const request = { ...common, commitmentPolicy: 'require-encrypt-require-decrypt' } as const
    expectHidden(checkEncryptionMaterials(request, ready))
  })

  it('is nothing of it in errors, with all that they hold', () => {
    const cause = new Error('the vault is closed')
    const attempt = new UnwrapError(edk, 'it does not open', { cause })
    expectHidden(new NoDataKeyError([edk], [attempt, new KeyringError('no', [attempt])]))
    const request = {
      suite: algorithmSuite(0x0478),
      encryptionContext: contextOf([]),
      commitmentPolicy: 'require-encrypt-require-decrypt',
    } as const
    const given = {
      suite: algorithmSuite(0x0478),
      encryptionContext: contextOf([]),
      requiredContextKeys: new Set<string>(),
      dataKey: new DataKey(secret.subarray(1)),
      encryptedDataKeys: [edk] as const,
    }
    try {
      checkEncryptionMaterials(request, given)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(MaterialsError)
      expectHidden(error)
    }
  })

  it.each([
    ['node', nodeBackend],
    ['web', webBackend()],
  ])('is nothing of the keys that the %s backend has imported', async (_, backend) => {
    expectHidden(await backend.importAesGcmKey(secret))
    const signingKey = await backend.ecdsa.generateKey('P-384')
    // Only the public key: 49 bytes.
    const shown = inspect(signingKey, { depth: Number.POSITIVE_INFINITY, maxArrayLength: null })
    expect(shown.match(/Uint8Array\((\d+)\)/g)).toEqual(['Uint8Array(49)'])
  })
})
