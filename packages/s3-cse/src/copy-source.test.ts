import { describe, expect, it } from 'vitest'
import { parseCopySource } from './copy-source.ts'

describe('CopySource', () => {
  it.each([
    ['bucket/key', { Bucket: 'bucket', Key: 'key' }],
    ['/bucket/key', { Bucket: 'bucket', Key: 'key' }],
    ['bucket/a%2Fb%20c/%C3%BC', { Bucket: 'bucket', Key: 'a/b c/ü' }],
    ['bucket/a?versionId=v1', { Bucket: 'bucket', Key: 'a', VersionId: 'v1' }],
    ['bucket/a%3FversionId=v1', { Bucket: 'bucket', Key: 'a?versionId=v1' }],
    [
      'arn:aws:s3:us-west-2:111122223333:accesspoint/mine/object/a/b',
      { Bucket: 'arn:aws:s3:us-west-2:111122223333:accesspoint/mine', Key: 'a/b' },
    ],
  ])('%s', (text, expected) => {
    expect(parseCopySource(text)).toEqual(expected)
  })

  it.each(['', 'bucket', 'bucket/', '/', 'bucket/%', 'arn:aws:s3:us-west-2:111122223333:accesspoint/mine/a'])(
    'is refused: %j',
    (text) => {
      expect(() => parseCopySource(text)).toThrow(TypeError)
    },
  )
})
