/**
 * What a new user gets wrong with keys in AWS KMS, and what the error must say.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KMS, KMSClient } from '@aws-sdk/client-kms'
import { createClient } from '@esdk/client'
import type { Keyring } from '@esdk/cmm'
import {
  kmsDiscoveryKeyring,
  kmsKeyring,
  kmsMrkDiscoveryKeyring,
  kmsMrkKeyring,
  kmsRsaKeyring,
} from '@esdk/keyring-kms'
import { type LocalKms, startLocalKms } from '@esdk/local-kms'
import { vi } from 'vitest'

const home = 'us-east-1'
const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
const plaintext = new TextEncoder().encode('of a new user')
const client = createClient()

/** The KMS that all mistakes are made with. */
export const started = startLocalKms()

type Create = Parameters<ReturnType<LocalKms['client']>['createKey']>[0]
type Faults = Parameters<LocalKms['inject']>[0]

/** A key that is there, and keyrings over it. */
async function setting(options: Create = {}) {
  const { kms, endpoint } = await started
  const admin = kms.client(home)
  const { KeyMetadata: key } = await admin.createKey(options)
  const clientFor = (region = home) => new KMS({ endpoint, region, credentials, maxAttempts: 1 })
  const strict = (keyId: string = key.Arn) => kmsKeyring({ generatorKeyId: keyId, clientFor })
  return { kms, admin, arn: key.Arn, id: key.KeyId, clientFor, strict }
}

function encrypt(keyring: Keyring) {
  return client.encrypt(plaintext, { keyring })
}

async function openWith(reader: Keyring, writer: Keyring) {
  const { ciphertext } = await encrypt(writer)
  return client.decrypt(ciphertext, { keyring: reader })
}

async function encryptWhile(fault: Faults) {
  const { kms, strict } = await setting()
  const end = kms.inject(fault)
  return encrypt(strict()).finally(end)
}

