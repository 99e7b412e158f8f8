/**
 * The keys of one run that are in AWS KMS: made anew in a KMS of this project, which all sides call over HTTP.
 *
 * @module
 */

import { curves } from './keys.mjs'

export const account = '111122223333'

/** Where keys are; a multi-Region key is in the first two. */
export const regions = { west: 'us-west-2', europe: 'eu-west-1', tokyo: 'ap-northeast-1' }

export const kmsRsaBits = [2048, 4096]

/** By name: `{ arn, region }`, and the `publicKey` in PEM where there is one. */
export async function makeKmsKeys(kms) {
  const keys = {}
  for (const [name, region] of Object.entries(regions)) keys[`kms-${name}`] = await makeKey(kms, region, {})
  keys['kms-other'] = await makeKey(kms, regions.west, {})
  for (const name of ['mrk', 'other-mrk']) Object.assign(keys, await makeMultiRegionKey(kms, name))
  keys['kms-alias'] = await makeAlias(kms, keys['kms-west'])
  for (const bits of kmsRsaBits) {
    const spec = { KeySpec: `RSA_${bits}`, KeyUsage: 'ENCRYPT_DECRYPT' }
    keys[`kms-rsa-${bits}`] = await makePair(kms, regions.west, spec)
  }
  for (const curve of curves) {
    const spec = { KeySpec: `ECC_NIST_${curve.replace('-', '')}`, KeyUsage: 'KEY_AGREEMENT' }
    keys[`kms-sender-${curve}`] = await makePair(kms, regions.west, spec)
    keys[`kms-recipient-${curve}`] = await makePair(kms, regions.europe, spec)
  }
  return keys
}

async function makeKey(kms, region, spec) {
  const { KeyMetadata } = await kms.client(region).createKey(spec)
  return { arn: KeyMetadata.Arn, region }
}

async function makeMultiRegionKey(kms, name) {
  const primary = await makeKey(kms, regions.west, { MultiRegion: true })
  const { ReplicaKeyMetadata } = await kms
    .client(regions.west)
    .replicateKey({ KeyId: primary.arn, ReplicaRegion: regions.europe })
  return { [`${name}-west`]: primary, [`${name}-europe`]: { arn: ReplicaKeyMetadata.Arn, region: regions.europe } }
}

async function makeAlias(kms, { arn, region }) {
  await kms.client(region).createAlias({ AliasName: 'alias/interop', TargetKeyId: arn })
  return { arn: `arn:aws:kms:${region}:${account}:alias/interop`, region }
}

async function makePair(kms, region, spec) {
  const key = await makeKey(kms, region, spec)
  const { PublicKey } = await kms.client(region).getPublicKey({ KeyId: key.arn })
  const lines = Buffer.from(PublicKey)
    .toString('base64')
    .match(/.{1,64}/g)
  return { ...key, publicKey: `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n` }
}
