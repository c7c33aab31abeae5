/**
 * How long things may take, in ms. Every wait on Telegram ends by one of these.
 * `connectMs`: a TCP connection; `handshakeMs`: a key exchange; `callMs`: any call but files; `fileMs`: how long a file
 * connection may owe answers without giving one, or one answer while later ones are given; `fileMaxMs`: one part of a file in any case.
 * `probeMs`: how long nothing may arrive while an answer is due before a ping asks for a sign of life; `silenceMs`: before
 * the connection is given up; `idlePingMs`: the same question on an idle connection.
 * `ackMs`: how long Telegram may wait to hear that a message arrived. `idleCloseMs`: a file connection without work is closed. `stateMs`: how often Telegram is asked whether updates were missed.
 * `gapMs`: how long an update that is out of order may be merely late.
 * `backoffMs` doubles up to `backoffMaxMs` between attempts. `troubleMs`: what fails for so long is told to the owner.
 */
export interface Timing {
  readonly connectMs: number
  readonly handshakeMs: number
  readonly callMs: number
  readonly fileMs: number
  readonly fileMaxMs: number
  readonly probeMs: number
  readonly silenceMs: number
  readonly idlePingMs: number
  readonly ackMs: number
  readonly idleCloseMs: number
  readonly stateMs: number
  readonly gapMs: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
  readonly troubleMs: number
}

/**
 * What suits the Internet. Telegram drops updates of a login that asked nothing for an hour, hence 15 minutes. A ping is
 * answered within a round trip or so: who does not within 1.5 s is not there, and a viewer's player waits for no more than some seconds.
 * Between two attempts to log in lie 8 s at most, so that a bot is back within 30 s of Telegram being so.
 */
export const defaultTiming: Timing = {
  connectMs: 8_000,
  handshakeMs: 20_000,
  callMs: 15_000,
  fileMs: 15_000,
  fileMaxMs: 120_000,
  probeMs: 1_000,
  silenceMs: 2_500,
  idlePingMs: 15_000,
  // As TDLib does.
  ackMs: 30_000,
  idleCloseMs: 60_000,
  stateMs: 15 * 60_000,
  // core.telegram.org/api/updates#recovering-gaps
  gapMs: 500,
  backoffMs: 500,
  backoffMaxMs: 8_000,
  troubleMs: 60_000
}

/** How long to wait before the attempt after `failures` failed ones, in ms: doubling, with jitter so that bots spread. */
export function backoff (failures: number, timing: Timing): number {
  const full = Math.min(timing.backoffMs * 2 ** Math.max(0, failures - 1), timing.backoffMaxMs)
  return full * (0.75 + Math.random() / 4)
}
