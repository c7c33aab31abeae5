import type { Connection } from './connection.js'
import { matches } from './match.js'
import type { ConnectionFacts, Match, Removable } from './types.js'

/** The open connections of all data centres, and which of them are frozen. */
export interface Connections {
  add (connection: Connection): void
  remove (connection: Connection): void
  isFrozen (facts: ConnectionFacts): boolean
  freeze (match: Match<ConnectionFacts>): Removable
  /** Closes those that match; returns how many. */
  disconnect (match: Match<ConnectionFacts>): number
}

/** No connections yet. */
export function createConnections (): Connections {
  const open = new Set<Connection>()
  const freezes = new Set<Match<ConnectionFacts>>()
  const refreshAll = (): void => { for (const connection of open) connection.refresh() }

  return {
    add: connection => { open.add(connection) },
    remove: connection => { open.delete(connection) },
    isFrozen: facts => [...freezes].some(match => matches(match, facts)),
    freeze: match => {
      freezes.add(match)
      refreshAll()
      return { remove: () => { freezes.delete(match); refreshAll() } }
    },
    disconnect: match => {
      const matching = [...open].filter(connection => matches(match, connection.facts()))
      for (const connection of matching) connection.destroy()
      return matching.length
    }
  }
}
