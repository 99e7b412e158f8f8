/**
 * What a `CopySource` names.
 *
 * @module
 */

/** An object, or one version of it. */
export interface CopySource {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string
}

/**
 * `bucket/key`, `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME/object/key`, each percent-encoded, with `?versionId=` where
 * one version is meant.
 *
 * @throws TypeError - it is neither
 */
export function parseCopySource(text: string): CopySource {
  const [, path = '', version] = /^\/?([^?]*)(?:\?versionId=([^&]+))?$/.exec(text) ?? []
  const decoded = decode(path)
  const [, bucket, key] =
    /^(arn:[^/]+\/[^/]+)\/object\/(.+)$/s.exec(decoded) ?? /^(?!arn:)([^/]+)\/(.+)$/s.exec(decoded) ?? []
  if (bucket === undefined || key === undefined) {
    throw new TypeError('CopySource must be bucket/key, percent-encoded, or the ARN of an object of an access point')
  }
  return { Bucket: bucket, Key: key, ...(version !== undefined && { VersionId: version }) }
}

/** The `CopySource` that names an object. */
export function copySourceOf({ Bucket, Key }: Omit<CopySource, 'VersionId'>): string {
  const path = Bucket.startsWith('arn:') ? `${Bucket}/object/${Key}` : `${Bucket}/${Key}`
  return path.split('/').map(encodeURIComponent).join('/')
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new TypeError('CopySource must be percent-encoded: encodeURIComponent makes it so')
  }
}
