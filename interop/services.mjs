/**
 * What all sides call: AWS KMS as this project has it, DynamoDB Local, and an S3 server. All end with the run.
 *
 * @module
 */

import { join } from 'node:path'
import { startLocalKms } from '@esdk/local-kms'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { startDynamoDbLocal } from './dynamodb-local.mjs'
import { makeKmsKeys } from './kms-keys.mjs'
import { startS3 } from './s3/server.mjs'

/**
 * Starts them, and points the AWS SDKs of this process and of those that it starts to them.
 *
 * @param needs which of `dynamoDb` and `s3` are needed
 * @returns the keys in AWS KMS; `dynamoDb` and `s3` with their `endpoint`, or with what is `missing` or `broken`; and `stop`
 */
export async function startServices(folder, needs) {
  const kms = await startLocalKms()
  const [dynamoDb, s3] = await Promise.all([
    needs.dynamoDb ? startOthers(startDynamoDbLocal) : {},
    needs.s3 ? startOthers(() => startS3(folder)) : {},
  ])
  useInsteadOfAws({ folder, kms, dynamoDb, s3 })
  return {
    keys: await makeKmsKeys(kms.kms),
    dynamoDb,
    s3,
    async stop() {
      await s3.stop?.()
      await dynamoDb.stop?.()
      await kms.close()
    },
  }
}

function startOthers(start) {
  return start().catch((error) =>
    error instanceof MissingToolchain ? { missing: error.message } : { broken: error.stack },
  )
}

/** Nothing of the user's own is used: no profile, no credentials, no machine that gives them, no proxy. */
function useInsteadOfAws({ folder, kms, dynamoDb, s3 }) {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'interop',
    AWS_SECRET_ACCESS_KEY: 'interop',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
    ...(dynamoDb.endpoint && { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint }),
    ...(s3.endpoint && { AWS_ENDPOINT_URL_S3: s3.endpoint }),
  })
  for (const name of ['NO_PROXY', 'no_proxy']) {
    process.env[name] = [process.env[name], '127.0.0.1'].filter(Boolean).join(',')
  }
}
