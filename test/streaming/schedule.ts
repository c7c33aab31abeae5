import t from 'tap'
import { createBudget } from '../../src/streaming/budget.js'
import type { Lane } from '../../src/streaming/lane.js'
import { createSchedule } from '../../src/streaming/schedule.js'
import type { Stream } from '../../src/streaming/stream.js'

/** All requests are as long, in bytes. */
const chunk = 4

/** A schedule whose turns end when told to, and what started in them, by the stream's name and the lane's. */
function setScene (rooms: Record<string, number>) {
  const turns: Array<() => void> = []
  const streams = new Set<Stream>()
  const started: string[] = []
  const wants = new Map<Stream, number>()
  const budget = createBudget(10 * chunk + chunk / 2, 1)
  const lanes = Object.keys(rooms).map(name => ({ opensAt: (_size: number, now: number) => (rooms[name] ?? 0) > 0 ? now : Infinity, chunkBytes: () => 4 }) as Lane)
  const schedule = createSchedule({
    clock: { now: () => 0, after: () => () => {}, soon: call => { turns.push(call) } },
    budget,
    sizes: { smallest: 1, first: 2, largest: 4 },
    streams,
    lanes: () => lanes
  })

  /** A stream that takes room on the first lane where there is some, for as long as it wants more. */
  function addStream (name: string) {
    const account = budget.open()
    const stream: Stream = {
      account,
      isHungry: () => true,
      opensAt: now => now,
      start: () => {
        const lane = Object.keys(rooms).find(lane => (rooms[lane] ?? 0) > 0)
        if ((wants.get(stream) ?? 0) === 0) return 'sated'
        if (lane === undefined) return Infinity
        if (!budget.allows(chunk, false)) return 'full'
        rooms[lane] = (rooms[lane] ?? 0) - 1
        wants.set(stream, (wants.get(stream) ?? 0) - 1)
        budget.hold(account, chunk)
        started.push(`${name} over ${lane}`)
        return 'started'
      },
      take: async () => null,
      isStalled: () => false,
      shed: () => false,
      end: () => {}
    }
    streams.add(stream)
    return {
      ask: (more: number) => {
        wants.set(stream, more)
        schedule.changed(stream)
      },
      /** Its reader has read so many chunks. */
      read: (chunks: number) => {
        budget.release(account, chunks * chunk)
        schedule.changed(stream)
      }
    }
  }

  return { addStream, started, schedule, endTurn: () => { for (const end of turns.splice(0)) end() } }
}

t.test('a stream that finds a lane newly opened goes on over those that were open before', async t => {
  const rooms = { a: 0, b: 9 }
  const { addStream, started, endTurn } = setScene(rooms)
  const { ask } = addStream('one')
  ask(0)
  endTurn()
  rooms.a = 1
  ask(4)
  endTurn()
  t.same(started, ['one over a', 'one over b', 'one over b', 'one over b'])
})

t.test('who holds least has the first of what opens, and then each its turn', async t => {
  const rooms = { a: 3 }
  const { addStream, started, schedule, endTurn } = setScene(rooms)
  const [one, other] = [addStream('one'), addStream('other')]
  one.ask(9)
  endTurn()
  other.ask(9)
  endTurn()
  t.same(started.splice(0), ['one over a', 'one over a', 'one over a'])
  rooms.a = 5
  schedule.changed(null)
  endTurn()
  t.same(started, ['other over a', 'other over a', 'other over a', 'one over a', 'other over a'])
})

t.test('who lacks memory goes on as soon as there is more of it, though a little was left', async t => {
  const { addStream, started, endTurn } = setScene({ a: 99 })
  const [one, other] = [addStream('one'), addStream('other')]
  one.ask(9)
  endTurn()
  other.ask(9)
  endTurn()
  t.equal(started.splice(0).length, 10)
  one.read(2)
  endTurn()
  t.same(started, ['other over a', 'other over a'])
})
