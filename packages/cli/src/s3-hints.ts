/**
 * What to do about objects that do not open.
 *
 * @module
 */

import { serviceHint } from './service-hint.ts'

/** The options of the command that allow what a client does not, by the names that `@esdk/s3-cse` gives its own. */
const allowingOptions: Readonly<Record<string, string>> = {
  enableLegacyWrappingAlgorithms: '--allow-legacy-wrapping',
  enableLegacyUnauthenticatedModes: '--allow-cbc',
  commitmentPolicy: '--commitment-policy require-encrypt-allow-decrypt',
}

/** The option of the command; `undefined` where it has none. */
export function allowingOption(name: string): string | undefined {
  return allowingOptions[name]
}

/** What a text of the library calls by the names that it has there, by those of the command. */
export function inOurWords(message: string): string {
  return message
    .replaceAll('instructionFile: { write: true }', '--instruction-file')
    .replaceAll('ReencryptObjectCommand', '`esdk s3 reencrypt`')
}

/** A hint for an error of an object, by its code. */
export function s3Hint(error: Error & { readonly code: string }, shown: string): string | undefined {
  if (error.code === 'ERR_ESDK_S3_DATA_KEY') return dataKeyHint(error, shown)
  if (error.code === 'ERR_ESDK_S3_NOT_ALLOWED') {
    const option = 'option' in error ? allowingOption(String(error.option)) : undefined
    return option && `If that is what you expect of the object, add ${option}.`
  }
  return Object.hasOwn(hints, error.code) ? hints[error.code]?.replaceAll('OBJECT', shown) : undefined
}

function dataKeyHint(error: Error, shown: string): string {
  const { cause } = error
  const otherKey = `Another key has wrapped it. \`esdk s3 inspect ${shown}\` shows of which kind; an object that was rewrapped opens with its new key.`
  if (cause === undefined || (cause instanceof Error && cause.name === 'IncorrectKeyException')) return otherKey
  return serviceHint(error)?.replace('--endpoint-url', '--kms-endpoint-url') ?? otherKey
}

const hints: Readonly<Record<string, string>> = {
  ERR_ESDK_COMMITMENT_POLICY:
    'If you expect an object of format V1 or V2, add --commitment-policy require-encrypt-allow-decrypt. `esdk s3 reencrypt` makes V3 of it.',
  ERR_ESDK_ENCRYPTION_CONTEXT:
    'With AWS KMS, give all pairs of the object with -c: `esdk s3 inspect OBJECT` shows them. With other keys, leave -c out.',
  ERR_ESDK_BODY_AUTH: 'Do not use any of it. An earlier version of the object may be whole.',
  ERR_ESDK_S3_NOT_ENCRYPTED: 'If it is meant to be open, `aws s3 cp` copies it.',
  ERR_ESDK_S3_METADATA:
    'Somebody has changed its metadata, or copied it without them: an earlier version may be whole.',
  ERR_ESDK_S3_INSTRUCTION_FILE:
    'The data key is in a file beside the object: --instruction-file-suffix says how its name ends; `aws s3 ls OBJECT` lists both.',
  ERR_ESDK_S3_UNSUPPORTED: 'A later version of `esdk` may know it; or somebody has changed its metadata.',
  ERR_ESDK_S3_REWRAP:
    '`esdk s3 reencrypt` writes the object anew; with --instruction-file, its data key can be wrapped again whatever its length.',
  ERR_ESDK_S3_ANSWER:
    'Something between here and Amazon S3 changes its answers: look at --endpoint-url, and at proxies.',
  ERR_ESDK_S3_BODY_LENGTH: 'The connection was cut, or the file changed meanwhile: run it again.',
}
