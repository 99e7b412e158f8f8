import { type Client, createClient, isEsdkError } from '@esdk/client'
import {
  algorithmSuite,
  concat,
  decode,
  encodeHeader,
  findAlgorithmSuite,
  formatSuiteId,
  readHeader,
  sameBytes,
} from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import {
  cmmOf,
  codeOfClass,
  needsBranchKeys,
  needsKms,
  needsPkcs1,
  policyNames,
  type VectorTest,
} from './esdk-manifest.ts'
import { plaintextOf } from './plaintext.ts'
import { readBytes, readJson, sha256, toHex } from './source.ts'

const { tests } = await readJson<{ tests: VectorTest[] }>('esdk/decrypt/manifest.json')
const ours = tests.filter((test) => !needsBranchKeys(test.decryptKeyDescription))

/**
 * Faults that we notice at another step than the manifest names, since nothing tells them apart from what they cause:
 * - a commitment that is missing or too long is read with the bytes that follow it;
 * - a count of 65535 keys with one present is a header that ends too early;
 * - a suite that signs where the message does not, or the reverse, shows in the context before any key is derived;
 * - where frames are missing in a signed message, its footer is read in their place.
 */
function noticedAs(test: VectorTest): string | undefined {
  const kind = kindOf(test)
  const signs = suiteSigns(test.suiteId)
  if (kind === 'crafted-commit-missing') return 'ERR_ESDK_COMMITMENT'
  if (kind === 'crafted-commit-long') return 'ERR_ESDK_HEADER_AUTH'
  if (kind === 'crafted-edk-count-65535') return 'ERR_ESDK_TRUNCATED'
  if (kind === 'crafted-suite-swap') {
    const [from, to] = test.id
      .split('-')
      .slice(-2)
      .map((id) => suiteSigns(`0x${id}`))
    return from === to ? undefined : 'ERR_ESDK_PUBLIC_KEY'
  }
  if (signs && (kind === 'crafted-body-missing' || kind === 'crafted-body-no-final')) return 'ERR_ESDK_BODY_SEQUENCE'
  if (signs && kind === 'crafted-final-claim-more') return 'ERR_ESDK_BODY_AUTH'
  return undefined
}

it('388 of the 407 crafted messages that must fail fail as the manifest names it; the others have their reasons above', () => {
  const failing = ours.filter(({ group, result }) => group === 'crafted' && typeof result === 'object')
  const elsewhere = failing.filter((test) => noticedAs(test) !== undefined)
  expect(failing).toHaveLength(407)
  expect(elsewhere).toHaveLength(407 - 388)
})

it('all messages for keys of AWS KMS are here: 239, of which 28 must fail', () => {
  const forKms = ours.filter(
    (test) => needsKms(test.decryptKeyDescription) && !needsBranchKeys(test.decryptKeyDescription),
  )
  const counts = new Map<string, number>()
  for (const { group } of forKms) counts.set(group, (counts.get(group) ?? 0) + 1)
  expect(Object.fromEntries(counts)).toEqual({
    'aws-kms': 44,
    'aws-kms-mrk': 60,
    'aws-kms-rsa': 24,
    'aws-kms-ecdh': 24,
    'ec-edge': 23,
    multi: 44,
    'required-ec': 20,
  })
  expect(forKms.filter(({ result }) => typeof result === 'object')).toHaveLength(28)
})

function kindOf({ id }: VectorTest): string {
  return id.replace(/(-[0-9a-f]{4}){1,2}$/, '')
}

function suiteSigns(id: string): boolean {
  return findAlgorithmSuite(Number(id))?.signature.kind === 'ecdsa'
}

/** What we do where the manifest leaves it open. */
const eitherIsError: Readonly<Record<string, string>> = {
  'crafted-ec-empty-count': 'ERR_ESDK_HEADER_MALFORMED',
  'crafted-framed-framelength-0': 'ERR_ESDK_BODY_MALFORMED',
}

