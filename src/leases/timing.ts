/**
 * When leases end, in ms.
 * `beatMs`: how often a process gives a sign of life; `sureMs`: for how long after one it may take its sessions for its own.
 * `deadMs`: who sees no sign of another process for this long takes it for dead. `pollMs`: how often it looks.
 * `patienceMs`: how long a bot waits for a session that is held before it makes another one.
 */
export interface LeaseTiming {
  readonly beatMs: number
  readonly sureMs: number
  readonly deadMs: number
  readonly pollMs: number
  readonly patienceMs: number
}

/**
 * A dead process's sessions are free within 5 s, and a second lies between the moment at which a process without signs of
 * life stops using its logins and the first at which another one may begin. Ten seconds of patience let a rolling deploy's
 * old process end: a log-in costs more, for Telegram limits them.
 */
export const leaseTiming: LeaseTiming = { beatMs: 1_000, sureMs: 3_000, deadMs: 4_000, pollMs: 400, patienceMs: 10_000 }
