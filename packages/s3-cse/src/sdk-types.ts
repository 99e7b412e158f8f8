/**
 * What this package adds to the requests and answers of the AWS SDK. The types are exported by the entry of the package:
 * without one of them, its declarations would not bring these additions.
 *
 * @module
 */

import type { ClientSideEncryption } from './client-side-encryption.ts'

/** What requests that encrypt take beside what S3 knows. */
export interface WithEncryptionContext {
  /** With AWS KMS: pairs that are authenticated and stored; to decrypt, the same have to be given. */
  EncryptionContext?: Readonly<Record<string, string>> | undefined
}

export interface WithInstructionFileSuffix {
  /** The end of the name of the instruction file, exactly as given. Default: `.instruction`. */
  InstructionFileSuffix?: string | undefined
}

export interface WithClientSideEncryption {
  /** How the object is encrypted; not there for objects that are not. */
  ClientSideEncryption?: ClientSideEncryption | undefined
}

declare module '@aws-sdk/client-s3' {
  interface PutObjectRequest extends WithEncryptionContext {}
  interface CreateMultipartUploadRequest extends WithEncryptionContext {}
  interface GetObjectRequest extends WithEncryptionContext, WithInstructionFileSuffix {}
  interface GetObjectOutput extends WithClientSideEncryption {}
  interface HeadObjectRequest extends WithInstructionFileSuffix {}
  interface HeadObjectOutput extends WithClientSideEncryption {}
}
