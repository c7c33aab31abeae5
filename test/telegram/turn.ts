import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { joinTurns, noteRead } from '../../src/telegram/turn.js'

function watchedReader () {
  const reader = { isPaused: false, pauses: 0 }
  const leave = joinTurns({ pause: () => { reader.isPaused = true; reader.pauses++ }, resume: () => { reader.isPaused = false } })
  return { reader, leave }
}

/** As if something had been read that took so long to work on. */
function read (ms: number): void {
  noteRead()
  const begun = performance.now()
  while (performance.now() - begun < ms);
}

t.test('a turn that has read for long pauses all who read, once, until the next', async t => {
  await setImmediate()
  const [one, other] = [watchedReader(), watchedReader()]
  read(10)
  t.notOk(one.reader.isPaused, 'what came is read')
  read(10)
  read(10)
  t.same([one.reader, other.reader], [{ isPaused: true, pauses: 1 }, { isPaused: true, pauses: 1 }])
  await setImmediate()
  t.notOk(one.reader.isPaused || other.reader.isPaused)

  read(10)
  t.equal(one.reader.pauses, 1, 'the next turn has a time of its own')
  one.leave()
  read(0)
  t.same([one.reader.pauses, other.reader.pauses], [1, 2], 'who has left is left alone')
  other.leave()
  await setImmediate()
})
