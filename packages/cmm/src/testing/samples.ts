/**
 * Materials, contexts and encrypted data keys for rules to work with.
 *
 * @module
 */

import { defaultBackend, type SigningKey, type VerificationKey } from '@esdk/crypto-backend'
import {
  type AlgorithmSuite,
  type AlgorithmSuiteId,
  algorithmSuite,
  algorithmSuites,
  contextOf,
  type EncryptedDataKey,
  type EncryptionContext,
  hex,
  publicKeyContextKey,
  utf8,
} from '@esdk/serialize'
import { DataKey } from '../data-key.ts'
import { hasMethods } from '../keyring.ts'
import type { EmptyDecryptionMaterials, EmptyEncryptionMaterials, ReadyEncryptionMaterials } from '../materials.ts'
import { quote } from '../quote.ts'
import { demand } from './contract.ts'

/** Rows of the suite table; all of them where none are named. */
export function suitesOf(ids: readonly AlgorithmSuiteId[] | undefined): readonly AlgorithmSuite[] {
  if (ids === undefined) return algorithmSuites
  if (ids.length === 0) throw new TypeError('suites must name at least one algorithm suite')
  return ids.map((id) => algorithmSuite(id))
}

/** Objects that a careless subject can change: nothing is frozen, so that only the rule about changes notices. */
function thawed(context: EncryptionContext): EncryptionContext {
  return Object.assign(Object.create(null) as Record<string, string>, context)
}

/** A context as a materials manager hands it on: of a signing suite, with a public key in it. */
function contextFor(suite: AlgorithmSuite, purpose: string): EncryptionContext {
  const pairs: [string, string][] = [
    ['esdk-contract', purpose],
    ['ключ', 'значение'],
    ['__proto__', ''],
  ]
  if (suite.signature.kind !== 'none') pairs.push([publicKeyContextKey, 'AAAA'])
  return thawed(contextOf(pairs))
}

/** What a keyring is first given to encrypt. */
export function emptyToEncrypt(suite: AlgorithmSuite, purpose = 'sample'): EmptyEncryptionMaterials {
  const signingKey = signingKeyFor(suite)
  return {
    suite,
    encryptionContext: contextFor(suite, purpose),
    requiredContextKeys: new Set(['esdk-contract']),
    encryptedDataKeys: [],
    ...(signingKey && { signingKey }),
  }
}

/** What a keyring is given to encrypt when another has made the data key. */
export function readyToEncrypt(suite: AlgorithmSuite, purpose = 'sample'): ReadyEncryptionMaterials {
  const dataKey = new DataKey(defaultBackend.randomBytes(suite.keyLength))
  return { ...emptyToEncrypt(suite, purpose), dataKey, encryptedDataKeys: [foreignKey('one'), foreignKey('two')] }
}

/** What a keyring is given to decrypt. */
export function emptyToDecrypt(suite: AlgorithmSuite, encryptionContext: EncryptionContext): EmptyDecryptionMaterials {
  const verificationKey = verificationKeyFor(suite)
  return {
    suite,
    encryptionContext: thawed(encryptionContext),
    requiredContextKeys: new Set(['esdk-contract']),
    ...(verificationKey && { verificationKey }),
  }
}

/** Keyrings hand it on and never use it. */
function signingKeyFor({ signature }: AlgorithmSuite): SigningKey | undefined {
  if (signature.kind === 'none') return undefined
  return { curve: signature.curve, publicKey: new Uint8Array(3), signer: unused }
}

function verificationKeyFor({ signature }: AlgorithmSuite): VerificationKey | undefined {
  if (signature.kind === 'none') return undefined
  return { curve: signature.curve, publicKey: new Uint8Array(3), verifier: unused }
}

function unused(): never {
  throw new Error('a keyring has no use for signatures')
}

/** An encrypted data key that no keyring under test has made. */
export function foreignKey(name: string): EncryptedDataKey {
  return { providerId: 'esdk-contract-stranger', providerInfo: utf8(name), ciphertext: utf8(`wrapped for ${name}`) }
}

/** An encrypted data key with nothing in it. */
export const emptyKey: EncryptedDataKey = {
  providerId: '',
  providerInfo: new Uint8Array(0),
  ciphertext: new Uint8Array(0),
}

/** The key without its last byte. */
export function cutShort(key: EncryptedDataKey): EncryptedDataKey {
  return { ...key, ciphertext: key.ciphertext.slice(0, -1) }
}

/** The key with one bit changed. */
export function flipped(key: EncryptedDataKey, at: number): EncryptedDataKey {
  const ciphertext = key.ciphertext.slice()
  ciphertext[at] = (ciphertext[at] as number) ^ 1
  return { ...key, ciphertext }
}

/** Contexts that differ from this one, and how. */
export function otherContexts(context: EncryptionContext): readonly (readonly [what: string, EncryptionContext])[] {
  const pairs = Object.entries(context)
  return [
    ['another value', contextOf([...pairs, ['esdk-contract', 'another']])],
    ['a pair more', contextOf([...pairs, ['esdk-contract-more', '']])],
    ['a pair less', contextOf(pairs.filter(([key]) => key !== 'esdk-contract'))],
    ['no context', contextOf([])],
  ]
}

/** Is this what the format has room for? */
export function demandWellFormed(key: EncryptedDataKey): void {
  demand(typeof key === 'object' && key !== null, `an encrypted data key is ${key === null ? 'null' : typeof key}`)
  const { providerId, providerInfo, ciphertext } = key
  demand(typeof providerId === 'string', `a providerId is no string but ${typeof providerId}`)
  demand(utf8(providerId).length <= 0xffff, 'a providerId has more than 65535 bytes in UTF-8')
  for (const [name, bytes] of Object.entries({ providerInfo, ciphertext })) {
    demand(bytes instanceof Uint8Array, `the ${name} of ${quote(providerId)} is no Uint8Array`)
    demand(bytes.length <= 0xffff, `the ${name} of ${quote(providerId)} has ${bytes.length} bytes, more than 65535`)
  }
}

/** The bytes of a data key, copied; throws when it is none, or has been zeroed. */
export function bytesOf(dataKey: DataKey | undefined): Uint8Array {
  demand(hasMethods(dataKey, 'expose', 'zero', 'clone'), 'there is no data key of class DataKey')
  return new Uint8Array((dataKey as DataKey).expose())
}

/** Pairs, sorted, to compare contexts by. */
export function textOf(context: EncryptionContext): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** All that a keyring could change in what it is given, to compare before and after. */
export function pictureOf(
  materials: Pick<EmptyDecryptionMaterials, 'suite' | 'encryptionContext' | 'requiredContextKeys'> & {
    readonly dataKey?: DataKey | undefined
  },
  keys: readonly EncryptedDataKey[],
): string {
  return JSON.stringify({
    fields: Object.keys(materials).sort(),
    suite: materials.suite.id,
    context: textOf(materials.encryptionContext),
    required: [...materials.requiredContextKeys],
    dataKey: materials.dataKey && hex(bytesOf(materials.dataKey)),
    keys: keys.map(({ providerId, providerInfo, ciphertext }) => [providerId, hex(providerInfo), hex(ciphertext)]),
  })
}
