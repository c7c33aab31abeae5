import t from 'tap'
import { createJudge } from '../../src/telegram/watchdog.js'

const patience = { probeMs: 3, silenceMs: 8, idlePingMs: 20 }

/** What the judge says in ticks of 1 ms while nothing arrives. `busy` tells whether an answer is due at a tick. */
function verdicts (ticks: number, busy: (tick: number) => boolean) {
  const look = createJudge(patience)
  look(0, false, 1)
  return Array.from({ length: ticks }, (_, i) => look(0, busy(i + 1), 1))
    .flatMap((verdict, i) => verdict === 'wait' ? [] : [`${verdict} at ${i + 1}`]).slice(0, 2)
}

t.test('while an answer is due, a quiet connection is probed and then given up', async t => {
  t.same(verdicts(12, () => true), ['probe at 3', 'silent at 8'])
})

t.test('an idle connection is probed seldom, and given up when the probe is not answered', async t => {
  t.same(verdicts(40, () => false), ['probe at 20', 'silent at 28'])
})

t.test('a call on a connection that was idle gets its full patience', async t => {
  t.same(verdicts(40, tick => tick >= 15), ['probe at 17', 'silent at 22'])
})

t.test('a byte begins everything anew, and an answered probe is followed by another', async t => {
  const look = createJudge(patience)
  const said = Array.from({ length: 30 }, (_, i) => look(Math.floor(i / 7), true, 1))
  t.notOk(said.includes('silent'))
  t.equal(said.filter(verdict => verdict === 'probe').length, 4)
})
