import { describe, expect, it } from 'vitest'
import { UsageError } from './cli-error.ts'
import { destinationOf, parseObjectUri, parseS3Uri, prefixOf } from './s3-location.ts'

describe('s3://BUCKET/KEY', () => {
  it.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://my.bucket-2/a/b c//d', 'my.bucket-2', 'a/b c//d'],
    ['s3://bucket/100%25?x#y', 'bucket', '100%25?x#y'],
    ['s3://bucket/line\nbreak', 'bucket', 'line\nbreak'],
  ])('is a bucket and a key, exactly as written: %j', (text, bucket, key) => {
    expect(parseS3Uri(text)).toMatchObject({ bucket, key })
  })

  it.each([
    'bucket/key',
    'S3://bucket/key',
    's3:/bucket/key',
    's3://',
    's3:///key',
    's3://B/k',
    's3://a:b/k',
    's3://..',
  ])('is nothing else: %j', (text) => {
    expect(() => parseS3Uri(text)).toThrow(UsageError)
  })

  it('is shown so that it acts on no terminal (C7, terminal control)', () => {
    expect(parseS3Uri('s3://bucket/a\u001b[31m').shown).toBe(String.raw`s3://"bucket/a\u{1b}[31m"`)
  })

  it('names an object only with a key that is not a prefix', () => {
    expect(parseObjectUri('s3://bucket/a/b').key).toBe('a/b')
    for (const text of ['s3://bucket', 's3://bucket/', 's3://bucket/a/']) {
      expect(() => parseObjectUri(text)).toThrow('names no object')
    }
  })

  it('gives a file its name where only a prefix is named', () => {
    expect(destinationOf('s3://bucket/a/', 'f').key).toBe('a/f')
    expect(destinationOf('s3://bucket', 'f').key).toBe('f')
    expect(destinationOf('s3://bucket/a', 'f').key).toBe('a')
    expect(() => destinationOf('s3://bucket/a/', undefined)).toThrow('the standard input has no name')
  })

  it('as a prefix ends with a whole name', () => {
    expect(['s3://bucket', 's3://bucket/a', 's3://bucket/a/'].map((text) => prefixOf(text).key)).toEqual([
      '',
      'a/',
      'a/',
    ])
  })
})
