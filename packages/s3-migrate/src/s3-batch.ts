/**
 * A handler of AWS Lambda for jobs of S3 Batch Operations: S3 has the list, tries again, and writes the report.
 *
 * | schema | the bucket is in | says in addition    |
 * | ------ | ---------------- | ------------------- |
 * | `1.0`  | `s3BucketArn`    |                     |
 * | `2.0`  | `s3Bucket`       | `job.userArguments` |
 *
 * @module
 */

import type { S3Client } from '@aws-sdk/client-s3'
import { quote } from '@esdk/cmm'
import { failureOf } from './failure.ts'
import { objectMigrator } from './migrate-object.ts'
import { howEncrypted, type MigrationObject, type MigrationOutcome } from './outcome.ts'
import type { MigrationTask } from './task.ts'

export interface S3BatchEvent {
  readonly invocationSchemaVersion: string
  readonly invocationId: string
  readonly job?: { readonly id?: string; readonly userArguments?: Readonly<Record<string, string>> | null }
  readonly tasks: readonly S3BatchTask[]
}

export interface S3BatchTask {
  readonly taskId: string
  /** Encoded as in a form: `%2F`, and `+` for a space. */
  readonly s3Key: string
  readonly s3VersionId?: string | null
  readonly s3BucketArn?: string
  readonly s3Bucket?: string
}

export interface S3BatchResponse {
  readonly invocationSchemaVersion: string
  readonly invocationId: string
  readonly treatMissingKeysAs: 'TemporaryFailure'
  readonly results: readonly S3BatchResult[]
}

export interface S3BatchResult {
  readonly taskId: string
  /** S3 tries again what failed for a time. */
  readonly resultCode: 'Succeeded' | 'TemporaryFailure' | 'PermanentFailure'
  /** For the report of the job. */
  readonly resultString: string
}

export interface S3BatchHandlerOptions {
  /** One that does not encrypt. */
  readonly client: S3Client
  readonly task: MigrationTask
  /** Write nothing; the report says what would be done. */
  readonly dryRun?: boolean | undefined
}

/**
 * `export const handler = s3BatchHandler({ client: new S3Client(), task })`
 *
 * @throws TypeError - `client` encrypts; an option of the task that is not as documented
 */
export function s3BatchHandler({
  client,
  task,
  dryRun,
}: S3BatchHandlerOptions): (event: S3BatchEvent) => Promise<S3BatchResponse> {
  const migrateObject = objectMigrator(client, task)
  const resultOf = async (batchTask: S3BatchTask): Promise<S3BatchResult> => {
    const { taskId } = batchTask
    try {
      return { taskId, ...described(await migrateObject(objectOf(batchTask), { dryRun })) }
    } catch (error) {
      const { code, message } = failureOf(error)
      return { taskId, resultCode: 'PermanentFailure', resultString: `${code}: ${message}` }
    }
  }
  return async ({ invocationSchemaVersion, invocationId, tasks }) => {
    if (invocationSchemaVersion !== '1.0' && invocationSchemaVersion !== '2.0') {
      throw new TypeError(
        `invocationSchemaVersion: 1.0 or 2.0 is expected, found ${quote(String(invocationSchemaVersion))}: this is no event of S3 Batch Operations that is known`,
      )
    }
    const results = await Promise.all(tasks.map(resultOf))
    return { invocationSchemaVersion, invocationId, treatMissingKeysAs: 'TemporaryFailure', results }
  }
}

function described(outcome: MigrationOutcome): Pick<S3BatchResult, 'resultCode' | 'resultString'> {
  switch (outcome.status) {
    case 'failed': {
      const { code, message, temporary } = outcome
      return {
        resultCode: temporary ? 'TemporaryFailure' : 'PermanentFailure',
        resultString: `${code}: ${message}`,
      }
    }
    case 'skipped':
      return { resultCode: 'Succeeded', resultString: `skipped: ${outcome.reason}` }
    default: {
      const { status, encryption } = outcome
      return { resultCode: 'Succeeded', resultString: `${status}: ${howEncrypted(encryption)}` }
    }
  }
}

function objectOf({ s3Key, s3VersionId, s3BucketArn, s3Bucket }: S3BatchTask): MigrationObject {
  const bucket = s3Bucket ?? bucketOf(s3BucketArn)
  if (typeof s3Key !== 'string' || s3Key === '') throw new TypeError('the task names no object: s3Key is missing')
  const key = decodeURIComponent(s3Key.replaceAll('+', ' '))
  return { bucket, key, ...(s3VersionId != null && s3VersionId !== '' && { versionId: s3VersionId }) }
}

/** Of an access point, requests take the whole ARN. */
function bucketOf(arn: string | undefined): string {
  const [, resource] = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.+)$/.exec(arn ?? '') ?? []
  if (arn === undefined || resource === undefined) {
    throw new TypeError(`the task names no bucket: s3Bucket or s3BucketArn is expected, found ${quote(String(arn))}`)
  }
  return /^accesspoint[/:]/.test(resource) ? arn : resource
}
