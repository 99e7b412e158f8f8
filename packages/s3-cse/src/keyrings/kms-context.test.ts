import { contextOf } from '@esdk/cmm'
import { describe, expect, it } from 'vitest'
import { cbc, committing, gcm, wrapped } from '../../test/key-materials.ts'
import { checkStoredContext, contextToStore } from './kms-context.ts'

const blob = Uint8Array.of(1)
const stored = { team: 'alpha', purpose: 'unit test', 'aws:x-amz-cek-alg': '115' }
const mismatch = expect.objectContaining({ code: 'ERR_ESDK_ENCRYPTION_CONTEXT' }) as Error

describe('the context that is stored', () => {
  it('is that of the caller, and the content algorithm', () => {
    expect({ ...contextToStore({ team: 'alpha' }, committing) }).toEqual({ team: 'alpha', 'aws:x-amz-cek-alg': '115' })
    expect({ ...contextToStore({}, gcm) }).toEqual({ 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' })
  })

  it.each(['aws:x-amz-cek-alg', 'kms_cmk_id'])('is not made from one with %s (S11)', (key) => {
    expect(() => contextToStore({ team: 'alpha', [key]: '115' }, committing)).toThrow(mismatch)
    expect(() => contextToStore({ [key]: '115' }, committing)).toThrow(
      `the encryption context key "${key}" is reserved: choose another name`,
    )
  })

  it('takes keys that mean something to objects as plain data', () => {
    const context = contextToStore(
      contextOf([
        ['__proto__', 'a'],
        ['toString', 'b'],
      ]),
      committing,
    )
    expect(Object.entries(context)).toEqual([
      ['__proto__', 'a'],
      ['toString', 'b'],
      ['aws:x-amz-cek-alg', '115'],
    ])
  })
})

describe('kms+context', () => {
  it('takes the very pairs that were written, in any order', () => {
    const key = wrapped('kms+context', blob, stored)
    expect(() => checkStoredContext(key, committing, { purpose: 'unit test', team: 'alpha' })).not.toThrow()
  })

  it.each([
    ['a subset', { team: 'alpha' }],
    ['a superset', { team: 'alpha', purpose: 'unit test', extra: '1' }],
    ['another value', { team: 'beta', purpose: 'unit test' }],
    ['another key', { Team: 'alpha', purpose: 'unit test' }],
    ['nothing', undefined],
    ['no pairs', {}],
    ['the reserved pair as well', stored],
  ])('refuses %s (S11)', (_, given) => {
    expect(() => checkStoredContext(wrapped('kms+context', blob, stored), committing, given)).toThrow(mismatch)
  })

  it('says which keys it found, and which were given, but no values', () => {
    expect(() => checkStoredContext(wrapped('kms+context', blob, stored), committing, { team: 'gamma' })).toThrow(
      'the encryption context of the object has the keys "team", "purpose"; what was given has the keys "team": give the very pairs that the object was written with',
    )
  })

  it('counts the keys that are too many for a sentence', () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`k${i}`, '']))
    const key = wrapped('kms+context', blob, { ...many, 'aws:x-amz-cek-alg': '115' })
    expect(() => checkStoredContext(key, committing)).toThrow('"k7" and 3 more; what was given has no pairs')
  })

  it.each([undefined, {}])('without pairs takes %j', (given) => {
    const key = wrapped('kms+context', blob, { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' })
    expect(() => checkStoredContext(key, gcm, given)).not.toThrow()
  })

  it('leaves the name of the key aside, as old clients have written it', () => {
    const key = wrapped('kms+context', blob, { ...stored, kms_cmk_id: 'any' })
    expect(() => checkStoredContext(key, committing, { team: 'alpha', purpose: 'unit test' })).not.toThrow()
  })

  it.each([
    ['is another', { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' }, 'has "AES/GCM/NoPadding" "aws:x-amz-cek-alg"'],
    ['is not there', {}, 'has no "aws:x-amz-cek-alg"'],
  ])('refuses a context whose content algorithm %s (S1)', (_, description, says) => {
    expect(() => checkStoredContext(wrapped('kms+context', blob, description), committing)).toThrow(mismatch)
    expect(() => checkStoredContext(wrapped('kms+context', blob, description), committing)).toThrow(
      `the encryption context of the object ${says}, its body is "115"`,
    )
  })

  it('is not fooled by a context that inherits', () => {
    const inherits = Object.create({ team: 'alpha' }) as Record<string, string>
    inherits['x'] = '1'
    const key = wrapped('kms+context', blob, { team: 'alpha', 'aws:x-amz-cek-alg': '115' })
    expect(() => checkStoredContext(key, committing, inherits)).toThrow(mismatch)
  })
})

describe('kms', () => {
  const arn = 'arn:aws:kms:us-east-1:123456789012:key/ca59cf0a-06b5-4402-add1-3cc285336568'
  const descriptions = [
    ['aioboto3', { kms_cmk_id: arn }],
    ['Java, with a description', { kms_cmk_id: arn, name: 'primary' }],
    [
      'Amazon SES',
      {
        kms_cmk_id: 'alias/aws/ses',
        'aws:ses-rule-name': 'inbound',
        'aws:ses-source-account': '123456789012',
        'aws:ses-message-id': 'o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1',
      },
    ],
    ['nobody, without a pair', {}],
  ] as const
  it.each(descriptions)('asks for no context with what is of %s', (_, description) => {
    for (const suite of [gcm, cbc]) {
      for (const given of [undefined, {}]) {
        expect(() => checkStoredContext(wrapped('kms', blob, description), suite, given)).not.toThrow()
      }
    }
  })

  it('compares a context that is given', () => {
    const key = wrapped('kms', blob, { kms_cmk_id: arn, name: 'primary' })
    expect(() => checkStoredContext(key, gcm, { name: 'primary' })).not.toThrow()
    expect(() => checkStoredContext(key, gcm, { name: 'secondary' })).toThrow(mismatch)
    expect(() => checkStoredContext(key, gcm, { name: 'primary', more: '1' })).toThrow(mismatch)
  })

  it('is not what was written as kms+context (S1)', () => {
    const relabelled = wrapped('kms', blob, { 'aws:x-amz-cek-alg': 'AES/GCM/NoPadding' })
    expect(() => checkStoredContext(relabelled, gcm)).toThrow(mismatch)
    expect(() => checkStoredContext(relabelled, gcm)).toThrow('the data key is labelled "kms"')
  })
})
