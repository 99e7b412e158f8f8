/**
 * The names of the pairs that make an envelope. As HTTP headers they have the prefix `x-amz-meta-`, which the AWS SDK
 * adds and takes away.
 *
 * | names            | V1  | V2  | V3  | meaning                                                      |
 * | ---------------- | --- | --- | --- | ------------------------------------------------------------ |
 * | `x-amz-key`      | yes |     |     | wrapped data key                                             |
 * | `x-amz-key-v2`   |     | yes |     | wrapped data key                                             |
 * | `x-amz-iv`       | yes | yes |     | IV of the body                                               |
 * | `x-amz-matdesc`  | yes | yes |     | encryption context (AWS KMS) or material description, JSON   |
 * | `x-amz-wrap-alg` |     | yes |     | how the data key is wrapped                                  |
 * | `x-amz-cek-alg`  |     | yes |     | how the body is encrypted                                    |
 * | `x-amz-tag-len`  |     | GCM |     | bits of the tag: 128                                         |
 * | `x-amz-unencrypted-content-length` | may | may | | a hint that nobody authenticates: written, never read |
 * | `x-amz-c`        |     |     | yes | how the body is encrypted: 115                               |
 * | `x-amz-d`        |     |     | yes | commitment to the data key                                   |
 * | `x-amz-i`        |     |     | yes | message id                                                   |
 * | `x-amz-3`        |     |     | yes | wrapped data key                                             |
 * | `x-amz-w`        |     |     | yes | how the data key is wrapped, as two digits                   |
 * | `x-amz-m`        |     |     | may | material description, JSON                                   |
 * | `x-amz-t`        |     |     | may | encryption context, JSON                                     |
 *
 * Spec: s3-encryption/data-format/content-metadata.md
 *
 * @module
 */

/** The pair that says how long the plaintext is. */
export const lengthHint = 'x-amz-unencrypted-content-length'

export const v1Names = ['x-amz-key', 'x-amz-iv', 'x-amz-matdesc', 'x-amz-unencrypted-content-length'] as const

export const v2Names = [
  'x-amz-key-v2',
  'x-amz-iv',
  'x-amz-matdesc',
  'x-amz-wrap-alg',
  'x-amz-cek-alg',
  'x-amz-tag-len',
  'x-amz-unencrypted-content-length',
] as const

/** What V3 says of the body. It is in the metadata of the object, always. */
export const v3ContentNames = ['x-amz-c', 'x-amz-d', 'x-amz-i'] as const

/** What V3 says of the data key. */
export const v3DataKeyNames = ['x-amz-3', 'x-amz-w', 'x-amz-m', 'x-amz-t'] as const

export type EnvelopeName =
  | (typeof v1Names)[number]
  | (typeof v2Names)[number]
  | (typeof v3ContentNames)[number]
  | (typeof v3DataKeyNames)[number]

/** All of them. */
export const envelopeNames: ReadonlySet<string> = /* @__PURE__ */ new Set<EnvelopeName>([
  ...v1Names,
  ...v2Names,
  ...v3ContentNames,
  ...v3DataKeyNames,
])

/** What tells an instruction file from other objects. Not all clients write it, so none may need it. */
export const instructionFileMark = 'x-amz-crypto-instr-file'
