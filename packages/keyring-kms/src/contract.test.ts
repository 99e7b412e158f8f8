import { multiKeyring } from '@esdk/cmm'
import { keyringContract } from '@esdk/cmm/testing'
import { type CurveName, encodePem } from '@esdk/crypto-backend'
import { describe, it } from 'vitest'
import { fakeKms } from '../test/fake-kms.ts'
import { ireland, mrkIreland, mrkOregon, oregon, tokyo } from '../test/materials.ts'
import { kmsDiscoveryKeyring, kmsMrkDiscoveryKeyring } from './discovery-keyring.ts'
import { kmsEcdhKeyring } from './kms-ecdh-keyring.ts'
import { kmsKeyring, kmsMrkKeyring } from './kms-keyring.ts'
import { kmsRsaKeyring } from './kms-rsa-keyring.ts'

/** Each length of data key, with and without a signature. */
const suites = [0x0014, 0x0146, 0x0478, 0x0578] as const
const unsigned = [0x0014, 0x0146, 0x0478] as const

describe('the contract of keyrings is kept by', () => {
  const kms = fakeKms()
  kms.addKeys(oregon, ireland, tokyo, mrkOregon, mrkIreland)
  const { clientFor } = kms

  it('one key, named', () =>
    keyringContract(() => kmsKeyring({ generatorKeyId: oregon, clientFor }), { suites, usesAwsKms: true }))

  it('keys in three Regions', () =>
    keyringContract(() => kmsKeyring({ generatorKeyId: oregon, keyIds: [ireland, tokyo], clientFor }), {
      suites,
      usesAwsKms: true,
      wraps: 'new',
    }))

  it('keys without a generator', () =>
    keyringContract(() => kmsKeyring({ keyIds: [ireland, tokyo], clientFor }), {
      suites,
      usesAwsKms: true,
      wraps: 'given',
    }))

  it('a multi-Region key, wrapped in one Region and unwrapped in another', () => {
    const { onEncrypt } = kmsMrkKeyring({ generatorKeyId: mrkOregon, clientFor })
    const { onDecrypt } = kmsMrkKeyring({ generatorKeyId: mrkIreland, clientFor })
    return keyringContract(() => ({ onEncrypt, onDecrypt }), { suites, usesAwsKms: true })
  })

  it('a multi-Region key', () =>
    keyringContract(() => kmsMrkKeyring({ generatorKeyId: mrkOregon, clientFor }), { suites, usesAwsKms: true }))

  it('discovery', () =>
    keyringContract(() => kmsDiscoveryKeyring({ clientFor }), {
      suites,
      does: 'decrypt',
      partner: () => kmsKeyring({ generatorKeyId: oregon, clientFor }),
    }))

  it('discovery of multi-Region keys', () =>
    keyringContract(() => kmsMrkDiscoveryKeyring({ region: 'eu-west-1', clientFor }), {
      suites,
      does: 'decrypt',
      partner: () => kmsMrkKeyring({ generatorKeyId: mrkOregon, clientFor }),
    }))

  it('an RSA key', async () => {
    const publicKey = encodePem('PUBLIC KEY', await kms.addRsaKey(`${oregon}-rsa`))
    for (const encryptionAlgorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const) {
      const make = () => kmsRsaKeyring({ keyId: `${oregon}-rsa`, publicKey, encryptionAlgorithm, clientFor })
      await keyringContract(make, { suites: unsigned, usesAwsKms: true })
    }
  })

  it.each(['P-256', 'P-384', 'P-521'] as const)('an elliptic-curve key on %s', async (curve: CurveName) => {
    const [sender, recipient] = [`${oregon}-${curve}-sender`, `${ireland}-${curve}-recipient`]
    await kms.addEccKey(sender, curve)
    const recipientPublicKey = encodePem('PUBLIC KEY', await kms.addEccKey(recipient, curve))
    const fixed = () => kmsEcdhKeyring({ curve, schema: 'static', senderKeyId: sender, recipientPublicKey, clientFor })
    await keyringContract(fixed, { suites, usesAwsKms: true })
    await keyringContract(() => kmsEcdhKeyring({ curve, schema: 'discovery', recipientKeyId: recipient, clientFor }), {
      suites,
      does: 'decrypt',
      partner: fixed,
    })
  })

  it('two keyrings of AWS KMS in one', () =>
    keyringContract(
      () =>
        multiKeyring({
          generator: kmsKeyring({ generatorKeyId: oregon, clientFor }),
          children: [kmsKeyring({ keyIds: [ireland], clientFor })],
        }),
      { suites, usesAwsKms: true, wraps: 'new' },
    ))
})
