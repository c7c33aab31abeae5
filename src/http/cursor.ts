import type { MediaId } from '../media.js'
import { Problem } from './errors.js'
import type { PagePosition } from './parts.js'

/** A position in a list as text for the client, which only hands it back. */
export function formatCursor ({ time, id }: PagePosition): string {
  return Buffer.from(`${time ?? ''} ${id}`).toString('base64url')
}

/** The position again. Throws a Problem for what is none. */
export function parseCursor (text: string): PagePosition {
  const [, time = '', id] = /^(|-?infinity|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[\d.:+-]*) (.{1,100})$/.exec(Buffer.from(text, 'base64url').toString()) ?? []
  const isTime = !/^\d/.test(time) || !Number.isNaN(Date.parse(time))
  if (id === undefined || !isTime) throw new Problem('BAD_REQUEST', 'after must be the next of an earlier answer, unchanged')
  return { time: time === '' ? null : time, id: id as MediaId }
}
