/**
 * The keys of our PostgreSQL advisory locks: `pg_advisory_lock(LOCK_CLASS, key)`, valid per database.
 * The class keeps them apart from other programs' locks in the same database.
 */
export const LOCK_CLASS = 0x54454c45

export const LOCKS = {
  /** Held by whoever applies migrations. */
  migrate: 1,
  /** Held by the process that started an embedded server, for as long as it lives. */
  embeddedOwner: 2,
  /** Held by whoever changes which bot has which slot. */
  slots: 3,
  /** Held by whoever may be the first to store where a bot stands. */
  updateStates: 4
} as const
