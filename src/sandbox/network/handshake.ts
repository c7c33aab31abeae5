import { agree, finish, newExchange, resPq, type Exchange, type HandshakeAnswer, type NewKey } from './exchange.js'
import type { RsaKey } from './rsa.js'

/** The server's side of the key exchange of one DC (core.telegram.org/mtproto/auth_key). Exchanges belong to no connection. */
export interface Handshakes {
  /** Takes one unencrypted query. The same query again has the same answer, for ten minutes. */
  answer (query: Buffer): HandshakeAnswer
}

const rememberedMs = 10 * 60 * 1000

/** Calls `onKey` for each key made, before the client hears of it. `now` in ms. */
export function createHandshakes (
  dcId: number, rsa: RsaKey, now: () => number, onKey: (key: NewKey) => void
): Handshakes {
  const byServerNonce = new Map<string, Exchange>()
  const byNonce = new Map<string, Exchange>()

  const start = (nonce: Buffer): Buffer => {
    forgetOld(byServerNonce, now() - rememberedMs)
    forgetOld(byNonce, now() - rememberedMs)
    const known = byNonce.get(nonce.toString('hex'))
    const exchange = known?.state === 'asked' ? known : newExchange(nonce, now())
    byNonce.set(nonce.toString('hex'), exchange)
    byServerNonce.set(exchange.serverNonce.toString('hex'), exchange)
    return resPq(exchange, rsa)
  }

  const step = (query: Buffer, constructor: number): HandshakeAnswer => {
    const exchange = byServerNonce.get(query.subarray(20, 36).toString('hex'))
    if (exchange === undefined || !exchange.nonce.equals(query.subarray(4, 20))) return -404
    const repeated = exchange.answers.get(query.toString('hex'))
    if (repeated !== undefined) return repeated
    const answer = attempt(() => constructor === reqDhParams
      ? agree(exchange, query, rsa, dcId, now())
      : finish(exchange, query, onKey))
    if (typeof answer === 'number') exchange.state = 'failed'
    exchange.answers.set(query.toString('hex'), answer)
    return answer
  }

  return {
    answer: query => {
      if (query.length < 20) return -404
      const constructor = query.readUInt32LE(0)
      if (constructor === reqPq || constructor === reqPqMulti) return start(query.subarray(4, 20))
      if (constructor === reqDhParams || constructor === setClientDhParams) return step(query, constructor)
      return -404
    }
  }
}

const reqPq = 0x60469778
const reqPqMulti = 0xbe7e8ef1
const reqDhParams = 0xd712e4be
const setClientDhParams = 0xf5045f1f

function forgetOld (exchanges: Map<string, Exchange>, before: number): void {
  for (const [key, exchange] of exchanges) if (exchange.startedAt < before) exchanges.delete(key)
}

/** GramJS's reader throws where a query ends too early. */
function attempt (step: () => HandshakeAnswer): HandshakeAnswer {
  try {
    return step()
  } catch {
    return -404
  }
}
