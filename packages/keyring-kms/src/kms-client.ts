/**
 * What is asked of a client of AWS KMS: the shape of `KMS` in `@aws-sdk/client-kms`, as far as it is used here.
 *
 * Answers are typed as they may be, not as they should be: every field is checked.
 *
 * @module
 */

/** How a call is made. */
export interface KmsCallOptions {
  readonly abortSignal?: AbortSignal
}

type Call<Input, Output> = (input: Input, options?: KmsCallOptions) => Promise<Output>

interface KeyInput {
  KeyId: string
  GrantTokens?: string[]
}

interface SymmetricInput extends KeyInput {
  EncryptionContext?: Record<string, string>
}

/** `KeyId` is the ARN of the key that was used. */
export interface WrappedAnswer {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

/** `KeyId` as above; `Plaintext` is zeroed when it has been taken over. */
export interface UnwrappedAnswer {
  readonly KeyId?: string | undefined
  readonly Plaintext?: Uint8Array | undefined
}

/** The names AWS KMS has for the paddings of RSA keys. */
export type KmsRsaPadding = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'

/** For keyrings over symmetric keys. */
export interface KmsClient {
  generateDataKey: Call<SymmetricInput & { NumberOfBytes: number }, WrappedAnswer & UnwrappedAnswer>
  encrypt: Call<SymmetricInput & { Plaintext: Uint8Array }, WrappedAnswer>
  decrypt: Call<SymmetricInput & { CiphertextBlob: Uint8Array; EncryptionAlgorithm?: KmsRsaPadding }, UnwrappedAnswer>
}

/** For the keyring over RSA keys. */
export type KmsRsaClient = Pick<KmsClient, 'decrypt'>

/** For the keyring over elliptic-curve keys. */
export interface KmsEcdhClient {
  getPublicKey: Call<KeyInput, { readonly KeyId?: string | undefined; readonly PublicKey?: Uint8Array | undefined }>
  deriveSharedSecret: Call<
    KeyInput & { KeyAgreementAlgorithm: 'ECDH'; PublicKey: Uint8Array },
    { readonly KeyId?: string | undefined; readonly SharedSecret?: Uint8Array | undefined }
  >
}
