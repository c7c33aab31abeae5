import type { Problem, Settings } from './problems.js'
import { readSecret } from './secret.js'

/** How links are guarded. */
export interface LinkConfig {
  /** What they are signed with; `null`: they are open. */
  readonly secret: string | null
  /** How long new ones are good; `null`: for ever. */
  readonly ttlSeconds: number | null
}

const secondsIn: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** Ten years. */
const longest = 3650 * 86_400

/** Reads `LINK_SECRET` and `LINK_TTL`. */
export function readLinks (settings: Settings, problems: Problem[]): LinkConfig {
  const secret = readSecret('LINK_SECRET', settings, problems, { mustBePlain: false })
  return Object.freeze({ secret, ttlSeconds: readTtl(settings['LINK_TTL'], secret, problems) })
}

function readTtl (text: string | undefined, secret: string | null, problems: Problem[]): number | null {
  if (text === undefined) return null
  const [, count, unit = ''] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? []
  const seconds = Number(count) * (secondsIn[unit] ?? NaN)
  const wrong = seconds >= 1 && seconds <= longest ? null : 'must be how long new links are good: a number with s, m, h or d for its unit, at most 3650d'
  if (wrong !== null) problems.push({ variable: 'LINK_TTL', wrong, example: 'LINK_TTL=7d' })
  else if (secret === null) problems.push({ variable: 'LINK_TTL', wrong: 'needs LINK_SECRET, because only signed links can expire: set that to what the command openssl rand -hex 32 prints', example: 'LINK_SECRET=3f1c…9a07' })
  return seconds
}