describe.each(backends)('messages of other implementations, on %s', (name, backend) => {
  const clientFor = (policy: string): Client =>
    createClient({ commitmentPolicy: policyNames[policy as keyof typeof policyNames], backend })

  // WebCrypto has no PKCS #1 v1.5; `raw-rsa.test.ts` in keyring-raw shows the refusal.
  const possible = ours.filter((test) => name === 'node:crypto' || !needsPkcs1(test.decryptKeyDescription))

  it.each(possible.map((test) => [test.id, test] as const))('%s', async (_, test) => {
    const message = await readBytes(`esdk/decrypt/${test.message}`)
    expect(await sha256(message)).toBe(test.messageSha256)
    const options = {
      cmm: cmmOf(test.decryptKeyDescription, backend),
      ...(test.reproducedEncryptionContext && { encryptionContext: test.reproducedEncryptionContext }),
    }
    const client = clientFor(test.commitmentPolicies[0] ?? 'FORBID_ENCRYPT_ALLOW_DECRYPT')
    const expected = expectation(test)

    if (expected !== undefined) {
      await expect(client.decrypt(message, options)).rejects.toMatchObject({ code: expected })
      await expect(streamed(client, [message], options)).rejects.toMatchObject({ code: expected })
      await expect(streamed(client, chunksOf(message, 1), options)).rejects.toMatchObject({ code: expected })
      return
    }

    const plaintext = await plaintextOf(test.plaintext)
    expect(await sha256(plaintext)).toBe(test.plaintext.sha256)
    const result = await client.decrypt(message, options)
    expect(sameBytes(result.plaintext, plaintext)).toBe(true)
    if (test.headerEncryptionContext) {
      expect({ ...result.header.encryptionContext }).toEqual(test.headerEncryptionContext)
      expect({ ...result.encryptionContext }).toEqual({
        ...test.headerEncryptionContext,
        ...test.reproducedEncryptionContext,
      })
    }
    // In `crafted`, the manifest tells what the writer meant.
    if (test.group !== 'crafted') expect(formatSuiteId(result.header.suite)).toBe(test.suiteId)
    expect(algorithmSuite(result.header.suite).messageVersion).toBe(result.header.version)

    for (const chunks of arrivals(message)) {
      expect(sameBytes(await streamed(client, chunks, options), plaintext)).toBe(true)
    }
  })

  it.each(possible.filter((test) => test.result === 'ok').map((test) => [test.id, test] as const))(
    '%s is refused under every policy that does not allow its suite',
    async (_, test) => {
      const message = await readBytes(`esdk/decrypt/${test.message}`)
      const cmm = cmmOf(test.decryptKeyDescription, backend)
      for (const policy of Object.keys(policyNames)) {
        if (test.commitmentPolicies.includes(policy)) continue
        const refused = clientFor(policy).decrypt(message, {
          cmm: {
            ...cmm,
            decryptMaterials() {
              throw new Error('a data key was asked for')
            },
          },
        })
        await expect(refused).rejects.toMatchObject({ code: 'ERR_ESDK_COMMITMENT_POLICY' })
      }
    },
  )
})

describe('headers of other implementations', () => {
  // Also of those that only branch keys can decrypt.
  it.each(tests.filter((test) => test.result === 'ok').map((test) => [test.id, test] as const))(
    '%s is written again byte for byte',
    async (_, test) => {
      const message = await readBytes(`esdk/decrypt/${test.message}`)
      const { value, raw, rest } = decode(readHeader({ maxEncryptedDataKeys: 65535 }), message)
      expect(toHex(encodeHeader(value))).toBe(toHex(raw))
      expect(raw.length + rest.length).toBe(message.length)
    },
  )
})

