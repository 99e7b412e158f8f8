/**
 * Our keyrings, as a job names them.
 *
 * @module
 */

import { KMS } from '@aws-sdk/client-kms'
import { s3AesKeyring, s3KmsDiscoveryKeyring, s3KmsKeyring, s3RsaKeyring } from '@esdk/s3-cse'

/**
 * @param given all `keys`; the `description` of the key; is it to be found `byDescription`, beside another one?
 */
export function ourKeyring(spec, given) {
  return makers[spec.kind](spec, given)
}

const makers = {
  kms: ({ key }, { keys }) => s3KmsKeyring({ keyId: keys[key].arn }),
  'kms-discovery': ({ key }, { keys }) => s3KmsDiscoveryKeyring({ client: kmsIn(keys[key].region) }),
  aes: ({ key }, given) => {
    const wrappingKeyOf = (name) => Buffer.from(given.keys[name], 'hex')
    return s3AesKeyring(
      described({ wrappingKey: wrappingKeyOf(key) }, { wrappingKey: wrappingKeyOf('s3-other-aes') }, given),
    )
  },
  rsa: ({ key }, given) => {
    const { publicKey, privateKey } = given.keys[key]
    const other = { privateKey: given.keys['s3-other-rsa'].privateKey }
    return s3RsaKeyring(described({ publicKey, privateKey }, other, given))
  },
}

const clients = new Map()

function kmsIn(region) {
  if (!clients.has(region)) clients.set(region, new KMS({ region }))
  return clients.get(region)
}

/** The options of a keyring that has the key itself, or another one and, for its description, this one. */
function described(key, other, { description, byDescription, backend, bodyBackend }) {
  const common = { backend, ...('wrappingKey' in key && { bodyBackend }) }
  if (!byDescription) return { ...key, materialDescription: description, ...common }
  const { publicKey, ...own } = key
  return {
    ...(publicKey !== undefined && { publicKey }),
    ...other,
    additionalDecryptionKeys: [{ materialDescription: description, ...own }],
    ...common,
  }
}
