import t from 'tap'
import { isDownForAll } from '../../src/database/down.js'
import { startPresence } from '../../src/leases/presence.js'
import { until } from '../e2e/fixtures/until.js'

const timing = { beatMs: 20, sureMs: 200, deadMs: 400, pollMs: 10, patienceMs: 100 }
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

/** A presence in front of a store whose beats do as they are told. */
async function presenceWith (t: { teardown (close: () => unknown): void }, beat: () => Promise<boolean>) {
  const said: string[] = []
  const entered: string[] = []
  const left: string[] = []
  const say = (message: unknown, text?: string) => { said.push(text ?? String(message)) }
  const presence = await startPresence({
    enter: async id => { entered.push(id) },
    beat,
    leave: async id => { left.push(id) },
    isDownForAll,
    timing,
    log: { info: say, warn: say } as never
  })
  t.teardown(presence.stop)
  return { presence, said, entered, left, term: () => presence.term(new AbortController().signal) }
}

t.test('signs of life keep a term sure; without an answer it is unsure, and sure again afterwards', async t => {
  let fails = false
  const { said, term } = await presenceWith(t, async () => {
    if (fails) throw new Error('timeout')
    return true
  })
  const { isSure } = await term()
  t.ok(isSure())
  fails = true
  await until('doubt', () => !isSure())
  await until('word of it', () => said.length === 1)
  fails = false
  await until('certainty', () => isSure())
  await until('word of that', () => said.length === 2)
  t.match(said, [/gives no answer/, /answers again/])
})

t.test('while the database answers nobody, a term stays sure; but one that is unsure does not become so', async t => {
  let failure: Error | null = refused
  const beats: Error[] = []
  const { term } = await presenceWith(t, async () => {
    if (failure === null) return true
    beats.push(failure)
    throw failure
  })
  const { isSure } = await term()
  await until('more time than a sign of life holds', () => beats.length * timing.beatMs > 2 * timing.sureMs)
  t.ok(isSure())
  failure = new Error('timeout')
  await until('doubt', () => !isSure())
  failure = refused
  const count = beats.length
  await until('refusals', () => beats.length > count + 3)
  t.notOk(isSure())
})

t.test('a process that was taken for dead goes on under another name', async t => {
  let isAlive = true
  const { said, entered, left, term, presence } = await presenceWith(t, async () => isAlive)
  const first = await term()
  isAlive = false
  await until('the end', () => first.over.aborted)
  isAlive = true
  const second = await term()
  t.not(second.id, first.id)
  t.notOk(first.isSure())
  t.ok(second.isSure())
  t.match(said, [/took this one for dead/])
  await presence.stop()
  t.same(left, [entered.at(-1)])
})

t.test('what means that nobody reaches the database, and what does not', async t => {
  const coded = (code: string) => Object.assign(new Error(code), { code })
  for (const error of [refused, coded('ENOENT'), coded('57P03'), new AggregateError([refused, refused]), new Error('no', { cause: refused })]) t.equal(isDownForAll(error), true, String(error))
  for (const error of [coded('57P01'), coded('ETIMEDOUT'), coded('ECONNRESET'), new AggregateError([refused, coded('ETIMEDOUT')]), new Error('timeout'), 'x', new AggregateError([])]) t.equal(isDownForAll(error), false, String(error))
})
