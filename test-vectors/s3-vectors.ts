/**
 * The vectors of `s3/`: objects of S3 encryption clients, their keys, and an AWS KMS that repeats its answers.
 *
 * What an entry decrypts to is `plaintextOf(entry.plaintext)` of `plaintext.ts`.
 *
 * @module
 */

import { fromBase64, readBytes, readJson, toBase64 } from './source.ts'

type Context = Readonly<Record<string, string>>

/** The classes of error in `s3/README.md`. */
export type S3ErrorClass =
  | 'auth'
  | 'content'
  | 'key'
  | 'commitment'
  | 'context'
  | 'metadata'
  | 'unsupported'
  | 'instruction'
  | 'policy'
  | 'range'

export interface S3KeyRef {
  readonly type: 'aes' | 'rsa' | 'kms'
  readonly id: string
}

/** An instruction file, stored at the object's key and `suffix`. */
export interface S3InstructionFile {
  readonly suffix: string
  /** User metadata of the file itself. */
  readonly metadata: Context
  readonly body: string
}

interface S3Range {
  /** The header `Range`. */
  readonly range: string
  readonly behaviour: 'slice' | 'empty' | 'whole object: the range is ignored' | '416 from the server'
  readonly length?: number
  readonly sha256?: string
  readonly base64?: string
  readonly result: 'ok' | { readonly error: 'range' }
}

/** An entry of the manifest, as `s3/README.md` describes it. */
export interface S3Vector {
  readonly id: string
  readonly description: string
  readonly format: 'V1' | 'V2' | 'V3'
  readonly contentAlgorithm: string
  readonly wrapAlgorithm: string
  readonly metadataLocation: 'object' | 'instruction-file' | 'split'
  readonly producedBy: { readonly name: string; readonly version: string; readonly mode?: string }
  readonly bucket: string
  readonly key: string
  readonly body: string
  readonly bodyLength: number
  readonly bodySha256: string
  readonly metadata: Context
  readonly instructionFile: S3InstructionFile | null
  readonly extraInstructionFiles?: readonly S3InstructionFile[]
  readonly keyRef: S3KeyRef
  readonly reads?: readonly { readonly instructionFileSuffix: string; readonly keyRef: S3KeyRef }[]
  readonly encryptionContext: Context
  readonly materialDescription?: Context
  readonly needs: {
    readonly legacyWrapping: boolean
    readonly legacyUnauthenticated: boolean
    readonly nonCommitting: boolean
  }
  readonly mode?: {
    readonly legacyWrapping: boolean
    readonly legacyUnauthenticated: boolean
    readonly commitmentPolicy: string
  }
  readonly request?: { readonly range: string }
  readonly multipart?: { readonly partSize: number; readonly parts: number }
  readonly plaintext: {
    readonly length: number
    readonly sha256: string
    readonly seed: string
    readonly base64?: string
  }
  readonly ranges?: readonly S3Range[]
  readonly result: 'ok' | { readonly error: S3ErrorClass; readonly or?: readonly S3ErrorClass[] }
  readonly derivedFrom?: string
  readonly change?: string
  readonly class?: string
}

/** What `keyRef` names, by type and id. */
export interface S3VectorKeys {
  readonly aes: Readonly<Record<string, { readonly base64: string }>>
  readonly rsa: Readonly<Record<string, { readonly privateKeyPem: string; readonly publicKeyPem: string }>>
  readonly kms: Readonly<Record<string, { readonly arn: string }>>
}

export const s3Vectors: readonly S3Vector[] = (await readJson<{ entries: S3Vector[] }>('s3/manifest.json')).entries
export const s3VectorKeys: S3VectorKeys = await readJson<S3VectorKeys>('s3/keys.json')

/** The body of an entry, as it is stored. */
export function bodyOf({ body }: Pick<S3Vector, 'body'>): Promise<Uint8Array> {
  return readBytes(`s3/${body}`)
}

/** All instruction files that stand beside an entry. */
export function instructionFilesOf({ instructionFile, extraInstructionFiles = [] }: S3Vector): S3InstructionFile[] {
  return [...(instructionFile === null ? [] : [instructionFile]), ...extraInstructionFiles]
}

/** The classes of error that an entry may end in; empty when it is to be decrypted. */
export function allowedErrors({ result }: Pick<S3Vector, 'result'>): readonly S3ErrorClass[] {
  return result === 'ok' ? [] : [result.error, ...(result.or ?? [])]
}

interface Recording {
  readonly ciphertextBlob: string
  readonly keyId: string
  readonly encryptionContext: Context
  readonly plaintext: string
}

const recordings = await readJson<Recording[]>('s3/kms-recordings.json')
const recorded = new Map(recordings.map((recording) => [nameOf(recording), recording]))

function nameOf({ ciphertextBlob, encryptionContext }: Pick<Recording, 'ciphertextBlob' | 'encryptionContext'>) {
  const pairs = Object.entries(encryptionContext).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([ciphertextBlob, pairs])
}

/** What a keyring of S3 objects asks AWS KMS. */
export interface S3DecryptRequest {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob: Uint8Array
  readonly EncryptionContext?: Context | undefined
}

/**
 * A client of AWS KMS that answers from `s3/kms-recordings.json`, and knows nothing else.
 *
 * `asked` gets every request: an entry that is refused early must leave it empty.
 */
export function replayingS3Kms(asked: S3DecryptRequest[] = []) {
  return {
    async decrypt(request: S3DecryptRequest): Promise<{ KeyId: string; Plaintext: Uint8Array }> {
      asked.push(request)
      const { KeyId, CiphertextBlob, EncryptionContext = {} } = request
      const found = recorded.get(
        nameOf({ ciphertextBlob: toBase64(CiphertextBlob), encryptionContext: EncryptionContext }),
      )
      if (found === undefined) throw refusal('InvalidCiphertextException')
      if (KeyId !== undefined && KeyId !== found.keyId) throw refusal('IncorrectKeyException')
      return { KeyId: found.keyId, Plaintext: fromBase64(found.plaintext) }
    },
    generateDataKey: encryptsNothing,
    encrypt: encryptsNothing,
  }
}

function refusal(name: string): Error {
  return Object.assign(new Error('not recorded'), { name })
}

async function encryptsNothing(): Promise<never> {
  throw new Error('a recording cannot wrap new keys')
}
