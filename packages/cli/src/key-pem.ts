/**
 * Keys in PEM, as files hold them: one half of a pair, or both.
 *
 * @module
 */

import { CliError } from './cli-error.ts'

/** The public key, the private key, or both: one block of each at most. Other blocks are left to be refused. */
export function pemBlocks(text: string, source: string): { readonly publicKey?: string; readonly privateKey?: string } {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g)]
  const publicKeys = blocks.filter(([, label]) => isPublic(label as string))
  const privateKeys = blocks.filter(([, label]) => label?.endsWith('PRIVATE KEY'))
  if (publicKeys.length > 1 || privateKeys.length > 1 || publicKeys.length + privateKeys.length === 0) {
    throw new CliError(
      'ERR_ESDK_CLI_KEY',
      `${source} must hold one public or one private key in PEM, or one of each`,
      'PEM begins with the line -----BEGIN PUBLIC KEY----- or -----BEGIN PRIVATE KEY-----.',
    )
  }
  return {
    ...(publicKeys[0] && { publicKey: publicKeys[0][0] }),
    ...(privateKeys[0] && { privateKey: privateKeys[0][0] }),
  }
}

function isPublic(label: string): boolean {
  return label.endsWith('PUBLIC KEY') || label === 'CERTIFICATE'
}

/** @throws CliError - `ERR_ESDK_CLI_KEY`: they are not UTF-8 */
export function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new CliError(
      'ERR_ESDK_CLI_KEY',
      `${source} is not text`,
      'Give an AES key that lies there as it is with -w type=raw-aes,namespace=NS,name=NAME,file=PATH',
    )
  }
}
