/**
 * Rules, and running them.
 *
 * @module
 */

/** Makes what is tested. Called afresh for each rule, so that no rule sees what another has left behind. */
export type Make<Subject> = () => Subject | Promise<Subject>

/** One thing that a subject must do. */
export interface Rule<Subject, Options> {
  /** A sentence about the subject, in the words of a test. */
  readonly name: string
  /** Resolves when the subject does so, or need not; rejects with what it does instead. */
  check(make: Make<Subject>, options?: Options): Promise<void>
}

/** A rule that was not kept. */
export interface RuleFailure {
  readonly rule: string
  readonly error: unknown
}

/** One or more rules were not kept. The text names them all. */
export class ContractError extends Error {
  override readonly name = 'ContractError'
  readonly failures: readonly RuleFailure[]

  constructor(subject: string, rules: number, failures: readonly RuleFailure[]) {
    const lines = failures.map(({ rule, error }) => `- it ${rule}: ${describe(error)}`)
    super(`the ${subject} breaks ${failures.length} of ${rules} rules\n${lines.join('\n')}`)
    this.failures = Object.freeze([...failures])
  }
}

/** Checks all rules, one after the other. Rejects with all that were not kept, once. */
export async function runRules<Subject, Options>(
  subject: string,
  rules: readonly Rule<Subject, Options>[],
  make: Make<Subject>,
  options: Options | undefined,
): Promise<void> {
  const failures: RuleFailure[] = []
  for (const rule of rules) {
    try {
      await rule.check(make, options)
    } catch (error) {
      failures.push({ rule: rule.name, error })
    }
  }
  if (failures.length > 0) throw new ContractError(subject, rules.length, failures)
}

/** Throws what was found when the condition does not hold. */
export function demand(condition: boolean, found: string): asserts condition {
  if (!condition) throw new Error(found)
}

/** What the call rejects with (or throws). Throws itself when the call resolves, since then it did what is told. */
export async function rejectionOf(call: () => Promise<unknown>, resolved: string): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error(resolved)
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
