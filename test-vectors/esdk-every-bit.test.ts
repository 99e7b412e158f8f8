import { type Client, createClient, type EsdkError, isEsdkError } from '@esdk/client'
import type { CryptographicMaterialsManager } from '@esdk/cmm'
import { type CryptoBackend, defaultBackend, type VerificationKey } from '@esdk/crypto-backend'
import { concat, findAlgorithmSuite, hex, sameBytes } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { formsOf, secretIn } from '../test/fuzz/secrets.mjs'
import { cmmOf, needsKms, policyNames, type VectorTest } from './esdk-manifest.ts'
import { plaintextOf } from './plaintext.ts'
import { readBytes, readJson } from './source.ts'

const { tests } = await readJson<{ tests: (VectorTest & { readonly messageLength: number })[] }>(
  'esdk/decrypt/manifest.json',
)

const sound = tests.filter((test) => test.result === 'ok' && !needsKms(test.decryptKeyDescription))
const byLength = [...sound].sort((a, b) => a.messageLength - b.messageLength)

function shortest(count: number, wanted: (test: VectorTest) => boolean): VectorTest[] {
  return byLength.filter(wanted).slice(0, count)
}

const isAes = ({ decryptKeyDescription: key }: VectorTest) => key['encryption-algorithm'] === 'aes'

const isSigned = ({ suiteId }: VectorTest) => findAlgorithmSuite(Number(suiteId))?.signature.kind === 'ecdsa'

/**
 * Of each suite: short messages in one frame and in several, and one without frames. Fewer of the signed suites, where
 * each attempt takes twenty times as long.
 */
const corpus = [
  ...new Set([
    ...[...new Set(sound.map(({ suiteId }) => suiteId))].sort().flatMap((id) => {
      const inSuite = (test: VectorTest) => test.suiteId === id && isAes(test)
      const count = shortest(1, inSuite).some(isSigned) ? 1 : 3
      return [
        ...shortest(count, (test) => inSuite(test) && test.contentType === 'framed'),
        ...shortest(
          count,
          (test) => inSuite(test) && test.contentType === 'framed' && test.plaintext.length > test.frameLength,
        ),
        ...shortest(1, (test) => inSuite(test) && test.contentType !== 'framed'),
      ]
    }),
    ...shortest(2, (test) => test.group === 'required-ec' && !isSigned(test)),
    ...shortest(2, (test) => test.group === 'multi' && !isSigned(test)),
    ...shortest(1, (test) => test.group === 'raw-ecdh' && !isSigned(test)),
  ]),
]

interface Sample {
  readonly message: Uint8Array
  readonly plaintext: Uint8Array
  readonly client: Client
  readonly options: Parameters<Client['decrypt']>[1]
  /** What no error may show: the plaintext and the data key. */
  readonly secrets: readonly string[]
}

/** A third of the time went into the import of the same few public keys: each is imported once. */
function rememberingBackend(): CryptoBackend {
  const keys = new Map<string, Promise<VerificationKey | undefined>>()
  const { ecdsa } = defaultBackend
  return {
    ...defaultBackend,
    ecdsa: {
      ...ecdsa,
      importPublicKey(curve, point) {
        const name = `${curve} ${hex(point)}`
        const key = keys.get(name) ?? Promise.resolve(ecdsa.importPublicKey(curve, point))
        keys.set(name, key)
        return key
      },
    },
  }
}

