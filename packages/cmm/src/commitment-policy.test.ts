import { type AlgorithmSuiteId, algorithmSuite, algorithmSuites } from '@esdk/serialize'
import { describe, expect, it } from 'vitest'
import {
  checkSuiteToDecrypt,
  checkSuiteToEncrypt,
  commitmentPolicies,
  defaultCommitmentPolicy,
  defaultSuite,
} from './commitment-policy.ts'
import { CommitmentPolicyError } from './errors.ts'

/** framework/commitment-policy.md: which suites each policy encrypts and decrypts with, by whether they commit. */
const table = [
  { policy: 'forbid-encrypt-allow-decrypt', encrypts: [false], decrypts: [false, true], suite: 0x0378 },
  { policy: 'require-encrypt-allow-decrypt', encrypts: [true], decrypts: [false, true], suite: 0x0578 },
  { policy: 'require-encrypt-require-decrypt', encrypts: [true], decrypts: [true], suite: 0x0578 },
] as const

/** The suites with "Key Commitment: True" in framework/algorithm-suites.md. */
const committing: readonly AlgorithmSuiteId[] = [0x0478, 0x0578]

const cases = table.flatMap((row) => algorithmSuites.map((suite) => ({ ...row, ...suite })))

describe('the commitment policies', () => {
  it('are three, and the strictest is the default', () => {
    expect(commitmentPolicies).toEqual(table.map(({ policy }) => policy))
    expect(defaultCommitmentPolicy).toBe('require-encrypt-require-decrypt')
  })

  it.each(cases)('$policy and $name', ({ policy, encrypts, decrypts, id }) => {
    const commits = committing.includes(id)
    const suite = algorithmSuite(id)
    const encrypt = () => checkSuiteToEncrypt(policy, suite)
    const decrypt = () => checkSuiteToDecrypt(policy, suite)
    if ((encrypts as readonly boolean[]).includes(commits)) encrypt()
    else expect(encrypt).toThrow(CommitmentPolicyError)
    if ((decrypts as readonly boolean[]).includes(commits)) decrypt()
    else expect(decrypt).toThrow(CommitmentPolicyError)
  })

  it.each(table)('$policy has a default suite that it encrypts with', ({ policy, suite }) => {
    expect(defaultSuite(policy).id).toBe(suite)
    checkSuiteToEncrypt(policy, defaultSuite(policy))
  })

  it('are told when they forbid a suite, with the policy that allows it', () => {
    expect(() => checkSuiteToEncrypt('require-encrypt-require-decrypt', algorithmSuite(0x0178))).toThrow(
      expect.objectContaining({
        name: 'CommitmentPolicyError',
        code: 'ERR_ESDK_COMMITMENT_POLICY',
        policy: 'require-encrypt-require-decrypt',
        suite: 0x0178,
        message:
          "the commitment policy 'require-encrypt-require-decrypt' does not encrypt with algorithm suite 0x0178, which does not commit to its key: 'forbid-encrypt-allow-decrypt' allows it",
      }),
    )
    expect(() => checkSuiteToEncrypt('forbid-encrypt-allow-decrypt', algorithmSuite(0x0478))).toThrow(
      "the commitment policy 'forbid-encrypt-allow-decrypt' does not encrypt with algorithm suite 0x0478, which commits to its key: a policy of 'require-encrypt-...' allows it",
    )
    expect(() => checkSuiteToDecrypt('require-encrypt-require-decrypt', algorithmSuite(0x0378))).toThrow(
      "the commitment policy 'require-encrypt-require-decrypt' does not decrypt with algorithm suite 0x0378, which does not commit to its key: 'require-encrypt-allow-decrypt' allows it, for messages of a time before key commitment",
    )
  })
})
