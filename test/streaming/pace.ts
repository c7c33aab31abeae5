import t from 'tap'
import { createPace } from '../../src/streaming/pace.js'

interface Limit {
  readonly perSecond: number
  /** How many seconds' worth may come at once. */
  readonly burstSeconds: number
  readonly waitMs: number
}

/** A Telegram that allows so many requests a second, and refuses all for a while after one too many. */
function limited ({ perSecond, burstSeconds, waitMs }: Limit) {
  const most = Math.max(perSecond * burstSeconds, 1)
  let tokens = most
  let filledAt = 0
  let refusesUntil = -Infinity
  return (now: number): boolean => {
    tokens = Math.min(most, tokens + (now - filledAt) * perSecond / 1000)
    filledAt = now
    if (now < refusesUntil) return false
    if (tokens >= 1) {
      tokens--
      return true
    }
    refusesUntil = now + waitMs
    return false
  }
}

interface Line {
  readonly roundTripMs: number
  /** How many requests are under way at once. */
  readonly width: number
}

/** Asks as often as the pace allows for `seconds`; returns the share of the allowed rate that was answered, and of the requests that were floods. */
function ask (limit: Limit, { roundTripMs, width }: Line, seconds: number) {
  const pace = createPace()
  const isTaken = limited(limit)
  const flying: Array<{ readonly askedAt: number, readonly taken: boolean }> = []
  let answered = 0
  let floods = 0
  let restsUntil = 0
  let floodedAt = -1

  function land (now: number) {
    for (let first = flying[0]; first !== undefined && first.askedAt + roundTripMs <= now; first = flying[0]) {
      flying.shift()
      if (first.taken) {
        answered++
        pace.answered(now)
        continue
      }
      floods++
      restsUntil = Math.max(restsUntil, now + limit.waitMs)
      // The others of one window are flooded with the first.
      if (first.askedAt >= floodedAt) pace.flooded(now, limit.waitMs)
      if (first.askedAt >= floodedAt) floodedAt = now
    }
  }

  const mayAsk = (now: number) => flying.length < width && now >= restsUntil && pace.opensAt(now) <= now
  for (let now = 0; now < seconds * 1000; now++) {
    land(now)
    while (mayAsk(now)) {
      pace.began(now)
      flying.push({ askedAt: now, taken: isTaken(now) })
    }
  }
  return { used: answered / (limit.perSecond * seconds), floods: floods / (answered + floods) }
}

const lines = [{ roundTripMs: 8, width: 2 }, { roundTripMs: 8, width: 8 }, { roundTripMs: 50, width: 8 }, { roundTripMs: 200, width: 50 }]

t.test('nine tenths of an allowed rate are used and hardly a request is a flood, whatever the rate, the burst and the line', async t => {
  for (const perSecond of [5, 20, 50, 200]) {
    for (const burstSeconds of [1, 2]) {
      const rows = lines.filter(({ roundTripMs, width }) => width * 1000 / roundTripMs > 1.2 * perSecond)
        .map(line => ask({ perSecond, burstSeconds, waitMs: 3000 }, line, 90))
      t.ok(rows.every(({ used }) => used >= 0.9), `${perSecond} a second, bursts of ${burstSeconds} s: ${rows.map(({ used }) => used.toFixed(2)).join(' ')} of the rate`)
      t.ok(rows.filter((_, index) => (lines[index]?.width ?? 0) <= 8).every(({ floods }) => floods < 0.02), `floods: ${rows.map(({ floods }) => (floods * 100).toFixed(1)).join(' ')} %`)
    }
  }
})

t.test('a limit with hardly a burst is found too, and one with long rests is not provoked again and again', async t => {
  t.ok(ask({ perSecond: 20, burstSeconds: 0.25, waitMs: 3000 }, { roundTripMs: 8, width: 8 }, 90).used > 0.75)
  t.ok(ask({ perSecond: 20, burstSeconds: 1, waitMs: 10_000 }, { roundTripMs: 8, width: 8 }, 600).used > 0.88)
  t.ok(ask({ perSecond: 5, burstSeconds: 0.2, waitMs: 3000 }, { roundTripMs: 50, width: 2 }, 300).used > 0.7)
})

t.test('nothing is in the way of who was never flooded, or asked so little that it was not his pace', async t => {
  const pace = createPace()
  for (let now = 0; now < 100; now++) pace.began(now)
  t.equal(pace.opensAt(100), 100)
  pace.answered(100)
  pace.flooded(100, 3000)
  t.equal(pace.perSecond(100), Infinity)
})

t.test('floods that have nothing to do with the pace never bring it to a halt', async t => {
  const pace = createPace()
  for (let flood = 0; flood < 100; flood++) pace.flooded(flood * 5000, 3000)
  t.ok(pace.perSecond(500_000) >= 0.2)
})

t.test('a limit that is gone is outgrown', async t => {
  const pace = createPace()
  const isTaken = limited({ perSecond: 20, burstSeconds: 1, waitMs: 3000 })
  let restsUntil = 0
  for (let now = 0; now < 1_000_000; now++) {
    if (now < restsUntil || pace.opensAt(now) > now) continue
    pace.began(now)
    if (now > 60_000 || isTaken(now)) pace.answered(now)
    else {
      pace.flooded(now, 3000)
      restsUntil = now + 3000
    }
  }
  t.equal(pace.perSecond(1_000_000), Infinity)
})