async function sampleOf(test: VectorTest): Promise<Sample> {
  const [policy] = test.commitmentPolicies
  const backend = rememberingBackend()
  const client = createClient({ commitmentPolicy: policyNames[policy as keyof typeof policyNames], backend })
  const cmm = cmmOf(test.decryptKeyDescription, backend)
  const dataKeys: Uint8Array[] = []
  const watched: CryptographicMaterialsManager = {
    ...cmm,
    async decryptMaterials(request) {
      const materials = await cmm.decryptMaterials(request)
      dataKeys.push(materials.dataKey.expose().slice())
      return materials
    },
  }
  const reproduced = test.reproducedEncryptionContext
  const options = { cmm, ...(reproduced && { encryptionContext: reproduced }) }
  const message = await readBytes(`esdk/decrypt/${test.message}`)
  const plaintext = await plaintextOf(test.plaintext)
  const result = await client.decrypt(message, { ...options, cmm: watched })
  expect(sameBytes(result.plaintext, plaintext)).toBe(true)
  return { message, plaintext, client, options, secrets: [plaintext, ...dataKeys].flatMap(formsOf) }
}

/** Refused with an error of ours, which shows nothing it should not. */
async function refusal({ client, options, secrets }: Sample, changed: Uint8Array): Promise<EsdkError> {
  const error = await client.decrypt(changed, options).then(
    () => 'accepted',
    (caught: unknown) => caught,
  )
  if (!isEsdkError(error)) throw new Error(`not refused as it should be: ${String(error)}`, { cause: error })
  const shown = secretIn(error, secrets)
  if (shown !== undefined) throw new Error(`an error shows ${shown}: ${error.message}`)
  return error
}

async function streamedRefusal(
  { client, options, plaintext }: Sample,
  changed: Uint8Array,
  size: number,
): Promise<void> {
  function* chunks() {
    for (let offset = 0; offset < changed.length; offset += size) yield changed.slice(offset, offset + size)
  }
  const released: Uint8Array[] = []
  try {
    const reader = (await client.decryptStream(chunks(), options)).plaintext.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) released.push(read.value)
  } catch (error) {
    if (!isEsdkError(error)) throw error
    const bytes = concat(...released)
    expect(sameBytes(bytes, plaintext.subarray(0, bytes.length))).toBe(true)
    return
  }
  throw new Error('the stream has ended')
}

it('the corpus has messages of all suites, in all layouts', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(55)
  expect(new Set(corpus.map(({ suiteId }) => suiteId)).size).toBe(11)
  expect(new Set(corpus.map(({ contentType }) => contentType)).size).toBe(2)
})

describe.each(corpus.map((test) => [test.id, test] as const))('%s', (_, test) => {
  it('is refused when any bit of it is another', async () => {
    const sample = await sampleOf(test)
    const changed = new Uint8Array(sample.message)
    const codes = new Set<string>()
    for (let bit = 0; bit < 8 * changed.length; bit++) {
      const [offset, mask] = [bit >> 3, 1 << (bit & 7)]
      changed[offset] = (changed[offset] as number) ^ mask
      codes.add((await refusal(sample, changed)).code)
      changed[offset] = changed[offset] ^ mask
    }
    // The faults are noticed in many places, not all in one.
    expect(codes.size).toBeGreaterThan(3)
    expect(sameBytes(changed, sample.message)).toBe(true)
  })

  it('is refused when it is cut anywhere', async () => {
    const sample = await sampleOf(test)
    for (let length = 0; length < sample.message.length; length++) {
      const cut = sample.message.subarray(0, length)
      expect((await refusal(sample, cut)).code).toBe('ERR_ESDK_TRUNCATED')
      if (length % 3 === 0) await streamedRefusal(sample, cut, 64)
    }
  })

  it('is refused when something follows it', async () => {
    const sample = await sampleOf(test)
    const { message } = sample
    const lastFrame = message.subarray(message.length - sample.plaintext.length - 40)
    for (const extra of [1, 16, 1000].map((length) => new Uint8Array(length))) {
      expect((await refusal(sample, concat(message, extra))).code).toBe('ERR_ESDK_TRAILING_BYTES')
      await streamedRefusal(sample, concat(message, extra), 77)
    }
    for (const extra of [message, lastFrame, Uint8Array.of(0xff)]) {
      expect((await refusal(sample, concat(message, extra))).code).toBe('ERR_ESDK_TRAILING_BYTES')
      await streamedRefusal(sample, concat(message, extra), 1)
    }
  })
})
