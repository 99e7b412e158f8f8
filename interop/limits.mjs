/**
 * What the released implementations cannot do, with the reason. What is not listed here has to work.
 *
 * Each limit says for which rows of a peer it holds: `where` gives patterns for values, all of which must match; `when`
 * looks at a complete row.
 *
 * @module
 */

import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto'
import { isSigned, keysOf } from './dimensions.mjs'

const limits = [
  {
    peers: ['python'],
    direction: 'write',
    where: { frame: /^(1|16|17)$/ },
    reason: 'writes frame lengths that are multiples of 128 only',
  },
  {
    peers: ['java'],
    direction: 'write',
    where: { frame: /^(1|17)$/ },
    reason: 'writes frame lengths that are multiples of 16 only',
  },
  {
    peers: ['java'],
    where: { context: /^an empty/ },
    reason: 'refuses keys and values of the context that are empty',
  },
  {
    peers: ['java'],
    direction: 'write',
    where: { context: /^60000/ },
    reason: 'writes contexts of at most 32767 bytes',
  },
  {
    peers: ['java'],
    direction: 'read',
    where: { context: /^60000/, api: /^master key$/, keyring: /^aes|AES key$/ },
    reason: 'AES master keys take contexts of at most 32767 bytes',
  },
  {
    peers: ['javascript'],
    direction: 'write',
    where: { frame: /^none$/ },
    reason: 'writes no messages without frames',
  },
  {
    peers: ['java', 'javascript'],
    where: { name: /^not text$/ },
    reason: 'takes names of keys as text only',
  },
  {
    peers: ['python'],
    where: { name: /^not text$/, api: /^keyring$/ },
    reason: 'keyrings take names of keys as text only (master keys take bytes)',
  },
  {
    peers: ['python'],
    where: { name: /^not text$/, context: /not stored|no pair stored/ },
    reason: 'master keys know no required encryption context, and keyrings no names that are not text',
  },
  {
    peers: ['python', 'java'],
    where: { api: /^master key$/, keyring: /ecdh/i },
    reason: 'master keys know no ECDH',
  },
  {
    peers: ['python', 'java'],
    where: { api: /^master key$/, keyring: /^KMS RSA/ },
    reason: 'master keys know no RSA keys of AWS KMS',
  },
  {
    peers: ['python', 'java'],
    where: { api: /^master key$/, keyring: /^branch key/ },
    reason: 'master keys know no branch keys',
  },
  {
    peers: ['python', 'java'],
    where: { api: /^master key$/, keyring: /^KMS MRK, read by discovery in two Regions$/ },
    reason: 'master keys discover multi-Region keys in one Region only',
  },
  {
    peers: ['python', 'java'],
    where: { api: /^master key$/, context: /not stored|no pair stored/ },
    reason: 'master keys know no required encryption context',
  },
  {
    peers: ['javascript'],
    where: { keyring: /ecdh/i },
    reason: 'has no ECDH keyring',
  },
  {
    peers: ['javascript'],
    where: { keyring: /^KMS RSA/ },
    reason: 'has no keyring over RSA keys of AWS KMS',
  },
  {
    peers: ['javascript'],
    where: { 'branch key': /^beacon$/ },
    reason: 'reads no beacon keys',
  },
  {
    peers: ['javascript'],
    where: { 'branch key': /^table$/ },
    reason: 'makes no tables for branch keys',
  },
  {
    peers: ['javascript'],
    where: { context: /not stored|no pair stored/ },
    reason: 'has no required encryption context',
  },
  {
    peers: ['javascript'],
    direction: 'read',
    where: { keyring: /^aes|AES key$|^branch key/, api: /^keyring$/ },
    when: (row) => row.context !== undefined && row.suite !== undefined && isSortedByLocaleOtherwise(row),
    reason: 'its raw AES and hierarchical keyrings sort the context by locale unless they are told `utf8Sorting: true`',
  },
  {
    peers: ['javascript'],
    direction: 'write',
    where: { keyring: /^aes|AES key$|^branch key/, api: /^keyring$/ },
    when: (row) => row.context !== undefined && hasKeysEqualByLocale(row),
    reason:
      'its raw AES and hierarchical keyrings leave keys that a locale holds for equal as they were given: they cannot open that themselves',
  },
  {
    peers: ['javascript'],
    direction: 'read',
    where: { keyring: /pkcs1$/ },
    when: () => !decryptsPkcs1(),
    reason: `node:crypto ${process.versions.node} refuses to decrypt RSA with PKCS #1 v1.5 padding`,
  },
]

/** Gives the function that finds the limit which keeps a peer from a row. The row may leave dimensions open. */
export function limitAmong(all) {
  return (peer, direction, row) =>
    all.find(
      (limit) =>
        limit.peers.includes(peer) &&
        (limit.direction ?? direction) === direction &&
        Object.entries(limit.where).every(([name, pattern]) => row[name] !== undefined && pattern.test(row[name])) &&
        (limit.when?.(row) ?? true),
    )
}

/** The limit that keeps a peer from a row, `undefined` when there is none. */
export const limitOf = limitAmong(limits)

/** Would `localeCompare` put the keys of the message, with that of the signature, in another order than their bytes? */
function isSortedByLocaleOtherwise({ suite, context }) {
  const keys = keysOf(context)
  if (isSigned(suite)) keys.push('aws-crypto-public-key')
  const byBytes = [...keys].sort(compareBytes)
  return differ(byBytes, [...byBytes].sort(compareByLocale))
}

/** Does the order of the keys by locale depend on the order they were given in? */
function hasKeysEqualByLocale({ context }) {
  const given = keysOf(context)
  const byBytes = [...given].sort(compareBytes)
  return differ([...given].sort(compareByLocale), [...byBytes].sort(compareByLocale))
}

const compareBytes = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))
const compareByLocale = (a, b) => a.localeCompare(b)
const differ = (some, others) => some.some((key, i) => key !== others[i])

let pkcs1

/** Newer releases of Node.js decrypt with this padding again. */
function decryptsPkcs1() {
  pkcs1 ??= tryPkcs1()
  return pkcs1
}

function tryPkcs1() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const padding = constants.RSA_PKCS1_PADDING
  const ciphertext = publicEncrypt({ key: publicKey, padding }, Buffer.from('probe'))
  try {
    return privateDecrypt({ key: privateKey, padding }, ciphertext).toString() === 'probe'
  } catch {
    return false
  }
}
