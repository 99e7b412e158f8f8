/**
 * What all sides call: AWS KMS as this project has it, and DynamoDB Local. Both end with the run.
 *
 * @module
 */

import { join } from 'node:path'
import { startLocalKms } from '@esdk/local-kms'
import { MissingToolchain } from '../scripts/toolchain.mjs'
import { startDynamoDbLocal } from './dynamodb-local.mjs'
import { makeKmsKeys } from './kms-keys.mjs'

/**
 * Starts both, and points the AWS SDKs of this process and of those that it starts to them.
 *
 * @returns the keys in AWS KMS; `dynamoDb` with its `endpoint`, or with what is `missing` or `broken`; and `stop`
 */
export async function startServices(folder) {
  const kms = await startLocalKms()
  const dynamoDb = await startDynamoDbLocal().catch((error) =>
    error instanceof MissingToolchain ? { missing: error.message } : { broken: error.stack },
  )
  useInsteadOfAws({ folder, kms, dynamoDb })
  return {
    keys: await makeKmsKeys(kms.kms),
    dynamoDb,
    async stop() {
      await dynamoDb.stop?.()
      await kms.close()
    },
  }
}

/** Nothing of the user's own is used: no profile, no credentials, no machine that gives them, no proxy. */
function useInsteadOfAws({ folder, kms, dynamoDb }) {
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
  })
  for (const name of ['NO_PROXY', 'no_proxy']) {
    process.env[name] = [process.env[name], '127.0.0.1'].filter(Boolean).join(',')
  }
}
