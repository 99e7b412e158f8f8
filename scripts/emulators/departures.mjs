/**
 * What the emulators do otherwise than AWS KMS documents, by the test of the agreement suite that shows it.
 *
 * A test that is named here must fail: one that passes says that the emulator has been mended, and is taken out.
 *
 * @module
 */

const noUse = {
  does: 'leaves KeyUsage, and for single-Region keys MultiRegion, out of the answer of CreateKey',
  aws: 'API_KeyMetadata: KeyUsage is ENCRYPT_DECRYPT where none was given, MultiRegion is true or false',
}
const noAgreement = {
  does: 'has no DeriveSharedSecret, and no KeySpec in the answer of GetPublicKey',
  aws: 'API_DeriveSharedSecret; API_GetPublicKey: KeySpec is part of the answer',
}
const noReplica = {
  does: 'answers Decrypt with a replica by AccessDeniedException',
  aws: 'multi-Region keys: what one related key encrypted, each related key decrypts',
}

/** @type {Record<string, Record<string, { does: string, aws: string }>>} */
export const departures = {
  moto: {
    'CreateKey > makes an enabled symmetric key when it is told nothing': noUse,
    'CreateKey > makes a multi-Region key, which begins with mrk-': {
      does: 'makes ids of the form mrk-UUID, with hyphens',
      aws: 'multi-Region keys: mrk- and 32 hexadecimal characters',
    },
    'Encrypt and Decrypt > refuse the ciphertext of another key than the one that is named': {
      does: 'answers AccessDeniedException',
      aws: 'API_Decrypt: IncorrectKeyException',
    },
    'does nothing with a disabled key until it is enabled': {
      does: 'uses a disabled key as if it were enabled',
      aws: 'API_Encrypt, API_Decrypt and the others: DisabledException',
    },
    'a replica > opens what its primary encrypted, and the other way round, each under its own ARN': noReplica,
    'a replica > is disabled by itself': noReplica,
    'a replica > is made once in a Region, and of a multi-Region primary key alone': {
      does: 'replicates twice into one Region, and ends in HTTP 500 for a single-Region key',
      aws: 'API_ReplicateKey: AlreadyExistsException, UnsupportedOperationException',
    },
    'public keys > of RSA encrypt what the key decrypts': {
      does: 'has no KeySpec in the answer of GetPublicKey, and does not decrypt with RSA keys',
      aws: 'API_GetPublicKey: KeySpec is part of the answer; API_Decrypt takes RSAES_OAEP_SHA_256',
    },
    'public keys > of ECC_NIST_P256 agree with others on a secret': noAgreement,
    'public keys > of ECC_NIST_P384 agree with others on a secret': noAgreement,
    'public keys > of ECC_NIST_P521 agree with others on a secret': noAgreement,
    'public keys > agree on nothing with a key that encrypts': noAgreement,
    'does not find the ARN of another Region': {
      does: 'looks for the id alone, in the Region of the call',
      aws: 'API_DescribeKey: NotFoundException',
    },
  },
}
