import t from 'tap'
import { closeAll, type Step } from '../../src/app/closing.js'
import { createLog } from '../../src/log.js'

t.test('the last step comes first, and one that fails or does not end holds up no other', async t => {
  const done: string[] = []
  const said: string[] = []
  const step = (name: string, end: () => Promise<unknown>): Step => ({ name, withinMs: 5, end: async () => { done.push(name); await end() } })
  await closeAll([
    step('first', async () => {}),
    step('silent', () => new Promise(() => {})),
    step('failing', async () => { throw new Error('broken') }),
    step('last', async () => {})
  ], createLog('warn', { write: line => { said.push(JSON.parse(line).msg) } }))
  t.same(done, ['last', 'failing', 'silent', 'first'])
  t.same(said, ['failing: closed with an error', 'silent: not closed in time, and left behind'])
})
