import t from 'tap'
import { createUndertaker } from '../../src/leases/undertaker.js'
import { quietLog } from '../telegram/fixtures/fleet.js'

t.test('only a process that was seen to stand still for long enough is buried', async t => {
  const beats = new Map([['alive', 1], ['dead', 1]])
  const buried: string[] = []
  let now = 0
  const bury = createUndertaker({
    beats: async ids => new Map(ids.map(id => [id, { number: String(beats.get(id)), isOver: false }])),
    bury: async (id, beat) => {
      buried.push(`${id} ${beat}`)
      return true
    },
    deadMs: 4000,
    log: quietLog as never,
    now: () => now
  })
  for (; now < 4000; now += 400) {
    beats.set('alive', now)
    t.equal(await bury(['alive', 'dead']), false)
  }
  beats.set('alive', now)
  t.equal(await bury(['alive', 'dead']), true)
  t.same(buried, ['dead 1'])
})

t.test('what was seen before a failure or a long pause proves nothing', async t => {
  let now = 0
  let fails = false
  const bury = createUndertaker({
    beats: async ids => {
      if (fails) throw new Error('no database')
      return new Map(ids.map(id => [id, { number: '1', isOver: false }]))
    },
    bury: async () => true,
    deadMs: 4000,
    log: quietLog as never,
    now: () => now
  })
  for (; now < 3900; now += 1300) t.equal(await bury(['dead']), false)
  fails = true
  await t.rejects(bury(['dead']))
  fails = false
  now += 1300
  t.equal(await bury(['dead']), false, 'seen for the first time again')
  now += 100_000
  t.equal(await bury(['dead']), false, 'and after a pause')
  for (const after of [1300, 1300, 1300]) {
    now += after
    t.equal(await bury(['dead']), false)
  }
  now += 1300
  t.equal(await bury(['dead']), true)
})

t.test('a process whose signs of life are over by the database\'s own clock is buried at first sight', async t => {
  const buried: string[] = []
  const bury = createUndertaker({
    beats: async ids => new Map(ids.map(id => [id, { number: '1', isOver: id === 'dead' }])),
    bury: async id => {
      buried.push(id)
      return true
    },
    deadMs: 4000,
    log: quietLog as never
  })
  t.equal(await bury(['alive', 'dead']), true)
  t.same(buried, ['dead'])
})
