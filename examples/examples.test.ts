import { readdirSync, readFileSync } from 'node:fs'
import { type LocalKmsServer, localKms, startLocalKms } from '@esdk/local-kms'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { examples } from './all.ts'
import { branchKeyPerTenant } from './branch-key-per-tenant.ts'
import { caching } from './caching.ts'
import { commitmentPolicies } from './commitment-policy.ts'
import { customKeyring } from './custom-keyring.ts'
import { encryptionContexts } from './encryption-context.ts'
import { escrow } from './escrow.ts'
import { fileStreams } from './file-streams.ts'
import { strictAndDiscovery } from './strict-and-discovery.ts'
import { openSurroundings, type Surroundings } from './surroundings.ts'
import { threeRegions } from './three-regions.ts'
import { userData } from './user-data.ts'

const regions = ['us-east-1', 'us-west-2', 'eu-west-1']

/** What the server was asked for. */
const asked = new Set<string>()
let server: LocalKmsServer

/** A server that is AWS for the AWS SDK, with three keys that the environment names. */
beforeAll(async () => {
  const kms = localKms({ onCall: ({ operation }) => asked.add(operation) })
  const arns: string[] = []
  for (const region of regions) {
    const { KeyMetadata: key } = await kms.client(region).createKey()
    await kms.client(region).createAlias({ AliasName: 'alias/of-mine', TargetKeyId: key.KeyId })
    arns.push(key.Arn)
  }
  asked.clear()
  server = await startLocalKms({ kms })
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', server.endpoint)
  vi.stubEnv('AWS_PROFILE', undefined)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'any')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'any')
  vi.stubEnv('ESDK_EXAMPLE_KEYS', arns.join(', '))
  vi.stubEnv('ESDK_EXAMPLE_ALIAS', 'alias/of-mine')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await server.close()
})

