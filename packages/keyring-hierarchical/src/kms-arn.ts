/**
 * ARNs of AWS KMS keys, as far as a branch key store tells them apart.
 *
 * Spec: framework/aws-kms/aws-kms-key-arn.md, framework/aws-kms/aws-kms-mrk-match-for-decrypt.md
 *
 * @module
 */

/** `arn:PARTITION:kms:REGION:ACCOUNT:key/ID`, taken apart. */
interface KmsKeyArn {
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly id: string
}

/** The parts of a key's ARN; `undefined` for an alias, and for any other text. */
export function parseKmsKeyArn(arn: string): KmsKeyArn | undefined {
  const match = /^arn:([^:]+):kms:([^:]+):([^:]+):key\/([^:]+)$/.exec(arn)
  if (match === null) return undefined
  const [, partition = '', region = '', account = '', id = ''] = match
  return { partition, region, account, id }
}

/** The ARN of the replica in that Region; of a key that has no replicas, the ARN it has. */
export function replicaIn(region: string, arn: string): string {
  const parts = parseKmsKeyArn(arn)
  if (parts === undefined || !parts.id.startsWith('mrk-')) return arn
  return `arn:${parts.partition}:kms:${region}:${parts.account}:key/${parts.id}`
}

/** Is it the same key, or another replica of the same multi-Region key? */
export function isReplica(one: string, other: string): boolean {
  const region = parseKmsKeyArn(one)?.region
  return one === other || (region !== undefined && replicaIn(region, other) === one)
}
