import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { prefetch } from '../../src/streaming/prefetch.js'

/** Loads that finish when told, in any order. */
function hanging () {
  const waiting = new Map<number, { resolve (value: number): void, reject (error: Error): void }>()
  const load = (item: number) => new Promise<number>((resolve, reject) => { waiting.set(item, { resolve, reject }) })
  const finish = (item: number) => { waiting.get(item)?.resolve(item); waiting.delete(item) }
  const fail = (item: number) => { waiting.get(item)?.reject(new Error(`load ${item}`)); waiting.delete(item) }
  return { load, finish, fail, running: () => [...waiting.keys()] }
}

const items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

t.test('results come in order, whatever order the loads finish in', async t => {
  const loads = hanging()
  const results: number[] = []
  const reading = (async () => { for await (const result of prefetch(items, loads.load, () => 1, { first: 4, most: 4 })) results.push(result) })()
  while (results.length < items.length) {
    loads.running().reverse().forEach(loads.finish)
    await setImmediate()
  }
  await reading
  t.same(results, items)
})

t.test('the window slides: a load starts for every result taken, and none for a reader who stops', async t => {
  const loads = hanging()
  const results = prefetch(items, loads.load, () => 1, { first: 3, most: 3 })
  const first = results.next()
  t.same(loads.running(), [0, 1, 2])
  loads.finish(0)
  t.same(await first, { done: false, value: 0 })
  await setImmediate()
  t.same(loads.running(), [1, 2], 'nothing more until the next is asked for')
  const second = results.next()
  await setImmediate()
  t.same(loads.running(), [1, 2, 3])
  loads.finish(1)
  await second
})

t.test('the window grows with what was taken, up to its most', async t => {
  const loads = hanging()
  const results = prefetch(Array.from({ length: 40 }, (_, item) => item), loads.load, () => 1, { first: 2, most: 9 })
  const widths: number[] = []
  for (let item = 0; item < 8; item++) {
    const next = results.next()
    await setImmediate()
    widths.push(loads.running().length)
    loads.finish(item)
    await next
  }
  t.same(widths, [2, 4, 6, 8, 9, 9, 9, 9])
})

t.test('a load heavier than the window runs alone', async t => {
  const loads = hanging()
  const results = prefetch([50, 60], loads.load, item => item, { first: 10, most: 10 })
  const first = results.next()
  t.same(loads.running(), [50])
  loads.finish(50)
  t.equal((await first).value, 50)
})

t.test('a failure comes in its turn, after the results before it', async t => {
  const loads = hanging()
  const results = prefetch(items, loads.load, () => 1, { first: 4, most: 4 })
  const first = results.next()
  loads.fail(1)
  loads.fail(2)
  await setImmediate()
  loads.finish(0)
  t.equal((await first).value, 0)
  await t.rejects(results.next(), { message: 'load 1' })
  t.equal((await results.next()).done, true)
})

t.test('nothing to load gives nothing', async t => {
  t.same(await prefetch([], async () => 1, () => 1, { first: 1, most: 1 }).next(), { done: true, value: undefined })
})
