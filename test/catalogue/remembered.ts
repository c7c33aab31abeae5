import t from 'tap'
import { remember } from '../../src/catalogue/remembered.js'

/** A catalogue that can be away, or silent. */
function startCatalogue (options: Partial<Parameters<typeof remember>[1]> = {}) {
  const rows = new Map([['a', 1], ['b', 2], ['c', 3]])
  const state = { mode: 'up' as 'up' | 'away' | 'silent', now: 0 }
  const memory = remember(async (id: string) => {
    if (state.mode === 'away') throw new Error('the database is away')
    if (state.mode === 'silent') await new Promise(() => {})
    return rows.get(id) ?? null
  }, { capacity: 2, patienceMs: 20, maxAgeMs: 1_000, now: () => state.now, ...options })
  return { rows, state, drop: memory.drop, find: async (id: string, mayDo: ((value: number) => boolean) | undefined = () => true) => await memory.find(id, mayDo) }
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

t.test('what was dropped is not given any more, also to who began to wait before', async t => {
  for (const mode of ['away', 'silent'] as const) {
    const { state, find, drop } = startCatalogue()
    await find('a')
    await find('b')
    state.mode = mode
    const waiting = find('a')
    drop('a')
    if (mode === 'away') for (const found of [waiting, find('a')]) await t.rejects(found, { message: 'the database is away' })
    else t.equal(await Promise.race([waiting, find('a'), find('b')]), 2, 'only what was not dropped is given')
  }
})

t.test('by default nothing is given from memory, and then what may do', async t => {
  const { state, find } = startCatalogue()
  await find('a')
  state.mode = 'away'
  await t.rejects(find('a', value => value !== 1), { message: 'the database is away' })
  t.equal(await find('a', value => value === 1), 1)
  const plain = remember(async () => { if (state.mode === 'away') throw new Error('away'); return 1 }, { capacity: 1, patienceMs: 1, maxAgeMs: 1_000 })
  state.mode = 'up'
  t.equal(await plain.find('a'), 1)
  state.mode = 'away'
  await t.rejects(plain.find('a'), { message: 'away' })
})

/** A catalogue whose looks wait until they are told their outcome, one after the other. */
function startSlowCatalogue () {
  const looks: Array<{ tell: (value: number | null) => void, fail: () => void }> = []
  const memory = remember(async () => await new Promise<number | null>((resolve, reject) => {
    looks.push({ tell: resolve, fail: () => reject(new Error('the database is away')) })
  }), { capacity: 2, patienceMs: 100_000, maxAgeMs: 1_000 })
  const find = async () => await memory.find('a', () => true)
  const remembered = async () => {
    const found = find()
    looks.at(-1)?.fail()
    return await found.catch(() => 'nothing')
  }
  return { looks, find, drop: memory.drop, remembered }
}

t.test('a slow look that began before a change, or before a newer look, is not remembered', async t => {
  const { looks, find, drop, remembered } = startSlowCatalogue()
  const beforeChange = find()
  drop('a')
  const afterChange = find()
  looks[1]?.tell(2)
  t.equal(await afterChange, 2)
  looks[0]?.tell(1)
  t.equal(await beforeChange, 1)
  t.equal(await remembered(), 2)

  const [older, newer] = [find(), find()]
  looks.at(-1)?.tell(null)
  t.equal(await newer, null)
  looks.at(-2)?.tell(3)
  t.equal(await older, 3)
  t.equal(await remembered(), 'nothing')

  const [alone] = [find()]
  drop('a')
  looks.at(-1)?.tell(4)
  t.equal(await alone, 4)
  t.equal(await remembered(), 'nothing', 'the change was made while it looked')
})
