/**
 * Key descriptions of the manifest that name AWS KMS, as keyrings over its recordings.
 *
 * @module
 */

import type { Keyring } from '@esdk/cmm'
import { type CryptoBackend, encodePem } from '@esdk/crypto-backend'
import {
  kmsDiscoveryKeyring,
  kmsEcdhKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsMrkKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import type { KeyDescription, KeyEntry } from './esdk-manifest.ts'
import { replayingClient } from './kms-replay.ts'
import { fromBase64 } from './source.ts'

/** `undefined` when the description is of another kind. */
export function kmsKeyringOf(
  description: KeyDescription,
  key: KeyEntry | undefined,
  backend: CryptoBackend,
): Keyring | undefined {
  const clientFor = replayingClient
  const generatorKeyId = key?.['key-id'] ?? ''
  const filter = filterOf(description)
  switch (description.type) {
    case 'aws-kms':
      return kmsKeyring({ generatorKeyId, clientFor })
    case 'aws-kms-mrk-aware':
      return kmsMrkKeyring({ generatorKeyId, clientFor })
    case 'aws-kms-discovery':
      return kmsDiscoveryKeyring({ regions: [description.region as string], ...filter, clientFor })
    case 'aws-kms-mrk-aware-discovery':
      return kmsMrkDiscoveryKeyring({ region: description['default-mrk-region'] as string, ...filter, clientFor })
    case 'aws-kms-rsa':
      return kmsRsaKeyring({
        keyId: generatorKeyId,
        publicKey: key?.material as string,
        encryptionAlgorithm: description['encryption-algorithm'] as 'RSAES_OAEP_SHA_1',
        clientFor,
        backend,
      })
    case 'aws-kms-ecdh':
      return ecdhKeyring(description, key as KeyEntry, backend)
    default:
      return undefined
  }
}

function filterOf({ 'aws-kms-discovery-filter': filter }: KeyDescription) {
  return filter && { filter: { partition: filter.partition, accountIds: filter['account-ids'] } }
}

function ecdhKeyring(description: KeyDescription, key: KeyEntry, backend: CryptoBackend): Keyring {
  const curve = `P-${(description['ecc-curve'] as string).slice(4)}` as 'P-256'
  const common = { curve, clientFor: replayingClient, backend }
  if (description.schema === 'discovery') {
    return kmsEcdhKeyring({ ...common, schema: 'discovery', recipientKeyId: key['recipient-material'] })
  }
  return kmsEcdhKeyring({
    ...common,
    schema: 'static',
    senderKeyId: key['sender-material'],
    senderPublicKey: pemOf(key['sender-material-public-key']),
    recipientPublicKey: pemOf(key['recipient-material-public-key']),
  })
}

function pemOf(base64: string): string {
  return encodePem('PUBLIC KEY', fromBase64(base64))
}
