import t from 'tap'
import { steadyClock } from '../../src/steady-clock.js'
import { batchSize, type Found, type Progress, runWalk, type WalkOptions } from '../../src/backfill/walk.js'
import { BotRefused, SourceFailed, SourceGone, SourceResting } from '../../src/errors.js'
import type { BotId, FoundMessage, Sighting, Walk } from '../../src/media.js'
import { bot, chat, seenMedia } from '../fixtures/messages.js'
import { scriptedClock } from './fixtures/clock.js'

const never = new AbortController().signal
const walkOf = (changes: Partial<Walk> = {}): Walk => ({
  id: '1', chatId: chat('-1001'), botId: null, from: 1, to: null, cursor: null, state: 'running', reason: null, messages: 0, files: 0, notice: null, ...changes
})

/** A chat of `size` messages, every third of which was deleted and every other of which carries a file, in front of bots that do as told. */
function scene (size: number, { fails = () => null, bots = [1, 2], options = {} }: { fails?: (botId: BotId, ids: readonly number[]) => Error | null, bots?: number[], options?: Partial<WalkOptions> } = {}) {
  const read: Array<{ botId: BotId, ids: readonly number[] }> = []
  const stored: Array<Found & { progress: Progress }> = []
  const left: unknown[] = []
  const messageAt = (botId: BotId, id: number): FoundMessage[] => id > size || id % 3 === 0
    ? []
    : [{ messageId: id, media: id % 2 === 0 ? seenMedia({ id: `f${id}` as never, fileId: `${id} for ${botId}` }) : null }]
  const answer = (botId: BotId, ids: readonly number[]) => {
    const failure = fails(botId, ids)
    if (failure !== null) throw failure
    read.push({ botId, ids })
    return ids.flatMap(id => messageAt(botId, id))
  }
  const walkOptions: WalkOptions = {
    bots: bots.map(bot),
    read: async (botId, _chatId, ids) => answer(botId, ids),
    bound: async botId => {
      const failure = fails(botId, [])
      if (failure !== null) throw failure
      return size
    },
    store: async (found, progress) => { stored.push({ ...found, progress }) },
    leaveBehind: async (...parameters) => { left.push(parameters) },
    messagesPerSecond: 1e6,
    patienceMs: 50,
    backoffMs: 1,
    clock: steadyClock,
    ...options
  }
  return { run: (walk: Walk, signal = never) => runWalk(walk, walkOptions, signal), read, stored, left }
}

const sightings = (stored: ReadonlyArray<{ sightings: readonly Sighting[] }>) => stored.flatMap(({ sightings }) => sightings)

t.test('each message is read once by each bot, stored with where the walk stands, and counted once', async t => {
  for (const size of [1, 99, 100, 101, 250]) {
    const { run, read, stored } = scene(size)
    const progress = await run(walkOf())
    const files = Array.from({ length: size }, (_, index) => index + 1).filter(id => id % 3 !== 0 && id % 2 === 0)
    for (const botId of [bot(1), bot(2)]) {
      t.same(read.filter(call => call.botId === botId).flatMap(({ ids }) => ids), Array.from({ length: size }, (_, index) => index + 1))
      t.same(sightings(stored).filter(sighting => sighting.botId === botId).map(({ messageId }) => messageId), files)
    }
    t.same(progress, { cursor: size + 1, to: size, messages: size - Math.floor(size / 3), files: files.length })
    t.same(stored.map(({ progress }) => progress.cursor), Array.from({ length: Math.ceil(size / batchSize) }, (_, index) => Math.min((index + 1) * batchSize, size) + 1))
  }
})

t.test('it goes on from where it was, within what was asked for, and does not count anew', async t => {
  const { run, read } = scene(1000)
  const progress = await run(walkOf({ from: 100, to: 350, cursor: 300, messages: 7, files: 3 }))
  t.same(read[0]?.ids, Array.from({ length: 51 }, (_, index) => 300 + index))
  t.match(progress, { cursor: 351, to: 350, messages: 7 + 34 })
})

