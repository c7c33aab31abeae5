import t from 'tap'
import { createOutbox } from '../src/outbox.js'

/** A task that ends when it is told to. */
function task (log: string[], name: string) {
  let end = () => {}
  const ended = new Promise<void>(resolve => { end = resolve })
  return { end, run: async () => { log.push(`${name} begins`); await ended; log.push(`${name} ends`) } }
}

t.test('a lane keeps order, and lanes do not wait for each other', async t => {
  const log: string[] = []
  const outbox = createOutbox(() => {})
  const [a1, a2, b] = [task(log, 'a1'), task(log, 'a2'), task(log, 'b')]
  outbox.add('a', a1.run)
  outbox.add('a', a2.run)
  outbox.add('b', b.run)
  b.end()
  a2.end()
  await new Promise(setImmediate)
  t.strictSame(log, ['a1 begins', 'b begins', 'b ends'])
  a1.end()
  await outbox.drained()
  t.strictSame(log.slice(3), ['a1 ends', 'a2 begins', 'a2 ends'])
})

t.test('a failure is reported and does not hold up what follows', async t => {
  const log: string[] = []
  const outbox = createOutbox((error, lane) => log.push(`${lane}: ${error instanceof Error ? error.message : ''}`))
  outbox.add('a', async () => { throw new Error('no such chat') })
  outbox.add('a', async () => { log.push('next') })
  await outbox.drained()
  t.strictSame(log, ['a: no such chat', 'next'])
})
