import type { Problem, Settings } from './problems.js'

const example = 'DATABASE_URL=postgres://user:password@localhost:5432/teleferry'

/** Reads `DATABASE_URL`; `null` where it is not set, which Heroku does not allow. What is wrong is told without a piece of it, which may be one of the password. */
export function readDatabaseUrl (settings: Settings, problems: Problem[]): string | null {
  const url = settings['DATABASE_URL']
  if (url === undefined) {
    if (settings['DYNO'] !== undefined) problems.push(lostOnHeroku)
    return null
  }
  const wrong = faultOf(url, settings)
  if (wrong !== null) problems.push({ variable: 'DATABASE_URL', wrong, example })
  return url
}

/** A dyno's disk goes with it, at least once a day: devcenter.heroku.com/articles/dynos#ephemeral-filesystem. `DYNO` is set in every one of them. */
const lostOnHeroku: Problem = {
  variable: 'DATABASE_URL',
  wrong: 'is missing, and on Heroku the data of the embedded PostgreSQL would be lost at each restart: add a database with heroku addons:create heroku-postgresql:essential-0, which sets it',
  example
}

function faultOf (url: string, settings: Settings): string | null {
  const [, rest] = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url) ?? []
  if (rest === undefined) return 'must be the URL of a PostgreSQL database'
  if (!URL.canParse(url) || isCutShort(rest)) return 'has a user or password with characters that mean something else in a URL: write # as %23, / as %2F, ? as %3F, @ as %40, : as %3A and % as %25'
  return namesDatabase(new URL(url), settings) ? null : 'names no database: its name stands last'
}

/**
 * Whether the user and password are cut off by one of their own characters. An `@` ends them (RFC 3986, section 3.2). Where one stands behind,
 * it is theirs if a host, with its port or the name of a database, follows, and else a part of that name, or of a parameter's value.
 */
function isCutShort (rest: string): boolean {
  const end = rest.search(/[/?#]/)
  if (end < 0) return false
  const [authority, behind] = [rest.slice(0, end), rest.slice(end)]
  const isPasswordOpen = authority.includes(':') && !authority.includes('@')
  return behind.includes('#') || /^[^?]*@[^?]*[/:]/.test(behind) || /^[^?]*\?[^=]*@/.test(behind) || (isPasswordOpen && behind.includes('@'))
}

/** As libpq, node-postgres takes the user's name where there is no other. */
function namesDatabase ({ pathname, username, searchParams }: URL, { PGDATABASE, PGUSER }: Settings): boolean {
  return pathname.length > 1 || username !== '' || searchParams.has('user') || PGDATABASE !== undefined || PGUSER !== undefined
}