t.test('where a bot that looked found no file is told: nothing was there, or nothing is', async t => {
  const { run, stored } = scene(8, { fails: (botId, ids) => botId === bot(2) && ids.length > 0 ? new SourceGone('CHANNEL_PRIVATE') : null })
  await run(walkOf({ from: 2 }))
  t.same(stored.map(({ sightings, without }) => [sightings.map(({ messageId }) => messageId), without]), [[[2, 4, 8], [{ botId: bot(1), messageIds: [3, 5, 6, 7] }]]])
})

t.test('a message that cannot be read counts, and nothing is said of its file', async t => {
  const { run, stored } = scene(4, { options: { read: async () => [{ messageId: 2, media: null, isUnreadable: true }] } })
  t.match(await run(walkOf({ botId: bot(1) })), { messages: 1, files: 0 })
  t.same(stored.map(({ without }) => without), [[{ botId: bot(1), messageIds: [1, 3, 4] }]])
})

t.test('a walk for one bot asks no other', async t => {
  const { run, read } = scene(10)
  await run(walkOf({ botId: bot(2) }))
  t.same(read.map(({ botId }) => botId), [bot(2)])
})

t.test('rests are waited for and failures tried again, in time', async t => {
  let failures = 3
  const { run, left, read } = scene(10, { fails: (_, ids) => ids.length > 0 && failures-- > 0 ? new SourceFailed('timeout') : null })
  await run(walkOf())
  t.equal(read.length, 2)
  t.same(left, [])
})

t.test('a bot that rests for long is left behind with a walk of its own, one that is no member with none', async t => {
  const resting = scene(250, {
    bots: [1, 2, 3],
    fails: (botId, ids) => {
      if (botId === bot(3)) return new SourceGone('CHANNEL_PRIVATE')
      return botId === bot(2) && ids.includes(101) ? new SourceResting(1800) : null
    }
  })
  await resting.run(walkOf())
  t.same(resting.left, [[bot(2), 101, 250]])
  t.equal(resting.read.filter(({ botId }) => botId === bot(1)).length, 3)

  const late = scene(250, { fails: botId => botId === bot(2) ? new SourceResting(1800) : null })
  await late.run(walkOf({ from: 5 }))
  t.same(late.left, [[bot(2), 5, 250]])
})

t.test('while Telegram is away from all of them, for however long, nobody is left behind and the walk goes on afterwards', async t => {
  const clock = scriptedClock()
  const away = { from: 5_000, to: 5_000 + 3_600_000 }
  const outage = scene(250, {
    fails: botId => clock.now() < away.from || clock.now() >= away.to ? null : botId === bot(1) ? new SourceFailed('no connection') : new SourceResting(600),
    options: { clock, messagesPerSecond: 10, patienceMs: 60_000, backoffMs: 1_000 }
  })
  t.match(await outage.run(walkOf()), { cursor: 251 })
  t.same(outage.left, [])
  t.equal(outage.read.length, 2 * 3)
  t.ok(clock.now() >= away.to)

  const fromTheStart = scene(10, { fails: () => clock.now() < 2 * away.to ? new SourceResting(1_800) : null, options: { clock } })
  t.match(await fromTheStart.run(walkOf()), { cursor: 11 })
})

t.test('when one gets through after a trouble that all had, the others are waited for from then on', async t => {
  const clock = scriptedClock()
  const readyAt = new Map([[bot(1), 300_000], [bot(2), 330_000], [bot(3), 400_000]])
  const { run, left, read } = scene(100, {
    bots: [1, 2, 3],
    fails: (botId, ids) => ids.length > 0 && clock.now() < (readyAt.get(botId) ?? 0) ? new SourceFailed('no connection') : null,
    options: { clock, patienceMs: 60_000, backoffMs: 1_000 }
  })
  await run(walkOf())
  t.same(read.map(({ botId }) => botId), [bot(1), bot(2)])
  t.same(left, [[bot(3), 1, 100]])
  t.ok(clock.now() < 400_000, 'nobody waited for the last one')
})

