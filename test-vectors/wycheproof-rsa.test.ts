import {
  type Awaitable,
  type CryptoBackend,
  type HashName,
  type RsaPadding,
  type RsaPrivateKey,
  UnsupportedAlgorithmError,
} from '@esdk/crypto-backend'
import { describe, expect, it } from 'vitest'
import { backends } from './backends.ts'
import { fromHex, toHex } from './source.ts'
import { files, type Group, type Outcome, runVectors, type Vector } from './wycheproof.ts'

interface RsaVector extends Vector {
  readonly msg: string
  readonly ct: string
  readonly label?: string
}

interface RsaGroup extends Group<RsaVector> {
  readonly privateKeyPkcs8: string
  readonly sha: HashName
  readonly mgfSha: HashName
}

/** The keys of the groups, each imported once: that takes as long as decryption. */
const keys = new WeakMap<RsaGroup, Awaitable<RsaPrivateKey | undefined>>()

/** Decrypts; `compare` says what another message than that of the vector means. */
async function decrypt(
  backend: CryptoBackend,
  padding: RsaPadding,
  group: RsaGroup,
  { msg, ct }: RsaVector,
  compare: (decrypted: string) => Outcome,
): Promise<Outcome> {
  try {
    const imported = keys.get(group) ?? backend.rsa.importPrivateKey(fromHex(group.privateKeyPkcs8), padding)
    keys.set(group, imported)
    const key = await imported
    const decrypted = await key?.decrypt(fromHex(ct))
    if (decrypted === undefined) return 'refused'
    return toHex(decrypted) === msg ? 'accepted' : compare(toHex(decrypted))
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError) return 'unsupported'
    throw error
  }
}

/** Ends in the same OpenSSL as the two before it: not every decryption is worth its time. */
const sampled = '@peculiar/webcrypto'
const titled = backends.map(([name, backend]) => {
  const validStep = name === sampled ? 5 : 1
  return [name, validStep === 1 ? 'every vector' : `every ${validStep}th valid vector`, backend, validStep] as const
})

describe.each(titled)('Wycheproof, RSA on %s, %s', (name, _, backend, validStep) => {
  // K9 of the threat model: the files whose names end in mgf1sha1 have two hashes.
  it.each(files.oaep)('%s', async (file) => {
    const decryptOaep = async (group: RsaGroup, vector: RsaVector) => {
      const padding: RsaPadding = { scheme: 'oaep', hash: group.sha, mgf1Hash: group.mgfSha }
      return decrypt(backend, padding, group, vector, (decrypted) => {
        throw new Error(`decrypted to ${decrypted}`)
      })
    }
    const report = await runVectors<RsaVector, RsaGroup>(file, name, decryptOaep, validStep)
    expect(report.wrong).toEqual([])
  })

  // K8 of the threat model: wrong padding gives bytes that tell nothing, and never the message.
  it.each(files.pkcs1)('%s', async (file) => {
    const report = await runVectors<RsaVector, RsaGroup>(file, name, async (group, vector) =>
      decrypt(backend, { scheme: 'pkcs1' }, group, vector, () => 'refused'),
    )
    expect(report.wrong).toEqual([])
    const onNode = file === 'rsa_pkcs1_2048' ? { accepted: 42, refused: 25 } : { accepted: 41, refused: 26 }
    expect(report.outcomes).toMatchObject(name === 'node:crypto' ? onNode : { accepted: 0, unsupported: 67 })
  })
})
