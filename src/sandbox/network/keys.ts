import { createHash } from 'node:crypto'
import type { NewKey } from './exchange.js'
import { createSalts } from './salts.js'
import type { KeyState } from './session.js'

/** The authorisation keys of all data centres. A key is known only where it was made. */
export interface Keys {
  /** Takes a key that was agreed upon at a DC. */
  add (dcId: number, agreed: NewKey): void
  find (dcId: number, keyId: string): KeyState | undefined
  forget (keyId: string): void
  all (): KeyState[]
}

/** No keys yet. `now` in ms. */
export function createKeys (now: () => number): Keys {
  const byPlace = new Map<string, KeyState>()
  const place = (dcId: number, keyId: string): string => `${dcId}/${keyId}`

  return {
    add: (dcId, agreed) => {
      const state = newKeyState(dcId, agreed, now())
      byPlace.set(place(dcId, state.id), state)
    },
    find: (dcId, keyId) => byPlace.get(place(dcId, keyId)),
    forget: keyId => { for (const [at, state] of byPlace) if (state.id === keyId) byPlace.delete(at) },
    all: () => [...byPlace.values()]
  }
}

function newKeyState (dcId: number, { key, firstSalt }: NewKey, now: number): KeyState {
  const idBytes = createHash('sha1').update(key).digest().subarray(12)
  return {
    id: idBytes.toString('hex'),
    idBytes,
    key,
    dcId,
    createdAt: now,
    accountId: null,
    layer: null,
    client: null,
    salts: createSalts(firstSalt, now),
    sessions: new Map(),
    burnt: false,
    mainConnection: null
  }
}