describe.each([
  ['the KMS of this process', () => openSurroundings({})],
  ['AWS, as the environment names it', () => openSurroundings()],
])('on %s', (_, open) => {
  let surroundings: Surroundings
  beforeEach(async () => {
    surroundings = await open()
  })
  afterEach(() => surroundings.close())

  it('strict-and-discovery: any named key opens, one call each; others are refused without a call', async () => {
    const { contextWritten, contextRead, ...found } = await strictAndDiscovery(surroundings)
    expect(found).toEqual({
      decrypted: Array(3).fill('This is some super secret data'),
      callsToEncrypt: ['GenerateDataKey us-east-1', 'Encrypt us-west-2'],
      callsByName: ['Decrypt us-east-1'],
      callsBySecondKey: ['Decrypt us-west-2'],
      callsByDiscovery: ['Decrypt us-east-1'],
      withAnotherKey: 'ERR_ESDK_NO_DATA_KEY',
      withAnotherAccount: 'ERR_ESDK_NO_DATA_KEY',
      toEncryptByDiscovery: 'ERR_ESDK_KEYRING',
      callsOfRefusals: [],
    })
    expect(contextRead).toEqual(contextWritten)
    expect(contextRead).toMatchObject({ 'not really': 'a secret', 'but adds': 'some authentication' })
  })

  it('three-regions: aliases encrypt, the message holds ARNs, and only the local Region is asked to decrypt', async () => {
    const { callsToEncrypt, ...found } = await threeRegions(surroundings)
    expect(callsToEncrypt.toSorted()).toEqual(['Encrypt eu-west-1', 'Encrypt us-west-2', 'GenerateDataKey us-east-1'])
    expect(found).toEqual({
      keysInTheMessage: surroundings.keys.map(({ arn }) => arn),
      decrypted: Array(2).fill('read in three Regions'),
      callsByArn: ['Decrypt eu-west-1'],
      callsByDiscovery: ['Decrypt eu-west-1'],
      byAlias: 'ERR_ESDK_NO_DATA_KEY',
      callsByAlias: [],
    })
  })

  it('escrow: the private key that its 8-byte id finds opens the message, without KMS', async () => {
    const { id, callsToEncrypt, ...found } = await escrow(surroundings)
    expect(id).toMatch(/^[\da-f]{16}$/)
    expect(callsToEncrypt.toSorted()).toEqual(['Encrypt eu-west-1', 'Encrypt us-west-2', 'GenerateDataKey us-east-1'])
    expect(found).toEqual({
      idsInTheMessage: [id],
      decrypted: 'opens without AWS',
      openedBy: 'static-random',
      withThePublicKey: 'ERR_ESDK_NO_DATA_KEY',
      withAnotherSafe: 'ERR_ESDK_NO_DATA_KEY',
      callsToDecrypt: [],
    })
  })

  it('user-data: the local Region decrypts it into a file of its owner, which stays when the next is cut', async () => {
    const { charactersOfUserData, ...found } = await userData(surroundings)
    expect(charactersOfUserData).toBeLessThan(16 * 1024)
    expect(found).toEqual({
      callsAtBoot: ['Decrypt eu-west-1'],
      mode: '600',
      whenItIsCut: 'ERR_ESDK_TRUNCATED',
      written: 'password=correct horse\n',
    })
    expect(readdirSync(surroundings.folder)).toEqual(['secrets.env'])
  })

  it('file-streams: the file comes back, with its context; one that is cut leaves no file', async () => {
    const { contextWritten, contextRead, ...found } = await fileStreams(surroundings)
    expect(found).toEqual({
      callsToEncrypt: ['GenerateDataKey us-east-1', 'Encrypt us-west-2'],
      callsToDecrypt: ['Decrypt us-east-1'],
      whenItIsCut: 'ERR_ESDK_TRUNCATED',
    })
    expect(contextRead).toEqual(contextWritten)
    expect(contextRead).toMatchObject({ kind: 'backup' })
    const bytesOf = (name: string) => readFileSync(`${surroundings.folder}/${name}`)
    expect(bytesOf('secret-data').length).toBe(1_000_000)
    expect(bytesOf('decrypted-data').equals(bytesOf('secret-data'))).toBe(true)
    expect(readdirSync(surroundings.folder).toSorted()).toEqual(['decrypted-data', 'encrypted-data', 'secret-data'])
  })

  it('encryption-context: what differs from the message, or is not given, is refused', async () => {
    const both = { tenant: '42', kind: 'invoice' }
    const found = await encryptionContexts(surroundings)
    expect(found).toMatchObject({
      decrypted: Array(2).fill('an invoice of tenant 42'),
      contextStored: both,
      contextReturned: both,
      callsForBoth: ['GenerateDataKey us-east-1', 'Decrypt us-east-1'],
      refusals: {
        wrongTenant: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        callsForWrongTenant: [],
        pairTooMany: 'ERR_ESDK_NO_DATA_KEY',
        callsForPairTooMany: ['Decrypt us-east-1'],
      },
      contextStoredWhenRequired: { kind: 'invoice' },
      contextReturnedWhenRequired: both,
      refusalsWhenRequired: {
        nothingGivenToEncrypt: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        nothingGiven: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        callsForNothingGiven: [],
        wrongTenant: 'ERR_ESDK_NO_DATA_KEY',
        callsForWrongTenant: ['Decrypt us-east-1'],
      },
    })
    expect(found.contextStoredWhenRequired).not.toHaveProperty('tenant')
  })

  it('commitment-policy: each step reads what the one before writes, and the last refuses old messages', async () => {
    expect(await commitmentPolicies(surroundings)).toEqual({
      suites: { unsigned: '0x0178', signed: '0x0378', committing: '0x0578', renewed: '0x0578' },
      readByFirst: Array(3).fill('written long ago'),
      readBySecond: Array(3).fill('written long ago'),
      readByThird: Array(2).fill('written long ago'),
      refusals: {
        unsigned: 'ERR_ESDK_COMMITMENT_POLICY',
        signed: 'ERR_ESDK_COMMITMENT_POLICY',
        toWriteAsBefore: 'ERR_ESDK_COMMITMENT_POLICY',
        calls: [],
      },
    })
  })

  it('caching: 1000 messages make 3 calls, 400 to each data key; another context or partition makes its own', async () => {
    expect(await caching(surroundings)).toEqual({
      callsToEncrypt: Array(3).fill('GenerateDataKey us-east-1'),
      callsToDecrypt: Array(3).fill('Decrypt us-east-1'),
      events: ['event 0', 'event 999', 1000],
      hits: 2 * (1000 - 3),
      misses: 2 * 3,
      callsForOneMore: {
        inTheSameContext: 0,
        inAnotherContext: 1,
        byAnotherManager: 1,
        byTheFirstOfAPartition: 1,
        byTheSecondOfAPartition: 0,
      },
    })
  })

  it('branch-key-per-tenant: one call for each tenant, no key opens for another, old versions still open', async () => {
    const three = ['GenerateDataKeyWithoutPlaintext us-east-1', 'ReEncrypt us-east-1']
    const found = await branchKeyPerTenant(surroundings)
    expect(found).toEqual({
      callsForTwoBranchKeys: [...three, three[0], ...three, three[0]],
      callsFor100: Array(2).fill('Decrypt us-east-1'),
      refusals: {
        shoesWithTheKeyOfHats: 'ERR_ESDK_NO_DATA_KEY',
        shoesTakenForHats: 'ERR_ESDK_ENCRYPTION_CONTEXT',
        forNobody: 'ERR_ESDK_KEYRING',
        calls: [],
      },
      callsForANewVersion: ['ReEncrypt us-east-1', ...three],
      callsToUseIt: ['Decrypt us-east-1'],
      callsToOpenOldAndNew: Array(2).fill('Decrypt us-east-1'),
      decrypted: Array(2).fill('for one tenant alone'),
    })
  })

  it('custom-keyring: the vault opens what KMS generated, without KMS', async () => {
    expect(await customKeyring(surroundings)).toEqual({
      callsToEncrypt: ['GenerateDataKey us-east-1'],
      decrypted: 'all orders of the year',
      openedBy: 'vault-transit',
      withAnotherVault: 'ERR_ESDK_NO_DATA_KEY',
      callsToDecrypt: [],
    })
  })
})

describe('all examples', () => {
  const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
  const names = readdirSync(new URL('.', import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !['all', 'refusal', 'run', 'surroundings'].includes(name))

  it('can be run by the names of their files, and are in the README', () => {
    expect(Object.keys(examples).toSorted()).toEqual(names.toSorted())
    const rows = [...read('README.md').matchAll(/^\| \[`([\w-]+)`\]\(\1\.ts\)/gm)].map(([, name]) => name)
    expect(rows).toEqual(Object.keys(examples))
  })

  it.each(names)('%s says what it costs and what to watch out for', (name) => {
    expect(read(`${name}.ts`)).toMatch(/\*\*Calls of KMS\*\*: [\s\S]+\*\*Watch out\*\*: /)
  })

  it('make no keys and no aliases on AWS', () => {
    expect([...asked].toSorted()).toEqual([
      'Decrypt',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncrypt',
    ])
  })
})
