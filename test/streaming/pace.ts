import t from 'tap'
import { createPace } from '../../src/streaming/pace.js'

/** A Telegram that allows so many requests a second, a second's worth at once, and refuses all for a while after one too many. */
function limited (perSecond: number, waitMs: number) {
  let tokens = perSecond
  let filledAt = 0
  let refusesUntil = -Infinity
  return (now: number): boolean => {
    tokens = Math.min(perSecond, tokens + (now - filledAt) * perSecond / 1000)
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

for (const [allowed, answersInMs] of [[20, 8], [20, 20], [50, 5]] as const) {
  t.test(`of ${allowed} allowed requests a second, where ${1000 / answersInMs} were possible, more than 0.85 are made and hardly any is refused`, async t => {
    const pace = createPace()
    const isTaken = limited(allowed, 3000)
    const seconds = 120
    let taken = 0
    let floods = 0
    let restsUntil = 0
    for (let now = 0; now < seconds * 1000; now += answersInMs) {
      if (now < restsUntil || pace.opensAt(now) > now) continue
      pace.began(now)
      if (isTaken(now)) {
        taken++
        pace.answered(now)
        continue
      }
      floods++
      restsUntil = now + 3000
      pace.flooded(now)
    }
    t.comment({ taken, floods })
    t.ok(taken / (allowed * seconds) > 0.85, `${taken} of ${allowed * seconds}`)
    t.ok(floods / (taken + floods) < 0.02, `${floods} floods`)
  })
}

t.test('nothing is in the way of who was never flooded, or asked so little that it was not his pace', async t => {
  const pace = createPace()
  for (let now = 0; now < 100; now++) pace.began(now)
  t.equal(pace.opensAt(100), 100)
  pace.answered(100)
  pace.flooded(100)
  t.equal(pace.perSecond(100), Infinity)
})
