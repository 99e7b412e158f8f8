/**
 * What the released implementations cannot do with objects, with the reason. What is not listed here has to work.
 *
 * @module
 */

import { limitAmong } from '../limits.mjs'

const limits = [
  {
    peers: ['s3-python'],
    where: { keyring: /^(AES|RSA)/ },
    reason: 'has keyrings over AWS KMS only',
  },
  {
    peers: ['s3-python'],
    where: { found: /^by description$/ },
    reason: 'has keyrings over AWS KMS only',
  },
  {
    peers: ['s3-python'],
    direction: 'read',
    where: { keyring: /discovery$/ },
    reason: 'has no discovery keyring',
  },
  {
    peers: ['s3-python'],
    where: { context: /^not ASCII$/ },
    reason: 'takes contexts of ASCII only',
  },
  {
    peers: ['s3-python'],
    direction: 'read',
    where: { range: /^(?!whole object)/ },
    reason: 'reads no ranges',
  },
  {
    peers: ['s3-python', 's3-aioboto3'],
    direction: 'write',
    where: { 'data key in': /^instruction file$/ },
    reason: 'writes no instruction files',
  },
  {
    peers: ['s3-python'],
    direction: 'write',
    where: { written: /^upload$/, length: /^0$/ },
    reason: 'uploads no empty file in parts',
  },
  {
    peers: ['s3-aioboto3'],
    where: { found: /^by description$/ },
    reason: 'knows no material descriptions',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'write',
    where: { context: /^(?!none)/ },
    reason: 'takes no context and no description from its caller',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'write',
    where: { format: /^V2/, keyring: /^(AES|RSA)/ },
    reason: 'writes V2 with AWS KMS only',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'read',
    where: { format: /^V3$/ },
    reason: 'knows no V3, and gives the ciphertext',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'read',
    where: { keyring: /^(AES|RSA)/ },
    reason: 'reads V2 with AWS KMS only',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'read',
    where: { 'data key in': /^instruction file$/ },
    reason: 'knows no instruction files, and gives the ciphertext',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'read',
    where: { range: /^(?!whole object)/ },
    reason: 'gives other bytes than those of the range',
  },
  {
    peers: ['s3-aioboto3'],
    direction: 'read',
    where: { wrong: /context|key/ },
    reason: 'asks for no context, and takes any key of AWS KMS',
  },
  {
    peers: ['s3-java', 's3-java-1'],
    direction: 'write',
    where: { context: /^not ASCII$/, 'data key in': /^metadata$/ },
    reason: 'signs requests wrong whose metadata are not ASCII',
  },
  {
    peers: ['s3-java-1'],
    direction: 'read',
    where: { keyring: /discovery$/ },
    reason: 'names its key',
  },
  {
    peers: ['s3-java-1'],
    direction: 'read',
    where: { found: /^by description$/ },
    reason: 'is given one key here',
  },
]

/** The limit that keeps a peer from a row, `undefined` when there is none. The row may leave dimensions open. */
export const limitOf = limitAmong(limits)
