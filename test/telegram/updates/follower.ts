import t from 'tap'
import type { BoxId, ChannelState, ChatId, OwnState, ReceivedMessage } from '../../../src/media.js'
import type { Packet } from '../../../src/telegram/updates.js'
import { createFollower, type Follower, type Step } from '../../../src/telegram/updates/follower.js'
import { createRandom, type Random, runSeed } from '../../streaming/fixtures/random.js'
import { receivedMessage } from '../../fixtures/messages.js'
import { createServer } from './fixtures/server.js'

const CHANNELS = ['-1001', '-1002', '-1003'] as ChatId[]
const BOXES: [BoxId, ...BoxId[]] = ['own', ...CHANNELS]
const gapMs = 500

/** What is stored, checked at each step: it follows on the one before, and never claims more than what came with it. */
function createStore (server: ReturnType<typeof createServer>, wrong: string[]) {
  const states = new Map<BoxId, ChannelState | OwnState>()
  const names = new Map<BoxId, string[]>(BOXES.map(box => [box, []]))

  function store ({ messages, progress }: Step): void {
    if (progress.kind === 'closed') return
    const { box, to } = progress
    const before = states.get(box)
    if (progress.kind === 'moved' && before?.pts !== progress.from) wrong.push(`${box} moved from ${progress.from} where ${before?.pts} is stored`)
    const stored = names.get(box) ?? []
    stored.push(...messages.map(({ text }) => text))
    states.set(box, to)
    const expected = server.namesUpTo(box, to.pts).filter(name => !begin.has(name))
    if (expected.join() !== stored.join()) wrong.push(`${box} at ${to.pts} has ${stored.join()} instead of ${expected.join()}`)
  }

  /** Messages from before the first start. */
  const begin = new Set<string>()
  const own = () => states.get('own') as OwnState
  return {
    store,
    begin: (state: OwnState) => {
      for (const name of server.namesUpTo('own', state.pts)) begin.add(name)
      store({ messages: [], deletions: [], progress: { kind: 'began', box: 'own', to: state } })
    },
    /** What is not stored in the end. */
    lacking: (box: BoxId) => server.namesUpTo(box, Infinity).filter(name => !begin.has(name) && names.get(box)?.includes(name) !== true),
    // A channel in which nothing ever happened has no state.
    ptsOf: (box: BoxId) => states.get(box)?.pts ?? 1,
    states: () => ({ own: own(), channels: new Map([...states].filter(([box]) => box !== 'own') as Array<[ChatId, ChannelState]>) })
  }
}

/** One life of a follower after another against one server, by chance. Returns what was wrong. */
function live (random: Random): string[] {
  const wrong: string[] = []
  const server = createServer(CHANNELS)
  for (let i = 0; i < 5; i++) server.post(random.pick(BOXES), 1)
  const { store, begin, lacking, ptsOf, states } = createStore(server, wrong)
  begin(server.state())
  let now = 0
  let follower = launch()
  /** Certain, and not stored yet. */
  let waiting: Step[] = []
  /** On the way. */
  let pushes: Packet[] = []
  /** Differences that are under way: calling one lets its answer arrive. */
  let fetching: Array<() => Step[]> = []

  function launch (): Follower {
    const { own, channels } = states()
    const started = createFollower(own, channels, gapMs)
    started.doubtAll()
    return started
  }

  function ask (box: BoxId): void {
    const asked = follower
    asked.begin(box)
    // The answer is of the moment in which Telegram makes it; more may happen before it comes.
    const next = () => {
      if (box === 'own') {
        const part = server.ownDifference(asked.own())
        return { isWhole: part.isWhole, settle: () => asked.settleOwn(part, now) }
      }
      const part = server.channelDifference(box, asked.channel(box).pts)
      return { isWhole: part.isWhole, settle: () => asked.settleChannel(box, part, now) }
    }
    let answer = next()
    const arrive = (): Step[] => {
      const steps = answer.settle()
      if (!answer.isWhole) {
        answer = next()
        fetching.push(arrive)
      }
      return steps
    }
    fetching.push(arrive)
  }

  function pushSome (): void {
    if (pushes.length === 0) return
    const index = random.fraction() < 0.7 ? 0 : random.whole(0, pushes.length - 1)
    const [push] = pushes.splice(index, 1)
    if (push === undefined) return
    const fate = random.fraction()
    if (fate < 0.2) return
    if (fate > 0.9) pushes.push(push)
    waiting.push(...follower.take(push, now))
  }

  const deeds: [() => void, ...Array<() => void>] = [
    () => { pushes.push(server.post(random.pick(BOXES), random.whole(1, 3))) },
    () => { pushes.push(random.fraction() < 0.5 ? server.join() : server.number()) },
    pushSome, pushSome, pushSome,
    () => { now += random.whole(1, 800) },
    () => { for (const box of follower.due(now)) ask(box) },
    () => { if (fetching.length > 0) waiting.push(...(fetching.splice(random.whole(0, fetching.length - 1), 1)[0]?.() ?? [])) },
    () => { for (const step of waiting.splice(0, random.whole(0, waiting.length))) store(step) },
    () => { if (random.fraction() < 0.1) follower.doubtAll() },
    () => {
      if (random.fraction() > 0.05) return
      // Killed: what was not stored is gone, and so is what was on the way.
      waiting = []
      pushes = []
      fetching = []
      follower = launch()
    }
  ]
  for (let i = 0; i < 250; i++) random.pick(deeds)()

  // At last it comes to rest: everything is asked for until nothing is due.
  follower.doubtAll()
  for (let turn = 0; turn < 2_000 && (fetching.length > 0 || follower.due(Infinity).length > 0); turn++) {
    for (const box of follower.due(Infinity)) ask(box)
    waiting.push(...(fetching.shift()?.() ?? []))
  }
  for (const step of waiting) store(step)
  for (const box of BOXES) {
    if (lacking(box).length > 0) wrong.push(`${box} lacks ${lacking(box).join()}`)
    if (ptsOf(box) !== server.ptsOf(box)) wrong.push(`${box} stands at ${ptsOf(box)} and not at ${server.ptsOf(box)}`)
  }
  return wrong
}

