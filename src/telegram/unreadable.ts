import { TypeNotFoundError } from 'telegram/errors/index.js'

/** In the place of an answer in which something is of a newer layer than GramJS knows: none of it can be read then, however often it is asked for. */
export const unreadable = Symbol('unreadable')

/** What a call is answered with, if that can be read. Rejects as the call does. */
export async function readable<T> (answer: Promise<T>): Promise<T | typeof unreadable> {
  return await answer.catch((error: unknown) => {
    if (error instanceof TypeNotFoundError) return unreadable
    throw error
  })
}

/** An answer about some ids. `null`: about a single one, and it cannot be read. */
export interface Piece<T> {
  readonly ids: readonly number[]
  readonly answer: T | null
}

/** Asks for things by their ids; where the answer cannot be read, for one half and then for the other, down to those that spoil it. In the order of the ids. */
export async function * inHalves<T> (ids: readonly number[], ask: (ids: readonly number[]) => Promise<T | typeof unreadable>): AsyncGenerator<Piece<T>> {
  const answer = await ask(ids)
  if (answer !== unreadable) return yield { ids, answer }
  if (ids.length === 1) return yield { ids, answer: null }
  const middle = Math.ceil(ids.length / 2)
  yield * inHalves(ids.slice(0, middle), ask)
  yield * inHalves(ids.slice(middle), ask)
}
