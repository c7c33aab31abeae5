import type { MediaId } from '../media.js'
import { Problem } from './errors.js'
import type { PagePosition } from './parts.js'

/** A position in a list as text for the client, which only hands it back. */
export function formatCursor ({ time, id }: PagePosition): string {
  return Buffer.from(`${time ?? ''} ${id}`).toString('base64url')
}

/** As PostgreSQL writes a time in JSON; it knows no year 0, and no zone beyond 15:59. */
const written = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[+-](?:0\d|1[0-5])(?::[0-5]\d){0,2})?$/

/** The position again. Throws a Problem for what is none: the database takes neither NUL nor days that there never were. */
export function parseCursor (text: string): PagePosition {
  const [, time = '', id] = /^(\S*) (\P{Cc}{1,100})$/u.exec(Buffer.from(text, 'base64url').toString()) ?? []
  if (id === undefined || !isTime(time)) throw new Problem('BAD_REQUEST', 'after must be the next of an earlier answer, unchanged')
  return { time: time === '' ? null : time, id: id as MediaId }
}

function isTime (text: string): boolean {
  if (/^(?:-?infinity)?$/.test(text)) return true
  const midnight = new Date(`${text.slice(0, 10)}T00:00:00Z`)
  return written.test(text) && !Number.isNaN(Date.parse(text.slice(0, 19))) && midnight.toISOString().startsWith(text.slice(0, 10))
}
