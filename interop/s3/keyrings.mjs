/**
 * The keys that data keys are wrapped with, as jobs name them: `write` wraps, `read` unwraps, `wrong` must not.
 *
 * @module
 */

import { generateAesKey, generateRsaKeyPair } from '@esdk/keyring-raw'

const kms = (key) => ({ kind: 'kms', key })
const aes = (key) => ({ kind: 'aes', key })
const rsa = (key) => ({ kind: 'rsa', key })

const otherKey = { kms: kms('kms-other'), aes: aes('s3-other-aes'), rsa: rsa('s3-other-rsa') }

function same(spec) {
  return { write: spec, read: spec, wrong: otherKey[spec.kind] }
}

export const keyrings = new Map([
  ['KMS', same(kms('kms-west'))],
  ['KMS alias', same(kms('kms-alias'))],
  ['KMS, read by discovery', { ...same(kms('kms-west')), read: { kind: 'kms-discovery', key: 'kms-west' } }],
  ...[128, 192, 256].map((bits) => [`AES ${bits}`, same(aes(`aes-${bits}`))]),
  ...[2048, 4096].map((bits) => [`RSA ${bits}`, same(rsa(`rsa-${bits}`))]),
])

/** Keys that no object is written with. */
export async function makeOtherKeys() {
  return {
    's3-other-aes': Buffer.from(generateAesKey(256)).toString('hex'),
    's3-other-rsa': await generateRsaKeyPair(2048),
  }
}
