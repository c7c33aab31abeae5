import t from 'tap'
import type { FaultAction } from '../../src/sandbox/network/types.js'
import { checkFailure } from './fixtures/failing.js'
import { startStory } from './fixtures/story.js'

/** What shows only when the answer does not come in time. */
const silences: ReadonlyArray<readonly [name: string, action: FaultAction]> = [
  ['silence', { kind: 'silence' }],
  ['an answer that was tampered with', { kind: 'corrupt', part: 'payload' }],
  ['an error in one container with an answer', { kind: 'error-first-container', code: 500, message: 'RPC_CALL_FAIL' }]
]

t.test('when a bot gives no answer, or none that can be read, the viewer gets the whole file from the others', async t => {
  const story = await startStory(t, { bots: 3 })
  await Promise.all(silences.map(async ([name, action]) => await checkFailure(t, story, name, action)))
})