/** The endpoint of a server that has gone. */
async function deadEndpoint(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

function pemOf(spki: Uint8Array): string {
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.from(spki).toString('base64')}\n-----END PUBLIC KEY-----\n`
}

/** A mistake, and the error that it ends in. */
interface Mistake {
  readonly make: () => Promise<unknown>
  readonly code: string
  /** Parts of the message. */
  readonly says: readonly string[]
}

export const keyringFails = 'ERR_ESDK_KEYRING'
const noDataKey = 'ERR_ESDK_NO_DATA_KEY'
const getCredentials =
  'give credentials in the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)'
const encryptedFor = 'the message was encrypted for "aws-kms" / "arn:'
const checkTheName = 'check its name, the Region and the account'

export const mistakes: Record<string, Mistake> = {
  'an alias to decrypt with': {
    make: async () => {
      const { admin, id, strict } = await setting()
      await admin.createAlias({ AliasName: `alias/${id}`, TargetKeyId: id })
      return openWith(strict(`alias/${id}`), strict(`alias/${id}`))
    },
    code: noDataKey,
    says: ['an alias, which can only encrypt: to decrypt, name the key by its ARN', encryptedFor],
  },
  'a key id to decrypt with': {
    make: async () => {
      const { id, strict } = await setting()
      return openWith(strict(id), strict(id))
    },
    code: noDataKey,
    says: ['a key id, which can only encrypt: to decrypt, name the key by its ARN', encryptedFor],
  },
  'an alias that nobody made': {
    make: async () => encrypt((await setting()).strict('alias/that-nobody-made')),
    code: keyringFails,
    says: ['"alias/that-nobody-made" in the default Region', 'NotFoundException', checkTheName],
  },
  'another key than that of the message': {
    make: async () => openWith((await setting()).strict(), (await setting()).strict()),
    code: noDataKey,
    says: ['no encrypted data key of the message belongs to this keyring ("arn:', encryptedFor],
  },
  'a key of another account': {
    make: async () => {
      const { arn, strict } = await setting()
      return encrypt(strict(arn.replace(/:\d{12}:/, ':999988887777:')))
    },
    code: keyringFails,
    says: [
      'arn:aws:kms:us-east-1:999988887777:key/',
      'AccessDeniedException',
      'allow the call in a policy of IAM, or for a key in its key policy',
    ],
  },
  'a filter of another account': {
    make: async () => {
      const { strict, clientFor } = await setting()
      const filter = { partition: 'aws', accountIds: ['999988887777'] }
      return openWith(kmsDiscoveryKeyring({ filter, clientFor }), strict())
    },
    code: noDataKey,
    says: ['discovery, filtered by the accounts "999988887777" of partition "aws"', ':111122223333:key/'],
  },
  'discovery in other Regions': {
    make: async () => {
      const { strict, clientFor } = await setting()
      return openWith(kmsDiscoveryKeyring({ regions: ['eu-west-1', 'eu-west-3'], clientFor }), strict())
    },
    code: noDataKey,
    says: ['discovery in eu-west-1, eu-west-3', 'the message was encrypted for "aws-kms" / "arn:aws:kms:us-east-1:'],
  },
  'discovery to encrypt': {
    make: async () => encrypt(kmsDiscoveryKeyring({ clientFor: (await setting()).clientFor })),
    code: keyringFails,
    says: ['a discovery keyring can only decrypt: to encrypt, name a key with kmsKeyring'],
  },
  'no credentials': {
    make: async () => encrypt(kmsKeyring({ generatorKeyId: (await setting()).arn })),
    code: keyringFails,
    says: ['in us-east-1', 'CredentialsProviderError', getCredentials],
  },
  'no credentials, to decrypt': {
    make: async () => {
      const { arn, strict } = await setting()
      return openWith(kmsKeyring({ generatorKeyId: arn }), strict())
    },
    code: noDataKey,
    says: ['in us-east-1', 'CredentialsProviderError', getCredentials],
  },
  'a profile that is not there': {
    make: async () => {
      vi.stubEnv('AWS_PROFILE', 'nobody')
      return encrypt(kmsKeyring({ generatorKeyId: (await setting()).arn }))
    },
    code: keyringFails,
    says: ['CredentialsProviderError', getCredentials],
  },
  'expired credentials': {
    make: () => encryptWhile({ kind: 'refuse', name: 'ExpiredTokenException' }),
    code: keyringFails,
    says: ['ExpiredTokenException', 'the credentials have expired: get new ones'],
  },
  'credentials that are unknown there': {
    make: () => encryptWhile({ kind: 'refuse', name: 'UnrecognizedClientException' }),
    code: keyringFails,
    says: ['UnrecognizedClientException', 'they may be of another partition, or of an account without this Region'],
  },
  'no right to use the key': {
    make: () => encryptWhile({ kind: 'refuse', name: 'AccessDeniedException', message: 'User is not authorized' }),
    code: keyringFails,
    says: ['KMS GenerateDataKey with', '"User is not authorized"', 'allow the call in a policy of IAM'],
  },
  'no Region': {
    make: async () => encrypt(kmsKeyring({ generatorKeyId: (await setting()).id })),
    code: keyringFails,
    says: ['Region is missing', 'name the key by its ARN, or set AWS_REGION'],
  },
  'a Region that the key is not in': {
    make: async () => {
      const { arn, strict } = await setting()
      return encrypt(strict(arn.replace(home, 'eu-west-1')))
    },
    code: keyringFails,
    says: ['in eu-west-1', 'NotFoundException', checkTheName],
  },
  'a client of another Region than the key': {
    make: async () => {
      const { arn, clientFor } = await setting()
      return encrypt(kmsKeyring({ generatorKeyId: arn, clientFor: () => clientFor('eu-west-1') }))
    },
    code: keyringFails,
    says: ['NotFoundException', 'the request was made in eu-west-1', checkTheName],
  },
  'a replica that nobody made': {
    make: async () => {
      const { strict, clientFor } = await setting({ MultiRegion: true })
      return openWith(kmsMrkDiscoveryKeyring({ region: 'eu-west-1', clientFor }), strict())
    },
    code: noDataKey,
    says: ['in eu-west-1 failed: NotFoundException', 'a multi-Region key is where it was replicated to'],
  },
  'a replica that nobody made, by its name': {
    make: async () => {
      const { arn, strict, clientFor } = await setting({ MultiRegion: true })
      return openWith(kmsMrkKeyring({ keyIds: [arn.replace(home, 'eu-west-1')], clientFor }), strict())
    },
    code: noDataKey,
    says: ['in eu-west-1 failed: NotFoundException', 'a multi-Region key is where it was replicated to'],
  },
  'a replica with a keyring that takes none': {
    make: async () => {
      const { admin, id, arn, strict } = await setting({ MultiRegion: true })
      await admin.replicateKey({ KeyId: id, ReplicaRegion: 'eu-west-1' })
      return openWith(strict(arn.replace(home, 'eu-west-1')), strict())
    },
    code: noDataKey,
    says: ['without its replicas: what they wrapped is for kmsMrkKeyring'],
  },
  'a disabled key': {
    make: async () => {
      const { admin, id, strict } = await setting()
      await admin.disableKey({ KeyId: id })
      return encrypt(strict())
    },
    code: keyringFails,
    says: ['DisabledException', 'the key is disabled: enable it'],
  },
  'a key that is to be deleted': {
    make: async () => {
      const { admin, id, strict } = await setting()
      await admin.scheduleKeyDeletion({ KeyId: id })
      return encrypt(strict())
    },
    code: keyringFails,
    says: ['KMSInvalidStateException', 'pending deletion', 'the key cannot be used now: it may wait for its deletion'],
  },
  'an RSA key where a symmetric one is asked for': {
    make: async () => encrypt((await setting({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })).strict()),
    code: keyringFails,
    says: ['InvalidKeyUsageException', 'symmetric, RSA or elliptic-curve, each with keyrings of its own'],
  },
  'a symmetric key where an RSA one is asked for': {
    make: async () => {
      const { admin, id, clientFor } = await setting({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
      const publicKey = pemOf((await admin.getPublicKey({ KeyId: id })).PublicKey)
      const keyId = (await setting()).arn
      const keyring = kmsRsaKeyring({ keyId, publicKey, encryptionAlgorithm: 'RSAES_OAEP_SHA_256', clientFor })
      const { ciphertext } = await client.encrypt(plaintext, { keyring, suite: 0x0478 })
      return client.decrypt(ciphertext, { keyring })
    },
    code: noDataKey,
    says: ['InvalidKeyUsageException', 'symmetric, RSA or elliptic-curve, each with keyrings of its own'],
  },
  'an endpoint where nothing listens': {
    make: async () => {
      const [{ arn }, endpoint] = [await setting(), await deadEndpoint()]
      const clientFor = () => new KMS({ endpoint, region: home, credentials, maxAttempts: 1 })
      return encrypt(kmsKeyring({ generatorKeyId: arn, clientFor }))
    },
    code: keyringFails,
    says: ['ECONNREFUSED', 'nothing listens there: check the endpoint of the client, and whether its server runs'],
  },
  'a connection that breaks': {
    make: () => encryptWhile({ kind: 'unreachable' }),
    code: keyringFails,
    says: ['the connection broke: check the network and the endpoint of the client, or try again'],
  },
  'too many calls': {
    make: () => encryptWhile({ kind: 'throttle' }),
    code: keyringFails,
    says: ['ThrottlingException', 'there are too many calls: make fewer, or try again'],
  },
  'a client without a method for each call': {
    make: async () => {
      const clientFor = () => new KMSClient({ region: home, credentials }) as unknown as KMS
      return encrypt(kmsKeyring({ generatorKeyId: (await setting()).arn, clientFor }))
    },
    code: 'ERR_ESDK_MATERIALS',
    says: ['without the method generateDataKey', 'give `new KMS({ region })` of @aws-sdk/client-kms'],
  },
}
