/** What one stream holds, in bytes. Only the budget changes it. */
export interface Account {
  held: number
}

/** Memory for chunks, in bytes, shared by all streams. */
export interface Budget {
  open (): Account
  /** Takes back all that the account holds. */
  close (account: Account): void
  /** Whether so many bytes more may be held. `isOnly`: the stream has nothing else ahead of its reader. */
  allows (size: number, isOnly: boolean): boolean
  hold (account: Account, size: number): void
  release (account: Account, size: number): void
  /** What each stream may have when all want more. */
  share (): number
  used (): number
}

/**
 * Whoever asks is to be asked in the order of what he holds, least first: granted so, memory is shared max-min fairly. A
 * stream with nothing ahead always gets a chunk of up to `shortBytes`: only these exceed `totalBytes`.
 */
export function createBudget (totalBytes: number, shortBytes: number): Budget {
  const accounts = new Set<Account>()
  let used = 0

  function change (account: Account, by: number) {
    if (!accounts.has(account)) return
    account.held += by
    used += by
  }

  return {
    open: () => {
      const account = { held: 0 }
      accounts.add(account)
      return account
    },
    close: account => {
      change(account, -account.held)
      accounts.delete(account)
    },
    allows: (size, isOnly) => used + size <= totalBytes || (isOnly && size <= shortBytes),
    hold: (account, size) => change(account, size),
    release: (account, size) => change(account, -size),
    share: () => totalBytes / Math.max(accounts.size, 1),
    used: () => used
  }
}
