/**
 * A client of Amazon S3 whose objects are encrypted before they leave, and decrypted when they arrive.
 *
 * @module
 */

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { rememberParts } from './client-parts.ts'
import { MultipartOperations } from './multipart-operations.ts'
import { checkOptions, type S3EncryptionOptions, type Settings } from './options.ts'
import { checkPlain, othersOf, pluginOf } from './s3-encryption-plugin.ts'

/** The configuration of an `S3Client`, and what objects are encrypted with. */
export type S3EncryptionClientConfig = S3ClientConfig & { readonly encryption: S3EncryptionOptions }

/**
 * An `S3Client`: send it the commands of `@aws-sdk/client-s3`, or give it to `Upload`, paginators and waiters.
 *
 * `GetObject`, `HeadObject`, `PutObject`, `CopyObject`, `DeleteObject`, `DeleteObjects` and multipart uploads are those
 * of the plaintext; all others are sent as they are.
 */
export class S3EncryptionClient extends S3Client {
  readonly #settings: Settings
  readonly #multipart: MultipartOperations
  #borrows = false

  /** @throws TypeError, RangeError - an option of `encryption` that is not as documented */
  constructor({ encryption, ...config }: S3EncryptionClientConfig) {
    const settings = checkOptions(encryption)
    super(config)
    this.#settings = settings
    this.#multipart = new MultipartOperations(settings)
    rememberParts(this, { settings, others: othersOf(this) })
    this.#encrypt()
  }

  /**
   * A client that encrypts, with the configuration, the connections and the middleware that `client` has now. `client`
   * itself stays as it is.
   *
   * @throws TypeError - `client` encrypts already; an option that is not as documented
   */
  static from(client: S3Client, encryption: S3EncryptionOptions): S3EncryptionClient {
    checkPlain(client.middlewareStack)
    const made = new S3EncryptionClient({ encryption })
    Object.assign(made, { config: client.config, middlewareStack: client.middlewareStack.clone() })
    made.#borrows = true
    made.#encrypt()
    return made
  }

  #encrypt(): void {
    this.middlewareStack.use(pluginOf(this.#settings, this, this.#multipart))
  }

  /** Forgets the keys of all uploads that are under way, and ends the connections, unless they are those of another. */
  override destroy(): void {
    this.#multipart.zero()
    if (!this.#borrows) super.destroy()
  }
}