describe('damaged messages', async () => {
  const { tests: mutations } = await readJson<{ tests: Mutation[] }>('esdk/decrypt/mutations.json')
  const bases = new Map(ours.map((test) => [test.id, test]))
  const [, backend] = backends[0] as (typeof backends)[0]
  const cached = new Map<string, Promise<Uint8Array>>()
  const bytesOf = (path: string): Promise<Uint8Array> => {
    const bytes = cached.get(path) ?? readBytes(path)
    cached.set(path, bytes)
    return bytes
  }

  const possible = mutations.filter(({ base }) => {
    const test = bases.get(base)
    return test !== undefined && (typeof document !== 'object' || !needsPkcs1(test.decryptKeyDescription))
  })

  it.each(possible.map((mutation) => [mutation.id, mutation] as const))('%s is refused', async (_, mutation) => {
    const test = bases.get(mutation.base) as VectorTest
    const base = await bytesOf(`esdk/decrypt/${test.message}`)
    const parts = await Promise.all(
      mutation.parts.map(async (part) => {
        if (part.hex !== undefined)
          return Uint8Array.from(part.hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
        if (part.base !== undefined) return base.subarray(...part.base)
        return (await bytesOf(`esdk/decrypt/messages/${part.message}.bin`)).subarray(...(part.range ?? []))
      }),
    )
    const message = concat(...parts)
    expect(await sha256(message)).toBe(mutation.sha256)
    const client = createClient({
      commitmentPolicy: policyNames[(test.commitmentPolicies[0] ?? '') as keyof typeof policyNames],
      backend,
    })
    const options = {
      cmm: cmmOf(test.decryptKeyDescription, backend),
      ...(test.reproducedEncryptionContext && { encryptionContext: test.reproducedEncryptionContext }),
    }
    const whole = await client.decrypt(message, options).catch((error: unknown) => error)
    expect(isEsdkError(whole), String(whole)).toBe(true)
    const stream = await streamed(client, chunksOf(message, 13, 1), options).catch((error: unknown) => error)
    expect(isEsdkError(stream), String(stream)).toBe(true)
  })
})

interface Mutation {
  readonly id: string
  readonly base: string
  readonly sha256: string
  readonly parts: readonly {
    readonly hex?: string
    readonly base?: [number, number]
    readonly message?: string
    readonly range?: [number, number]
  }[]
}

/** The code to be refused with, or nothing when the message is to be decrypted. */
function expectation(test: VectorTest): string | undefined {
  if (test.result === 'ok') return undefined
  if (test.result === 'either') return eitherIsError[kindOf(test)]
  return noticedAs(test) ?? codeOfClass[test.result.error]
}

/**
 * The ways in which a message arrives: in pieces, and byte by byte. Of the few messages above 32 KiB, the first and last
 * 2 KiB come byte by byte, which are the header, frames, and the footer; the middle comes in pieces.
 */
function* arrivals(message: Uint8Array): Generator<Iterable<Uint8Array>> {
  yield chunksOf(message, 7, 1, 64, 997)
  if (message.length <= 32 * 1024) yield chunksOf(message, 1)
  else yield bytewiseAtTheEnds(message, 2048)
}

function* bytewiseAtTheEnds(message: Uint8Array, length: number): Generator<Uint8Array> {
  yield* chunksOf(message.subarray(0, length), 1)
  yield* chunksOf(message.subarray(length, -length), 65_521)
  yield* chunksOf(message.subarray(-length), 1)
}

/** Copies of the pieces, in turn of these lengths. */
function* chunksOf(bytes: Uint8Array, ...lengths: readonly number[]): Generator<Uint8Array> {
  for (let offset = 0, i = 0; offset < bytes.length; i++) {
    const length = lengths[i % lengths.length] as number
    yield bytes.slice(offset, offset + length)
    offset += length
  }
}

async function streamed(
  client: Client,
  chunks: Iterable<Uint8Array>,
  options: Parameters<Client['decryptStream']>[1],
): Promise<Uint8Array> {
  const { plaintext } = await client.decryptStream(chunks, options)
  const parts: Uint8Array[] = []
  const reader = plaintext.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) parts.push(read.value)
  return concat(...parts)
}
