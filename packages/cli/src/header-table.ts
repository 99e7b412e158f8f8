/**
 * A header as people read it.
 *
 * @module
 */

import type { InspectedHeader } from '@esdk/client'
import { quote } from '@esdk/cmm'
import { algorithmSuite } from '@esdk/serialize'
import { formatCount } from './format.ts'
import { type HeaderFacts, headerFacts, type KeyFacts } from './header-facts.ts'
import { columns } from './table.ts'

export interface TableLengths {
  /** Bytes of the whole file, where that is known. */
  readonly message: number | undefined
  readonly plaintext: number | undefined
}

/** The lines of the table. All text from the message is quoted. */
export function headerTable(shown: string, header: InspectedHeader, lengths: TableLengths): string[] {
  const facts = headerFacts(header)
  return [
    `${shown}   not authenticated: anybody can have written this`,
    ...columns(
      [
        ['format', `${facts.format}`],
        ['algorithm suite', `${facts.suite.id}  ${facts.suite.name}`],
        ['', suiteInWords(header)],
        ['message id', facts.messageId],
        ['header', bytes(header.headerLength)],
        ['frames', framesOf(facts)],
        ['plaintext', plaintextOf(lengths)],
        ['', ''],
      ],
      '  ',
    ).slice(0, -1),
    ...contextLines(facts),
    ...keyLines(facts.encryptedDataKeys),
  ]
}

function suiteInWords(header: InspectedHeader): string {
  const { keyLength, kdf, committing, signature } = algorithmSuite(header.suite)
  return [
    `AES-${keyLength * 8}-GCM`,
    kdf.kind === 'identity' ? 'no key derivation' : `HKDF with ${kdf.hash}`,
    committing ? 'commits to its key' : 'does not commit to its key',
    signature.kind === 'none' ? 'not signed' : `signed (ECDSA ${signature.curve})`,
  ].join(', ')
}

function framesOf({ contentType, frameLength }: HeaderFacts): string {
  return contentType === 'framed' ? `of ${bytes(frameLength)}` : 'none: the body is one piece'
}

function plaintextOf({ message, plaintext }: TableLengths): string {
  if (message === undefined) return 'unknown: the length of the input is not known'
  return plaintext === undefined
    ? `unknown: no message of this kind has ${bytes(message)}; it was cut, or bytes follow it`
    : `${bytes(plaintext)}, if the file is whole`
}

function contextLines({ encryptionContext }: HeaderFacts): string[] {
  const pairs = Object.entries(encryptionContext)
  if (pairs.length === 0) return ['  encryption context: none']
  return [
    '  encryption context',
    ...columns(
      pairs.map(([key, value]) => [quote(key), quote(value)]),
      '    ',
    ),
  ]
}

function keyLines(keys: readonly KeyFacts[]): string[] {
  const rows = keys.map((key, i) => [
    `${i + 1}`,
    quote(key.providerId),
    quote(shortened(key.keyName)),
    bytes(key.ciphertextLength),
    key.needs,
  ])
  return [
    `  encrypted data keys: ${keys.length}, any one of them opens the message`,
    ...columns([['', 'provider', 'key', 'wrapped', 'needs'], ...rows], '    '),
  ]
}

/** Names of AWS KMS keys are whole; a public key is known by its beginning. */
function shortened(name: string): string {
  const longest = 90
  const characters = [...name]
  return characters.length <= longest ? name : `${characters.slice(0, longest - 3).join('')}...`
}

function bytes(count: number): string {
  return count === 1 ? '1 byte' : `${formatCount(count)} bytes`
}
