/**
 * Whose keys a discovery keyring may ask for.
 *
 * @module
 */

/** Keys of these accounts of one partition, and no others. */
export interface CheckedFilter {
  readonly partition: string
  readonly accounts: ReadonlySet<string>
}

/**
 * A copy: a list of accounts may be one that can be read once.
 *
 * @throws TypeError - no partition, or no accounts
 */
export function checkDiscoveryFilter({
  partition,
  accountIds,
}: {
  readonly partition: string
  readonly accountIds: Iterable<string>
}): CheckedFilter {
  if (typeof partition !== 'string' || partition === '') {
    throw new TypeError('filter.partition must be a text such as aws')
  }
  if (typeof accountIds === 'string') throw new TypeError('filter.accountIds must be a list, found one text')
  const accounts = new Set(accountIds)
  if (accounts.size === 0) throw new TypeError('filter.accountIds must have at least one account')
  for (const account of accounts) {
    if (typeof account !== 'string' || account === '') throw new TypeError('filter.accountIds must be texts')
  }
  return { partition, accounts }
}

/** Without a filter, all. */
export function filterAllows(
  filter: CheckedFilter | undefined,
  { partition, account }: { readonly partition: string; readonly account: string },
): boolean {
  return filter === undefined || (filter.partition === partition && filter.accounts.has(account))
}
