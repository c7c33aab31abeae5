import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { turnMs } from '../../src/telegram/turn.js'

t.test('it counts from the first time that it is asked in a turn of the event loop, and begins anew in the next', async t => {
  const begun = performance.now()
  turnMs()
  while (performance.now() - begun < 20);
  t.ok(turnMs() >= 19)
  await setImmediate()
  const again = performance.now()
  turnMs()
  t.ok(turnMs() <= performance.now() - again)
})
