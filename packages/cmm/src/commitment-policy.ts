/**
 * Which algorithm suites a client may use.
 *
 * | policy                            | encrypts        | decrypts        | default suite |
 * | --------------------------------- | --------------- | --------------- | ------------- |
 * | `forbid-encrypt-allow-decrypt`    | not committing  | all             | `0x0378`      |
 * | `require-encrypt-allow-decrypt`   | committing      | all             | `0x0578`      |
 * | `require-encrypt-require-decrypt` | committing      | committing      | `0x0578`      |
 *
 * The specification's text names a suite without key derivation as the first default; every implementation uses 0378.
 *
 * Spec: framework/commitment-policy.md
 *
 * @module
 */

import { type AlgorithmSuite, algorithmSuite } from '@esdk/serialize'
import { CommitmentPolicyError } from './errors.ts'

export type CommitmentPolicy =
  | 'forbid-encrypt-allow-decrypt'
  | 'require-encrypt-allow-decrypt'
  | 'require-encrypt-require-decrypt'

/** The policies, from the loosest to the strictest. */
export const commitmentPolicies: readonly CommitmentPolicy[] = [
  'forbid-encrypt-allow-decrypt',
  'require-encrypt-allow-decrypt',
  'require-encrypt-require-decrypt',
]

/** The policy of a client that is given none. */
export const defaultCommitmentPolicy: CommitmentPolicy = 'require-encrypt-require-decrypt'

/** The suite that is used when none is asked for. */
export function defaultSuite(policy: CommitmentPolicy): AlgorithmSuite {
  return algorithmSuite(policy === 'forbid-encrypt-allow-decrypt' ? 0x0378 : 0x0578)
}

/** What a policy asks of a suite, of the messages or of another format. */
export interface CommittingOrNot {
  readonly id: number
  readonly committing: boolean
}

/** @throws CommitmentPolicyError - the policy does not encrypt with the suite */
export function checkSuiteToEncrypt(policy: CommitmentPolicy, suite: CommittingOrNot): void {
  if (suite.committing === (policy === 'forbid-encrypt-allow-decrypt')) {
    throw new CommitmentPolicyError('encrypt', policy, suite.id, suite.committing)
  }
}

/** @throws CommitmentPolicyError - the policy does not decrypt messages of the suite */
export function checkSuiteToDecrypt(policy: CommitmentPolicy, suite: CommittingOrNot): void {
  if (!suite.committing && policy === 'require-encrypt-require-decrypt') {
    throw new CommitmentPolicyError('decrypt', policy, suite.id, false)
  }
}