t.test('a bot that sleeps through the others\' success is left behind at once where it sleeps too long', async t => {
  const clock = scriptedClock()
  let firstFails = true
  const { run, left } = scene(100, {
    fails: (botId, ids) => {
      if (ids.length === 0) return null
      if (botId === bot(2)) return new SourceResting(1_800)
      const failure = firstFails ? new SourceFailed('no connection') : null
      firstFails = false
      return failure
    },
    options: { clock, patienceMs: 60_000, backoffMs: 1_000 }
  })
  await run(walkOf())
  t.same(left, [[bot(2), 1, 100]])
  t.equal(clock.now(), 1_000)
})

t.test('no bot reads more messages per second than it may, and a slow answer is no reason to wait longer', async t => {
  for (const [answerMs, steps] of [[0, [0, 2_000, 4_000, 6_000]], [1_500, [0, 2_000, 4_000, 6_000]], [3_000, [0, 3_000, 6_000, 9_000]]] as const) {
    const clock = scriptedClock()
    const asked: number[] = []
    const { run } = scene(350, {
      bots: [1],
      options: {
        clock,
        messagesPerSecond: 50,
        read: async () => {
          asked.push(clock.now())
          if (answerMs > 0) await clock.sleep(answerMs, never)
          return []
        }
      }
    })
    await run(walkOf())
    t.same(asked, steps, `answers after ${answerMs} ms`)
  }
})

t.test('a rest that Telegram asks for is waited out to its end, by the others too', async t => {
  const clock = scriptedClock()
  const asked: Array<[BotId, number, number | undefined]> = []
  const { run, left, stored } = scene(200, {
    options: {
      clock,
      messagesPerSecond: 100,
      patienceMs: 60_000,
      read: async (botId, _, ids) => {
        asked.push([botId, clock.now(), ids[0]])
        if (botId === bot(2) && clock.now() < 42_000) throw new SourceResting(42)
        return []
      }
    }
  })
  await run(walkOf())
  t.same(asked, [[bot(1), 0, 1], [bot(2), 0, 1], [bot(2), 42_000, 1], [bot(1), 42_000, 101], [bot(2), 42_000, 101]])
  t.same(left, [])
  t.same(stored.map(({ progress }) => progress.cursor), [101, 201])
})

t.test('a bot that Telegram turns away leaves a walk of all; one of its own is not at its end', async t => {
  const refused = new BotRefused(bot(1), 'its token was revoked')
  const fails = (botId: BotId, ids: readonly number[]) => botId === bot(1) && ids.includes(101) ? refused : null
  const all = scene(300, { fails })
  await all.run(walkOf())
  t.same([all.stored.length, all.left], [3, []])
  const own = scene(300, { fails })
  await t.rejects(own.run(walkOf({ botId: bot(1) })), refused)
  t.match(own.stored.map(({ progress }) => progress.cursor), [101])
  await t.rejects(scene(300, { fails: () => refused }).run(walkOf()), { code: 'NO_READER' })
})

t.test('without a bot that can read it ends, and says what to do', async t => {
  await t.rejects(scene(10, { fails: () => new SourceGone('CHANNEL_PRIVATE') }).run(walkOf()), { code: 'NO_READER', message: /add the bots to it.*CHANNEL_PRIVATE/ })
  await t.rejects(scene(10, { bots: [] }).run(walkOf()), { code: 'NO_READER' })
  await t.rejects(scene(300, { fails: (_, ids) => ids.includes(150) ? new SourceGone('CHANNEL_PRIVATE') : null }).run(walkOf()), { message: /from message 101 on/ })
})

t.test('it stops where its step cannot be stored, and when it is told to', async t => {
  const lost = scene(300, { options: { store: async () => { throw new Error('another process') } } })
  await t.rejects(lost.run(walkOf()), { message: 'another process' })
  t.equal(lost.read.length, 2)
  const stopping = new AbortController()
  const resting = scene(300, {
    bots: [1],
    fails: (_, ids) => {
      if (ids.length > 0) stopping.abort(new Error('stop'))
      return ids.length > 0 ? new SourceResting(1800) : null
    }
  })
  await t.rejects(resting.run(walkOf(), stopping.signal), { message: /stop|aborted/ })
})