t.test('whatever is lost, repeated, late or interrupted: everything is stored once, in order, and the state is never ahead of it', async t => {
  const seed = runSeed()
  t.comment(`TEST_SEED=${seed}`)
  for (let life = 0; life < 600; life++) {
    const wrong = live(createRandom(seed + life))
    if (wrong.length > 0) return t.fail(`seed ${seed + life}: ${wrong.slice(0, 3).join('; ')}`)
  }
  t.pass('600 lives of 250 deeds')
})

const own: OwnState = { pts: 10, qts: 1, seq: 1, date: 1_000, lastMessageId: 3 }
const CHANNEL = CHANNELS[0] as ChatId
const none: Packet = { changes: [], qts: [], seq: null, isTooLong: false, doubted: [], users: [] }
const message = (messageId: number, date: number) => receivedMessage({ chat: { id: CHANNEL, kind: 'channel' }, messageId, date })
const content = (...messages: ReceivedMessage[]) => ({ messages, deletions: [], lastMessageId: Math.max(0, ...messages.map(({ messageId }) => messageId)) })
const change = (pts: number, box: BoxId = 'own', count = 1): Packet => ({ ...none, changes: [{ box, pts, count, content: content(message(pts, 2_000)) }] })

t.test('an update that comes too early waits half a second for the one before it; then the difference is due', async t => {
  const follower = createFollower(own, new Map(), gapMs)
  t.same(follower.take(change(12), 100), [])
  t.same([follower.due(599), follower.nextDueAt()], [[], 600])
  t.same(follower.due(600), ['own'])
  t.match(follower.take(change(11), 610), [{ messages: [{ messageId: 11 }, { messageId: 12 }], progress: { kind: 'moved', box: 'own', from: 10, to: { pts: 12 } } }], 'it was only late')
  t.same([follower.due(9_999), follower.nextDueAt()], [[], null])
})

t.test('a gap in any of the three counters of the own box asks for the same difference', async t => {
  for (const packet of [change(12), { ...none, qts: [3] }, { ...none, seq: { first: 3, last: 3 } }]) {
    const follower = createFollower(own, new Map(), gapMs)
    follower.take(packet, 0)
    t.same(follower.due(gapMs), ['own'])
    follower.begin('own')
    t.same(follower.due(gapMs), [], 'once')
  }
})

t.test('a channel that Telegram names is asked, unless what happened there is known', async t => {
  const follower = createFollower(own, new Map([[CHANNEL, { pts: 20, lastMessageId: 4 }]]), gapMs)
  follower.take({ ...none, doubted: [{ chatId: CHANNEL, pts: 20 }] }, 0)
  t.same(follower.due(0), [])
  follower.take({ ...none, doubted: [{ chatId: CHANNEL, pts: 22 }] }, 0)
  t.same(follower.due(0), [CHANNEL])
  follower.take(change(21, CHANNEL), 0)
  t.same(follower.due(0), [CHANNEL], 'one of two came')
  follower.take(change(22, CHANNEL), 0)
  t.same(follower.due(0), [], 'both came')
})

t.test('in a channel that is new to the bot, messages from before it looked there are no news', async t => {
  const follower = createFollower(own, new Map(), gapMs)
  follower.take(change(33, CHANNEL), 0)
  t.same(follower.due(0), [CHANNEL])
  follower.begin(CHANNEL)
  const [step] = follower.settleChannel(CHANNEL, { content: content(message(1, 999), message(2, 1_000)), pts: 33, isWhole: true }, 0)
  t.match(step, { messages: [{ messageId: 1, kind: 'earlier' }, { messageId: 2, kind: 'new' }], progress: { kind: 'began', to: { pts: 33, lastMessageId: 2 } } })
  t.match(follower.take(change(34, CHANNEL), 0), [{ messages: [{ kind: 'new' }] }])
})

t.test('where Telegram does not take a channel\'s state any more, what lies above the last message is news', async t => {
  const follower = createFollower(own, new Map([[CHANNEL, { pts: 20, lastMessageId: 4 }]]), gapMs)
  follower.begin(CHANNEL)
  follower.forget(CHANNEL)
  const [step] = follower.settleChannel(CHANNEL, { content: content(message(4, 1), message(5, 1)), pts: 7, isWhole: true }, 0)
  t.match(step, { messages: [{ messageId: 4, kind: 'earlier' }, { messageId: 5, kind: 'new' }], progress: { kind: 'reset', to: { pts: 7, lastMessageId: 5 } } })
})

t.test('more than can be kept is left to the difference', async t => {
  const follower = createFollower(own, new Map(), gapMs)
  follower.begin('own')
  for (let pts = 12; pts < 1_100; pts++) follower.take(change(pts), 0)
  const steps = follower.settleOwn({ content: content(), to: { ...own, pts: 11 }, isWhole: true, rest: none }, 0)
  t.equal(steps.at(-1)?.messages.length, 1_000)
  t.same(follower.due(0), ['own'], 'something lies above')
})
