/**
 * Errors, as people and programs read them: what was found, what was expected, what to do.
 *
 * @module
 */

import { isEsdkError, NoDataKeyError } from '@esdk/cmm'
import { LimitError, MessageFormatError } from '@esdk/serialize'
import { CliError, FileError, standardOutput, systemCode } from './cli-error.ts'
import { inOurWords, s3Hint } from './s3-hints.ts'
import { serviceHint } from './service-hint.ts'
import { discoveryInWords } from './service-keyring.ts'

export interface Explanation {
  /** `ERR_ESDK_...`, or that of the system: `ENOSPC`. */
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
}

/** What a run was about, for hints that depend on it. */
export interface Situation {
  /** Keys that `-c` gave and the message does not store. */
  readonly contextNotStored?: readonly string[]
  /** Whose keys the message needs, by the ids of providers. */
  readonly neededProviders?: readonly string[]
  /** The keys of the run, in words. */
  readonly offeredKeys?: readonly string[]
  /** The object in Amazon S3. */
  readonly object?: string
}

export function explain(error: unknown, situation: Situation = {}): Explanation {
  const isOfS3 = situation.object !== undefined
  if (error instanceof CliError) {
    return { code: error.code, message: error.message, hint: isOfS3 ? withoutO(error.hint) : error.hint }
  }
  if (error instanceof FileError) {
    const { hint, ...what } = explainFileError(error)
    if (!isOfS3) return { ...what, hint }
    return { ...what, hint: error.operation === 'read' && error.code === 'EISDIR' ? folderToS3 : withoutO(hint) }
  }
  if (isEsdkError(error)) {
    const message = isOfS3 ? inOurWords(error.message) : error.message
    return { code: error.code, message, hint: hintFor(error, situation) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: systemCode(error) ?? 'ERR_ESDK_CLI_UNEXPECTED',
    message,
    hint: 'This should not happen. With ESDK_DEBUG=1 in the environment, the run shows where it happened.',
  }
}

/** `esdk s3 cp` names its output without an option. */
function withoutO(hint: string | undefined): string | undefined {
  return hint?.replace(' with -o', '').replace('-o - >', '- >')
}

const folderToS3 =
  'An object is one file. A folder in one: tar c FOLDER | esdk s3 cp - s3://BUCKET/FOLDER.tar, with the same options.'

const changed = 'Do not use any of it. Get the file again from where it was written.'
const cut = 'The file was cut: copy it again, and compare its length with the original.'

const hints: Readonly<Record<string, string>> = {
  ERR_ESDK_HEADER_MALFORMED: 'Is this an encrypted file? If it is: it was changed, get it again.',
  ERR_ESDK_BODY_MALFORMED: changed,
  ERR_ESDK_BODY_SEQUENCE: changed,
  ERR_ESDK_TRAILING_BYTES: changed,
  ERR_ESDK_TRUNCATED: cut,
  ERR_ESDK_HEADER_AUTH: changed,
  ERR_ESDK_BODY_AUTH: changed,
  ERR_ESDK_SIGNATURE: changed,
  ERR_ESDK_PUBLIC_KEY: changed,
  ERR_ESDK_COMMITMENT: 'Do not trust it: it was made to open differently under different keys.',
  ERR_ESDK_ENCRYPTION_CONTEXT: 'Compare -c with what `esdk inspect FILE` shows.',
  ERR_ESDK_COMMITMENT_POLICY: 'The option is --commitment-policy.',
  ERR_ESDK_SIGNED_MESSAGE: 'Leave out --decrypt-unsigned: nothing is released before the signature is verified.',
}

function hintFor(error: Error & { readonly code: string }, situation: Situation): string | undefined {
  const { contextNotStored = [], object } = situation
  if (object !== undefined) return s3Hint(error, object) ?? hints[error.code]
  if (error instanceof MessageFormatError) {
    const known = formatHints.find(([what]) => what.test(error.message))
    if (known !== undefined) return known[1]
  }
  if (contextNotStored.length > 0 && (error.code === 'ERR_ESDK_NO_DATA_KEY' || error.code === 'ERR_ESDK_HEADER_AUTH')) {
    return `The message does not store ${contextNotStored.join(', ')}: it opens with -c for that only if it was encrypted with --required-context-key and the same value.`
  }
  if (error instanceof NoDataKeyError) {
    return error.attempts.length === 0 ? otherKeysHint(situation) : (serviceHint(error) ?? wrongKeyHint)
  }
  if (error.code === 'ERR_ESDK_KEYRING' || error.code === 'ERR_ESDK_BRANCH_KEY_STORE') return serviceHint(error)
  if (error instanceof LimitError) return limitHints[error.limit]
  return hints[error.code]
}

const wrongKeyHint =
  'The name of the key fits, but not the key, or not the encryption context. Is it the file of that time?'

/** Which keys are needed, and which were there. */
function otherKeysHint({ neededProviders = [], offeredKeys = [] }: Situation): string {
  const ways = [...new Set(neededProviders.map((id) => waysToGive.get(id) ?? '-k'))]
  const hint = `Give the key that is named there, with ${ways.join(' or ') || '-k'}. \`esdk inspect FILE\` lists all keys that open it.`
  // One key by itself is in the message; a filter is not.
  const offered = offeredKeys.length > 1 || offeredKeys.some((key) => key.startsWith(discoveryInWords))
  return offered ? `${hint}\nOffered: ${offeredKeys.join('; ')}` : hint
}

const waysToGive: ReadonlyMap<string, string> = new Map([
  ['aws-kms', '-w key=ARN'],
  ['aws-kms-rsa', '-w type=kms-rsa,key=ARN,algorithm=...'],
  ['aws-kms-ecdh', '-w type=kms-ecdh,key=ARN,curve=...'],
  ['aws-kms-hierarchy', '-w type=branch-key,table=...,key=ARN,id=...'],
])

/** Of errors that share their code with others. */
const formatHints: readonly (readonly [what: RegExp, hint: string])[] = [
  [/looks like the base64/, 'In a pipe: base64 -d < FILE | esdk decrypt - -k key.json'],
  [/looks like the hexadecimal/, 'In a pipe: xxd -r -p < FILE | esdk decrypt - -k key.json'],
  [/^the input is empty/, 'Look at what wrote it: a copy, or a command before this one, may have failed.'],
]

const limitHints: Readonly<Record<string, string>> = {
  maxEncryptedDataKeys: 'If that is right, raise --max-encrypted-data-keys.',
  maxPlaintextLength: 'If that is right, raise --max-length. With --caching, a file must not grow meanwhile.',
  maxFrameLength: 'If that is right, raise --max-frame-length.',
}

function explainFileError({ code, operation, shown, message }: FileError): Explanation {
  const [what, hint] = systemTexts[operation][code] ?? systemTexts.any[code] ?? [code, undefined]
  const advice = shown === standardOutput ? 'What was written there is a part only: do not use it.' : hint
  return { code, message: `${message}: ${what}`, hint: advice?.replace('FILE', () => shown) }
}

type Texts = Readonly<Record<string, readonly [what: string, hint?: string]>>

const full =
  'Nothing was kept of the output, and a file that was there before is unchanged. Make room, or name another place with -o.'

const systemTexts: Readonly<Record<'read' | 'write' | 'any', Texts>> = {
  read: {
    ENOENT: ['there is no such file', 'Look at the spelling, and at the folder you are in.'],
    EACCES: ['you may not read it', 'Its owner can allow it: chmod u+r FILE'],
    EPERM: ['you may not read it', 'Its owner can allow it: chmod u+r FILE'],
    ELOOP: ['it is a link, or links lead in a circle', 'Links below folders are not followed.'],
  },
  write: {
    ENOENT: ['the folder does not exist', 'Make it first, or name another with -o.'],
    EACCES: ['you may not write there', 'Name a folder of yours with -o.'],
    EPERM: ['you may not write there', 'Name a folder of yours with -o.'],
    ENOSPC: ['the disk is full', full],
    EDQUOT: ['your quota of the disk is used up', full],
    EFBIG: ['it would be larger than files may be here', full],
    EROFS: ['that disk can only be read', 'Name another place with -o.'],
    EISDIR: ['it is a folder', 'Name a file with -o.'],
    EEXIST: ['there is such a file already', 'Remove it, or name another.'],
    ELOOP: ['links lead in a circle', 'Name a file with -o.'],
  },
  any: {
    EISDIR: ['it is a folder', 'Give the folder itself, with -r, for the files in it.'],
    ENOTDIR: ['a part of its path is a file, not a folder', 'Look at the spelling.'],
    ENAMETOOLONG: ['its name is too long for this disk', 'Name a shorter one with -o.'],
    EMFILE: ['too many files are open', 'Raise the limit: ulimit -n'],
    EIO: ['the disk, or the connection to it, failed'],
  },
}
