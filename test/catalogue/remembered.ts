import t from 'tap'
import { remember } from '../../src/catalogue/remembered.js'

/** A catalogue that can be away, or silent. */
function startCatalogue (options: Partial<Parameters<typeof remember>[1]> = {}) {
  const rows = new Map([['a', 1], ['b', 2], ['c', 3]])
  const state = { mode: 'up' as 'up' | 'away' | 'silent', now: 0 }
  const find = remember(async (id: string) => {
    if (state.mode === 'away') throw new Error('the database is away')
    if (state.mode === 'silent') await new Promise(() => {})
    return rows.get(id) ?? null
  }, { capacity: 2, patienceMs: 20, maxAgeMs: 1_000, now: () => state.now, ...options })
  return { rows, state, find }
}

t.test('while the database answers, what it says counts', async t => {
  const { rows, find } = startCatalogue()
  t.equal(await find('a'), 1)
  rows.set('a', 7)
  t.equal(await find('a'), 7)
  t.equal(await find('nobody'), null)
})

for (const mode of ['away', 'silent'] as const) {
  t.test(`while it is ${mode}, what it said last is given`, async t => {
    const { rows, state, find } = startCatalogue()
    await find('a')
    rows.set('a', 7)
    state.mode = mode
    t.equal(await find('a'), 1)
    state.mode = 'up'
    t.equal(await find('a'), 7)
  })
}

t.test('what was not asked for, is long ago, was pushed out or is gone fails as before', async t => {
  const { rows, state, find } = startCatalogue()
  for (const id of ['a', 'b', 'c']) await find(id)
  rows.delete('c')
  t.equal(await find('c'), null)
  state.mode = 'away'
  for (const id of ['a', 'c', 'never']) await t.rejects(find(id), { message: 'the database is away' }, id)
  t.equal(await find('b'), 2)
  state.now = 1_001
  await t.rejects(find('b'), { message: 'the database is away' })
})
