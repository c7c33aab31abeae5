import type { Statistics, Tally } from './types.js'

/** Where things are counted. */
export interface Counters {
  /** The live numbers; copy them before handing them out. */
  readonly all: Statistics
  /** One call that was answered or has failed. */
  call (call: { readonly method: string, readonly dcId: number, readonly accountId: string | null }): CallCounter
}

/** What became of one call. */
export interface CallCounter {
  error (): void
  fileBytes (bytes: number): void
}

/** Counters at zero. */
export function createCounters (): Counters {
  const all: Statistics = { ...emptyTally(), connections: { open: 0, total: 0, refused: 0 }, handshakes: 0, dcs: {}, accounts: {} }

  return {
    all,
    call: ({ method, dcId, accountId }) => {
      const tallies: Tally[] = [all, all.dcs[dcId] ??= emptyTally()]
      if (accountId !== null) tallies.push(all.accounts[accountId] ??= emptyTally())
      const counts = [...tallies, ...tallies.map(tally => methodOf(tally, method))]
      for (const count of counts) count.calls++
      return {
        error: () => { for (const count of counts) count.errors++ },
        fileBytes: bytes => { for (const tally of tallies) tally.fileBytes += bytes }
      }
    }
  }
}

function methodOf (tally: Tally, method: string): { calls: number, errors: number } {
  tally.methods[method] ??= { calls: 0, errors: 0 }
  return tally.methods[method]
}

function emptyTally (): Tally {
  return { calls: 0, errors: 0, fileBytes: 0, methods: {} }
}
